import assert from 'node:assert/strict';
import { isoOf } from '../../../src/lib/api/iso';

const REACH_MS = 8.64e15;

describe('an instant in ISO 8601', () => {
  const instants = [0, -1, 1, 999, 1000, 86_399_999, 86_400_000, -86_400_000, -86_400_001, 1_795_835_279_620];
  for (const at of [...instants, 951_782_400_000, REACH_MS - 1, REACH_MS, -REACH_MS, 253_402_300_800_000, 1.9, -1.9]) {
    it(`is that of a Date: ${at}`, () => assert.equal(isoOf(at), new Date(at).toISOString()));
  }

  it('is that of a Date, wherever it lies', () => {
    let seed = 7;
    for (let n = 0; n < 20_000; n += 1) {
      seed = (seed * 48_271) % 2_147_483_647;
      const at = Math.round((seed / 2_147_483_647 - 0.5) * (n % 2 === 0 ? 4e12 : 2 * REACH_MS));
      assert.equal(isoOf(at), new Date(at).toISOString());
    }
  });

  for (const at of [null, Number.NaN, Number.POSITIVE_INFINITY, REACH_MS + 2]) {
    it(`is none of ${at}`, () => assert.equal(isoOf(at), null));
  }
});
