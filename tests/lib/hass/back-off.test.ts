import assert from 'node:assert/strict';
import { backOff, fixedBackOff } from '../../../src/lib/hass/back-off';

describe('waits between tries', () => {
  it('double up to the most, without end', () => {
    const waits = backOff({ first: 1_000, most: 60_000 });
    const longest = Array.from({ length: 9 }, () => waits.next(1));
    assert.deepEqual(longest, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    waits.reset();
    assert.equal(waits.next(1), 1_000);
  });

  it('are spread, between half and all of it', () => {
    for (const [random, wait] of [
      [0, 500],
      [0.5, 750],
      [1, 1_000],
    ] as const) {
      assert.equal(backOff({ first: 1_000, most: 60_000 }).next(random), wait);
    }
  });

  it('after a refused token are the given ones, the last again and again', () => {
    const waits = fixedBackOff([600_000, 3_600_000, 86_400_000]);
    const five = () => Array.from({ length: 5 }, () => waits.next(0.5));
    assert.deepEqual(five(), [600_000, 3_600_000, 86_400_000, 86_400_000, 86_400_000]);
    waits.reset();
    assert.equal(waits.next(0), 600_000);
  });
});
