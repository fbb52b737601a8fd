import { randomUUID } from 'node:crypto';
import { type AllowedHeal, guard, type RefusedHeal } from '../core/heal/guards';
import type { Attempt, HealOptions, RefusalReason } from '../core/heal/heal';
import { HealLedger } from '../core/heal/heal-ledger';
import type { HealView } from '../core/heal/heal-view';
import { describe } from '../error';
import { Climb } from './climb';
import type { HealAsk, HealedHome, HealResult, Route } from './healed-home';
import type { Holds } from './holds';

/** Whether these are right only Home Assistant knows, and what would be done. */
const ASK_FIRST: readonly RefusalReason[] = ['dry_run', 'not_recoverable'];

/** Heals one home, one target at a time: asks whether it may, then climbs, and keeps what was done. */
export class Healer {
  readonly #home: HealedHome;
  readonly #holds: Holds;
  readonly #options: HealOptions;
  readonly #ledger: HealLedger;
  readonly #stop = new AbortController();
  #current: Promise<HealResult> | null = null;
  /** The incident that is being healed. */
  #incident: string | null = null;

  /** @param attempts of the past, in the order they began */
  constructor(home: HealedHome, holds: Holds, options: HealOptions, attempts: Iterable<Attempt>) {
    this.#home = home;
    this.#holds = holds;
    this.#options = options;
    this.#ledger = new HealLedger(options, attempts);
  }

  /** What past attempts came to. */
  get ledger(): Pick<HealLedger, 'outcomes' | 'breakers'> {
    return this.#ledger;
  }

  get busy(): boolean {
    return this.#current !== null;
  }

  /** Never rejects: what keeps it from healing is its answer. */
  async heal(ask: HealAsk): Promise<HealResult> {
    const known = this.#home.view(ask.target);
    const early = this.#verdict(ask, known);
    // What is refused anyway costs the home no call.
    if (!early.ok && !ASK_FIRST.includes(early.reason)) return this.#refused(ask, known, early);
    await Promise.all([this.#home.learn(ask.target), this.#home.askReauth()]);
    const view = this.#home.view(ask.target);
    const verdict = this.#verdict(ask, view);
    // A rehearsal is told what would have been done, by the same rules.
    const allowed = verdict.ok ? verdict : verdict.would;
    if (!view || !allowed) return this.#refused(ask, view, verdict as RefusedHeal);
    const route = this.#home.route(view, ask, allowed);
    if (route.steps.length === 0) return this.#nothingToDo(ask, view, allowed);
    if (!verdict.ok) return this.#refused(ask, view, verdict, route);
    // Nothing was awaited since the verdict: nobody else can have begun.
    this.#incident = this.#incidentOf(ask);
    this.#current = this.#climb(ask, view, route);
    try {
      return await this.#current;
    } finally {
      this.#current = null;
      this.#incident = null;
    }
  }

  /** Whether a heal of this incident was begun. */
  hasTried(incidentId: string): boolean {
    return this.#incident === incidentId || this.#ledger.attempts(incidentId) > 0;
  }

  /** Until when the home is worked on, epoch ms; null when it is not. */
  maintenanceUntil(now: number): number | null {
    return this.#holds.maintenanceUntil(now, this.#home.timeZone);
  }

  /** Ends what is under way; it is kept as failed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#current;
  }

  #verdict(ask: HealAsk, view: HealView | undefined): AllowedHeal | RefusedHeal {
    const now = Date.now();
    const { info, live } = this.#home;
    const { levels, dry_run } = ask;
    const home = {
      ready: live && !this.#stop.signal.aborted,
      is_admin: info?.is_admin === true,
      healing: this.busy,
      suppressed: view !== undefined && (view.isSpared || this.#holds.suppresses(view.names, now)),
      maintenanceUntil: this.maintenanceUntil(now),
      ...this.#home.toll(),
    };
    return guard({ incident_id: this.#incidentOf(ask), levels, dry_run }, view, home, this.#ledger, this.#options, now);
  }

  #incidentOf({ incident_id, target }: HealAsk): string | null {
    return incident_id ?? this.#home.incidentOf(target);
  }

  /** @param route what would have been done, of a dry run */
  #refused(
    ask: HealAsk,
    view: HealView | undefined,
    { reason, until }: RefusedHeal,
    route: Route | null = null,
  ): HealResult {
    const target = view?.target ?? ask.target;
    return { outcome: 'refused', target, reason, until, incident_id: this.#incidentOf(ask), route };
  }

  /** Where a rung that would have worked is held back, that is why; else there is nothing to be done at all. */
  #nothingToDo(ask: HealAsk, view: HealView, { held }: AllowedHeal): HealResult {
    const { reason, until } = held[0] ?? { reason: 'no_target' as const, until: null };
    return this.#refused(ask, view, { ok: false, reason, until });
  }

  async #climb(ask: HealAsk, view: HealView, { steps, plan, because }: Route): Promise<HealResult> {
    const climb = new Climb(this.#home, view, () => this.#barred(view), this.#stop.signal);
    const begun = { ...this.#begin(ask, view), plan, because };
    this.#watching(() => ask.began?.(begun));
    const attempt = await climb.run(begun, steps, (step) => this.#watching(() => ask.progress?.(step)));
    this.#ledger.take(attempt);
    this.#home.save(attempt);
    return { outcome: attempt.outcome ?? 'failed', attempt };
  }

  /** Who only watches must not end a heal in its middle. */
  #watching(tell: () => void): void {
    try {
      tell();
    } catch (thrown) {
      this.#home.trouble(describe(thrown));
    }
  }

  /** What forbids another step of a heal that was allowed when it began. */
  #barred(view: HealView): Attempt['reason'] {
    const now = Date.now();
    if (this.#stop.signal.aborted) return 'interrupted';
    if (!this.#home.live) return 'instance_not_ready';
    if (!view.current()) return 'no_target';
    if (this.maintenanceUntil(now) !== null) return 'maintenance';
    return this.#holds.suppresses(view.names, now) ? 'suppressed' : null;
  }

  #begin(ask: HealAsk, { target, entry, integration }: HealView): Omit<Attempt, 'plan' | 'because'> {
    return {
      attempt_id: randomUUID(),
      incident_id: this.#incidentOf(ask),
      target,
      entry_id: entry?.entry_id ?? null,
      integration,
      by: ask.by,
      trigger_reason: ask.trigger_reason ?? null,
      number: this.#ledger.tries(target) + 1,
      began: Date.now(),
      ended: null,
      outcome: null,
      reason: null,
      message: null,
      steps: [],
      before: [],
      recovered: [],
      still_down: [],
    };
  }
}
