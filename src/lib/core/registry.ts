import type { Traits } from './selector';

export interface RegistryEntity {
  readonly entity_id: string;
  /** Stays when the entity is renamed. */
  readonly registry_id: string;
  readonly name: string | null;
  readonly platform: string;
  readonly config_entry_id: string | null;
  readonly device_id: string | null;
  readonly area_id: string | null;
  readonly labels: readonly string[];
  readonly disabled: boolean;
  /** What its integration calls it. */
  readonly unique_id?: string | null;
  readonly translation_key?: string | null;
}

export interface RegistryDevice {
  readonly id: string;
  readonly name: string;
  readonly area_id: string | null;
  readonly labels: readonly string[];
  readonly config_entry_ids: readonly string[];
  /** The hub it is reached through. */
  readonly via_device_id?: string | null;
  /** The hardware it is a part of, from Home Assistant 2026.9. */
  readonly parent_device_id?: string | null;
  readonly disabled: boolean;
  readonly manufacturer?: string | null;
  /** Its address in a ZHA network. */
  readonly ieee?: string | null;
}

export interface ConfigEntry {
  readonly entry_id: string;
  readonly domain: string;
  readonly title: string;
  readonly state: string;
  readonly disabled: boolean;
}

export interface RegistryLists {
  readonly entities: readonly RegistryEntity[];
  readonly devices: readonly RegistryDevice[];
  /** Name by id. */
  readonly areas: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
}

/** The home as its registries describe it. */
export class Registry {
  readonly entities: ReadonlyMap<string, RegistryEntity>;
  readonly byRegistryId: ReadonlyMap<string, RegistryEntity>;
  readonly #entities: Map<string, RegistryEntity>;
  readonly devices: ReadonlyMap<string, RegistryDevice>;
  readonly #areas: ReadonlyMap<string, string>;
  readonly #labels: ReadonlyMap<string, string>;

  constructor(lists: RegistryLists) {
    this.#entities = new Map(lists.entities.map((entity) => [entity.entity_id, entity]));
    this.entities = this.#entities;
    this.byRegistryId = new Map(lists.entities.map((entity) => [entity.registry_id, entity]));
    this.devices = new Map(lists.devices.map((device) => [device.id, device]));
    this.#areas = lists.areas;
    this.#labels = lists.labels;
  }

  static readonly empty = new Registry({ entities: [], devices: [], areas: new Map(), labels: new Map() });

  /** Name by id. */
  get areas(): ReadonlyMap<string, string> {
    return this.#areas;
  }

  /** An entity stands in its device's area and carries its labels, unless it has an area of its own. */
  entityTraits(entityId: string, entry: ConfigEntry | undefined): Traits {
    const entity = this.entities.get(entityId);
    const device = entity?.device_id ? this.devices.get(entity.device_id) : undefined;
    const domain = entityId.slice(0, entityId.indexOf('.'));
    return {
      entity_id: entityId,
      domain,
      areas: named(entity?.area_id ?? device?.area_id, this.#areas),
      labels: [...(entity?.labels ?? []), ...(device?.labels ?? [])].flatMap((id) => named(id, this.#labels)),
      devices: device ? [device.id, device.name] : [],
      integrations: [
        ...(entity ? [entity.platform] : []),
        ...(entry ? [entry.domain, entry.entry_id, entry.title] : []),
      ],
    };
  }

  deviceTraits(deviceId: string, entries: readonly ConfigEntry[]): Traits {
    const device = this.devices.get(deviceId);
    return {
      areas: named(device?.area_id, this.#areas),
      labels: (device?.labels ?? []).flatMap((id) => named(id, this.#labels)),
      devices: device ? [device.id, device.name] : [deviceId],
      integrations: entries.flatMap((entry) => [entry.domain, entry.entry_id, entry.title]),
    };
  }

  /** What the next list will say: until it comes, a renamed entity is not a stranger. */
  rename(from: string, to: string): void {
    const entity = this.entities.get(from);
    if (!entity) return;
    this.#entities.delete(from);
    this.#entities.set(to, { ...entity, entity_id: to });
  }

  areaOf(entityId: string): string | null {
    const entity = this.entities.get(entityId);
    if (!entity) return null;
    return entity.area_id ?? (entity.device_id ? (this.devices.get(entity.device_id)?.area_id ?? null) : null);
  }
}

export function entryTraits(entry: ConfigEntry): Traits {
  return { areas: [], labels: [], devices: [], integrations: [entry.domain, entry.entry_id, entry.title] };
}

function named(id: string | null | undefined, names: ReadonlyMap<string, string>): string[] {
  if (!id) return [];
  const name = names.get(id);
  return name === undefined ? [id] : [id, name];
}
