import assert from 'node:assert/strict';
import { Recurrences } from '../../../../src/lib/core/figures/recurrence';
import { seededRandom } from '../../../support/simulator/random';

const HOUR = 3_600_000;
/** Midnight of a Sunday. */
const SUNDAY = Date.parse('2026-05-03T00:00:00Z');

/** In hours since that Sunday. */
function found(...hours: readonly number[]) {
  const recurrences = new Recurrences('UTC');
  for (const hour of hours) recurrences.take({ group: 'hue', at: SUNDAY + hour * HOUR });
  return [...recurrences.found()].map(
    ({ every, weekday, hour, count, times, total }) =>
      `${every} ${weekday ?? '-'} ${hour}: ${count} in ${times} of ${total}`,
  );
}

describe('failures at the same time', () => {
  const rows: [string, readonly number[], readonly string[]][] = [
    ['in three weeks', [27, 195, 363], ['week 1 3: 3 in 3 of 3']],
    ['in two weeks', [27, 27.5, 195], []],
    ['an hour sooner or later', [26, 195, 364], ['week 1 3: 3 in 3 of 3']],
    ['two hours sooner', [27, 195, 361, 529], []],
    ['over midnight of Sunday', [167.5, 336.2, 503.9], ['week 6 23: 3 in 3 of 3']],
    ['each day', [3, 27, 51, 75, 103], ['day - 3: 4 in 4 of 5']],
    ['on two days only', [3, 3.2, 3.4, 27], []],
    ['of no hour more than of another', [1, 30, 60, 85, 110, 140], []],
  ];
  for (const [name, hours, expected] of rows) {
    it(`${name}: ${expected.join() || 'is none'}`, () => assert.deepEqual(found(...hours), expected));
  }

  it('are none of what fails often, at any time', () => {
    for (let seed = 0; seed < 40; seed += 1) {
      const random = seededRandom(seed);
      const hours = Array.from({ length: 300 }, () => random() * 5 * 168);
      assert.deepEqual(found(...hours), [], `seed ${seed}`);
    }
  });
});
