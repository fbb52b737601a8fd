import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStream } from '../../../../src/lib/api/http/event-stream';
import { InFlight } from '../../../../src/lib/api/http/in-flight';
import { Live, type Wish } from '../../../../src/lib/api/http/live';
import { type LiveEvent, liveEvent } from '../../../../src/lib/api/http/live-event';
import { LiveSession } from '../../../../src/lib/api/http/live-session';
import { sessionRequest } from '../../../../src/lib/api/http/subscribe';

const wish = (instances: readonly string[], only: string | null = null, kinds: readonly string[] = []): Wish => {
  return { grant: { key: 'k', instances, access: 'read' }, only, kinds };
};
const event = (instance_id: string, kind = 'entity') =>
  liveEvent({ event: 'transition', instance_id, kind, id: 'a', since: 's' }) as LiveEvent;

describe('live', () => {
  const rows: readonly (readonly [string, Wish, boolean])[] = [
    ['all', wish([]), true],
    ['its home', wish(['home']), true],
    ['other homes', wish(['cabin']), false],
    ['no home', wish(['']), false],
    ['all, of which one is asked for', wish([], 'home'), true],
    ['all, of which another is asked for', wish([], 'cabin'), false],
    // Whatever was asked for once: the key decides.
    ['other homes, though it is asked for', wish(['cabin'], 'home'), false],
    ['its kind', wish([], null, ['device', 'entity']), true],
    ['other kinds', wish([], null, ['incident']), false],
  ];
  for (const [what, asked, expected] of rows) {
    it(`tells ${expected ? '' : 'nothing to '}who may hear of ${what}`, () => {
      const live = new Live();
      const heard: LiveEvent[] = [];
      live.join('x', { wish: asked, tell: (one) => heard.push(one), end: () => {} });
      live.tell(event('home'));
      live.stop('');
      assert.equal(heard.length > 0, expected);
    });
  }

  it('is full at a thousand, and lets whoever holds most make room for others', () => {
    const live = new Live();
    const ended: string[] = [];
    const join = (id: string, key: string | null) => {
      if (!live.makeRoom(id, key)) return false;
      const { grant, ...rest } = wish([]);
      live.join(id, { wish: { grant: { ...grant, key }, ...rest }, tell: () => {}, end: () => ended.push(id) });
      return true;
    };
    join('sse:0', 'greedy');
    for (let at = 1; at < 999; at += 1) join(`ws:${at}`, 'greedy');
    join('sse:a', null);
    assert.deepEqual(ended, []);
    assert.ok(join('sse:b', null));
    assert.deepEqual(ended.splice(0), ['sse:0'], 'the oldest of whoever holds most');
    assert.ok(join('ws:b', 'other'));
    assert.deepEqual(ended.splice(0), ['ws:1']);
    assert.equal(join('sse:c', 'greedy'), false, 'a stream is not taken from its own key');
    assert.ok(join('ws:c', 'greedy'));
    assert.deepEqual(ended.splice(0), ['ws:2'], 'a session may have ended without a word');
    live.stop('');
    assert.equal(ended.length, 1000);
  });

  it('lets nobody in once it is stopped', () => {
    const live = new Live();
    live.stop('over');
    const ended: string[] = [];
    live.join('x', { wish: wish([]), tell: () => assert.fail(), end: (why) => ended.push(why) });
    live.tell(event('home'));
    assert.deepEqual(ended, ['over']);
  });

  it('passes on records, and nothing else', () => {
    const record = { instance_id: 'home', since: 's', at: 'a', id: 'i\nd' };
    const names = [
      { ...record, event: 'transition', kind: 'entity' },
      { ...record, event: 'present', kind: 'instance' },
      { ...record, event: 'updated', incident_id: 'x' },
      { ...record, event: 'transition', kind: 'weather' },
      { ...record, event: 'opened' },
      { ...record, event: 'something', kind: 'entity' },
      { ...record, instance_id: 1, event: 'transition', kind: 'entity' },
      null,
      'text',
    ].map((one) => liveEvent(one)?.id);
    assert.deepEqual(names, ['home/entity/i d/s', 'home/instance/i d/s', 'home/x/a', ...Array(6).fill(undefined)]);
  });
});

