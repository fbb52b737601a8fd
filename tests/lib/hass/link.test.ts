import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaretakerError } from '../../../src/lib/error';
import { backOff, fixedBackOff } from '../../../src/lib/hass/back-off';
import type { Connection } from '../../../src/lib/hass/connection';
import { defaultLinkTimes, Link, type LinkTimes } from '../../../src/lib/hass/link';
import { target } from '../../../src/lib/hass/target';
import { LyingHome } from '../../hardening/lying-home';
import { nothingUnhandled } from '../../hardening/quiet';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';

const quick: LinkTimes = {
  ...defaultLinkTimes,
  handshake: 500,
  auth: 500,
  command: 500,
  healthCheck: 100,
  ping: 150,
  firstRetry: 20,
  mostRetry: 50,
};

describe('a link', () => {
  nothingUnhandled();
  let home: SimulatedHome;
  let link: Link;
  let states: string[];
  let troubles: string[];
  let sync: (connection: Connection) => Promise<void>;
  let changed: () => void;

  beforeEach(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 7 });
    [states, troubles] = [[], []];
    sync = async () => {};
    changed = () => {};
  });
  afterEach(async () => {
    await link.stop();
    await eventually(() => assert.deepEqual([home.sockets, home.sessions], [0, 0]));
    await home.stop();
  });

  function start(times: Partial<LinkTimes> = {}, url = home.url): void {
    link = new Link(
      target(url, home.tokens.admin),
      { ...quick, ...times },
      {
        sync: (connection) => sync(connection),
        changed: (state, reason) => {
          states.push(reason ? `${state} ${reason.code}` : state);
          changed();
        },
        trouble: (what) => troubles.push(what),
      },
    );
    link.start();
  }
  const reaches = (state: string, within = 3_000) => eventually(() => assert.equal(link.state, state), within);

  it('is connected, checks its health, and is disconnected when the home is gone', async () => {
    start();
    await reaches('connected');
    const first = await eventually(() => link.healthCheck.lastGood ?? assert.fail());
    await eventually(() => assert.ok((link.healthCheck.lastGood ?? 0) > first));
    await home.kill();
    await reaches('disconnected');
    await home.start();
    await reaches('connected');
    const told = ['connected', 'disconnected connection_lost', 'disconnected cannot_connect', 'connected'];
    assert.deepEqual(states, told);
  });

  it('is nothing yet before its first try has ended, whatever REST says', async () => {
    home.faults.authStall();
    start({ healthCheck: 20, auth: 400 });
    await eventually(() => assert.ok(link.healthCheck.count >= 2));
    assert.deepEqual([states, link.state, link.reason], [[], 'disconnected', null]);
    await reaches('degraded');
  });

  it('is degraded while REST works and WebSocket does not, and disconnected when neither does', async () => {
    home.faults.refuseUpgrade(500);
    start();
    await reaches('degraded');
    assert.equal(link.healthCheck.lastGood, null);
    home.faults.restStatus = 500;
    await reaches('disconnected');
    home.faults.restStatus = undefined;
    await reaches('degraded');
    await home.kill();
    await reaches('disconnected');
    await home.start();
    await reaches('degraded');
    home.faults.refuseUpgrade(undefined);
    await reaches('connected');
    assert.equal(link.reason, null);
  });

  it('is an error while the token is refused, and waits long before it asks again', async () => {
    home.faults.authInvalid();
    start({ refusedRetries: [800, 2_000, 60_000] });
    const began = Date.now();
    await reaches('error');
    assert.equal(link.reason?.code, 'invalid_auth');
    await sleep(150);
    assert.equal(home.failedLogins, 1);
    await eventually(() => assert.equal(home.failedLogins, 2));
    assert.ok(Date.now() - began >= 800);
    await sleep(400);
    assert.equal(home.failedLogins, 2);
    await eventually(() => assert.equal(home.failedLogins, 3));
    assert.ok(Date.now() - began >= 800);
    home.faults.authInvalid(false);
    await sleep(300);
    assert.equal(link.state, 'error');
    link.retryNow();
    await reaches('connected');
    assert.equal(home.failedLogins, 3);
  });

  it('a wish to try again that comes during a try is not lost', async () => {
    home.faults.authInvalid();
    home.faults.latency = 0;
    start({ refusedRetries: [60_000] });
    link.retryNow();
    await eventually(() => assert.equal(home.failedLogins, 2));
    await sleep(100);
    assert.equal(home.failedLogins, 2);
  });

  it('waits ten minutes, an hour, then a day after a refused token', () => {
    const waits = fixedBackOff(defaultLinkTimes.refusedRetries);
    const next = () => waits.next(0.5) / 60_000;
    assert.deepEqual([next(), next(), next(), next()], [10, 60, 1440, 1440]);
    waits.reset();
    assert.equal(next(), 10);
  });

  it('waits longer after each failure, never in step with others, never for good', () => {
    const waits = backOff({ first: 1_000, most: 60_000 });
    assert.deepEqual([waits.next(0), waits.next(0), waits.next(0)], [500, 1_000, 2_000]);
    for (let n = 0; n < 100; n += 1) waits.next(0);
    assert.equal(waits.next(0), 30_000);
    assert.equal(waits.next(0.999_999) > 59_000, true);
    waits.reset();
    assert.equal(waits.next(0), 500);
  });

  it('after a 401 asks nothing over REST until the token was accepted again', async () => {
    start({ refusedRetries: [60_000] });
    await reaches('connected');
    home.users.setValid('admin', false);
    await eventually(() => assert.equal(home.failedLogins, 1));
    await sleep(400);
    assert.equal(home.failedLogins, 1);
    assert.equal(link.state, 'connected');
    home.users.setValid('admin', true);
    home.faults.dropSockets();
    await eventually(() => assert.equal(states.filter((state) => state === 'connected').length, 2));
    const before = link.healthCheck.lastGood ?? 0;
    await eventually(() => assert.ok((link.healthCheck.lastGood ?? 0) > before));
  });

  it('is an error while another home answers, and tries on', async () => {
    let wrong = true;
    sync = async () => {
      if (wrong) throw new CaretakerError('wrong_home', 'Another one.');
    };
    start();
    await reaches('error');
    await sleep(250);
    assert.equal(link.state, 'error');
    wrong = false;
    await reaches('connected');
  });

  it('does not wait the shortest time again and again when each connection is lost right away', async () => {
    sync = async (connection) => {
      setTimeout(() => connection.end('flapping'), 10);
    };
    start({ firstRetry: 50, mostRetry: 10_000 });
    await sleep(1_000);
    assert.ok(home.opened <= 7, `${home.opened} connections`);
  });

  it('ends a connection that no longer answers', async () => {
    const lying = await new LyingHome().start();
    try {
      lying.replies.delete('ping');
      start({}, lying.url);
      await eventually(() => assert.ok(lying.opened >= 3));
      assert.equal(states[1], 'disconnected connection_lost');
    } finally {
      await link.stop();
      await lying.stop();
    }
  });

  it('survives a listener and a sync that throw', async () => {
    changed = () => {
      throw new Error('listener');
    };
    let syncs = 0;
    sync = async () => {
      syncs += 1;
      if (syncs === 1) throw new TypeError('sync');
    };
    start();
    await reaches('connected');
    assert.match(troubles.join(), /listener/);
  });

  it('never says it is connected when the connection ended while it was brought up to date', async () => {
    let syncs = 0;
    sync = async (connection) => {
      syncs += 1;
      if (syncs === 1) connection.end('in the middle');
    };
    start();
    await reaches('connected');
    assert.deepEqual(states, ['disconnected connection_lost', 'connected']);
  });
});
