import { Evidence } from '../core/evidence';
import type { AllowedHeal } from '../core/guards';
import type { Attempt, HealOptions, MaintenanceWindow, Suppression } from '../core/heal';
import { healView, isUp } from '../core/heal-target';
import type { HealView } from '../core/heal-view';
import type { Incident } from '../core/incident';
import { incidentGoals } from '../core/incident-target';
import { judgeEntry } from '../core/judge';
import { ladder } from '../core/ladder';
import { matchingPlans, type Plan, planSteps } from '../core/plan';
import { problemOf } from '../core/problem';
import { reach } from '../core/reach';
import type { Tracker } from '../core/tracker';
import { describe } from '../error';
import type { HealAsk, HealedHome, HealGoal, HealResult, Route } from './healed-home';
import { Healer } from './healer';

/** The home as far as healing has to ask others about it. */
export interface HealingHost extends Pick<HealedHome, 'target' | 'live' | 'info' | 'connection' | 'trouble'> {
  readonly tracker: Tracker;
  /** Incidents that are open. */
  readonly incidents: {
    get(id: string): Incident | undefined;
    all(): Iterable<Incident>;
    of(goal: HealGoal): string | undefined;
  };
  /** Keeps a fact as it is now. */
  put(kind: 'attempt' | 'suppression' | 'window', id: string, body: object, open: boolean): void;
  remove(kind: 'suppression' | 'window', id: string): void;
  /** What was masked is judged again: somebody has to look when it is due. */
  worked(): void;
}

/** What was stored. */
export interface HealingPast {
  /** In the order they began. */
  readonly attempts: readonly Attempt[];
  readonly suppressions: readonly Suppression[];
  readonly windows: readonly MaintenanceWindow[];
}

/** All that heals in one home, and all that holds it back: the healer, and what he needs to know of his home. */
export class Healing implements HealedHome {
  readonly #host: HealingHost;
  readonly #healer: Healer;
  readonly #options: HealOptions;
  readonly #plans: () => readonly Plan[];
  readonly #evidence = new Evidence();
  /** How each integration learns of changes, as its manifest says. */
  readonly #iotClasses = new Map<string, string | null>();
  /** Entries that wait for somebody to sign in again. */
  reauth: ReadonlySet<string> = new Set();

  /** @param plans those in force, best first */
  constructor(host: HealingHost, options: HealOptions, plans: () => readonly Plan[], past: HealingPast) {
    this.#host = host;
    this.#options = options;
    this.#plans = plans;
    for (const attempt of past.attempts) this.#evidence.take(attempt);
    this.#healer = new Healer(this, options, past.attempts);
    for (const one of past.suppressions) this.#healer.suppressions.set(one.suppression_id, one);
    for (const one of past.windows) this.#healer.windows.set(one.window_id, one);
  }

  get target() {
    return this.#host.target;
  }

  get live(): boolean {
    return this.#host.live;
  }

  get info() {
    return this.#host.info;
  }

  get connection() {
    return this.#host.connection;
  }

  /** It has synced, or knows from its store who lives there. */
  get known(): boolean {
    return this.#host.live || this.#host.tracker.entities.size > 0;
  }

  get evidence(): Evidence {
    return this.#evidence;
  }

  async heal(ask: HealAsk): Promise<HealResult> {
    await this.#learn(ask.target);
    return this.#healer.heal(ask);
  }

  stop(): Promise<void> {
    return this.#healer.stop();
  }

  has({ kind, id }: HealGoal): boolean {
    return this.#host.tracker.find(kind, id) !== undefined;
  }

  incident(id: string): Incident | undefined {
    return this.#host.incidents.get(id);
  }

  goalsOf(incidentId: string): readonly HealGoal[] {
    const incident = this.incident(incidentId);
    return incident ? incidentGoals(incident) : [];
  }

