import assert from 'node:assert/strict';
import { type Fall, Together } from '../../../../src/lib/core/figures/together';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `a 0` fell at minute 0. */
function found(...falls: readonly string[]) {
  const all = falls.map((fall): Fall => {
    const [id = '', minute = ''] = fall.split(' ');
    return { id, at: 1_000 * HOUR + Number(minute) * MINUTE };
  });
  all.sort((one, other) => one.at - other.at);
  const together = new Together((one, other) => one === 'x1' && other === 'x2');
  for (const fall of all) together.count(fall);
  for (const fall of all) together.pair(fall);
  return together.found().map(({ entities, common, jaccard }) => `${entities.join('+')} ${common} ${jaccard}`);
}

const three = (id: string, offset = 0) => [0, 60, 120].map((minute) => `${id} ${minute + offset}`);

describe('entities that fail together', () => {
  const rows: [string, readonly string[], readonly string[]][] = [
    ['three times', [...three('a'), ...three('b', 5)], ['a+b 3 1']],
    ['a little too far apart', [...three('a'), ...three('b', 5.1)], []],
    ['twice only', [...three('a'), 'b 0', 'b 60', 'b 200'], []],
    ['half of the time', [...three('a'), ...three('b'), 'a 200', 'b 300', 'b 400'], ['a+b 3 0.5']],
    ['less than half of the time', [...three('a'), ...three('b'), 'a 200', 'a 300', 'b 400', 'b 500'], []],
    ['in one bad quarter of an hour', ['a 0', 'b 1', 'a 2', 'b 3', 'a 4', 'b 4.5', 'a 4.8', 'b 4.9'], []],
    [
      'with some going up and down each time',
      [...three('a'), ...three('b'), ...three('b', 1), ...three('b', 2)],
      ['a+b 3 1'],
    ],
    ['in a chain', [...three('a'), ...three('b', 4), ...three('c', 8)], ['a+b+c 3 1']],
    ['in two groups', [...three('a'), ...three('b'), ...three('c', 30), ...three('d', 31)], ['a+b 3 1', 'c+d 3 1']],
    ['though that is no news', [...three('x1'), ...three('x2')], []],
  ];
  for (const [name, falls, expected] of rows) {
    it(`${name}: ${expected.length === 0 ? 'are none' : expected.join(', ')}`, () => {
      assert.deepEqual(found(...falls).sort(), expected);
    });
  }
});
