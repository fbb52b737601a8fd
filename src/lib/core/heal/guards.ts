import type { HealOptions, HealTarget, Level, RefusalReason } from './heal';
import type { HealLedger } from './heal-ledger';
import { heldUntil } from './hold';

/** A target as the home shows it now. */
export interface TargetView {
  readonly target: HealTarget;
  /** By what is seen, confirmed or not. */
  readonly down: boolean;
  readonly disabled: boolean;
  /** What it belongs to, or what it is; null for an entity without one. */
  readonly entry: EntryView | null;
}

export interface EntryView {
  readonly entry_id: string;
  readonly state: string;
  /** When it came into that state, epoch ms. */
  readonly since: number;
  readonly disabled: boolean;
  /** It waits for a password, which nobody but a person has. */
  readonly reauth: boolean;
}

/** What decides besides the target. */
export interface HomeView {
  readonly ready: boolean;
  readonly is_admin: boolean;
  /** A heal is under way in this home. */
  readonly healing: boolean;
  readonly suppressed: boolean;
  /** Until when the home is worked on, epoch ms, `Infinity` for open end; null when it is not. */
  readonly maintenanceUntil: number | null;
  /** Entities that are judged, and those of them that are down. */
  readonly judged: number;
  readonly down: number;
  /** How many of these the widest open incident explains whose root is a device or a config entry. */
  readonly explained: number;
}

export interface Asked {
  readonly incident_id: string | null;
  /** The rungs the asker allows. */
  readonly levels: readonly Level[];
  readonly dry_run: boolean;
}

export interface RefusedHeal {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** From when it may be tried, epoch ms; null when time alone does not help. */
  readonly until: number | null;
  /** What would have been allowed, of a dry run. */
  readonly would?: AllowedHeal;
}

/** Which rungs may be climbed; `held` says why others may not, though they were asked for. */
export interface AllowedHeal {
  readonly ok: true;
  readonly levels: readonly Level[];
  readonly held: readonly (Pick<RefusedHeal, 'reason' | 'until'> & { readonly level: Level })[];
  /** How many reloads and restarts this heal may make at most. */
  readonly reloads?: number;
}

/** Home Assistant tries a set-up that was not ready again by itself; until then a reload adds nothing, ms. */
const RETRYING_MS = 600_000;
/** More than this share of a home down at once is not one integration's fault. */
const STORM_SHARE = 0.3;
/** In a home of a few entities one of them is a large share, and no storm. */
const STORM_LEAST = 5;
const UNRECOVERABLE = ['failed_unload', 'migration_error'];
const ON_ITS_WAY = ['setup_in_progress', 'unload_in_progress'];

/**
 * Whether a heal may be tried, the same for whoever asks. Decides from what it is given alone.
 * @param view undefined when the home has no such thing
 */
export function guard(
  asked: Asked,
  view: TargetView | undefined,
  home: HomeView,
  ledger: HealLedger,
  options: HealOptions,
  now: number,
): AllowedHeal | RefusedHeal {
  if (!home.ready) return refuse('instance_not_ready');
  if (!options.healing_enabled) return refuse('healing_disabled');
  if (!view || view.disabled || view.entry?.disabled) return refuse('no_target');
  if (!view.down) return refuse('already_available');
  const verdict =
    refusedByHome(home) ?? refusedByEntry(view.entry, now) ?? refusedByHistory(asked, view, ledger, options, now);
  if (verdict) return verdict;
  const allowed = allowedLevels(asked.levels, view.entry, ledger, now);
  if (allowed.ok && (asked.dry_run || options.healing_dry_run)) return { ...refuse('dry_run'), would: allowed };
  return allowed;
}

function refusedByHome(home: HomeView): RefusedHeal | null {
  if (home.suppressed) return refuse('suppressed');
  if (home.maintenanceUntil !== null) return refuse('maintenance', home.maintenanceUntil);
  if (!home.is_admin) return refuse('not_admin');
  if (home.healing) return refuse('in_progress');
  const unexplained = home.down - home.explained;
  if (unexplained >= STORM_LEAST && unexplained > home.judged * STORM_SHARE) return refuse('storm');
  return null;
}

function refusedByEntry(entry: EntryView | null, now: number): RefusedHeal | null {
  if (!entry) return null;
  if (UNRECOVERABLE.includes(entry.state) || entry.reauth) return refuse('not_recoverable');
  if (ON_ITS_WAY.includes(entry.state)) return refuse('ha_is_retrying');
  const retryingUntil = entry.state === 'setup_retry' ? heldUntil(entry.since, RETRYING_MS, now) : 0;
  if (retryingUntil > 0) return refuse('ha_is_retrying', retryingUntil);
  return null;
}

function refusedByHistory(
  { incident_id }: Asked,
  { target }: TargetView,
  ledger: HealLedger,
  options: HealOptions,
  now: number,
): RefusedHeal | null {
  const { max_attempts: most } = options;
  if (incident_id !== null && most > 0 && ledger.attempts(incident_id) >= most) return refuse('attempts_exhausted');
  const openUntil = ledger.openUntil(target, now);
  if (openUntil > 0) return refuse('circuit_open', openUntil);
  const coolsUntil = ledger.coolsUntil(target, now);
  if (coolsUntil > 0) return refuse('cooldown', coolsUntil);
  return null;
}

/** A reload is the dear one: it makes a whole integration unavailable, and some count it against a quota. */
function allowedLevels(
  levels: readonly Level[],
  entry: EntryView | null,
  ledger: HealLedger,
  now: number,
): AllowedHeal | RefusedHeal {
  if (levels.length === 0) return refuse('no_target');
  const held = reloadHeld(entry, ledger, now);
  if (!held) return { ok: true, levels, held: [], reloads: ledger.reloadsLeft(now) };
  const dear = levels.filter(isDear);
  const cheap = levels.filter((level) => !isDear(level));
  if (cheap.length === 0) return held;
  const { reason, until } = held;
  return { ok: true, levels: cheap, held: dear.map((level) => ({ level, reason, until })), reloads: 0 };
}

function isDear(level: Level): boolean {
  return level === 'integration' || level === 'home_assistant';
}

function reloadHeld(entry: EntryView | null, ledger: HealLedger, now: number): RefusedHeal | null {
  const budgetFrom = ledger.budgetFrom(now);
  if (budgetFrom > 0) return refuse('budget_exhausted', budgetFrom);
  if (!entry) return null;
  const openUntil = ledger.reloadOpenUntil(entry.entry_id, now);
  if (openUntil > 0) return refuse('circuit_open', openUntil);
  const coolsUntil = ledger.reloadCoolsUntil(entry.entry_id, now);
  if (coolsUntil > 0) return refuse('cooldown', coolsUntil);
  return null;
}

function refuse(reason: RefusalReason, until: number | null = null): RefusedHeal {
  return { ok: false, reason, until: until === Number.POSITIVE_INFINITY ? null : until };
}
