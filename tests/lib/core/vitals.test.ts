import assert from 'node:assert/strict';
import { type Condition, overall, summary, type Tier } from '../../../src/lib/core/vitals';

/** `critical: degraded, unknown` */
function tiersOf(text: string) {
  const tiers: Record<Tier, Record<string, { status: Condition }>> = {
    critical: { is: { status: 'healthy' } },
    essential: {},
    operational: {},
    healing: {},
    intelligence: {},
  };
  for (const part of text.split('; ').filter(Boolean)) {
    const [tier = '', statuses = ''] = part.split(': ');
    for (const [n, status] of statuses.split(', ').entries())
      tiers[tier as Tier][String(n)] = { status: status as Condition };
  }
  return tiers;
}

const rows: readonly (readonly [string, string])[] = [
  ['', 'healthy'],
  ['critical: unhealthy', 'unhealthy'],
  ['critical: healthy, unhealthy; essential: healthy', 'unhealthy'],
  ['critical: degraded', 'degraded'],
  ['critical: unknown', 'healthy'],
  ['essential: degraded', 'degraded'],
  ['essential: unhealthy', 'degraded'],
  ['operational: degraded', 'degraded'],
  ['operational: unhealthy', 'degraded'],
  ['healing: unhealthy, healthy', 'degraded'],
  ['healing: unknown; essential: unknown', 'healthy'],
  ['intelligence: unhealthy, degraded', 'healthy'],
  ['intelligence: unhealthy; healing: degraded', 'degraded'],
  ['critical: unhealthy; essential: degraded', 'unhealthy'],
];

describe('how all of it is', () => {
  for (const [text, expected] of rows) {
    it(`${text || 'nothing is wrong'} is ${expected}`, () => assert.equal(overall(tiersOf(text)), expected));
  }

  it('is counted over all tiers', () => {
    const tiers = tiersOf('essential: degraded, degraded; healing: unhealthy; intelligence: unknown');
    assert.deepEqual(summary(tiers), { healthy: 1, degraded: 2, unhealthy: 1, unknown: 1 });
  });
});
