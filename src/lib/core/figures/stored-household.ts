import type { Subject } from '../subject';
import { type Belongs, domainOf, type Household, mostOf } from './household';

/** A home that is not watched here, as it was last told. */
export class StoredHousehold implements Household {
  readonly instance_id: string;
  readonly #subjects: Record<'entity' | 'device' | 'config_entry', Map<string, Subject>> = {
    entity: new Map(),
    device: new Map(),
    config_entry: new Map(),
  };
  /** By device. */
  readonly #members = new Map<string, Subject[]>();

  constructor(instanceId: string) {
    this.instance_id = instanceId;
  }

  add(subject: Subject): void {
    const { kind, id, device_id } = subject;
    if (kind === 'instance') return;
    this.#subjects[kind].set(id, subject);
    if (kind !== 'entity' || device_id === undefined) return;
    const members = this.#members.get(device_id);
    if (members) members.push(subject);
    else this.#members.set(device_id, [subject]);
  }

  integrationOf(one: Belongs): string | null {
    switch (one.kind) {
      case 'integration':
        return one.id;
      case 'config_entry':
        return this.#subjects.config_entry.get(one.id)?.domain ?? null;
      case 'device':
        return mostOf((this.#members.get(one.id) ?? []).map((member) => this.#ofEntity(member)));
      case 'entity':
        return this.#ofEntity(one);
      case 'area':
      case 'instance':
        return null;
    }
  }

  deviceOf(entity: Belongs): string | null {
    return this.#subjects.entity.get(entity.id)?.device_id ?? entity.device_id ?? null;
  }

  has(entityId: string): boolean {
    return this.#subjects.entity.has(entityId);
  }

  nameOf(kind: 'entity' | 'device', id: string): string {
    return this.#subjects[kind].get(id)?.name ?? id;
  }

  #ofEntity({ id, config_entry_id }: Belongs): string {
    const entry = this.#subjects.entity.get(id)?.config_entry_id ?? config_entry_id ?? '';
    return this.#subjects.config_entry.get(entry)?.domain ?? domainOf(id);
  }
}
