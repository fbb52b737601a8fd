import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { rollOf } from '../../../../src/lib/api/watching/roll';
import { Breath } from '../../../../src/lib/instance/breath';
import { TestHome } from '../../core/test-home';

describe('the roll of a home', () => {
  const states = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`sensor.s${(n * 7_919) % count}`, 'on']));
  const idsOf = async (home: TestHome) => (await rollOf(home.tracker, new Breath())).map(({ subject }) => subject.id);

  for (const count of [0, 1, 1_999, 2_001, 6_500]) {
    it(`has all ${count} in the order of their ids`, async () => {
      const home = new TestHome().snapshot(states(count)).live();
      assert.deepEqual(await idsOf(home), [...home.tracker.entities.keys()].sort());
    });
  }

  it('is made anew only when somebody has moved in or out', async () => {
    const home = new TestHome().snapshot(states(10)).live();
    const first = await rollOf(home.tracker, new Breath());
    home.set({ 'sensor.s1': 'unavailable' }).until(100);
    assert.equal(await rollOf(home.tracker, new Breath()), first);
    home.add({ 'sensor.a': 'on' });
    assert.equal((await idsOf(home))[0], 'sensor.a');
    home.tracker.forgetEntity('sensor.a');
    home.tracker.rename('sensor.s1', 'sensor.z');
    assert.equal((await idsOf(home)).at(-1), 'sensor.z');
  });

  it('gives the loop its turns', async () => {
    const home = new TestHome().snapshot(states(12_000)).live();
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    });
    await rollOf(home.tracker, new Breath());
    clearInterval(timer);
    assert.ok(turns >= 1, `${turns} turns`);
  });
});
