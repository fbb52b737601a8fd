import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CaretakerError } from '../../../src/lib/error';
import { Connection } from '../../../src/lib/hass/connection';
import { defaultLinkTimes, Link } from '../../../src/lib/hass/link';
import { target } from '../../../src/lib/hass/target';
import { LyingHome } from '../../hardening/lying-home';
import { nothingUnhandled } from '../../hardening/quiet';
import { eventually } from '../../support/eventually';

const times = { ...defaultLinkTimes, handshake: 500, auth: 500, command: 400, firstRetry: 20, mostRetry: 50 };

/** Each of the library's pitfalls, named as what it does; here it must not. */
describe('pitfalls of home-assistant-js-websocket', () => {
  nothingUnhandled();
  let home: LyingHome;
  let connection: Connection;
  let ended: string[];
  let troubles: string[];
  let links: Link[];

  const connect = () =>
    Connection.connect(
      target(home.url, 'token'),
      times,
      { ended: (why) => ended.push(why), trouble: (what) => troubles.push(what) },
      new AbortController().signal,
    );

  /** A link whose every sync does this. */
  function link(sync: (connection: Connection) => Promise<void>, more = {}): Link {
    const made = new Link(
      target(home.url, 'token'),
      { ...times, ...more },
      {
        sync,
        changed() {},
        trouble: (what) => troubles.push(what),
      },
    );
    links.push(made);
    made.start();
    return made;
  }

  const connected = (made: Link) => eventually(() => assert.equal(made.state, 'connected'));
  const drop = () => {
    for (const socket of home.sockets) socket.destroy();
  };

  beforeEach(async () => {
    home = await new LyingHome().start();
    [ended, troubles, links] = [[], [], []];
    connection = await connect();
  });
  afterEach(async () => {
    connection.end('over');
    await Promise.all(links.map((one) => one.stop()));
    await home.stop();
  });

  it('to subscribe while disconnected hangs', async () => {
    connection.end('gone');
    const started = Date.now();
    await assert.rejects(
      connection.subscribe({ type: 'subscribe_events' }, () => {}),
      { code: 'connection_lost' },
    );
    await assert.rejects(connection.command({ type: 'get_config' }), { code: 'connection_lost' });
    await assert.rejects(connection.ping(), { code: 'connection_lost' });
    assert.ok(Date.now() - started < 200);
  });

  it('to subscribe while the socket closes hangs', async () => {
    drop();
    const error = await connection
      .subscribe({ type: 'subscribe_events' }, () => {})
      .then(
        () => null,
        (thrown: CaretakerError) => thrown.code,
      );
    assert.equal(error, 'connection_lost');
  });

  it('to unsubscribe while disconnected is lost: the subscription comes back', async () => {
    let stop = () => {};
    let syncs = 0;
    const made = link(async (fresh) => {
      syncs += 1;
      if (syncs === 1) stop = await fresh.subscribe({ type: 'subscribe_events', event_type: 'zombie' }, () => {});
    });
    await connected(made);
    drop();
    stop();
    await eventually(() => assert.equal(syncs, 2));
    await sleep(100);
    assert.equal(home.heard.filter(({ event_type }) => event_type === 'zombie').length, 1);
    assert.ok(home.sockets.size <= 1);
  });

  it('a reconnect of its own opens a second socket', async () => {
    const made = link(async () => {});
    await connected(made);
    const before = home.opened;
    drop();
    await eventually(() => assert.equal(home.opened, before + 1));
    await sleep(1_200);
    assert.equal(home.opened, before + 1);
  });

  it('a rejected resubscription is an unhandled rejection', async () => {
    let refused = false;
    home.replies.set('subscribe_events', ({ id }, socket) =>
      socket.send(
        JSON.stringify(
          refused
            ? { id, type: 'result', success: false, error: { code: 'unknown_command', message: 'Unknown command.' } }
            : { id, type: 'result', success: true, result: null },
        ),
      ),
    );
    const made = link(async (fresh) => {
      await fresh.subscribe({ type: 'subscribe_events' }, () => {});
    });
    await connected(made);
    refused = true;
    drop();
    await eventually(() => assert.equal(made.reason?.code, 'command_failed'));
    refused = false;
    await connected(made);
  });

  it('a throwing callback takes the rest of its frame with it and wedges the socket', async () => {
    const heard: unknown[] = [];
    await connection.subscribe<string>({ type: 'subscribe_events' }, (event) => {
      if (event === 'bad') throw new Error('oops');
      heard.push(event);
    });
    const id = home.idOf('subscribe_events');
    home.say(['bad', 'good'].map((event) => ({ id, type: 'event', event })));
    await eventually(() => assert.deepEqual(heard, ['good']));
    await connection.ping();
    assert.match(troubles.join(), /oops/);
  });

  it('a throwing callback for entities wedges the connection', async () => {
    const heard: unknown[] = [];
    await connection.subscribeEntities({}, (events) => {
      if (events.some(({ r }) => r)) throw new Error('oops');
      heard.push(...events.map(({ c }) => c));
    });
    const id = home.idOf('subscribe_entities');
    for (const event of [{ r: ['x.y'] }, { c: {} }]) home.say([{ id, type: 'event', event }]);
    await eventually(() => assert.deepEqual(heard.at(-1), {}));
    await connection.ping();
    assert.match(troubles.join(), /oops/);
  });

  it('an event for what is no subscription takes the rest of its frame with it', async () => {
    const heard: unknown[] = [];
    await connection.subscribe({ type: 'subscribe_events' }, (event) => heard.push(event));
    home.replies.delete('get_config');
    const pending = connection.command({ type: 'get_config' });
    await eventually(() => assert.ok(home.idOf('get_config')));
    home.say([
      { id: home.idOf('get_config'), type: 'event', event: {} },
      { id: home.idOf('subscribe_events'), type: 'event', event: 'good' },
      { id: home.idOf('get_config'), type: 'result', success: true, result: 1 },
    ]);
    assert.equal(await pending, 1);
    assert.deepEqual(heard, ['good']);
  });

  it('to close while a reconnect is pending does not stop it', async () => {
    const made = link(async () => {}, { firstRetry: 300 });
    await connected(made);
    drop();
    await eventually(() => assert.notEqual(made.state, 'connected'));
    await made.stop();
    const { opened } = home;
    await sleep(500);
    assert.equal(home.opened, opened);
    assert.equal(home.sockets.size, 0);
  });

  it('each reconnect keeps the one before in memory', async () => {
    const past: WeakRef<Connection>[] = [];
    const made = link(async (fresh) => {
      past.push(new WeakRef(fresh));
      await fresh.subscribe({ type: 'subscribe_events' }, () => {});
    });
    for (let round = 1; round <= 8; round += 1) {
      await eventually(() => assert.ok(past.length >= round && made.state === 'connected'));
      drop();
    }
    await eventually(() => assert.equal(past.length, 9));
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    await eventually(() => {
      gc();
      assert.ok(past.filter((ref) => ref.deref()).length <= 2);
    });
  });

  it('a command that is never answered waits for ever', async () => {
    home.replies.delete('get_config');
    await assert.rejects(connection.command({ type: 'get_config' }), { code: 'command_timeout' });
    home.replies.delete('ping');
    await assert.rejects(connection.ping(), { code: 'command_timeout' });
    home.replies.delete('subscribe_events');
    await assert.rejects(
      connection.subscribe({ type: 'subscribe_events' }, () => {}),
      { code: 'command_timeout' },
    );
    assert.deepEqual(ended, []);
  });

  it('a command in flight when the socket is lost stays unanswered', async () => {
    home.replies.delete('get_config');
    home.replies.delete('subscribe_events');
    const both = [
      connection.command({ type: 'get_config' }),
      connection.subscribe({ type: 'subscribe_events' }, () => {}),
    ];
    await eventually(() => assert.ok(home.idOf('subscribe_events')));
    drop();
    for (const one of both) await assert.rejects(one, { code: 'connection_lost' });
    assert.equal(ended.length, 1);
  });

  it('an unknown id is answered with a command and a word on the console', async () => {
    const { warn } = console;
    const warned: unknown[] = [];
    console.warn = (...words) => warned.push(words);
    try {
      const flood = Array.from({ length: 1_000 }, (_, n) => ({ id: 5_000 + n, type: 'event', event: {} }));
      home.say(flood);
      home.say(flood.map((message) => ({ ...message, type: 'pong' })));
      await connection.ping();
    } finally {
      console.warn = warn;
    }
    assert.deepEqual(warned, []);
    assert.deepEqual(
      home.heard.map(({ type }) => type),
      ['supported_features', 'ping'],
    );
  });

  it('ids do not grow, or coalescing is not asked for', async () => {
    await connection.ping();
    await connection.command({ type: 'get_config' });
    assert.deepEqual(home.heard[0], { id: 1, type: 'supported_features', features: { coalesce_messages: 1 } });
    const ids = home.heard.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
  });
});
