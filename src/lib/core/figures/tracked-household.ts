import type { TrackedEntity } from '../tracked';
import type { Tracker } from '../tracker';
import { type Belongs, domainOf, type Household, mostOf } from './household';

/** A home that is watched, as its registries have it now. */
export class TrackedHousehold implements Household {
  readonly instance_id: string;
  readonly #tracker: Tracker;

  constructor(instanceId: string, tracker: Tracker) {
    this.instance_id = instanceId;
    this.#tracker = tracker;
  }

  integrationOf(one: Belongs): string | null {
    switch (one.kind) {
      case 'integration':
        return one.id;
      case 'config_entry':
        return this.#domainOf(one.id);
      case 'device':
        return this.#ofDevice(one.id);
      case 'entity':
        return this.#ofEntity(one);
      case 'area':
      case 'instance':
        return null;
    }
  }

  deviceOf(entity: Belongs): string | null {
    const tracked = this.#tracker.entities.get(entity.id);
    return tracked?.device?.subject.id ?? tracked?.subject.device_id ?? entity.device_id ?? null;
  }

  has(entityId: string): boolean {
    return this.#tracker.entities.get(entityId)?.judged === true;
  }

  nameOf(kind: 'entity' | 'device', id: string): string {
    return this.#tracker.find(kind, id)?.subject.name ?? this.#tracker.registry.devices.get(id)?.name ?? id;
  }

  #ofEntity({ id, config_entry_id }: Belongs): string {
    const tracked = this.#tracker.entities.get(id);
    const entry = tracked?.entry?.subject.id ?? tracked?.subject.config_entry_id ?? config_entry_id;
    const domain = entry === undefined ? null : this.#domainOf(entry);
    return domain ?? this.#tracker.registry.entities.get(id)?.platform ?? domainOf(id);
  }

  /** It may belong to several entries: it is of the one that has most of its entities. */
  #ofDevice(id: string): string | null {
    const members: Iterable<TrackedEntity> = this.#tracker.devices.get(id)?.members ?? [];
    const found = mostOf([...members].map(({ subject }) => this.#ofEntity(subject)));
    const entries = this.#tracker.registry.devices.get(id)?.config_entry_ids ?? [];
    return found ?? mostOf(entries.map((entry) => this.#domainOf(entry)));
  }

  #domainOf(entryId: string): string | null {
    return this.#tracker.entries.get(entryId)?.subject.domain || null;
  }
}
