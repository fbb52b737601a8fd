import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, Watched } from '../lib/instance/watched';
import { eventually } from '../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { LyingHome } from './lying-home';
import { nothingUnhandled } from './quiet';

/** What the Home Assistant nodes people already know did wrong, each confirmed there; here it must not happen. */
describe('defects of the incumbent', () => {
  nothingUnhandled();
  let home: SimulatedHome;
  let watched: Watched;

  beforeEach(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 7 });
    watched = new Watched();
  });
  afterEach(async () => {
    await watched.dispose();
    await home.stop();
  });
  const add = (more = {}) => watched.add({ url: home.url, token: home.tokens.admin, ...more });
  const called = (type: string) => home.calls.filter((call) => call.type === type).length;

  it('D1: a node deleted during its first connect goes on dialling and subscribes', async () => {
    await home.kill();
    add();
    await eventually(() => assert.ok(watched.instance().reason));
    await watched.remove();
    await home.start();
    await sleep(1_000);
    assert.deepEqual([home.opened, home.sockets, home.calls.length], [0, 0, 0]);
  });

  it('D1: a node redeployed with another address goes on dialling the old one', async () => {
    const old = await startSimulatedHome({ home: 'small', seed: 8 });
    try {
      await old.kill();
      watched.add({ url: old.url, token: old.tokens.admin });
      await eventually(() => assert.ok(watched.instance().reason));
      await watched.remove();
      add();
      await watched.live();
      await old.start();
      await sleep(600);
      assert.equal(old.opened, 0);
    } finally {
      await old.stop();
    }
  });

  it('D2: a socket lost between login and the first answer leaves it connecting for ever', async () => {
    const lying = await new LyingHome().start();
    try {
      const admit = lying.admit;
      lying.admit = (socket) => {
        admit(socket);
        if (lying.opened <= 2) socket.terminate();
      };
      lying.replies.set('auth/current_user', ({ id }, socket) => {
        if (lying.opened === 3) socket.terminate();
        else socket.send(JSON.stringify({ id, type: 'result', success: true, result: { is_admin: true } }));
      });
      watched.add({ url: lying.url, token: 'token' });
      await watched.live();
      assert.equal(lying.opened, 4);
    } finally {
      await watched.remove();
      await lying.stop();
    }
  });

  for (const [what, command, event] of [
    ['registry', 'config/entity_registry/list', 'entity_registry_updated'],
    ['home description', 'get_config', 'core_config_updated'],
  ] as const) {
    it(`D3: a refetch of the ${what} in flight when the socket is lost ends the process`, async () => {
      add();
      await watched.live();
      home.faults.delay(command, Number.POSITIVE_INFINITY);
      const before = called(command);
      home.core.fire(event, { action: 'update', entity_id: 'light.nobody', changes: {} });
      await eventually(() => assert.ok(called(command) > before));
      home.faults.dropSockets();
      await eventually(() => assert.equal(watched.instance().live, false));
      home.faults.delay(command, 0);
      await watched.live();
    });

    it(`D3: a refetch of the ${what} that is refused ends the process`, async () => {
      add();
      await watched.live();
      home.faults.rejectSubscribe(command, 'unknown_error');
      const before = called(command);
      home.core.fire(event, { action: 'update', entity_id: 'light.nobody', changes: {} });
      await eventually(() => assert.ok(called(command) > before));
      await sleep(50);
      assert.equal(watched.instance().live, true);
      assert.match(watched.log.join('\n'), /unknown_error/);
    });
  }

  it('D3: a refused refetch of the registry is never made up for', async () => {
    const lab = await home.lab.add('Lab', 1, 1);
    add();
    await watched.live();
    home.faults.rejectSubscribe('config/entity_registry/list', 'unknown_error');
    await home.lab.disable(lab);
    await eventually(() => assert.match(watched.log.join('\n'), /unknown_error/));
    home.faults.rejectSubscribe('config/entity_registry/list', null);
    const before = called('config/entity_registry/list');
    await eventually(() => assert.ok(called('config/entity_registry/list') > before));
  });

  it('D3: a registry that changes while it is first fetched stays old', async () => {
    const lying = await new LyingHome().start();
    try {
      lying.replies.set('config/device_registry/list', ({ id }, socket) => {
        const updates = lying.heard.find(({ event_type }) => event_type === 'device_registry_updated')?.id;
        socket.send(JSON.stringify({ id: updates, type: 'event', event: { data: {} } }));
        socket.send(JSON.stringify({ id, type: 'result', success: true, result: [] }));
      });
      watched.add({ url: lying.url, token: 'token', times: { ...quick, command: 300 } });
      await watched.live();
      await eventually(() => {
        assert.ok(lying.heard.filter(({ type }) => type === 'config/device_registry/list').length >= 2);
      });
    } finally {
      await watched.remove();
      await lying.stop();
    }
  });

  it('a home that is starting and once does not answer is never found running', async () => {
    const lying = await new LyingHome().start();
    try {
      let asked = 0;
      lying.replies.set('get_config', ({ id }, socket) => {
        asked += 1;
        if (asked === 2) return;
        const result = { version: '2026.11.0', state: asked === 1 ? 'STARTING' : 'RUNNING' };
        socket.send(JSON.stringify({ id, type: 'result', success: true, result }));
      });
      watched.add({ url: lying.url, token: 'token', times: { ...quick, command: 300 } });
      await watched.live();
      assert.equal(asked, 3);
    } finally {
      await watched.remove();
      await lying.stop();
    }
  });
});
