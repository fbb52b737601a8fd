import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, said, Watched } from '../lib/instance/watched';
import { eventually } from '../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { Door } from './door';
import { LyingHome } from './lying-home';
import { nothingUnhandled } from './quiet';
import { synced } from './synced';

const times = { ...quick, healthCheck: 150, ping: 150, command: 200, handshake: 200, auth: 200 };
const fields = {
  state_change_grace_period_seconds: 0.05,
  recovery_grace_period_seconds: 0.05,
  startup_grace_period_seconds: 0.2,
};

describe('what a home can do to us', () => {
  nothingUnhandled();
  let home: SimulatedHome;
  let watched: Watched;
  let lab: string;

  beforeEach(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 7 });
    lab = await home.lab.add('Lab', 1, 1);
    watched = new Watched();
    watched.monitor({ kinds: ['entity'] });
  });
  afterEach(async () => {
    await watched.dispose();
    await eventually(() => assert.equal(home.sessions, 0));
    await home.stop();
  });

  const add = (more = {}) => watched.add({ url: home.url, token: home.tokens.admin, times, fields, ...more });
  const away = () => eventually(() => assert.equal(watched.instance().live, false));
  const opened = (at: number) => eventually(() => assert.ok(home.opened >= at, `${home.opened} opened`));

  /** It is watched again, and says so with a true message. */
  async function recovers(): Promise<void> {
    await watched.live();
    // Longer than the grace after a start: what is false would be told by now.
    await sleep(350);
    assert.deepEqual(watched.told.map(said), []);
    await home.lab.setMode(lab, 'dead');
    await eventually(() =>
      assert.deepEqual(watched.told.map(said), ['entity sensor.lab_1_sensor_1 available > unavailable']),
    );
  }

  it('neither reads nor writes any more', async () => {
    add();
    await watched.live();
    home.faults.halfOpen();
    await away();
    home.faults.clear();
    await recovers();
  });

  it('falls silent after the login', async () => {
    add();
    await watched.live();
    home.faults.silence();
    await away();
    home.faults.silence(false);
    await recovers();
  });

  it('never answers the upgrade', async () => {
    home.faults.stallUpgrade();
    add();
    await eventually(() => assert.equal(watched.instance().reason?.code, 'cannot_connect'));
    home.faults.stallUpgrade(false);
    await recovers();
  });

  it('never answers the login', async () => {
    home.faults.authStall();
    add();
    await eventually(() => assert.equal(watched.instance().reason?.code, 'command_timeout'));
    await opened(2);
    home.faults.authStall(false);
    await recovers();
  });

  for (const command of synced) {
    it(`never answers ${command}`, async () => {
      home.faults.delay(command, Number.POSITIVE_INFINITY);
      add();
      await eventually(() => assert.equal(watched.instance().reason?.code, 'command_timeout'));
      await opened(2);
      home.faults.delay(command, 0);
      await watched.live();
    });

    it(`refuses ${command}`, async () => {
      // A user who may not do it, a component that is not loaded yet: both are answers to live with.
      home.faults.rejectSubscribe(command, 'unknown_error');
      add();
      await eventually(() => assert.equal(watched.instance().reason?.code, 'command_failed'));
      await opened(2);
      home.faults.rejectSubscribe(command, null);
      await watched.live();
    });
  }

  it('knows no labels', async () => {
    home.faults.rejectSubscribe('config/label_registry/list');
    add();
    await recovers();
  });

  it('restarts in a loop', async () => {
    add();
    await watched.live();
    for (let round = 0; round < 5; round += 1) {
      await home.restart();
      await sleep(round * 50);
    }
    assert.ok(home.opened > 2);
    await recovers();
  });

  it('closes the connection of a client that is too slow', async () => {
    add();
    await watched.live();
    home.faults.closeWith(1008);
    await opened(2);
    await recovers();
  });

  it('sends a frame of 100 MB', async () => {
    add();
    await watched.live();
    home.faults.hugeFrame(100 * 1024 * 1024);
    await away();
    await recovers();
  });

  it('takes the token back and gives it again', async () => {
    add();
    await watched.live();
    await home.setTokenValid('admin', false);
    await eventually(() => assert.equal(watched.instance().state, 'error'));
    assert.equal(watched.instance().reason?.code, 'invalid_auth');
    const { failedLogins } = home;
    await sleep(1_000);
    assert.equal(home.failedLogins, failedLogins);
    assert.ok(failedLogins <= 2, `${failedLogins} failed logins`);
    await home.setTokenValid('admin', true);
    watched.instance().retryNow();
    await recovers();
  });

  it('is another home for a while', async () => {
    const other = await startSimulatedHome({ home: 'small', seed: 8 });
    const door = await new Door(home.url).open();
    try {
      await other.setTokenValid('admin', true);
      Object.assign(other.users.tokens, home.tokens);
      add({ url: door.url });
      await watched.live();
      const before = [...watched.instance().tracker.entities.keys()];
      door.lead(other.url);
      await eventually(() => assert.equal(watched.instance().reason?.code, 'wrong_home'));
      assert.equal(watched.instance().state, 'error');
      await sleep(300);
      assert.deepEqual([...watched.instance().tracker.entities.keys()], before);
      door.lead(home.url);
      await recovers();
    } finally {
      await watched.remove();
      await door.close();
      await other.stop();
    }
  });

  it('answers a ping that we are too busy to read', async () => {
    const lying = await new LyingHome().start();
    try {
      let pings = 0;
      lying.replies.set('ping', ({ id }, socket) => {
        pings += 1;
        socket.send(JSON.stringify({ id, type: 'pong' }));
        for (const end = Date.now() + 350; Date.now() < end; );
      });
      add({ url: lying.url });
      await eventually(() => assert.ok(pings >= 3));
      assert.equal(lying.opened, 1);
    } finally {
      await watched.remove();
      await lying.stop();
    }
  });
});