  entriesOf(domain: string): readonly HealGoal[] {
    const entries = [...this.#host.tracker.entries.values()].filter(({ entry }) => entry.domain === domain);
    return entries.map(({ subject }) => ({ kind: 'config_entry', id: subject.id }));
  }

  /** Those of its entries that are down, or have something that is. */
  fallenEntriesOf(domain: string): readonly HealGoal[] {
    const { entries } = this.#host.tracker;
    return this.entriesOf(domain).filter(({ id }) => {
      const tracked = entries.get(id);
      if (!tracked || tracked.entry.disabled) return false;
      const fallen = [...tracked.members].some((entity) => entity.judged && !isUp(entity));
      return fallen || judgeEntry(tracked.entry.state) === 'unavailable';
    });
  }

  view(goal: HealGoal): HealView | undefined {
    return healView(this.#host.tracker, goal, this.reauth);
  }

  /** Nobody waits for it: an entry fell, and it may be for want of a password. */
  askForReauth(): void {
    this.askReauth().then(
      () => this.#host.worked(),
      (thrown: unknown) => this.trouble(describe(thrown)),
    );
  }

  /** Home Assistant tells it only to administrators, and only they heal. */
  async askReauth(): Promise<void> {
    const { connection, info } = this.#host;
    if (!connection || !info?.is_admin) return;
    try {
      const flows = await connection.command<unknown>({ type: 'config_entries/flow/progress' });
      this.reauth = new Set((Array.isArray(flows) ? flows : []).flatMap(reauthEntry));
    } catch (thrown) {
      this.trouble(`config_entries/flow/progress: ${describe(thrown)}`);
    }
  }

  route(view: HealView, ask: HealAsk, { levels }: AllowedHeal): Route {
    const { tracker } = this.#host;
    const reachable = reach(tracker, view, this.#iotClasses.get(view.integration ?? '') ?? null);
    const timeout = this.#options.verify_seconds * 1000;
    for (const plan of this.plansFor(view, ask.plans)) {
      const steps = planSteps(plan, reachable, levels, timeout);
      if (steps.length > 0) return { steps, plan: plan.name, because: null };
    }
    const { steps, because } = this.#evidence.order(view.integration, ladder(reachable, levels, timeout));
    return { steps, because, plan: null };
  }

  /** Plans that fit what is wrong with it, the best first. @param names of those that may be used; null is any */
  plansFor(view: HealView, names: readonly string[] | null): Plan[] {
    const usable = this.#plans().filter(({ name }) => names === null || names.includes(name));
    const timeZone = this.#host.info?.time_zone ?? 'UTC';
    return matchingPlans(usable, problemOf(this.#host.tracker, view), Date.now(), timeZone);
  }

  toll() {
    let judged = 0;
    let down = 0;
    for (const entity of this.#host.tracker.entities.values()) {
      if (!entity.judged || entity.status === null) continue;
      judged += 1;
      if (!isUp(entity)) down += 1;
    }
    return { judged, down, explained: this.#explained() };
  }

  incidentOf(goal: HealGoal): string | null {
    return this.#host.incidents.of(goal) ?? null;
  }

  mask(entryId: string): void {
    this.#host.tracker.mask(entryId);
  }

  unmask(entryId: string): void {
    this.#host.tracker.unmask(entryId, Date.now());
    this.#host.worked();
  }

  save(attempt: Attempt): void {
    const open = attempt.outcome === null;
    if (!open) this.#evidence.take(attempt);
    this.#host.put('attempt', attempt.attempt_id, attempt, open);
  }

  trouble(what: string): void {
    this.#host.trouble(what);
  }

  get suppressions(): ReadonlyMap<string, Suppression> {
    return this.#healer.suppressions;
  }

  suppress(suppression: Suppression): void {
    this.#healer.suppressions.set(suppression.suppression_id, suppression);
    this.#host.put('suppression', suppression.suppression_id, suppression, true);
  }

  /** Whether there was one. */
  unsuppress(id: string): boolean {
    this.#host.remove('suppression', id);
    return this.#healer.suppressions.delete(id);
  }

  get windows(): ReadonlyMap<string, MaintenanceWindow> {
    return this.#healer.windows;
  }

  setWindow(window: MaintenanceWindow): void {
    this.#healer.windows.set(window.window_id, window);
    this.#host.put('window', window.window_id, window, true);
  }

  removeWindow(id: string): boolean {
    this.#host.remove('window', id);
    return this.#healer.windows.delete(id);
  }

  /** Until when the home is worked on, epoch ms; null when it is not. */
  maintenanceUntil(now: number): number | null {
    return this.#healer.maintenanceUntil(now);
  }

  /** How many entities the widest open incident explains whose root is a device or a config entry. */
  #explained(): number {
    let widest = 0;
    for (const { root, explained } of this.#host.incidents.all()) {
      if (root.kind !== 'device' && root.kind !== 'config_entry') continue;
      widest = Math.max(widest, explained.filter(({ kind }) => kind === 'entity').length);
    }
    return widest;
  }

  /** A manifest does not change while Home Assistant runs; asked for once an integration. */
  async #learn(goal: HealGoal): Promise<void> {
    const integration = this.view(goal)?.integration;
    const { connection } = this.#host;
    if (!integration || !connection || this.#iotClasses.has(integration)) return;
    try {
      const manifests = await connection.command<unknown>({ type: 'manifest/list', integrations: [integration] });
      const { iot_class } = Object(Array.isArray(manifests) ? manifests[0] : null) as { iot_class?: unknown };
      this.#iotClasses.set(integration, typeof iot_class === 'string' ? iot_class : null);
    } catch (thrown) {
      this.#host.trouble(`manifest/list: ${describe(thrown)}`);
    }
  }
}

function reauthEntry(flow: unknown): string[] {
  const { context } = Object(flow) as { context?: unknown };
  const { source, entry_id } = Object(context) as { source?: unknown; entry_id?: unknown };
  return source === 'reauth' && typeof entry_id === 'string' ? [entry_id] : [];
}
