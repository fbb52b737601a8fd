import { Flood } from '../core/heal/flood';
import type { RefusalReason } from '../core/heal/heal';
import { type Incident, keyOf, type Root } from '../core/incident/incident';
import type { EscalatedIncident } from './escalated';
import type { Instance } from './instance';
import { Notifications } from './notifications';
import { type Wording, wordingFor } from './wording';

/** What needs a person now, or does no more. Of a flood one for all of them. */
export interface EscalationRecord {
  readonly event: 'escalated' | 'digest' | 'settled';
  readonly instance_id: string;
  readonly instance_name: string;
  /** Null for a digest. */
  readonly incident_id: string | null;
  readonly root: Root | null;
  readonly reason: string | null;
  /** In the language of that Home Assistant. */
  readonly message: string;
  /** How many incidents it stands for. */
  readonly count: number;
  /** Those it stands for. */
  readonly incidents: readonly { readonly incident_id: string; readonly root: Root }[];
}

export interface EscalationOutputs {
  escalated(record: EscalationRecord): void;
  trouble(what: string): void;
}

type Home = Pick<
  Instance,
  'instance_id' | 'name' | 'info' | 'connection' | 'live' | 'onChange' | 'incidents' | 'escalated'
>;

/** The notification that stands for many. */
const DIGEST = 'digest';

/** Tells people of one home what could not be healed: once an incident, updated in place, taken back when it is over. */
export class Escalation {
  readonly #home: Home;
  readonly #notify: boolean;
  readonly #outputs: EscalationOutputs;
  readonly #notifications: Notifications;
  readonly #flood = new Flood();
  /** Waits for the digest. Not yet escalated: should we end before, it is again. */
  readonly #held = new Map<string, { readonly incident: Incident; readonly reason: RefusalReason }>();
  /** As it is shown. */
  readonly #shown = new Map<string, string>();
  #digestTimer: NodeJS.Timeout | undefined;

  /** @param notify by a persistent notification in that home too */
  constructor(home: Home, notify: boolean, outputs: EscalationOutputs) {
    this.#home = home;
    this.#notify = notify;
    this.#outputs = outputs;
    this.#notifications = new Notifications(home, (what) => outputs.trouble(what));
    this.#catchUp();
  }

