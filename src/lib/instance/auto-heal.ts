import type { HealTarget, RefusalReason } from '../core/heal';
import type { IncidentChange } from '../core/incident';
import { describe } from '../error';
import { Escalation, type EscalationRecord } from './escalation';
import { type HealRecord, healRecord } from './heal-record';
import type { HealResult } from './healed-home';
import type { Instance } from './instance';
import type { HealNodeOptions } from './parse';
import type { Member, Roster } from './roster';

export interface AutoHealOutputs {
  /** A heal that was tried, or one that cannot be. */
  answered(record: HealRecord): void;
  /** What needs a person now, once an incident. */
  escalated(record: EscalationRecord): void;
  trouble(what: string): void;
}

/** One incident that is being looked after. */
interface Case {
  timer: NodeJS.Timeout | undefined;
  busy: boolean;
  /** Reasons told already: the same refusal again is no news. */
  readonly told: Set<RefusalReason>;
}

/** Another heal is under way; they take seconds to minutes, ms. */
const BUSY_MS = 2_000;
/** Where nobody can say from when it may be tried: a suppression may be lifted, a storm pass, ms. */
const LATER_MS = 300_000;
/** After it was healed its incident is given time to resolve, ms. */
const SETTLE_MS = 60_000;
/** What only says that its time has not come, or is over. */
const NO_NEWS: readonly RefusalReason[] = ['already_available', 'cooldown', 'in_progress'];
/** What time may change, or nothing needs to be done about. */
const NO_MATTER: readonly RefusalReason[] = [
  ...NO_NEWS,
  'dry_run',
  'ha_is_retrying',
  'healing_disabled',
  'instance_not_ready',
  'maintenance',
  'suppressed',
];

/** Heals the incidents of its instances by itself, and says what it could not heal. */
export class AutoHeal {
  readonly #options: HealNodeOptions;
  readonly #roster: Roster;
  readonly #outputs: AutoHealOutputs;
  readonly #watches = new Map<string, { readonly member: Member; stop(): void }>();
  readonly #leaveRoster: () => void;

  constructor(options: HealNodeOptions, roster: Roster, outputs: AutoHealOutputs) {
    this.#options = options;
    this.#roster = roster;
    this.#outputs = outputs;
    this.#leaveRoster = roster.onChange(() => this.#follow());
    this.#follow();
  }

  stop(): void {
    this.#leaveRoster();
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  #follow(): void {
    const members = new Map(this.#roster.chosen(this.#options.instances).map((member) => [member.id, member]));
    for (const [id, watch] of this.#watches) {
      if (members.get(id)?.instance === watch.member.instance) continue;
      watch.stop();
      this.#watches.delete(id);
    }
    for (const [id, member] of members) {
      if (!this.#watches.has(id) && member.instance) this.#watches.set(id, this.#watch(member, member.instance));
    }
  }

  #watch(member: Member, instance: Instance) {
    const cases = new Cases(instance, this.#options, this.#outputs);
    const leave = instance.incidents.onChange((change) => cases.changed(change));
    for (const incident of instance.incidents.all()) cases.look(incident.incident_id, 0);
    return {
      member,
      stop: () => {
        leave();
        cases.stop();
      },
    };
  }
}

/** The open incidents of one instance, each tried when it may be. */
class Cases {
  readonly #instance: Instance;
  readonly #options: HealNodeOptions;
  readonly #outputs: AutoHealOutputs;
  readonly #cases = new Map<string, Case>();
  readonly #escalation: Escalation;
  #stopped = false;

  constructor(instance: Instance, options: HealNodeOptions, outputs: AutoHealOutputs) {
    this.#instance = instance;
    this.#options = options;
    this.#outputs = outputs;
    this.#escalation = new Escalation(instance, options.notify, outputs);
  }

  stop(): void {
    this.#stopped = true;
    this.#escalation.stop();
    for (const { timer } of this.#cases.values()) clearTimeout(timer);
    this.#cases.clear();
  }

  changed({ event, incident }: IncidentChange): void {
    if (event !== 'resolved') {
      this.look(incident.incident_id, 0);
      return;
    }
    clearTimeout(this.#cases.get(incident.incident_id)?.timer);
    this.#cases.delete(incident.incident_id);
    this.#escalation.over(incident);
  }

  /** Tries it after so many ms, unless it is tried before. */
  look(incidentId: string, ms: number): void {
    if (this.#stopped) return;
    const known = this.#cases.get(incidentId) ?? { timer: undefined, busy: false, told: new Set() };
    this.#cases.set(incidentId, known);
    clearTimeout(known.timer);
    known.timer = setTimeout(() => {
      this.#try(incidentId, known).catch((thrown: unknown) => this.#outputs.trouble(describe(thrown)));
    }, ms);
  }

  async #try(incidentId: string, one: Case): Promise<void> {
    const { healing } = this.#instance;
    const incident = healing.incident(incidentId);
    if (!incident || one.busy || incident.root.kind === 'instance') return;
    one.busy = true;
    try {
      const goals = healing.goalsOf(incidentId);
      if (goals.length === 0) {
        const target = { ...incident.root };
        this.#refused(one, incidentId, {
          outcome: 'refused',
          target,
          reason: 'no_target',
          until: null,
          incident_id: incidentId,
          route: null,
        });
      }
      for (const goal of goals) {
        if (this.#stopped || !this.#cases.has(incidentId)) return;
        this.#answered(one, incidentId, await this.#heal(incidentId, goal));
      }
    } finally {
      one.busy = false;
    }
  }

  #heal(incidentId: string, target: Pick<HealTarget, 'kind' | 'id'>): Promise<HealResult> {
    const { levels, dry_run, plans } = this.#options;
    return this.#instance.healing.heal({
      target,
      levels,
      dry_run,
      by: 'auto',
      incident_id: incidentId,
      plans: plans.length > 0 ? plans : null,
    });
  }

  #answered(one: Case, incidentId: string, result: HealResult): void {
    if (this.#stopped) return;
    if (result.outcome === 'refused') {
      this.#refused(one, incidentId, result);
      return;
    }
    this.#outputs.answered(healRecord(result, this.#instance));
    this.look(incidentId, result.outcome === 'healed' ? SETTLE_MS : 0);
  }

  #refused(one: Case, incidentId: string, result: Extract<HealResult, { outcome: 'refused' }>): void {
    const { reason, until } = result;
    const wait = until === null ? LATER_MS : Math.max(until - Date.now(), 0) + 1;
    this.look(incidentId, reason === 'in_progress' ? BUSY_MS : Math.min(wait, LATER_MS));
    if (NO_NEWS.includes(reason) || one.told.has(reason)) return;
    one.told.add(reason);
    const record = healRecord(result, this.#instance);
    this.#outputs.answered(record);
    const incident = this.#instance.healing.incident(incidentId);
    if (incident && !NO_MATTER.includes(reason)) this.#escalation.escalate(incident, record);
  }
}
