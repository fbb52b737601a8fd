import { Evidence } from '../core/heal/evidence';
import type { AllowedHeal } from '../core/heal/guards';
import type { Attempt, HealGoal, HealOptions, MaintenanceWindow, Step, Suppression } from '../core/heal/heal';
import { healView, isUp } from '../core/heal/heal-target';
import type { HealView } from '../core/heal/heal-view';
import { ladder } from '../core/heal/ladder';
import { matchingPlans, type Plan, planSteps } from '../core/heal/plan';
import { problemOf } from '../core/heal/problem';
import { reach } from '../core/heal/reach';
import type { Names } from '../core/heal/suppression';
import type { Incident } from '../core/incident/incident';
import { incidentGoals } from '../core/incident/incident-target';
import { judgeEntry } from '../core/judge';
import type { Tracker } from '../core/tracker';
import { describe } from '../error';
import { HealTally } from './heal-tally';
import type { HealAsk, HealedHome, HealResult, Route } from './healed-home';
import { Healer } from './healer';
import { Holds } from './holds';
import { Manifests } from './manifests';
import { entriesInReauth } from './reauth';

/** The home as far as healing has to ask others about it. */
export interface HealingHost
  extends Pick<HealedHome, 'target' | 'live' | 'info' | 'timeZone' | 'connection' | 'trouble'> {
  readonly tracker: Tracker;
  /** Incidents that are open. */
  readonly incidents: {
    get(id: string): Incident | undefined;
    all(): Iterable<Incident>;
    of(goal: HealGoal): string | undefined;
  };
  /** Keeps a fact as it is now. */
  put(kind: 'attempt' | 'suppression' | 'window', id: string, body: object, open: boolean): void;
  /** What was masked is judged again, or maintenance began or ended: somebody has to look. */
  worked(): void;
}

/** What was stored. */
export interface HealingPast {
  /** In the order they began. */
  readonly attempts: readonly Attempt[];
  /** Integrations whose faults went without a heal, one for each time. */
  readonly naturals?: readonly string[];
  /** Those in force. */
  readonly suppressions: readonly Suppression[];
  readonly windows: readonly MaintenanceWindow[];
}

/** All that heals in one home, and all that holds it back: the healer, and what he needs to know of his home. */
export class Healing implements HealedHome {
  readonly holds: Holds;
  readonly tally = new HealTally();
  readonly #host: HealingHost;
  readonly #healer: Healer;
  readonly #options: HealOptions;
  readonly #plans: () => readonly Plan[];
  readonly #evidence = new Evidence();
  readonly #manifests: Manifests;
  readonly #left = new Set<Promise<HealResult>>();
  /** As it was last saved; the store may not have it yet. */
  #latest: Attempt | null = null;
  /** Entries that wait for somebody to sign in again. */
  reauth: ReadonlySet<string> = new Set();

