import assert from 'node:assert/strict';
import type { Suppression } from '../../../../src/lib/core/heal/heal';
import { type Names, suppressedBy } from '../../../../src/lib/core/heal/suppression';

const names: Names = { entity: 'light.a', devices: ['d1', 'd2'], config_entry: 'e', integration: 'hue' };
const nameless: Names = { entity: null, devices: [], config_entry: null, integration: null };

function suppression(kind: Suppression['kind'], id: string, more: Partial<Suppression> = {}): Suppression {
  return { suppression_id: `${kind} ${id}`, kind, id, began: 100, until: null, reason: null, ...more };
}

describe('suppressedBy', () => {
  const rows: [string, Suppression, boolean][] = [
    ['the entity', suppression('entity', 'light.a'), true],
    ['another entity', suppression('entity', 'light.b'), false],
    ['its device', suppression('device', 'd2'), true],
    ['another device', suppression('device', 'd3'), false],
    ['its entry', suppression('config_entry', 'e'), true],
    ['another entry', suppression('config_entry', 'f'), false],
    ['its integration', suppression('integration', 'hue'), true],
    ['another integration', suppression('integration', 'zha'), false],
    ['its id for another kind', suppression('device', 'light.a'), false],
    ['until later', suppression('entity', 'light.a', { until: 201 }), true],
    ['until now', suppression('entity', 'light.a', { until: 200 }), false],
    ['made before the clock was set back', suppression('entity', 'light.a', { began: 5000, until: 6000 }), true],
  ];
  for (const [name, one, expected] of rows) {
    it(`${name}: ${expected}`, () => assert.equal(suppressedBy([one], names, 200), expected ? one : undefined));
  }

  it('answers the one that covers it', () => {
    const all = [suppression('entity', 'light.b'), suppression('device', 'd1')];
    assert.equal(suppressedBy(all, names, 200), all[1]);
    assert.equal(suppressedBy(all, nameless, 200), undefined);
    assert.equal(suppressedBy([], names, 200), undefined);
  });
});
