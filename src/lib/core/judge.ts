import type { Status } from './subject';

/** Domains in which `unknown` means that something is wrong; elsewhere it means "not yet" and is healthy. */
const KNOWS_ITS_STATE = new Set([
  'binary_sensor',
  'climate',
  'cover',
  'fan',
  'light',
  'lock',
  'switch',
  'vacuum',
  'valve',
  'water_heater',
]);

export interface EntityEvidence {
  readonly domain: string;
  /** Undefined when Home Assistant has no state of it. */
  readonly state: string | undefined;
  /** Brought back from the registry, not by its integration. */
  readonly restored: boolean;
  readonly entryLoaded: boolean;
  /** Known to have reported nothing for longer than its threshold. */
  readonly silent: boolean;
}

export function judgeEntity(seen: EntityEvidence): Status {
  if (seen.state === undefined) return 'missing';
  if (seen.state === 'unavailable') return seen.restored && seen.entryLoaded ? 'missing' : 'unavailable';
  if (seen.state === 'unknown' && KNOWS_ITS_STATE.has(seen.domain)) return 'unknown';
  return seen.silent ? 'stale' : 'available';
}

const BROKEN_ENTRY = new Set(['setup_error', 'setup_retry', 'migration_error', 'failed_unload', 'not_loaded']);

/** Null: on its way from one state to another, or a state we do not know, which says nothing. */
export function judgeEntry(state: string): Status | null {
  if (state === 'loaded') return 'available';
  return BROKEN_ENTRY.has(state) ? 'unavailable' : null;
}