describe('a live session', () => {
  it('is told a thousand records a second, that it missed some, and more in the next', () => {
    const said: string[] = [];
    let now = 5_000;
    const session = new LiveSession(
      wish([]),
      (one) => said.push(one),
      () => now,
    );
    for (let at = 0; at < 1_500; at += 1) session.tell(event('home'));
    assert.equal(said.length, 1_001);
    assert.match(said.at(-1) ?? '', /"missed"/);
    now = 6_000;
    session.tell(event('home'));
    assert.deepEqual(JSON.parse(said.at(-1) ?? ''), {
      type: 'transition',
      event: 'transition',
      instance_id: 'home',
      kind: 'entity',
      id: 'a',
      since: 's',
    });
  });

  it('is told no more than it can be sent in a second, however few records that are', () => {
    const said: string[] = [];
    const session = new LiveSession(
      wish([]),
      (one) => said.push(one),
      () => 5_000,
    );
    const large = { ...event('home'), json: JSON.stringify({ text: 'x'.repeat(300_000) }) };
    for (let at = 0; at < 10; at += 1) session.tell(large);
    assert.equal(said.length, 4);
    assert.match(said.at(-1) ?? '', /"missed"/);
  });

  const rows: readonly (readonly [string, unknown, string])[] = [
    ['ping', 'ping', 'ping'],
    ['a ping as JSON', '{"type":"ping"}', 'ping'],
    ['an object', { api_key: 'k' }, 'subscribe'],
    ['bytes', Buffer.from('{"type":"unsubscribe"}'), 'unsubscribe'],
    ['no JSON', 'hello', 'message'],
    ['a list', '[]', 'message'],
    ['nothing', undefined, 'message'],
    ['another field', '{"instanceid":"home"}', 'instanceid'],
    ['another type', '{"type":"shout"}', 'type'],
    ['a name of objects', '{"__proto__":1}', '__proto__'],
    ['too much', `{"api_key":"${'x'.repeat(5000)}"}`, 'message'],
  ];
  for (const [what, payload, expected] of rows) {
    it(`says ${what}: ${expected}`, () => {
      const said = () => {
        try {
          return sessionRequest(payload).type;
        } catch (thrown) {
          return /^[^:]+/.exec((thrown as Error).message)?.[0];
        }
      };
      assert.equal(said(), expected);
    });
  }
});

describe('a stream of events', () => {
  class FakeResponse extends EventEmitter {
    writableLength = 0;
    destroyed = false;
    writableEnded = false;
    text = '';
    writeHead(): void {}
    write(text: string): void {
      this.text += text;
    }
    destroy(): void {
      this.destroyed = true;
      this.emit('close');
    }
    end(): void {
      this.writableEnded = true;
    }
  }

  it('ends for who does not read', () => {
    const response = new FakeResponse();
    let left = 0;
    const stream = new EventStream(response as unknown as ServerResponse, wish([]), () => {
      left += 1;
    });
    stream.tell(event('home'));
    response.writableLength = 1_048_577;
    stream.tell(event('home'));
    assert.equal(left, 1);
    stream.beat();
    assert.equal(response.text.match(/event: /g)?.length, 1);
  });

  it('does not keep the place of who had gone before it began', () => {
    const response = new FakeResponse();
    response.destroy();
    let left = 0;
    const stream = new EventStream(response as unknown as ServerResponse, wish([]), () => {
      left += 1;
    });
    stream.beat();
    assert.equal(left, 1);
  });
});

describe('what is in flight', () => {
  it('is not more than two hundred of one key', async () => {
    const inFlight = new InFlight();
    const open = Array.from({ length: 200 }, () =>
      inFlight.run(() => new Promise(() => {}), Number.POSITIVE_INFINITY, 'a'),
    );
    await assert.rejects(
      inFlight.run(async () => 1, Number.POSITIVE_INFINITY, 'a'),
      { code: 'busy' },
    );
    // Who has another key is not kept out by that.
    assert.equal(await inFlight.run(async () => 1, 1_000, 'b'), 1);
    const reading = inFlight.run(() => new Promise(() => {}), 60_000, 'b');
    inFlight.stop();
    await assert.rejects(reading, { code: 'busy' });
    for (const command of open) await assert.rejects(command, { code: 'in_progress' });
    assert.equal(await inFlight.run(async () => 1, Number.POSITIVE_INFINITY, 'a'), 1);
  });

  it('does not take for ever, and what comes too late hurts nobody', async () => {
    const inFlight = new InFlight();
    const late = sleep(20).then(() => {
      throw new Error('late');
    });
    await assert.rejects(
      inFlight.run(() => late, 5, 'a'),
      { code: 'busy', message: 'It took longer than 0.005 s.' },
    );
    await assert.rejects(late);
    await assert.rejects(
      inFlight.run(() => Promise.reject(new Error('own')), 5, 'a'),
      { message: 'own' },
    );
  });
});
