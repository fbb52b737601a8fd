import { setImmediate as breath } from 'node:timers/promises';
import { Deadlines, type Waiting } from '../core/deadlines';
import type { Attempt, HealGoal, Level, RefusalReason, Step } from '../core/heal/heal';
import { type Incident, type IncidentChange, keyOf } from '../core/incident/incident';
import { describe } from '../error';
import { Escalation, type EscalationOutputs } from './escalation';
import { type HealRecord, healRecord } from './heal-record';
import type { HealResult } from './healed-home';
import type { Instance } from './instance';
import type { HealNodeOptions } from './parse';

export interface AutoHealOutputs extends EscalationOutputs {
  /** A heal that was tried, or one that cannot be. */
  answered(record: HealRecord): void;
  /** A step is being taken. */
  progress?(instance: Instance, step: Step): void;
}

export interface AutoHealTimes {
  /** Another heal is under way; they take seconds to minutes, ms. */
  readonly busy: number;
  /** Where nobody can say from when it may be tried: a suppression may be lifted, a storm pass, ms. */
  readonly later: number;
  /** After it was healed its incident is given time to resolve, ms. */
  readonly settle: number;
  /** Between two looks whether the home can be seen and is ours, ms. */
  readonly ready: number;
}

export const defaultAutoHealTimes: AutoHealTimes = { busy: 2_000, later: 60_000, settle: 60_000, ready: 1_000 };

type Refused = Extract<HealResult, { outcome: 'refused' }>;

/** One incident that is being looked after. */
interface Case extends Waiting {
  readonly incident_id: string;
  /** Something is new since it was last tried. */
  isNew: boolean;
  /** Reasons told already: the same refusal again is no news. */
  readonly told: Set<RefusalReason>;
  /** What the last heal of a goal has left down, though it healed: trying the same again adds nothing. */
  readonly left: Map<string, ReadonlySet<string>>;
  /** What a reload that healed the others has not brought back: another one would only trouble those. */
  readonly beyondReload: Set<string>;
}

/** What only says that its time has not come, or is over. */
const NO_NEWS: readonly RefusalReason[] = ['already_available', 'cooldown', 'in_progress', 'instance_not_ready'];
/** What time may change, or nothing needs to be done about. */
const NO_MATTER: readonly RefusalReason[] = [
  ...NO_NEWS,
  'dry_run',
  'ha_is_retrying',
  'healing_disabled',
  'maintenance',
  'suppressed',
];

/** The open incidents of one home, each tried when it may be, one after the other. */
export class IncidentCases {
  readonly #instance: Instance;
  readonly #options: HealNodeOptions;
  readonly #outputs: AutoHealOutputs;
  readonly #times: AutoHealTimes;
  readonly #cases = new Map<string, Case>();
  readonly #queue = new Deadlines<Case>();
  readonly #escalation: Escalation;
  #timer: NodeJS.Timeout | undefined;
  #heal: Promise<HealResult> | null = null;
  #working = false;
  #stopped = false;

  constructor(instance: Instance, options: HealNodeOptions, outputs: AutoHealOutputs, times: AutoHealTimes) {
    this.#instance = instance;
    this.#options = options;
    this.#outputs = outputs;
    this.#times = times;
    this.#escalation = new Escalation(instance, options.notify, outputs);
    for (const incident of instance.incidents.all()) this.#look(incident);
    this.#hearOut();
  }

  stop(): void {
    this.#stopped = true;
    this.#escalation.stop();
    clearTimeout(this.#timer);
    this.#cases.clear();
    // Whoever comes after us, with a deploy, tells how it ended.
    if (this.#heal !== null) this.#instance.healing.leave(this.#heal);
  }

  changed({ event, incident }: IncidentChange): void {
    if (this.#stopped) return;
    if (event === 'resolved') {
      this.#forget(incident.incident_id);
      this.#escalation.over(incident);
      return;
    }
    this.#look(incident);
    this.#escalation.updated(incident);
  }

  #hearOut(): void {
    for (const heal of this.#instance.healing.takeLeft()) {
      heal.then(
        (result) => result.outcome !== 'refused' && this.#tried(result),
        (thrown: unknown) => this.#outputs.trouble(describe(thrown)),
      );
    }
  }

  #look({ incident_id, root }: Incident): void {
    // Nobody heals a home that cannot be reached.
    if (root.kind === 'instance') return;
    const known = this.#cases.get(incident_id) ?? this.#newCase(incident_id);
    known.isNew = true;
    this.#queue.arm(known, Date.now());
    this.#arm();
  }

  #newCase(incident_id: string): Case {
    const never = Number.POSITIVE_INFINITY;
    const known = { left: new Map(), beyondReload: new Set<string>(), told: new Set<never>() };
    const made = { incident_id, isNew: true, ...known, due: never, queued: never };
    this.#cases.set(incident_id, made);
    return made;
  }

