import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { said, Watched } from './watched';

describe('a home watched', () => {
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

  it('tells an entity that goes dead and comes back, and its device', async () => {
    const entry = await home.lab.add('Lab', 1, 2);
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor();
    await watched.live();
    await sleep(300);
    assert.deepEqual(watched.told.map(said), []);

    await home.lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.equal(watched.told.length, 2, watched.told.map(said).join('\n')));
    assert.deepEqual(watched.told.map(said).sort(), [
      'entity sensor.lab_1_sensor_1 available > unavailable',
      'entity sensor.lab_1_sensor_2 available > unavailable',
    ]);
    const [first] = watched.told;
    assert.equal(first?.instance_id, 'home');
    assert.ok(first?.device_id && first.config_entry_id);

    await home.lab.reload(entry);
    await eventually(() => assert.equal(watched.told.length, 4));
    await sleep(300);
    assert.equal(watched.told.length, 4, watched.log.join('\n'));
  });

  it('announces no entity that came back with a restart', async () => {
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor({ kinds: ['entity', 'device', 'config_entry'] });
    await watched.live();
    await home.restart();
    await sleep(200);
    await watched.live();
    await sleep(1_000);
    assert.deepEqual(watched.told.map(said), []);
  });

  it('tells after a restart of ours what changed meanwhile, once', async () => {
    const entry = await home.lab.add('Lab', 1, 1);
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor();
    await watched.live();
    await sleep(100);
    await watched.stop();
    await home.lab.setMode(entry, 'dead');
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor();
    await eventually(() => assert.equal(watched.told.length, 1));
    await watched.stop();
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor();
    await watched.live();
    await sleep(500);
    assert.deepEqual(watched.told.map(said), ['entity sensor.lab_1_sensor_1 available > unavailable']);
  });

  it('without any grace says nothing about a home that is just being connected, and all about one that is not', async () => {
    const fields = { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 };
    watched.monitor({ kinds: ['instance'] });
    watched.add({ url: home.url, token: home.tokens.read_only, fields });
    watched.add({ url: 'http://127.0.0.1:9', token: 'x', fields, instance_id: 'away' });
    await watched.live();
    await eventually(() => assert.deepEqual(watched.told.map(said), ['instance away - > unavailable']));
    await eventually(() => assert.ok(watched.log.some((line) => line.startsWith('away: disconnected: No connection'))));
  });

  const patient = { startup_grace_period_seconds: 3 };
  const entities = { kinds: ['entity'] };

  it('keeps the start-up grace over a deploy', async () => {
    const entry = await home.lab.add('Lab', 1, 1);
    watched.add({ url: home.url, token: home.tokens.read_only, fields: patient });
    watched.monitor(entities);
    await watched.live();
    await home.kill();
    await eventually(() => assert.equal(watched.instance().live, false));
    await home.lab.setMode(entry, 'dead');
    await home.start();
    await watched.live();
    await watched.remove();
    watched.add({ url: home.url, token: home.tokens.read_only, fields: patient });
    await watched.live();
    await sleep(1_000);
    assert.deepEqual(watched.told.map(said), []);
    await eventually(() => assert.equal(watched.told.length, 1));
  });

  it('knows the time zone of a home that was away when we started', async () => {
    watched.add({ url: home.url, token: home.tokens.read_only });
    await watched.live();
    const { timeZone } = watched.instance();
    assert.notEqual(timeZone, 'UTC');
    await watched.remove();
    await home.kill();
    watched.add({ url: home.url, token: home.tokens.read_only });
    await eventually(() => assert.ok(watched.instance().reason));
    assert.equal(watched.instance().info, null);
    assert.equal(watched.instance().timeZone, timeZone);
    await home.start();
  });

  it('gives a home that did not answer at first its start-up grace', async () => {
    const entry = await home.lab.add('Lab', 1, 1);
    watched.add({ url: home.url, token: home.tokens.read_only, fields: patient });
    watched.monitor(entities);
    await watched.live();
    await watched.remove();
    await home.kill();
    await home.lab.setMode(entry, 'dead');
    watched.add({ url: home.url, token: home.tokens.read_only, fields: patient });
    await eventually(() => assert.ok(watched.instance().reason));
    await home.start();
    await watched.live();
    await sleep(1_000);
    assert.deepEqual(watched.told.map(said), []);
    await eventually(() => assert.equal(watched.told.length, 1));
  });
});
