import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt, Step, StepTaken } from '../core/heal/heal';
import type { HealView, Member } from '../core/heal/heal-view';
import { type Proof, prove, SHARE } from '../core/heal/proof';
import { CaretakerError, describe } from '../error';
import { act } from '../hass/actions';
import type { HealedHome } from './healed-home';
import { AGES_AT_ONCE, reportedAges } from './reported-ages';

/** Between two looks at what came back, ms. */
const LOOK_MS = 250;
/** Home Assistant is asked at most so often when something last reported, ms. */
const ASK_MS = 1_000;
/** States of an entry that no waiting mends. */
const BEYOND_WAITING = ['setup_error', 'migration_error', 'failed_unload'];
/** Such a state right after the answer may still be the one before, ms. */
const SETTLE_MS = 1_000;
/** A set-up may go on for so long after we have stopped waiting for it, ms. */
const LATE_MS = 600_000;
/** After these no other step may be tried either. */
const FINAL = ['not_admin', 'not_recoverable'];
/** What was asked for may go on although nobody has heard so; or Home Assistant starts anew, which may heal, too. */
const UNHEARD = ['cannot_connect', 'command_timeout', 'connection_lost'];

/** How a step ended. */
interface StepEnd {
  readonly proof: Proof;
  /** Null when it healed. */
  readonly error: string | null;
  /** A code that forbids any further step. */
  readonly final: string | null;
  readonly context_id: string | null;
}

/** What a call came to; that it was answered proves nothing. */
interface Called extends Pick<StepEnd, 'error' | 'final' | 'context_id'> {
  /** It may have an effect. */
  readonly hopeful: boolean;
}

/**
 * One way up the ladder: step by step, each one proven, until the target is healed or nothing is left to try. Waits by the
 * monotonic clock: the other one may be set meanwhile.
 */
export class Climb {
  readonly #home: HealedHome;
  readonly #view: HealView;
  /** Those that were down before the first step. */
  readonly #wasDown: ReadonlySet<Member>;
  readonly #barred: () => Attempt['reason'];
  readonly #signal: AbortSignal;
  /** What was up before the entry was reloaded, and is not of the target's own group. */
  #beside: readonly Member[] = [];

  /**
   * @param barred what forbids another step; null is nothing
   * @param signal ends it, wherever it is
   */
  constructor(home: HealedHome, view: HealView, barred: () => Attempt['reason'], signal: AbortSignal) {
    this.#home = home;
    this.#view = view;
    this.#barred = barred;
    this.#wasDown = new Set(view.group.filter((member) => !member.isUp()));
    this.#signal = signal;
  }

