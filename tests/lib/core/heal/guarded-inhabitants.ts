import type { HealOptions, HealTarget, Level } from '../../../../src/lib/core/heal/heal';
import type { Names } from '../../../../src/lib/core/heal/suppression';
import { pick, type Random } from '../../../support/simulator/random';

/** What may be healed, and what it belongs to. */
export interface Inhabitant {
  readonly target: HealTarget;
  readonly entry: string | null;
  readonly names: Names;
}

export const ENTRIES = ['e1', 'e2'];
export const TARGETS: readonly Inhabitant[] = [
  ...ENTRIES.flatMap((entry) => [
    inhabitant('config_entry', entry, entry, []),
    inhabitant('device', `d-${entry}`, entry, [`d-${entry}`]),
    inhabitant('entity', `sensor.${entry}`, entry, [`d-${entry}`]),
  ]),
  inhabitant('entity', 'sensor.yaml', null, []),
];
export const LEVELS: readonly Level[] = ['entity', 'device', 'integration', 'home_assistant'];
export const BAD_STATES = [
  'setup_error',
  'setup_retry',
  'setup_retry',
  'setup_in_progress',
  'failed_unload',
  'migration_error',
];

function inhabitant(kind: HealTarget['kind'], id: string, entry: string | null, devices: string[]): Inhabitant {
  const names = {
    entity: kind === 'entity' ? id : null,
    devices,
    config_entry: entry,
    integration: entry && `domain-${entry}`,
  };
  return { target: { kind, id, name: id }, entry, names };
}

export function drawOptions(random: Random): HealOptions {
  return {
    healing_enabled: random() > 0.01,
    healing_dry_run: random() < 0.01,
    circuit_breaker_threshold: pick(random, [0, 1, 2, 3]),
    circuit_breaker_reset_seconds: pick(random, [60, 1800, 1800, 50_000, 100_000]),
    cooldown_seconds: pick(random, [0, 60, 300]),
    verify_seconds: 60,
    max_attempts: pick(random, [0, 0, 1, 3]),
    reloads_per_hour: pick(random, [0, 1, 2, 6, 6]),
  };
}
