import assert from 'node:assert/strict';
import type { HealTarget } from '../../../../src/lib/core/heal/heal';
import { prove, type Witness } from '../../../../src/lib/core/heal/proof';
import { hue, lamp } from './heal-case';

const ACTED = 1000;

/** One of the group; by default one that was down, is up and reported when the action was taken. */
function witness(id: string, more: Partial<Witness> = {}): Witness {
  return { subject: { kind: 'entity', id, name: id }, wasDown: true, isUp: true, reported: ACTED, ...more };
}

function group(up: number, down: number): Witness[] {
  const all = [...Array(up + down).keys()].map((n) => `sensor.n${n}`);
  return all.map((id, index) => witness(id, { isUp: index < up }));
}

describe('prove', () => {
  const rows: [string, HealTarget, boolean, Witness[], boolean][] = [
    ['the entity itself', lamp, true, [witness('light.a')], true],
    ['still down', lamp, true, [witness('light.a', { isUp: false })], false],
    ['reported before the action', lamp, true, [witness('light.a', { reported: ACTED - 1 })], false],
    ['nobody knows when it reported', lamp, true, [witness('light.a', { reported: null })], false],
    ['was up and is', lamp, true, [witness('light.a', { wasDown: false, reported: null })], true],
    ['was up and has fallen', lamp, true, [witness('light.a', { wasDown: false, isUp: false })], false],
    ['80 %', hue, true, group(4, 1), true],
    ['less', hue, true, group(79, 21), false],
    ['80 % of many', hue, true, group(800, 200), true],
    ['of four, three are not enough', hue, true, group(3, 1), false],
    ['80 %, but its entry is not loaded', hue, false, group(5, 0), false],
    ['80 %, but the target is among the others', { ...lamp, id: 'sensor.n9' }, true, group(9, 1), false],
    ['nobody belongs to it', hue, true, [], true],
    ['nobody belongs to it, and it is down', hue, false, [], false],
    ['an entity with the id of the device', { kind: 'device', id: 'sensor.n9', name: '' }, true, group(9, 1), true],
  ];
  for (const [name, target, targetUp, witnesses, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(prove(target, targetUp, witnesses, ACTED).healed, expected));
  }

  it('takes every share for what it is', () => {
    for (let size = 1; size <= 500; size += 1) {
      const least = Math.ceil((size * 4) / 5);
      assert.equal(prove(hue, true, group(least, size - least), ACTED).healed, true, String(size));
      assert.equal(prove(hue, true, group(least - 1, size - least + 1), ACTED).healed, false, String(size));
    }
  });

  it('names who came back and who did not', () => {
    const proof = prove(
      hue,
      true,
      [
        witness('sensor.back'),
        witness('sensor.down', { isUp: false }),
        witness('sensor.old', { reported: 1 }),
        witness('sensor.always', { wasDown: false }),
        witness('sensor.fallen', { wasDown: false, isUp: false }),
      ],
      ACTED,
    );
    assert.deepEqual(
      proof.recovered.map(({ id }) => id),
      ['sensor.back'],
    );
    assert.deepEqual(
      proof.still_down.map(({ id }) => id),
      ['sensor.down', 'sensor.old', 'sensor.fallen'],
    );
  });
});
