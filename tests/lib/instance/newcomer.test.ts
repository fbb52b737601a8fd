import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { said, Watched } from './watched';

describe('an entity that was added while it was watched', () => {
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

  it('keeps its history when it is renamed while nobody watches', async () => {
    const watch = async () => {
      watched.add({ url: home.url, token: home.tokens.read_only });
      watched.monitor({ kinds: ['entity'] });
      await watched.live();
    };
    await watch();
    await home.lab.add('Lab', 1, 1);
    await sleep(800);
    await watched.stop();
    await home.lab.renameEntity('sensor.lab_1_sensor_1', 'sensor.renamed');
    home.breakEntity('sensor.renamed');
    await watch();
    await eventually(() => assert.ok(watched.told.length > 0));
    // As long as it takes to call something missing.
    await sleep(6_000);
    assert.deepEqual(watched.told.map(said), ['entity sensor.renamed available > unavailable']);
  }).timeout(20_000);
});