  /**
   * Saves the attempt before each step, so that one that is cut short has left its trace.
   * @param attempt as it was begun
   * @returns it as it ended
   */
  async run(attempt: Attempt, steps: readonly Step[], progress: (step: Step) => void): Promise<Attempt> {
    let current = { ...attempt, before: [...this.#wasDown].map(({ subject }) => subject) };
    let end: StepEnd | null = null;
    let barred = this.#barred();
    for (const step of steps) {
      if (barred !== null) break;
      progress(step);
      const taken = begun(step, Date.now());
      const started = performance.now();
      current = { ...current, steps: [...current.steps, taken] };
      this.#home.save(current);
      end = await this.#take(step);
      current = { ...current, steps: [...current.steps.slice(0, -1), over(taken, end, performance.now() - started)] };
      if (end.error === null || end.final) break;
      barred = this.#barred();
    }
    return outcomeOf(current, end, barred, Date.now());
  }

  async #take(step: Step): Promise<StepEnd> {
    const acted = performance.now();
    if (step.action !== 'reload') return this.#prove(await this.#call(step), acted, step.timeout);
    const { id } = step.target;
    this.#beside = this.#besides(id);
    this.#home.mask(id);
    try {
      return await this.#prove(await this.#call(step), acted, step.timeout);
    } finally {
      void this.#unmask(id);
    }
  }

  /** A set-up that Home Assistant is still at is our own doing, however late. */
  async #unmask(entryId: string): Promise<void> {
    const until = performance.now() + LATE_MS;
    const isBusy = () => this.#view.entryState()?.endsWith('_in_progress') === true && performance.now() < until;
    while (!this.#signal.aborted && isBusy()) {
      await sleep(LOOK_MS, undefined, { signal: this.#signal }).catch(() => {});
    }
    this.#home.unmask(entryId);
  }

  /** What a reload takes down although nothing was wrong with it, and has to bring back. */
  #besides(entryId: string): readonly Member[] {
    const { group = [] } = this.#home.view({ kind: 'config_entry', id: entryId }) ?? {};
    const own = new Set(this.#view.group.map(({ subject }) => subject.id));
    return group.filter((member) => !own.has(member.subject.id) && member.isUp());
  }

  async #call(step: Step): Promise<Called> {
    const { connection, target } = this.#home;
    try {
      if (!connection) throw new CaretakerError('connection_lost', 'Home Assistant is not connected.');
      const { context_id } = await act(step, { connection, target, signal: this.#signal });
      return { error: null, final: null, context_id, hopeful: true };
    } catch (thrown) {
      const code = thrown instanceof CaretakerError ? thrown.code : 'command_failed';
      const final = FINAL.includes(code) ? code : null;
      return { error: describe(thrown), final, context_id: null, hopeful: UNHEARD.includes(code) };
    }
  }

  /** Looks until it is healed, beyond hope, or its time has run out. */
  async #prove({ hopeful, ...called }: Called, acted: number, timeout: number): Promise<StepEnd> {
    const answered = performance.now();
    let asked = Number.NEGATIVE_INFINITY;
    let reported: ReadonlyMap<string, number> = new Map();
    for (;;) {
      if (performance.now() - asked >= ASK_MS && this.#proof(acted, null).healed) {
        asked = performance.now();
        reported = await this.#reported();
      }
      const proof = this.#proof(acted, reported);
      if (proof.healed) return { ...called, error: null, proof };
      const waited = performance.now() - answered;
      if (!hopeful || waited >= timeout || this.#isHopeless(waited)) return this.#ended(called, acted);
      await sleep(LOOK_MS, undefined, { signal: this.#signal }).catch(() => {});
    }
  }

  async #ended(called: Omit<Called, 'hopeful'>, acted: number): Promise<StepEnd> {
    const proof = await this.#lastProof(acted);
    return { ...called, error: proof.healed ? null : (called.error ?? this.#stillDown(proof)), proof };
  }

  /** Too few came back for anybody to have been asked when they reported; those few are named all the same. */
  async #lastProof(acted: number): Promise<Proof> {
    const byWord = this.#proof(acted, null);
    return byWord.recovered.length === 0 ? byWord : this.#proof(acted, await this.#reported());
  }

  /** @param reported null takes everybody's word for it */
  #proof(acted: number, reported: ReadonlyMap<string, number> | null): Proof {
    const target = this.#view.current();
    // A home that cannot be seen shows what it showed last.
    const { live } = this.#home;
    const witnesses = this.#view.group.filter(isThere).map((member) => ({
      subject: member.subject,
      wasDown: this.#wasDown.has(member),
      isUp: live && member.isUp(),
      reported: reported === null ? acted : (reported.get(member.subject.id) ?? null),
    }));
    // Of what has lost all its entities nobody can say that it works.
    const isSeen = live && (witnesses.length > 0 || target?.kind === 'config_entry');
    const isTargetUp = isSeen && target !== undefined && this.#view.isTargetUp();
    const proof = prove(target ?? this.#view.target, isTargetUp, witnesses, acted);
    const lost = this.#beside.filter((member) => member.isThere() && !(live && member.isUp()));
    const isWhole = lost.length <= this.#beside.length * (1 - SHARE);
    const still_down = [...proof.still_down, ...lost.map(({ subject }) => subject)];
    return { ...proof, healed: proof.healed && isWhole, still_down };
  }

  /** When those that were down last reported, epoch ms, too late by less than it took to ask. */
  async #reported(): Promise<ReadonlyMap<string, number>> {
    const { connection } = this.#home;
    const reported = new Map<string, number>();
    if (!connection) return reported;
    const ids = [...this.#wasDown].filter(isThere).map(({ subject }) => subject.id);
    try {
      for (let start = 0; start < ids.length; start += AGES_AT_ONCE) {
        const asked = reportedAges(connection, ids.slice(start, start + AGES_AT_ONCE), this.#signal);
        const ages = await unlessAborted(asked, this.#signal);
        const answered = performance.now();
        for (const [id, age] of ages) reported.set(id, answered - age * 1000);
      }
    } catch (thrown) {
      if (!this.#signal.aborted) this.#home.trouble(describe(thrown));
    }
    return reported;
  }

  #isHopeless(waited: number): boolean {
    if (this.#signal.aborted || !this.#view.current()) return true;
    return waited >= SETTLE_MS && BEYOND_WAITING.includes(this.#view.entryState() ?? '');
  }

  #stillDown({ still_down }: Proof): string {
    const state = this.#view.entryState();
    return `${still_down.length} still down${state === null ? '' : `, integration ${state}`}`;
  }
}

function isThere(member: Member): boolean {
  return member.isThere();
}

/** A home that is silent must not hold up whoever wants to stop. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborted = () => reject(new CaretakerError('connection_lost', 'The waiting was given up.'));
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

function begun({ level, action, target }: Step, at: number): StepTaken {
  return { level, action, target, at, duration_seconds: 0, error: null, context_id: null };
}

/** @param lasted ms */
function over(taken: StepTaken, { error, context_id }: StepEnd, lasted: number): StepTaken {
  return { ...taken, duration_seconds: Math.round(lasted) / 1000, error, context_id };
}

function outcomeOf(attempt: Attempt, end: StepEnd | null, barred: Attempt['reason'], now: number): Attempt {
  const healed = end !== null && end.error === null;
  return {
    ...attempt,
    ended: now,
    outcome: healed ? 'healed' : 'failed',
    reason: healed ? null : (end?.final ?? barred ?? 'still_down'),
    message: end?.error ?? null,
    recovered: end?.proof.recovered ?? [],
    still_down: end?.proof.still_down ?? attempt.before,
  };
}
