import type { HealOptions, Level, RefusalReason } from '../../../../src/lib/core/heal/heal';

/** A home as the one who looks on knows it: by what was done there, not by what anybody made of it. */
export interface Facts {
  readonly options: HealOptions;
  ready: boolean;
  admin: boolean;
  judged: number;
  down: number;
  explained: number;
  readonly entries: Map<string, EntryFacts>;
  /** What is suppressed, as `kind id`, and until when. */
  readonly suppressed: Map<string, number>;
  readonly windows: WindowFacts[];
  /** Heals that are over. */
  readonly past: Done[];
  /** Heals that are under way. */
  running: number;
}

interface EntryFacts {
  state: string;
  since: number;
  disabled: boolean;
  reauth: boolean;
}

/** Weekly ones in UTC; minutes count from Sunday, midnight. */
type WindowFacts =
  | { readonly id: string; readonly from: number; to: number }
  | { readonly id: string; readonly minuteOfWeek: number; readonly minutes: number };

export interface Done {
  readonly target: string;
  readonly incident: string | null;
  readonly at: number;
  readonly healed: boolean;
  readonly reloads: readonly { readonly at: number; readonly entry: string | null }[];
}

export interface Request {
  readonly target: string;
  readonly exists: boolean;
  readonly isDown: boolean;
  readonly disabled: boolean;
  readonly entry: string | null;
  /** What a suppression may call it. */
  readonly names: readonly string[];
  readonly incident: string | null;
  readonly levels: readonly Level[];
  readonly dryRun: boolean;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK_MINUTES = 7 * 24 * 60;

/** Every reason that speaks against a heal now, whatever it would do. */
export function reasonsAgainst(facts: Facts, ask: Request, now: number): Set<RefusalReason> {
  const { options, past } = facts;
  const entry = ask.entry === null ? undefined : facts.entries.get(ask.entry);
  const mine = past.filter(({ target }) => target === ask.target);
  const tries = past.filter(({ incident }) => incident !== null && incident === ask.incident).length;
  return those({
    instance_not_ready: !facts.ready,
    healing_disabled: !options.healing_enabled,
    no_target: !ask.exists || ask.disabled || entry?.disabled === true || ask.levels.length === 0,
    already_available: !ask.isDown,
    suppressed: ask.names.some((name) => now < (facts.suppressed.get(name) ?? 0)),
    maintenance: facts.windows.some((window) => isOpen(window, now)),
    not_admin: !facts.admin,
    in_progress: facts.running > 0,
    storm: (facts.down - facts.explained) * 10 > facts.judged * 3,
    not_recoverable: entry !== undefined && (entry.reauth || /^(failed_unload|migration_error)$/.test(entry.state)),
    ha_is_retrying: entry !== undefined && isRetrying(entry, now),
    attempts_exhausted: options.max_attempts > 0 && tries >= options.max_attempts,
    circuit_open: now < openUntil(options, mine),
    cooldown: mine.some(({ at }) => now - at < options.cooldown_seconds * 1000),
  });
}

/** What speaks against reloads and restarts in particular. */
export function reasonsAgainstReload(facts: Facts, entry: string | null, now: number): Set<RefusalReason> {
  const { options, past } = facts;
  const mine = past.filter(({ reloads }) => entry !== null && reloads.some((reload) => reload.entry === entry));
  return those({
    budget_exhausted: reloadsWithinHour(facts, now) >= options.reloads_per_hour,
    circuit_open: now < openUntil(options, mine),
    cooldown: mine.some(({ at }) => now - at < options.cooldown_seconds * 1000),
  });
}

export function reloadsWithinHour({ past }: Facts, now: number): number {
  return past.flatMap(({ reloads }) => reloads).filter(({ at }) => now - at < HOUR).length;
}

/** How often in a row it failed, to the last try. */
export function failuresInARow(past: readonly Done[]): Done[] {
  return past.slice(past.findLastIndex(({ healed }) => healed) + 1);
}

function openUntil(options: HealOptions, past: readonly Done[]): number {
  const failed = failuresInARow(past);
  const openings = failed.length - options.circuit_breaker_threshold + 1;
  const last = failed.at(-1);
  if (options.circuit_breaker_threshold === 0 || openings < 1 || !last) return 0;
  let reset = options.circuit_breaker_reset_seconds * 1000;
  for (let n = 1; n < openings && reset < DAY; n += 1) reset = Math.min(reset * 2, DAY);
  return last.at + reset;
}

function isOpen(window: WindowFacts, now: number): boolean {
  if ('from' in window) return now >= window.from && now < window.to;
  // The first of January 1970 was a Thursday.
  const minute = (now / MINUTE + 4 * 24 * 60) % WEEK_MINUTES;
  return (minute - window.minuteOfWeek + WEEK_MINUTES) % WEEK_MINUTES < window.minutes;
}

function isRetrying({ state, since }: EntryFacts, now: number): boolean {
  return state === 'setup_in_progress' || (state === 'setup_retry' && now - since < 10 * MINUTE);
}

function those(reasons: Partial<Record<RefusalReason, boolean>>): Set<RefusalReason> {
  const all = Object.keys(reasons) as RefusalReason[];
  return new Set(all.filter((reason) => reasons[reason]));
}