  #forget(incidentId: string): void {
    const known = this.#cases.get(incidentId);
    if (known) known.due = Number.POSITIVE_INFINITY;
    this.#cases.delete(incidentId);
  }

  #arm(): void {
    if (this.#stopped || this.#working) return;
    clearTimeout(this.#timer);
    if (this.#cases.size === 0) return;
    const wait = Math.max(this.#queue.next - Date.now(), this.#instance.healing.live ? 0 : this.#times.ready);
    this.#timer = setTimeout(() => this.#work(), Math.min(wait, this.#times.later));
  }

  #work(): void {
    this.#working = true;
    this.#workThrough()
      .catch((thrown: unknown) => this.#outputs.trouble(describe(thrown)))
      .finally(() => {
        this.#working = false;
        this.#arm();
      });
  }

  async #workThrough(): Promise<void> {
    while (!this.#stopped && this.#instance.healing.live) {
      const one = this.#queue.pop(Date.now());
      if (!one) return;
      if (this.#cases.get(one.incident_id) === one) await this.#try(one);
      // Many of them must not hold up the rest of Node-RED.
      await breath();
    }
  }

  async #try(one: Case): Promise<void> {
    one.isNew = false;
    let wait = this.#times.later;
    try {
      for (const goal of this.#goalsOf(one)) wait = Math.min(wait, await this.#tryGoal(one, goal));
    } catch (thrown) {
      this.#outputs.trouble(describe(thrown));
    }
    if (this.#cases.get(one.incident_id) === one) this.#queue.arm(one, Date.now() + (one.isNew ? 0 : wait));
  }

  /** Null is that nothing can be done. */
  #goalsOf({ incident_id }: Case): readonly (HealGoal | null)[] {
    const goals = this.#instance.healing.goalsOf(incident_id);
    return goals.length > 0 ? goals : [null];
  }

  /** Answers when to look again, ms. */
  async #tryGoal(one: Case, goal: HealGoal | null): Promise<number> {
    const { incident_id } = one;
    const { healing } = this.#instance;
    if (!this.#isOpen(one)) return this.#times.later;
    if (!goal) {
      const target = healing.incident(incident_id)?.root;
      const nothing = { outcome: 'refused', reason: 'no_target', until: null, incident_id, route: null } as const;
      return target ? this.#refused(one, { ...nothing, target }) : this.#times.later;
    }
    const down = this.#downOf(goal);
    if (isWithin(down, one.left.get(keyOf(goal)))) return this.#times.later;
    const { levels } = this.#options;
    const result = await this.#ask(one, goal, isWithin(down, one.beyondReload) ? levels.filter(isCheap) : levels);
    if (this.#stopped) return this.#times.later;
    if (result.outcome === 'refused') return this.#isOpen(one) ? this.#refused(one, result) : this.#times.later;
    this.#tried(result);
    if (result.outcome === 'failed') return 0;
    this.#remember(one, goal, result.attempt);
    return this.#times.settle;
  }

  async #ask({ incident_id }: Case, target: HealGoal, levels: readonly Level[]): Promise<HealResult> {
    const { dry_run, plans: names } = this.#options;
    const plans = names.length > 0 ? names : null;
    const progress = (step: Step) => {
      if (!this.#stopped) this.#outputs.progress?.(this.#instance, step);
    };
    this.#heal = this.#instance.healing.heal({ target, levels, dry_run, by: 'auto', incident_id, plans, progress });
    try {
      return await this.#heal;
    } finally {
      this.#heal = null;
    }
  }

  #remember(one: Case, goal: HealGoal, { still_down, steps }: Attempt): void {
    const left = new Set(still_down.map(({ id }) => id));
    one.left.set(keyOf(goal), left);
    if (steps.at(-1)?.action === 'reload') for (const id of left) one.beyondReload.add(id);
  }

  #downOf(goal: HealGoal): string[] {
    const group = this.#instance.healing.view(goal)?.group ?? [];
    return group.flatMap((member) => (member.isUp() ? [] : member.subject.id));
  }

  #isOpen(one: Case): boolean {
    return !this.#stopped && this.#cases.get(one.incident_id) === one;
  }

  #tried(result: HealResult): void {
    if (!this.#stopped) this.#outputs.answered(healRecord(result, this.#instance));
  }

  #refused(one: Case, result: Refused): number {
    this.#told(one, result);
    const { reason, until } = result;
    if (reason === 'in_progress') return this.#times.busy;
    if (reason === 'instance_not_ready') return this.#times.ready;
    return until === null ? this.#times.later : Math.min(Math.max(until - Date.now(), 0) + 1, this.#times.later);
  }

  #told(one: Case, result: Refused): void {
    const { reason } = result;
    if (NO_NEWS.includes(reason) || one.told.has(reason)) return;
    one.told.add(reason);
    const incident = this.#instance.healing.incident(one.incident_id);
    // What people know, or will hear of with many others, is no news either.
    if (!NO_MATTER.includes(reason) && !(incident && this.#escalation.escalate(incident, reason))) return;
    this.#outputs.answered(healRecord(result, this.#instance));
  }
}

function isWithin(ids: readonly string[], known: ReadonlySet<string> | undefined): boolean {
  return known !== undefined && ids.length > 0 && ids.every((id) => known.has(id));
}

function isCheap(level: Level): boolean {
  return level === 'entity' || level === 'device';
}
