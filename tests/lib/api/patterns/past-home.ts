import type { Attempt, MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import type { Incident, Root } from '../../../../src/lib/core/incident/incident';
import type { Kind, Status, Subject } from '../../../../src/lib/core/subject';
import type { Keeping } from '../../../../src/lib/instance/keeping';
import type { Member } from '../../../../src/lib/instance/roster';
import type { MemoryStore } from '../../../../src/lib/store/memory';
import type { Namespace } from '../../../../src/lib/store/store';

/** A home that nobody watches now: what happened in it is in its store. */
export class PastHome {
  readonly member: Member;
  readonly #namespace: Namespace;
  readonly #last = new Map<string, Status>();

  private constructor(
    store: MemoryStore,
    namespace: Namespace,
    readonly instance_id: string,
  ) {
    this.#namespace = namespace;
    const keeping = { store } as unknown as Keeping;
    const common = { id: `node-${instance_id}`, instance_id, name: `The ${instance_id}`, refusal: null, moved: null };
    this.member = { ...common, instance: null, keeping };
  }

  static async in(store: MemoryStore, instanceId: string, timeZone = 'UTC'): Promise<PastHome> {
    const namespace = await store.namespace(instanceId);
    await namespace.setNote('time_zone', timeZone);
    return new PastHome(store, namespace, instanceId);
  }

  /** `hue light.a` is an entity of the entry `e-hue`; `hue light.a@d1` one of that device of it. */
  async set(named: string, status: Status, since: number, at = since): Promise<void> {
    const subject = subjectOf(named);
    await this.setSubject(subject, status, since, at);
  }

  async setSubject(subject: Subject, status: Status, since: number, at = since): Promise<void> {
    const key = `${subject.kind} ${subject.id}`;
    const previous_status = this.#last.get(key) ?? null;
    this.#last.set(key, status);
    await this.#namespace.append([{ subject, status, previous_status, state: status, at, since, seconds: null }]);
  }

  /** Up and down again. */
  async fails(named: string, from: number, to: number): Promise<void> {
    await this.set(named, 'unavailable', from);
    await this.set(named, 'available', to);
  }

  /** Everything there is, up: with its integrations. */
  async furnish(at: number, ...named: string[]): Promise<void> {
    await this.setSubject({ kind: 'instance', id: this.instance_id, name: 'self' }, 'available', at);
    for (const domain of new Set(named.map((one) => one.split(' ')[0] ?? ''))) {
      const entry = { kind: 'config_entry' as const, id: `e-${domain}`, name: domain, domain };
      await this.setSubject(entry, 'available', at);
    }
    for (const one of named) await this.set(one, 'available', at);
  }

  async reach(status: Status, since: number): Promise<void> {
    await this.setSubject({ kind: 'instance', id: this.instance_id, name: 'self' }, status, since);
  }

  async forget(kind: Kind, id: string): Promise<void> {
    await this.#namespace.forget(kind, id);
  }

  async work(window: MaintenanceWindow, at: number): Promise<void> {
    await this.#namespace.put({ kind: 'window', id: window.window_id, at, open: false, body: window });
  }

  async incident(
    id: string,
    root: Pick<Root, 'kind' | 'id'>,
    since: number,
    entities: readonly string[],
  ): Promise<void> {
    const explained = entities.map((entity) => ({
      kind: 'entity',
      id: entity,
      name: entity,
      status: 'unavailable',
      since,
    }));
    const incident: Partial<Incident> = {
      incident_id: id,
      root: { ...root, name: root.id },
      explained: [],
      recovered: explained as Incident['recovered'],
      since,
      opened_at: since,
      resolved_at: since + 600_000,
      resolution: 'recovered',
      merged_into: null,
    };
    await this.#namespace.put({ kind: 'incident', id, at: since + 600_000, open: false, body: incident });
  }

  async heal(
    id: string,
    integration: string | null,
    target: string,
    ended: number,
    outcome: Attempt['outcome'],
  ): Promise<void> {
    const attempt = {
      attempt_id: id,
      integration,
      target: { kind: 'entity', id: target, name: target },
      ended,
      outcome,
    };
    await this.#namespace.put({ kind: 'attempt', id, at: ended, open: false, body: attempt });
  }

  async note(key: string, value: string): Promise<void> {
    await this.#namespace.setNote(key, value);
  }
}

function subjectOf(named: string): Subject {
  const [domain = '', place = ''] = named.split(' ');
  const [id = '', device_id] = place.split('@');
  const entity = { kind: 'entity' as const, id, name: `The ${id}`, domain: id.split('.')[0], device_id };
  return { ...entity, config_entry_id: `e-${domain}` };
}
