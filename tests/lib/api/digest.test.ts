import assert from 'node:assert/strict';
import { digest } from '../../../src/lib/api/digest';

describe('the digest of an answer', () => {
  const VOLATILE = ['uptime_seconds', 'timestamp'];
  const same: readonly (readonly [string, unknown, unknown])[] = [
    ['the same', { a: [1, { b: null }] }, { a: [1, { b: null }] }],
    ['another time at the top', { timestamp: 1, a: 2 }, { timestamp: 9, a: 2 }],
    ['another time deep inside', { a: { b: { timestamp: 1 } } }, { a: { b: { timestamp: 2 } } }],
    ['another time in an item', [{ id: 'x', uptime_seconds: 1 }], [{ id: 'x', uptime_seconds: 2 }]],
    ['a list under a name that does not count', { timestamp: [1], a: 1 }, { timestamp: [2, 3], a: 1 }],
  ];
  for (const [what, one, other] of same) {
    it(`is equal for ${what}`, async () => {
      assert.equal(await digest(one, VOLATILE), await digest(other, VOLATILE));
    });
  }

  const different: readonly (readonly [string, unknown, unknown])[] = [
    ['a value', { a: 1 }, { a: 2 }],
    ['a number and a text', { a: 1 }, { a: '1' }],
    ['a field', { a: 1 }, { a: 1, b: undefined, c: null }],
    ['a name', { a: 1 }, { b: 1 }],
    ['the order of a list', [1, 2], [2, 1]],
    ['an item more', [1], [1, 1]],
    ['an empty list and an empty object', [], {}],
    ['nothing and an empty list', null, []],
    ['where a list ends', { a: [1, 2], b: [] }, { a: [1], b: [2] }],
    ['where an object ends', { a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
    ['a value deep inside', [{ a: { b: [1] } }], [{ a: { b: [2] } }]],
    ['texts that look like more', ['a', 'b'], ['a"\n"b']],
  ];
  for (const [what, one, other] of different) {
    it(`tells ${what} apart`, async () => {
      assert.notEqual(await digest(one, VOLATILE), await digest(other, VOLATILE));
    });
  }

  it('lets others have their turn, however long the list', async () => {
    const list = Array.from({ length: 20_000 }, (_, at) => ({
      entity_id: `sensor.no_${at}`,
      attributes: { at, of: {} },
    }));
    let turns = 0;
    let isDone = false;
    const others = () => {
      turns += 1;
      if (!isDone) setImmediate(others);
    };
    others();
    await digest(list, VOLATILE);
    isDone = true;
    assert.ok(turns > 3, `${turns} turns`);
  });
});
