import assert from 'node:assert/strict';
import type { Status } from '../../../src/lib/core/subject';
import { pick, type Random, seededRandom } from '../../support/simulator/random';
import { configEntry, registered, TestHome } from './test-home';

const ID = 'light.a';
const DOWN = 7;
const BACK = 4;
const STARTUP = 15;
const MISSING = 5;

/**
 * One entity, second by second, by looking back over all that was seen since the home is visible: what the rules say,
 * not how they are kept.
 */
class Model {
  readonly told: string[] = [];
  confirmed: Status | null = null;
  /** What was seen at each second since the home is visible; null is nothing yet. */
  #seen: { readonly second: number; readonly status: Status }[] = [];
  #notBefore = 0;

  live(second: number, startup: number): void {
    this.#seen = [];
    this.#notBefore = second + startup;
  }

  see(second: number, status: Status | null): void {
    if (status !== null) this.#seen.push({ second, status });
  }

  /** Whether what is seen now has been so for long enough. */
  settle(second: number): void {
    const now = this.#seen.at(-1);
    if (!now || now.status === this.confirmed) return;
    const down = now.status !== 'available';
    const isSameRun = (status: Status) => status !== this.confirmed && (status !== 'available') === down;
    let first = now;
    for (let n = this.#seen.length - 1; n >= 0; n -= 1) {
      const one = this.#seen[n];
      if (!one || !isSameRun(one.status)) break;
      first = one;
    }
    const grace = !down
      ? this.confirmed === null
        ? 0
        : BACK
      : first.status === 'missing'
        ? Math.max(DOWN, MISSING)
        : DOWN;
    if (second < (down ? Math.max(first.second + grace, this.#notBefore) : first.second + grace)) return;
    if (this.confirmed !== null || down) this.told.push(`${second} ${this.confirmed ?? '-'} > ${now.status}`);
    this.confirmed = now.status;
    this.#seen = [now];
  }
}

/** What Home Assistant holds of the entity, and how it says that it changed. */
class World {
  state: string | undefined = 'on';
  restored = false;
  loaded = true;
  live = true;

  get verdict(): Status {
    if (this.state === undefined) return 'missing';
    if (this.state === 'unavailable') return this.restored && this.loaded ? 'missing' : 'unavailable';
    return this.state === 'unknown' ? 'unknown' : 'available';
  }
}

function happen(random: Random, world: World, home: TestHome, second: number, model: Model): void {
  const attributes = () => (world.restored ? { restored: true } : {});
  const lc = home.now / 1000;
  const what = random();
  if (what < 0.55) {
    const state = pick(random, ['on', 'on', 'off', 'unavailable', 'unavailable', 'unknown']);
    const was = world.restored;
    world.restored = state === 'unavailable' && random() < 0.4;
    if (world.state === undefined) home.ingest({ a: { [ID]: { s: state, a: attributes(), lc } } });
    else {
      const dropped = was && !world.restored ? { '-': { a: ['restored'] } } : {};
      home.ingest({ c: { [ID]: { '+': { s: state, lc, a: attributes() }, ...dropped } } });
    }
    world.state = state;
  } else if (what < 0.65) {
    home.gone(ID);
    world.state = undefined;
  } else if (what < 0.8) {
    world.loaded = !world.loaded;
    home.entry(configEntry('e1', world.loaded ? 'loaded' : pick(random, ['setup_retry', 'not_loaded'])));
  } else if (what < 0.85) {
    home.ingest({ c: { [ID]: { '+': { a: { brightness: second } } } } });
  } else if (what < 0.88) {
    home.registry([registered(ID, { config_entry_id: 'e1', name: `Name ${second}` })]);
  } else if (world.live) {
    home.dark();
    world.live = false;
  } else {
    const startup = random() < 0.5 ? STARTUP : 0;
    home.snapshot(world.state === undefined ? {} : { [ID]: { s: world.state, a: attributes() } }).live(startup);
    world.live = true;
    model.live(second, startup);
  }
}

describe('one entity, whatever happens to it', () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`5 000 random events, seed ${seed}: is told as the rules say`, () => {
      const random = seededRandom(seed);
      const home = new TestHome({ state_change_grace_period_seconds: DOWN, recovery_grace_period_seconds: BACK });
      const world = new World();
      const model = new Model();
      home
        .entries(configEntry('e1'))
        .registry([registered(ID, { config_entry_id: 'e1' })])
        .snapshot({ [ID]: 'on' });
      home.live();
      model.live(0, 0);
      model.see(0, 'available');
      model.settle(0);
      let second = 0;
      for (let n = 0; n < 5_000; n += 1) {
        for (let wait = Math.floor(random() * random() * 14); wait > 0; wait -= 1) {
          second += 1;
          home.until(second);
          if (world.live) model.settle(second);
        }
        happen(random, world, home, second, model);
        if (!world.live) continue;
        model.see(second, world.verdict);
        model.settle(second);
        assert.equal(home.tracker.entities.get(ID)?.status, model.confirmed, `event ${n}, second ${second}`);
      }
      assert.deepEqual(
        home.told
          .filter((line) => line.includes(` ${ID} `))
          .map((line) => line.replace(` ${ID}`, '').replace(/ since .*/, '')),
        model.told,
      );
      assert.ok(model.told.length > 300, `${model.told.length} told`);
      home.settled
        .filter(({ subject }) => subject.id === ID)
        .reduce(
          (before, { since, at }) => {
            assert.ok(since <= at && since >= before.since && at >= before.at);
            return { since, at };
          },
          { since: 0, at: 0 },
        );
    });
  }
});
