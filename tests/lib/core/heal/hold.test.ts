import assert from 'node:assert/strict';
import { heldUntil } from '../../../../src/lib/core/heal/hold';

describe('heldUntil', () => {
  const rows: [string, number, number, number, number][] = [
    ['when it happens', 1000, 10, 1000, 1010],
    ['its last millisecond', 1000, 10, 1009, 1010],
    ['over', 1000, 10, 1010, 0],
    ['no time at all', 1000, 0, 1000, 0],
    ['a little ahead', 1000, 10, 990, 1010],
    ['too far ahead', 1000, 10, 989, 0],
  ];
  for (const [name, at, lasts, now, expected] of rows) {
    it(name, () => assert.equal(heldUntil(at, lasts, now), expected));
  }
});
