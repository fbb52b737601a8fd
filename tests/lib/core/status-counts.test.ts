import assert from 'node:assert/strict';
import { isDown } from '../../../src/lib/core/health';
import { STATUSES, type Status } from '../../../src/lib/core/subject';
import { pick, type Random, seededRandom } from '../../support/simulator/random';
import { configEntry, registered, TestHome } from './test-home';

const IDS = ['light.a', 'light.b', 'light.c', 'sensor.d', 'sensor.e', 'sensor.f'];

/** As it is counted, and as who looks at each of them would count. */
function counted({ tracker }: TestHome) {
  const { statuses } = tracker;
  return {
    judged: statuses.judged,
    down: statuses.down,
    ...Object.fromEntries(STATUSES.map((one) => [one, statuses.of(one)])),
  };
}

function looked({ tracker }: TestHome) {
  const judged = [...tracker.entities.values()].filter((entity) => entity.judged);
  const of = (status: Status) => judged.filter((entity) => entity.status === status).length;
  const down = judged.filter(({ status }) => status !== null && isDown(status)).length;
  return { judged: judged.length, down, ...Object.fromEntries(STATUSES.map((one) => [one, of(one)])) };
}

function happen(random: Random, home: TestHome, ids: string[]): void {
  const id = pick(random, ids);
  const some = () =>
    ids.map((one) => registered(one, { config_entry_id: 'e1', disabled: random() < 0.2, registry_id: `r-${one}` }));
  const doings: readonly (() => void)[] = [
    () => home.set({ [id]: pick(random, ['on', 'unavailable', 'unknown']) }),
    () => home.add({ [id]: pick(random, ['on', 'unavailable', 'unknown']) }),
    () => home.gone(id),
    () => home.registry(some()),
    () => home.tracker.forgetEntity(id),
    () => home.tracker.rename(id, pick(random, IDS)),
    () => home.tracker.expect('light.new'),
    () => home.add({ 'light.new': 'on' }),
    () => home.entry(configEntry('e1', pick(random, ['loaded', 'setup_retry']), { disabled: random() < 0.3 })),
    () => home.dark(),
    () => home.snapshot({ [id]: 'on' }).live(),
    () => home.tracker.reported(id, 90_000, home.now),
  ];
  pick(random, [...doings])();
}

describe('how many have which status', () => {
  for (const seed of [1, 2, 3]) {
    it(`is what counting would say, whatever happens, seed ${seed}`, () => {
      const random = seededRandom(seed);
      const home = new TestHome({ stale_threshold_seconds: 60, exclude: { entities: ['sensor.f'] } });
      home.tracker.resume({ kind: 'entity', id: 'light.a', name: 'A' }, 'unavailable', 'unavailable', home.now);
      home.entries(configEntry('e1')).snapshot(Object.fromEntries(IDS.map((id) => [id, 'on'])));
      home.live();
      const seen = new Set<string>();
      let second = 0;
      for (let n = 0; n < 3_000; n += 1) {
        const before = { ids: [...home.tracker.entities.keys()].sort().join(), population: home.tracker.population };
        second += Math.floor(random() * 20);
        home.until(second);
        happen(random, home, IDS);
        assert.deepEqual(counted(home), looked(home), `event ${n}`);
        for (const status of STATUSES) if (home.tracker.statuses.of(status) > 0) seen.add(status);
        const ids = [...home.tracker.entities.keys()].sort().join();
        if (ids !== before.ids) assert.notEqual(home.tracker.population, before.population, `event ${n}`);
      }
      assert.deepEqual([...seen].sort(), [...STATUSES].sort());
    });
  }
});
