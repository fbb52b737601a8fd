import assert from 'node:assert/strict';
import { defaultHealOptions } from '../../../../src/lib/core/heal/heal';
import { named } from '../../../../src/lib/core/subject';

describe('heal', () => {
  it('has the defaults that the contract has', () => {
    assert.deepEqual(defaultHealOptions, {
      healing_enabled: true,
      healing_dry_run: false,
      circuit_breaker_threshold: 3,
      circuit_breaker_reset_seconds: 1800,
      cooldown_seconds: 300,
      verify_seconds: 60,
      max_attempts: 3,
      reloads_per_hour: 6,
    });
  });

  it('names a subject without what else is known of it', () => {
    const subject = { kind: 'entity', id: 'light.a', name: 'Lamp', domain: 'light', device_id: 'd' } as const;
    assert.deepEqual(named(subject), { kind: 'entity', id: 'light.a', name: 'Lamp' });
  });
});
