import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, it } from 'mocha';
import { Client, http, type Json } from '../../contract/client';
import { eventually } from '../eventually';
import { GARBAGE } from './garbage';
import { type SimulatedHome, type SimulatedHomeOptions, startSimulatedHome } from './simulated-home';

/** What only the simulator has: seed, faults, a life, records of what it was asked. */
describe('simulated home', () => {
  const open: SimulatedHome[] = [];
  async function start(options: SimulatedHomeOptions = {}): Promise<SimulatedHome> {
    const home = await startSimulatedHome(options);
    open.push(home);
    return home;
  }
  afterEach(async () => {
    for (const home of open.splice(0)) await home.stop();
  });

  const silent = Symbol('silent');
  async function orSilence<T>(promise: Promise<T>, ms = 150): Promise<T | typeof silent> {
    promise.catch(() => undefined);
    return await Promise.race([promise, pause(ms, silent)]);
  }

  it('is the same home for the same seed, and another for another', async () => {
    const [a, b, c] = await Promise.all([
      start({ seed: 7, home: 'house' }),
      start({ seed: 7, home: 'house' }),
      start({ seed: 8 }),
    ]);
    const ids = (home: SimulatedHome) => [...home.core.entries.keys(), ...home.core.devices.keys(), home.tokens.admin];
    assert.deepEqual(ids(a), ids(b));
    assert.deepEqual([...a.core.entities.keys()], [...b.core.entities.keys()]);
    assert.notDeepEqual(ids(a), ids(c));
    for (const home of [a, b]) home.burst(500);
    const values = (home: SimulatedHome) => [...home.core.entities.values()].map((entity) => entity.value);
    assert.deepEqual(values(a), values(b));
  });

  it('furnishes rooms with what people have', async () => {
    const { core } = await start({ home: 'house' });
    assert.equal(core.entities.size, 300);
    assert.ok(core.areas.size >= 8 && core.entries.size > 10);
    const domains = new Set([...core.entries.values()].map((entry) => entry.domain));
    for (const domain of ['hue', 'zwave_js', 'zha', 'mqtt', 'esphome', 'tuya', 'met', 'sonos', 'shelly']) {
      assert.ok(domains.has(domain), domain);
    }
    assert.ok([...core.devices.values()].some((device) => device.via_device_id));
    assert.ok([...core.states.all.values()].every((state) => state.state !== 'unavailable'));
  });

  it('changes n things in one frame', async () => {
    const home = await start({ home: 'house' });
    const client = await Client.login(home);
    const id = await client.subscribe('subscribe_entities');
    const frames = client.frames.length;
    home.burst(150);
    await client.when(() => client.events(id).length === 151);
    assert.equal(client.frames.length, frames + 1);
    client.close();
  });

  it('lives: values drift, and what breaks is written down', async () => {
    const home = await start({ home: 'house' });
    const client = await Client.login(home);
    const id = await client.subscribe('subscribe_entities');
    home.life.start({ rate: 500, troublesPerMinute: 1200 });
    await client.when(() => client.events(id).length > 100 && home.life.troubles.length >= 5);
    home.life.stop();
    client.close();
  });

  it('breaks and mends entities, devices and entries', async () => {
    const home = await start({ home: 'house' });
    const { core } = home;
    const light = [...core.entities.values()].find((entity) => entity.entity_id.startsWith('light.'));
    assert.ok(light?.device_id && light.config_entry_id);
    const state = () => core.states.all.get(light.entity_id);
    for (const [breakIt, mendIt] of [
      [() => home.breakEntity(light.entity_id), () => home.mendEntity(light.entity_id)],
      [() => home.breakDevice(light.device_id ?? ''), () => home.mendDevice(light.device_id ?? '')],
      [() => home.breakEntry(light.config_entry_id ?? ''), () => home.mendEntry(light.config_entry_id ?? '')],
    ] as const) {
      breakIt();
      await pause(5);
      assert.equal(state()?.state, 'unavailable');
      mendIt();
      await pause(5);
      assert.notEqual(state()?.state, 'unavailable');
    }
    home.setState(light.entity_id, 'unknown');
    assert.equal(state()?.state, 'unknown');
    home.loseState(light.entity_id);
    assert.equal(state(), undefined);
  });

  it('forgets and remembers entities, and ages them', async () => {
    const home = await start({ home: 'house' });
    const { states } = home.core;
    const id = [...states.all.keys()].find((one) => one.startsWith('sensor.')) ?? '';
    home.orphan(id);
    assert.equal(states.all.get(id)?.attributes['restored'], true);
    await home.restart();
    assert.equal(states.all.get(id)?.attributes['restored'], true);
    home.orphan(id, false);
    assert.notEqual(states.all.get(id)?.state, 'unavailable');
    home.age(id, 3600);
    const age = () => Date.now() / 1000 - (states.all.get(id)?.last_reported ?? 0);
    assert.ok(age() > 3599);
    home.report(id);
    assert.ok(age() < 5);
  });

  it('stalls the upgrade while REST goes on', async () => {
    const home = await start();
    home.faults.stallUpgrade();
    assert.equal(await orSilence(Client.dial(home)), silent);
    assert.equal((await http(home, 'GET', '/api/', 'admin')).status, 200);
  });

  for (const fault of ['silence', 'halfOpen'] as const) {
    it(`${fault}: the socket stays open, nothing is answered`, async () => {
      const home = await start({ heartbeatSeconds: 0.05 });
      const client = await Client.login(home);
      let pings = 0;
      let pongs = 0;
      client.socket.on('ping', () => pings++);
      client.socket.on('pong', () => pongs++);
      await pause(120);
      assert.ok(pings > 0);
      home.faults[fault]();
      // One may have been on its way.
      await pause(30);
      const before = pings;
      client.socket.ping();
      assert.equal(await orSilence(client.command('ping')), silent);
      assert.equal(await orSilence(http(home, 'GET', '/api/', 'admin')), silent);
      assert.deepEqual([pings, pongs, client.closeCode], [before, 0, undefined]);
      client.close();
    });
  }

  it('stalls and refuses log-ins, and counts them', async () => {
    const home = await start();
    home.faults.authStall();
    assert.equal(await orSilence(Client.login(home)), silent);
    home.faults.authStall(false);
    home.faults.authInvalid();
    await assert.rejects(Client.login(home));
    assert.equal((await http(home, 'GET', '/api/', 'admin')).status, 401);
    assert.equal(home.failedLogins, 2);
    home.faults.authInvalid(false);
    (await Client.login(home)).close();
  });

  it('refuses, delays and never answers a command', async () => {
    const home = await start();
    const client = await Client.login(home);
    home.faults.rejectSubscribe('subscribe_entities');
    assert.equal((await client.command('subscribe_entities')).error.code, 'unknown_command');
    home.faults.rejectSubscribe('subscribe_entities', null);
    home.faults.delay('get_config', 60);
    const begun = Date.now();
    await client.command('get_config');
    assert.ok(Date.now() - begun >= 58);
    home.faults.delay('get_config', Number.POSITIVE_INFINITY);
    assert.equal(await orSilence(client.command('get_config'), 80), silent);
    assert.equal((await client.command('subscribe_entities')).success, true);
    client.close();
  });

  it('sends garbage of every kind, huge frames and any close code', async () => {
    const home = await start();
    const client = await Client.dial(home);
    const frames: string[] = [];
    client.socket.removeAllListeners('message');
    client.socket.on('message', (data) => frames.push(String(data)));
    home.faults.garbage();
    home.faults.hugeFrame(1_000_000);
    home.faults.closeWith(1011);
    assert.equal(await client.closed(), 1011);
    assert.equal(frames.length, Object.keys(GARBAGE).length + 1);
    assert.equal(frames.at(-1)?.length, 1_000_000);
  });

  it('restarts in a loop', async () => {
    const home = await start({ startSeconds: 0.05 });
    home.faults.restartLoop(0.02);
    for (let i = 0; i < 2; i++) {
      const client = await until(() => Client.login(home));
      await client.closed();
    }
    home.faults.clear();
    const client = await until(() => Client.login(home));
    client.close();
  });

  it('floods', async () => {
    const home = await start({ home: 'house' });
    const client = await Client.login(home);
    const id = await client.subscribe('subscribe_entities');
    home.faults.flood(20_000);
    await eventually(() => assert.ok(client.events(id).length > 3000, `${client.events(id).length}`));
    home.faults.clear();
    client.close();
  });

  it('is a web page of somebody else', async () => {
    const home = await start();
    home.faults.notHa();
    await assert.rejects(Client.dial(home));
    const { status, body } = await http(home, 'GET', '/api/', 'admin');
    assert.equal(status, 200);
    assert.match(String(body), /It works/);
  });

  it('is another home after a swap', async () => {
    const home = await start();
    const client = await Client.login(home);
    const before = new Set(home.core.entries.keys());
    home.faults.swap();
    assert.equal(await client.closed(), 1006);
    const again = await Client.login(home);
    const entries = await again.result<Json[]>('config_entries/get');
    assert.equal(entries.length, before.size);
    assert.ok(entries.every((entry) => !before.has(String(entry['entry_id']))));
    again.close();
  });

  it('puts out who does not keep up', async () => {
    const home = await start({ home: 'house', maxPending: 4096 });
    const client = await Client.login(home);
    await client.subscribe('subscribe_entities');
    client.socket.pause();
    for (let i = 0; i < 400; i++) {
      home.burst(250);
      await pause(0);
    }
    assert.equal(home.sessions, 0);
    client.close();
  });

  it('remembers every call, and leaks nothing', async () => {
    const home = await start();
    const other = await start({ seed: 2 });
    const listening = home.core.listenerCount('state');
    const client = await Client.login(home, 'read_only');
    await client.subscribe('subscribe_entities');
    assert.equal(home.core.listenerCount('state'), listening + 1);
    await http(home, 'GET', '/api/', 'admin');
    assert.deepEqual(
      home.calls.map((call) => [call.type, call.who]),
      [
        ['supported_features', 'read_only'],
        ['subscribe_entities', 'read_only'],
        ['GET /api/', 'admin'],
      ],
    );
    assert.ok(!JSON.stringify(home.calls).includes(home.tokens.admin));
    assert.deepEqual([home.sessions, home.subscriptions, home.opened, other.calls.length], [1, 1, 1, 0]);
    client.close();
    await pause(20);
    assert.deepEqual([home.sessions, home.subscriptions], [0, 0]);
    assert.equal(home.core.listenerCount('state'), listening);
    await home.stop();
    assert.equal(home.sockets, 0);
  });

  it('says 50 000 changes in seconds', async () => {
    const home = await start({ home: { entities: 2_000 } });
    const client = await Client.login(home);
    client.socket.removeAllListeners('message');
    await client.socket.send('{"id":2,"type":"subscribe_entities"}');
    await pause(50);
    const begun = process.cpuUsage();
    for (let i = 0; i < 50; i++) {
      home.burst(1_000);
      await pause(0);
    }
    const { user, system } = process.cpuUsage(begun);
    // About one second; what grows with the number of entities would take minutes.
    assert.ok(user + system < 10_000_000, `50 000 in ${user + system} µs of CPU`);
    client.close();
  });
});

async function until<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(10);
    }
  }
}
