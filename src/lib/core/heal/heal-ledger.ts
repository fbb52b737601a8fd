import type { Attempt, HealOptions, HealTarget, StepTaken } from './heal';
import { heldUntil } from './hold';

const HOUR_MS = 3_600_000;
const LONGEST_RESET_MS = 24 * HOUR_MS;
/** From a millisecond to more than a day; without an end it would be no number at all. */
const MOST_DOUBLINGS = 32;

/** The breaker of one target, or of one entry's reloads. */
interface Breaker {
  failuresInARow: number;
  /** When it last opened, epoch ms; null while it is closed. */
  openedAt: number | null;
  /** How often it opened since the last success. */
  openings: number;
}

/** Something done that some thing has to recover from. */
interface Trace {
  /** Epoch ms. */
  last: number;
  /** How often it was tried, what retention has taken included. */
  tries: number;
  readonly breaker: Breaker;
}

/**
 * What past attempts forbid, replayed from them alone: the same attempts always give the same answer, also after a
 * restart. An attempt that was begun and never ended failed when it was last heard of.
 */
export class HealLedger {
  readonly #options: HealOptions;
  readonly #targets = new Map<string, Trace>();
  readonly #reloadsOf = new Map<string, Trace>();
  readonly #attemptsOf = new Map<string, number>();
  /** When entries were reloaded or Home Assistant restarted, epoch ms: the last ones, as many as an hour may have. */
  #reloads: number[] = [];
  readonly #outcomes = { healed: 0, failed: 0 };

  /** @param attempts ended ones, or such as nobody will end any more; in the order they began */
  constructor(options: HealOptions, attempts: Iterable<Attempt> = []) {
    this.#options = options;
    for (const attempt of attempts) this.take(attempt);
  }

  /** An attempt ended. */
  take(attempt: Attempt): void {
    const { incident_id, steps, outcome } = attempt;
    const ended = attempt.ended ?? steps.at(-1)?.at ?? attempt.began;
    const healed = outcome === 'healed';
    this.#outcomes[healed ? 'healed' : 'failed'] += 1;
    if (incident_id !== null) this.#attemptsOf.set(incident_id, this.attempts(incident_id) + 1);
    const trace = this.#mark(this.#targets, keyOf(attempt.target), ended, healed);
    trace.tries = Math.max(trace.tries, attempt.number ?? 0);
    const reloads = steps.filter(isReload);
    const { reloads_per_hour: most } = this.#options;
    this.#reloads = most === 0 ? [] : [...this.#reloads, ...reloads.map(({ at }) => at)].slice(-most);
    // With Home Assistant the entry in question came up anew as well.
    const reloaded = new Set(reloads.map(({ action, target }) => (action === 'reload' ? target.id : attempt.entry_id)));
    for (const id of reloaded) if (id !== null) this.#mark(this.#reloadsOf, id, ended, healed);
  }

  /** How attempts ended, all that are known. */
  get outcomes(): Readonly<Record<'healed' | 'failed', number>> {
    return this.#outcomes;
  }

  /** Of all that was ever tried, targets and reloads, how many are left alone because tries have failed. */
  breakers(now: number): { readonly known: number; readonly open: number } {
    const traces = [...this.#targets.values(), ...this.#reloadsOf.values()];
    return { known: traces.length, open: traces.filter((trace) => this.#openUntil(trace, now) > 0).length };
  }

  /** How often the incident was tried to be healed. */
  attempts(incidentId: string): number {
    return this.#attemptsOf.get(incidentId) ?? 0;
  }

  /** How often the target was tried to be healed. */
  tries(target: HealTarget): number {
    return this.#targets.get(keyOf(target))?.tries ?? 0;
  }

  /** Until when the target is left alone after the last try, epoch ms; 0 is over. */
  coolsUntil(target: HealTarget, now: number): number {
    return this.#coolsUntil(this.#targets.get(keyOf(target)), now);
  }

  /** Until when tries that failed forbid another one, epoch ms; 0 when they do not. */
  openUntil(target: HealTarget, now: number): number {
    return this.#openUntil(this.#targets.get(keyOf(target)), now);
  }

  reloadCoolsUntil(entryId: string, now: number): number {
    return this.#coolsUntil(this.#reloadsOf.get(entryId), now);
  }

  reloadOpenUntil(entryId: string, now: number): number {
    return this.#openUntil(this.#reloadsOf.get(entryId), now);
  }

  /** When one more reload is within the home's budget, epoch ms; 0 is now, `Infinity` never. */
  budgetFrom(now: number): number {
    if (this.#options.reloads_per_hour === 0) return Number.POSITIVE_INFINITY;
    return this.reloadsLeft(now) > 0 ? 0 : Math.min(...this.#counting(now));
  }

  /** How many more reloads the home's budget has now. */
  reloadsLeft(now: number): number {
    return this.#options.reloads_per_hour - this.#counting(now).length;
  }

  /** Until when each of the reloads counts that still do, epoch ms. */
  #counting(now: number): number[] {
    return this.#reloads.map((at) => heldUntil(at, HOUR_MS, now)).filter((until) => until > 0);
  }

  #mark(traces: Map<string, Trace>, key: string, ended: number, healed: boolean): Trace {
    const known = traces.get(key);
    const trace = known ?? { last: ended, tries: 0, breaker: { failuresInARow: 0, openedAt: null, openings: 0 } };
    if (!known) traces.set(key, trace);
    trace.last = ended;
    trace.tries += 1;
    const { breaker } = trace;
    if (healed) Object.assign(breaker, { failuresInARow: 0, openedAt: null, openings: 0 });
    else this.#failed(breaker, ended);
    return trace;
  }

  /** One that was open lets a single try through: should that fail, it opens anew, for twice as long. */
  #failed(breaker: Breaker, at: number): void {
    const { circuit_breaker_threshold: threshold } = this.#options;
    breaker.failuresInARow += 1;
    if (threshold === 0 || breaker.failuresInARow < threshold) return;
    breaker.openedAt = at;
    breaker.openings += 1;
  }

  #coolsUntil(trace: Trace | undefined, now: number): number {
    return trace ? heldUntil(trace.last, this.#options.cooldown_seconds * 1000, now) : 0;
  }

  #openUntil(trace: Trace | undefined, now: number): number {
    const { openedAt = null, openings = 0 } = trace?.breaker ?? {};
    if (openedAt === null) return 0;
    const first = this.#options.circuit_breaker_reset_seconds * 1000;
    // Who wants more than a day from the start gets it.
    const reset = Math.min(first * 2 ** Math.min(openings - 1, MOST_DOUBLINGS), Math.max(first, LONGEST_RESET_MS));
    return heldUntil(openedAt, reset, now);
  }
}

function isReload({ action }: StepTaken): boolean {
  return action === 'reload' || action === 'restart';
}

function keyOf({ kind, id }: HealTarget): string {
  return `${kind} ${id}`;
}
