import { Flood } from '../core/flood';
import type { Incident, Root } from '../core/incident';
import { describe } from '../error';
import type { HealRecord } from './heal-record';
import type { Instance } from './instance';
import { type Wording, wordingFor } from './wording';

/** What needs a person now. Of a flood one for all of them. */
export interface EscalationRecord {
  readonly event: 'escalated' | 'digest' | 'settled';
  readonly instance_id: string;
  readonly instance_name: string;
  readonly incident_id: string | null;
  readonly root: Root | null;
  readonly reason: string | null;
  readonly message: string;
  /** How many incidents it stands for. */
  readonly count: number;
}

interface EscalationOutputs {
  escalated(record: EscalationRecord): void;
  trouble(what: string): void;
}

/** Tells people of one home what could not be healed: once an incident, updated in place, taken back when it is over. */
export class Escalation {
  readonly #instance: Instance;
  readonly #notify: boolean;
  readonly #outputs: EscalationOutputs;
  readonly #flood = new Flood();
  #digestTimer: NodeJS.Timeout | undefined;

  /** @param notify by a persistent notification in that home too */
  constructor(instance: Instance, notify: boolean, outputs: EscalationOutputs) {
    this.#instance = instance;
    this.#notify = notify;
    this.#outputs = outputs;
  }

  stop(): void {
    clearTimeout(this.#digestTimer);
  }

  escalate(incident: Incident, { reason, message }: HealRecord): void {
    const { incident_id, root } = incident;
    if (!this.#instance.escalated.add(incident_id)) return;
    if (!this.#flood.take(Date.now())) {
      this.#digestLater();
      return;
    }
    this.#tell({ event: 'escalated', incident_id, root, reason, message, count: 1 });
    const words = this.#words();
    const lines = [message, words.explained(incident.explained.map(({ name }) => name))];
    this.#show(incident_id, words.title(root.name), lines.join('\n\n'));
  }

  /** The incident is over. */
  over({ incident_id, root, duration_seconds }: Incident): void {
    if (!this.#instance.escalated.delete(incident_id)) return;
    const message = this.#words().over(root.name, duration_seconds);
    this.#tell({ event: 'settled', incident_id, root, reason: null, message, count: 1 });
    this.#dismiss(incident_id);
  }

  #digestLater(): void {
    clearTimeout(this.#digestTimer);
    this.#digestTimer = setTimeout(() => {
      const now = Date.now();
      const count = this.#flood.digest(now);
      if (count === 0) return;
      const message = this.#words().digest(count);
      this.#tell({ event: 'digest', incident_id: null, root: null, reason: 'flood', message, count });
      this.#show('digest', this.#words().title(this.#instance.name), message);
    }, this.#flood.due - Date.now());
  }

  #tell(record: Omit<EscalationRecord, 'instance_id' | 'instance_name'>): void {
    const { instance_id, name } = this.#instance;
    this.#outputs.escalated({ ...record, instance_id, instance_name: name });
  }

  #words(): Wording {
    return wordingFor(this.#instance.info?.language ?? 'en');
  }

  #show(id: string, title: string, message: string): void {
    this.#call('create', { notification_id: this.#idOf(id), title, message });
  }

  #dismiss(id: string): void {
    this.#call('dismiss', { notification_id: this.#idOf(id) });
  }

  #idOf(id: string): string {
    return `caretaker_${this.#instance.instance_id}_${id}`;
  }

  #call(service: 'create' | 'dismiss', service_data: object): void {
    const { connection } = this.#instance;
    if (!this.#notify || !connection) return;
    connection
      .command({ type: 'call_service', domain: 'persistent_notification', service, service_data })
      .catch((thrown: unknown) => this.#outputs.trouble(`persistent_notification.${service}: ${describe(thrown)}`));
  }
}
