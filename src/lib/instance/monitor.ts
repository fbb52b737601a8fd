import { isDown } from '../core/health';
import type { Incident, IncidentChange } from '../core/incident/incident';
import { type Matcher, matcher } from '../core/selector';
import type { Settled } from '../core/transition';
import type { StoredRecord } from '../store/stored-record';
import { type IncidentRecord, incidentRecord } from './incident-record';
import type { Instance } from './instance';
import type { MonitorOptions } from './parse';
import { type TransitionRecord, transitionRecord } from './record';
import type { Member, Roster } from './roster';

/** How one watched instance is, as far as this monitor looks. */
export interface MonitorView {
  readonly name: string;
  readonly state: Instance['state'] | 'connecting' | 'refused' | 'standby';
  /** How many of the subjects it watches are down, and of the incidents open. */
  readonly down: number;
  readonly reason: string | null;
  /** False where facts end with the process. */
  readonly stored: boolean;
}

export interface MonitorOutputs {
  send(record: TransitionRecord | IncidentRecord): void;
  /** At most once a second, and only when something may have changed. */
  show(views: readonly MonitorView[]): void;
}

interface Watch {
  readonly member: Member;
  stop(forGood: boolean): void;
}

const SHOW_MS = 1_000;

/** Tells the transitions of the instances, kinds and subjects asked for, each once. */
export class Monitor {
  readonly #consumerId: string;
  readonly #options: MonitorOptions;
  readonly #roster: Roster;
  readonly #outputs: MonitorOutputs;
  readonly #fits: Matcher;
  readonly #watches = new Map<string, Watch>();
  readonly #leaveRoster: () => void;
  #showTimer: NodeJS.Timeout | undefined;

  /** @param id stays the same over redeploys: what was told is known by it */
  constructor(id: string, options: MonitorOptions, roster: Roster, outputs: MonitorOutputs) {
    this.#consumerId = `monitor:${id}`;
    this.#options = options;
    this.#roster = roster;
    this.#outputs = outputs;
    this.#fits = matcher(options.include, options.exclude);
    this.#leaveRoster = roster.onChange(() => this.#follow());
    this.#follow();
    this.#show();
    // Once more: who listens to statuses may be deployed after us.
    this.#showSoon();
  }

  /** @param forGood its place among the facts is not kept */
  stop(forGood: boolean): void {
    this.#leaveRoster();
    clearTimeout(this.#showTimer);
    this.#showTimer = undefined;
    for (const watch of this.#watches.values()) watch.stop(forGood);
    this.#watches.clear();
  }

  #follow(): void {
    const members = new Map(this.#roster.chosen(this.#options.instances).map((member) => [member.id, member]));
    for (const [id, watch] of this.#watches) {
      if (members.get(id) === watch.member) continue;
      watch.stop(false);
      this.#watches.delete(id);
    }
    // Who is not listened to any more has no place to come back to.
    for (const { id, instance } of this.#roster.chosen([]))
      if (!members.has(id)) instance?.journal.leave(this.#consumerId);
    for (const [id, member] of members) {
      if (!this.#watches.has(id)) this.#watches.set(id, this.#watch(member));
    }
    this.#showSoon();
  }

  #watch(member: Member): Watch {
    const { instance } = member;
    if (!instance) return { member, stop: () => {} };
    let announced = !this.#options.announce;
    const look = () => {
      if (!announced && instance.live) {
        announced = true;
        this.#announce(instance);
      }
      this.#showSoon();
    };
    const leave = instance.onChange(look);
    const detach = instance.journal.attach({
      id: this.#consumerId,
      told: (fact) => this.#told(instance, fact),
      recorded: (record) => this.#incident(instance, record),
    });
    look();
    return {
      member,
      stop: (forGood) => {
        leave();
        detach(forGood);
      },
    };
  }

  #told(instance: Instance, fact: Settled): void {
    this.#showSoon();
    // The first sight of something healthy is no news.
    if (fact.previous_status === null && !isDown(fact.status)) return;
    if (!this.#wants(instance, fact)) return;
    const incidentId = instance.incidents.of(fact.subject) ?? null;
    this.#outputs.send(transitionRecord(fact, instance, 'transition', incidentId));
  }

  #incident(instance: Instance, { body }: StoredRecord): void {
    this.#showSoon();
    const { event, ...incident } = body as Incident & Pick<IncidentChange, 'event'>;
    const { kinds, direction } = this.#options;
    if (!kinds.includes('incident') || !this.#concerns(instance, incident)) return;
    if (direction !== 'both' && (event === 'resolved') !== (direction === 'back')) return;
    this.#outputs.send(incidentRecord(incident, instance, event));
  }

  /** An incident is for whoever asked for anything it explains. */
  #concerns(instance: Instance, { explained, recovered }: Incident): boolean {
    return [...explained, ...recovered].some((subject) => {
      const traits = instance.traits(subject);
      return traits === undefined || this.#fits(traits);
    });
  }

  #announce(instance: Instance): void {
    for (const settled of instance.present(Date.now())) {
      if (!this.#wants(instance, settled)) continue;
      const incidentId = instance.incidents.of(settled.subject) ?? null;
      this.#outputs.send(transitionRecord(settled, instance, 'present', incidentId));
    }
    if (!this.#options.kinds.includes('incident') || this.#options.direction === 'back') return;
    for (const incident of instance.incidents.all()) {
      if (this.#concerns(instance, incident)) this.#outputs.send(incidentRecord(incident, instance, 'present'));
    }
  }

  #wants(instance: Instance, { subject, status }: Settled): boolean {
    const { kinds, direction } = this.#options;
    if (!kinds.includes(subject.kind)) return false;
    if (direction !== 'both' && isDown(status) !== (direction === 'down')) return false;
    const traits = instance.traits(subject);
    return traits === undefined || this.#fits(traits);
  }

  #showSoon(): void {
    this.#showTimer ??= setTimeout(() => this.#show(), SHOW_MS);
  }

  #show(): void {
    clearTimeout(this.#showTimer);
    this.#showTimer = undefined;
    this.#outputs.show([...this.#watches.values()].map(({ member }) => this.#view(member)));
  }

  #view({ name, instance, refusal, standby }: Member): MonitorView {
    if (standby) return { name, state: 'standby', down: 0, reason: standby, stored: true };
    if (!instance)
      return { name, state: refusal === null ? 'connecting' : 'refused', down: 0, reason: refusal, stored: true };
    const first = instance.state === 'disconnected' && instance.reason === null;
    const starting = instance.state === 'connected' && !instance.live;
    const reason = instance.reason?.message ?? null;
    return {
      name,
      state: first || starting ? 'connecting' : instance.state,
      down: this.#countDown(instance),
      reason,
      stored: instance.storeKind !== 'memory',
    };
  }

  #countDown(instance: Instance): number {
    const open = this.#options.kinds.includes('incident') ? instance.incidents.all() : [];
    let count = open.filter((incident) => this.#concerns(instance, incident)).length;
    for (const { subject } of instance.tracker.down) {
      const traits = this.#options.kinds.includes(subject.kind) ? instance.traits(subject) : undefined;
      if (traits && this.#fits(traits)) count += 1;
    }
    return count;
  }
}
