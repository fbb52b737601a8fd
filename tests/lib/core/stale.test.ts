import assert from 'node:assert/strict';
import { configEntry, registered, T0, TestHome } from './test-home';

const hourly = { stale_threshold_seconds: 3_600, recovery_grace_period_seconds: 0 };
const start = (options: object = hourly) => new TestHome(options).snapshot({ 'sensor.a': '5' }).live();
/** Home Assistant answers whatever it is asked: how many seconds ago the entity reported. */
const answer = (home: TestHome, age: number) => {
  for (const id of home.tracker.silent(true)) home.tracker.reported(id, age * 1000, home.now);
  return home;
};

describe('a silent entity', () => {
  it('is stale when Home Assistant says so too, since its threshold', () => {
    const home = start().until(3_599);
    assert.deepEqual(home.tracker.silent(true), []);
    home.until(3_601);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a']);
    assert.deepEqual(home.told, [], 'not before Home Assistant was asked');
    assert.deepEqual(answer(home, 3_601).told, ['3601 sensor.a available > stale since 3600']);
  });

  it('is not, when it reported the same state over and over', () => {
    const home = answer(start().until(3_601), 100);
    assert.deepEqual(home.tracker.silent(true), []);
    home.until(7_100);
    assert.deepEqual(home.tracker.silent(true), []);
    home.until(7_102);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a'], 'counted from its last report');
    assert.deepEqual(home.told, []);
  });

  it('is not, when anything of it changed', () => {
    const home = start();
    for (let second = 1_000; second < 20_000; second += 1_000) {
      home.until(second).ingest({ c: { 'sensor.a': { '+': { a: { voltage: second }, lu: T0 / 1000 + second } } } });
      assert.deepEqual(home.tracker.silent(true), []);
    }
    assert.deepEqual(home.told, []);
  });

  it('is back when it reports, and was stale until then', () => {
    const home = answer(start().until(3_601), 3_601).until(5_000);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a'], 'asked again while it is stale');
    assert.deepEqual(home.tracker.silent(false), [], 'if wanted');
    home.ingest({ c: { 'sensor.a': { '+': { a: { voltage: 3 } } } } });
    assert.deepEqual(home.tracker.silent(true), []);
    assert.deepEqual(home.told.slice(1), ['5000 sensor.a stale > available since 5000']);
    assert.equal(home.settled.at(-1)?.seconds, 1_400);
  });

  it('is back when Home Assistant says it reported the same state again', () => {
    const home = answer(start().until(3_601), 3_601).until(5_000);
    answer(home, 60);
    assert.deepEqual(home.told.slice(1), ['5000 sensor.a stale > available since 4940']);
    assert.equal(home.settled.at(-1)?.seconds, 1_340);
    home.until(8_541);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a']);
  });

  it('that goes dead is dead, not stale', () => {
    const home = answer(start().until(3_601), 3_601).until(4_000).set({ 'sensor.a': 'unavailable' }).until(4_030);
    assert.deepEqual(home.told.slice(1), ['4030 sensor.a stale > unavailable since 4000']);
    assert.deepEqual(home.tracker.silent(true), []);
  });

  it('that is dead, missing or not judged is not asked about', () => {
    const dead = start().set({ 'sensor.a': 'unavailable' }).until(10_000);
    assert.deepEqual(dead.tracker.silent(true), []);
    const missing = start().until(3_601).gone('sensor.a');
    assert.deepEqual(missing.tracker.silent(true), []);
    const disabled = start()
      .registry([registered('sensor.a', { disabled: true })])
      .until(10_000);
    assert.deepEqual(disabled.tracker.silent(true), []);
    const unseen = start()
      .registry([registered('sensor.a', { disabled: true })])
      .dark()
      .until(10_000);
    assert.deepEqual(unseen.tracker.silent(true), []);
    const forgotten = answer(start().until(3_601), 3_601);
    forgotten.tracker.forgetEntity('sensor.a');
    assert.deepEqual(forgotten.tracker.silent(true), []);
  });

  it('stays silent over a new snapshot, and is heard with a newer one', () => {
    const home = answer(start().until(3_601), 3_601).dark().until(4_000);
    home
      .snapshot({ 'sensor.a': { s: '5', lc: T0 / 1000 } })
      .live(300)
      .until(4_400);
    assert.equal(home.told.length, 1);
    home
      .dark()
      .snapshot({ 'sensor.a': { s: '5', lc: T0 / 1000, lu: T0 / 1000 + 4_300 } })
      .live();
    assert.deepEqual(home.told.slice(1), ['4400 sensor.a stale > available since 4300']);
  });

  it('is not asked about while the home cannot be seen, and again after', () => {
    const home = start().until(3_601).dark();
    assert.deepEqual(home.tracker.silent(true), []);
    home.snapshot({ 'sensor.a': { s: '5', lc: T0 / 1000 } }).live();
    assert.deepEqual(home.tracker.silent(true), ['sensor.a']);
  });

  it('is not stale before the end of the start-up grace', () => {
    const home = start()
      .until(3_500)
      .dark()
      .snapshot({ 'sensor.a': { s: '5', lc: T0 / 1000 } })
      .live(300)
      .until(3_601);
    answer(home, 3_601).until(3_799);
    assert.deepEqual(home.told, []);
    assert.deepEqual(home.until(3_800).told, ['3800 sensor.a available > stale since 3600']);
  });

  it('of a Home Assistant whose clock runs ahead was heard now at the latest', () => {
    const home = new TestHome(hourly)
      .snapshot({ 'sensor.a': { s: '5', lc: T0 / 1000 + 7_200 } })
      .live()
      .until(3_601);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a']);
  });

  const overrides: readonly (readonly [string, object, boolean])[] = [
    ['off unless set', {}, false],
    ['set for all', { stale_threshold_seconds: 60 }, true],
    ['set for this one', { entity_overrides: [{ match: 'sensor.*', stale_threshold_seconds: 60 }] }, true],
    ['set for another', { entity_overrides: [{ match: 'light.*', stale_threshold_seconds: 60 }] }, false],
    [
      'off for this one',
      { stale_threshold_seconds: 60, entity_overrides: [{ match: 'sensor.a', stale_threshold_seconds: 0 }] },
      false,
    ],
    [
      'the first match wins',
      {
        entity_overrides: [
          { match: 'sensor.*', stale_threshold_seconds: 0 },
          { match: 'sensor.a', stale_threshold_seconds: 60 },
        ],
      },
      false,
    ],
    [
      'a first match that does not say leaves it to the instance',
      {
        stale_threshold_seconds: 60,
        entity_overrides: [
          { match: 'sensor.*', state_change_grace_period_seconds: 1 },
          { match: 'sensor.a', stale_threshold_seconds: 0 },
        ],
      },
      true,
    ],
  ];
  for (const [what, options, asked] of overrides) {
    it(`threshold ${what}: ${asked ? 'asked about' : 'never'}`, () => {
      const home = start(options).until(10_000);
      assert.deepEqual(home.tracker.silent(true), asked ? ['sensor.a'] : []);
      home.tracker.reported('sensor.a', 9_000_000, home.now);
      home.tracker.reported('sensor.unheard_of', 9_000_000, home.now);
      assert.equal(home.told.length, asked ? 1 : 0);
    });
  }

  it('costs no look at the others', () => {
    const home = new TestHome({ entity_overrides: [{ match: 'sensor.a', stale_threshold_seconds: 60 }] });
    home.entries(configEntry('e1')).snapshot({ 'sensor.a': '1', 'sensor.b': '1' }).live().until(61);
    assert.deepEqual(home.tracker.silent(true), ['sensor.a']);
    assert.equal(home.tracker.nextDue, Number.POSITIVE_INFINITY);
  });
});