  stop(): void {
    clearTimeout(this.#digestTimer);
    this.#notifications.stop();
  }

  /** @returns whether it is told by itself now: neither before, nor as one of many */
  escalate(incident: Incident, reason: RefusalReason): boolean {
    const { incident_id, root } = incident;
    if (this.#held.has(incident_id)) return false;
    const known = this.#home.escalated.get(incident_id);
    if (known) {
      if (this.#notify && !known.notified && !known.in_digest) this.#show(incident, known);
      return false;
    }
    if (!this.#flood.take(Date.now())) {
      this.#held.set(incident_id, { incident, reason });
      this.#digestLater();
      return false;
    }
    const one = { incident_id, reason, in_digest: false, notified: false };
    this.#home.escalated.set(one);
    const message = this.#words.why(root.name, reason);
    this.#tell({ event: 'escalated', incident_id, root, reason, message, incidents: [{ incident_id, root }] });
    if (this.#notify) this.#show(incident, one);
    return true;
  }

  /** The incident is not what it was: what is shown of it is brought up to date. */
  updated(incident: Incident): void {
    const { incident_id } = incident;
    const held = this.#held.get(incident_id);
    if (held) this.#held.set(incident_id, { ...held, incident });
    const known = this.#home.escalated.get(incident_id);
    if (known?.notified && !known.in_digest) this.#show(incident, known);
  }

  /** The incident is over. */
  over(incident: Incident): void {
    const { incident_id, root } = incident;
    if (this.#held.delete(incident_id)) return;
    const known = this.#home.escalated.delete(incident_id);
    if (!known) return;
    if (known.in_digest) {
      this.#digestOver();
      return;
    }
    const message = this.#overMessage(incident);
    this.#tell({
      event: 'settled',
      incident_id,
      root,
      reason: null,
      message,
      incidents: [{ incident_id, root }],
    });
    if (known.notified) this.#dismiss(incident_id);
  }

  /** What was over while nobody looked after it. */
  #catchUp(): void {
    const { escalated, incidents } = this.#home;
    for (const { incident_id, notified, in_digest } of escalated.all()) {
      if (incidents.get(incident_id)) continue;
      escalated.delete(incident_id);
      if (notified && !in_digest) this.#dismiss(incident_id);
      if (in_digest && this.#digested().length === 0) this.#dismiss(DIGEST);
    }
  }

  #overMessage({ root, resolution, duration_seconds }: Incident): string {
    const words = this.#words;
    if (resolution === 'merged') return words.merged(root.name);
    return resolution === 'removed' ? words.removed(root.name) : words.over(root.name, duration_seconds);
  }

  #digestLater(): void {
    clearTimeout(this.#digestTimer);
    this.#digestTimer = setTimeout(() => this.#digest(), Math.max(0, this.#flood.due - Date.now()));
  }

  #digest(): void {
    this.#flood.digest(Date.now());
    const { escalated } = this.#home;
    const held = [...this.#held.values()].filter(({ incident }) => !escalated.get(incident.incident_id));
    this.#held.clear();
    if (held.length === 0) return;
    for (const { incident, reason } of held) {
      escalated.set({ incident_id: incident.incident_id, reason, in_digest: true, notified: this.#notify });
    }
    const incidents = held.map(({ incident: { incident_id, root } }) => ({ incident_id, root }));
    const names = incidents.map(({ root }) => root.name);
    const message = this.#words.digest(names.length, names);
    this.#tell({ event: 'digest', incident_id: null, root: null, reason: 'flood', message, incidents });
    if (this.#notify) this.#showDigest();
  }

  /** One of many is over. */
  #digestOver(): void {
    if (this.#digested().length > 0) {
      if (this.#shown.has(DIGEST)) this.#showDigest();
      return;
    }
    const message = this.#words.digestOver;
    this.#tell({ event: 'settled', incident_id: null, root: null, reason: null, message, incidents: [] });
    this.#dismiss(DIGEST);
  }

  #digested(): EscalatedIncident[] {
    return this.#home.escalated.all().filter(({ in_digest }) => in_digest);
  }

  #tell(record: Omit<EscalationRecord, 'instance_id' | 'instance_name' | 'count'>): void {
    const { instance_id, name } = this.#home;
    this.#outputs.escalated({ ...record, instance_id, instance_name: name, count: record.incidents.length });
  }

  get #words(): Wording {
    return wordingFor(this.#home.info?.language ?? 'en');
  }

  #show({ incident_id, root, explained }: Incident, one: EscalatedIncident): void {
    if (!one.notified) this.#home.escalated.set({ ...one, notified: true });
    const words = this.#words;
    const others = explained.filter((other) => keyOf(other) !== keyOf(root)).map(({ name }) => name);
    const lines = [words.why(root.name, one.reason), ...(others.length > 0 ? [words.explained(others)] : [])];
    this.#put(incident_id, words.title(root.name), lines.join('\n\n'));
  }

  #showDigest(): void {
    const { incidents, name } = this.#home;
    const names = this.#digested().map(({ incident_id }) => incidents.get(incident_id)?.root.name ?? incident_id);
    this.#put(DIGEST, this.#words.title(name), this.#words.digest(names.length, names));
  }

  #put(id: string, title: string, message: string): void {
    if (this.#shown.get(id) === message) return;
    this.#shown.set(id, message);
    this.#notifications.set(id, { title, message });
  }

  #dismiss(id: string): void {
    this.#shown.delete(id);
    this.#notifications.set(id, null);
  }
}