  /** @param plans those in force, best first */
  constructor(host: HealingHost, options: HealOptions, plans: () => readonly Plan[], past: HealingPast) {
    this.#host = host;
    this.#options = options;
    this.#plans = plans;
    this.#manifests = new Manifests(host);
    const attempts = past.attempts.map((attempt) => this.#closed(attempt));
    for (const attempt of attempts) this.#evidence.take(attempt);
    for (const integration of past.naturals ?? []) this.#evidence.takeNatural(integration);
    this.holds = new Holds(host, past);
    this.#healer = new Healer(this, this.holds, options, attempts);
  }

  get target() {
    return this.#host.target;
  }

  get live(): boolean {
    return this.#host.live;
  }

  get timeZone() {
    return this.#host.timeZone;
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

  /** What past attempts came to. */
  get ledger() {
    return this.#healer.ledger;
  }

  get options(): HealOptions {
    return this.#options;
  }

  get evidence(): Evidence {
    return this.#evidence;
  }

  async heal(ask: HealAsk): Promise<HealResult> {
    const result = await this.#healer.heal(ask);
    this.tally.take(result);
    return result;
  }

  /** The one that was tried last since we watch, if it goes by that id. */
  latest(attemptId: string): Attempt | undefined {
    return this.#latest?.attempt_id === attemptId ? this.#latest : undefined;
  }

  /** A heal whose asker has gone: another may want to hear how it ended. */
  leave(heal: Promise<HealResult>): void {
    this.#left.add(heal);
    const over = () => this.#left.delete(heal);
    heal.then(over, over);
  }

  /** Those that are still under way; nobody else gets them. */
  takeLeft(): Promise<HealResult>[] {
    const left = [...this.#left];
    this.#left.clear();
    return left;
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
    const isSpared = (names: Names) => this.holds.suppresses(names, Date.now());
    return healView(this.#host.tracker, goal, this.reauth, isSpared);
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
      this.reauth = await entriesInReauth(connection);
    } catch (thrown) {
      this.trouble(`config_entries/flow/progress: ${describe(thrown)}`);
    }
  }

  route(view: HealView, ask: HealAsk, { levels, reloads }: AllowedHeal): Route {
    const { tracker } = this.#host;
    const reachable = reach(tracker, view, this.#manifests.iotClass(view.integration));
    const timeout = this.#options.verify_seconds * 1000;
    for (const plan of this.plansFor(view, ask.plans)) {
      const steps = planSteps(plan, reachable, levels, timeout, reloads);
      if (steps.length > 0) return { plan: plan.name, ...this.#ordered(view, plan, steps) };
    }
    return { plan: null, ...this.#evidence.order(view.integration, ladder(reachable, levels, timeout)) };
  }

  /** What somebody wrote down, or where waiting is a step, stands in the order it was written. */
  #ordered({ integration }: HealView, { file }: Plan, steps: readonly Step[]) {
    const isFree = file === null && steps.every(({ action }) => action !== 'wait');
    return isFree ? this.#evidence.order(integration, steps) : { steps, because: null };
  }

  /** Plans that fit what is wrong with it, the best first. @param names of those that may be used; null is any */
  plansFor(view: HealView, names: readonly string[] | null): Plan[] {
    const usable = this.#plans().filter(({ name }) => names === null || names.includes(name));
    const { timeZone } = this.#host;
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

  /** An incident is over. @returns the integration whose fault went by itself; null when it did not */
  resolved({ incident_id, root, resolution }: Incident): string | null {
    if (resolution !== 'recovered' || this.#healer.hasTried(incident_id)) return null;
    const integration = root.kind === 'integration' ? root.id : this.#integrationOf(root);
    if (integration !== null) this.#evidence.takeNatural(integration);
    return integration;
  }

  #integrationOf({ kind, id }: Incident['root']): string | null {
    if (kind === 'area' || kind === 'instance' || kind === 'integration') return null;
    return this.view({ kind, id })?.integration ?? null;
  }

  /** One that nobody will end any more was cut short. */
  #closed(attempt: Attempt): Attempt {
    if (attempt.outcome !== null) return attempt;
    const ended = attempt.ended ?? attempt.steps.at(-1)?.at ?? attempt.began;
    const closed: Attempt = { ...attempt, ended, outcome: 'failed', reason: 'interrupted', still_down: attempt.before };
    this.#host.put('attempt', closed.attempt_id, closed, false);
    return closed;
  }

  mask(entryId: string): void {
    this.#host.tracker.mask(entryId);
  }

  unmask(entryId: string): void {
    this.#host.tracker.unmask(entryId, Date.now());
    this.#host.worked();
  }

  save(attempt: Attempt): void {
    this.#latest = attempt;
    const open = attempt.outcome === null;
    if (!open) this.#evidence.take(attempt);
    this.#host.put('attempt', attempt.attempt_id, attempt, open);
  }

  trouble(what: string): void {
    this.#host.trouble(what);
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
      const fallen = explained.filter(({ kind, id }) => {
        const entity = kind === 'entity' ? this.#host.tracker.entities.get(id) : undefined;
        return entity?.judged === true && !isUp(entity);
      });
      widest = Math.max(widest, fallen.length);
    }
    return widest;
  }

  async learn(goal: HealGoal): Promise<void> {
    const integration = this.view(goal)?.integration;
    if (integration) await this.#manifests.read(integration);
  }
}
