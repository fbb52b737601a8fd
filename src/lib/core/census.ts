import type { DeviceCounts } from './device-counts';
import { type ConfigEntry, entryTraits, Registry, type RegistryLists } from './registry';
import type { Rules } from './rules';
import type { Traits } from './selector';
import type { Subject } from './subject';
import {
  newDevice,
  newEntity,
  newEntry,
  type Tracked,
  type TrackedDevice,
  type TrackedEntity,
  type TrackedEntry,
} from './tracked';

export interface CensusEvents {
  /** An entity was put where the registries say it belongs; whether it is judged may have changed. */
  placed(entity: TrackedEntity, now: number): void;
  renamed(kind: Subject['kind'], from: string, to: string): void;
  /** It is no longer a subject of this home. */
  dropped(tracked: Tracked): void;
}

/** Who lives in a home and who belongs to whom, as the registries tell it. */
export class Census {
  readonly entities = new Map<string, TrackedEntity>();
  readonly devices = new Map<string, TrackedDevice>();
  readonly entries = new Map<string, TrackedEntry>();
  readonly #rules: Rules;
  readonly #counts: DeviceCounts;
  readonly #events: CensusEvents;
  #registry = Registry.empty;
  /** Made in the entity registry since its last list. */
  readonly #expected = new Set<string>();
  #population = 0;

  constructor(rules: Rules, counts: DeviceCounts, events: CensusEvents) {
    this.#rules = rules;
    this.#counts = counts;
    this.#events = events;
  }

  /** A subject known from before; undefined for the home itself, which is not its own inhabitant. */
  resume(subject: Subject): Tracked | undefined {
    switch (subject.kind) {
      case 'entity':
        return this.#settleIn(subject.id);
      case 'device':
        return enter(this.devices, subject.id, newDevice(subject.id, subject.name));
      case 'config_entry': {
        const unknown = { entry_id: subject.id, domain: '', title: subject.name, state: '', disabled: false };
        return enter(this.entries, subject.id, newEntry(unknown));
      }
      case 'instance':
        return undefined;
    }
  }

  /** Differs whenever an entity has come, gone or been renamed. */
  get population(): number {
    return this.#population;
  }

  get registry(): Registry {
    return this.#registry;
  }

  find(kind: Subject['kind'], id: string): Tracked | undefined {
    switch (kind) {
      case 'entity':
        return this.entities.get(id);
      case 'device':
        return this.devices.get(id);
      case 'config_entry':
        return this.entries.get(id);
      case 'instance':
        return undefined;
    }
  }

  /** The entity of that id, made if it is new. */
  entity(id: string, now: number): TrackedEntity {
    const known = this.entities.get(id);
    if (known) return known;
    const entity = this.#settleIn(id);
    this.#place(entity, now);
    return entity;
  }

  /** Takes an entry in; answers it and what it was before, which is the same when it is new. */
  setEntry(entry: ConfigEntry, now: number): { tracked: TrackedEntry; before: ConfigEntry } {
    const tracked = this.entries.get(entry.entry_id) ?? enter(this.entries, entry.entry_id, newEntry(entry));
    const before = tracked.entry;
    tracked.entry = entry;
    tracked.subject.name = entry.title;
    tracked.subject.domain = entry.domain;
    if (before.disabled !== entry.disabled || before.title !== entry.title) {
      for (const entity of tracked.members) this.#place(entity, now);
    }
    return { tracked, before };
  }

  removeEntry(id: string): void {
    const tracked = this.entries.get(id);
    if (!tracked) return;
    // Also who was resumed and not placed yet: what he was of is asked for when he is removed next.
    const domain = tracked.entry.domain || tracked.subject.domain || null;
    for (const entity of this.entities.values()) {
      if (entity.entry !== tracked && entity.subject.config_entry_id !== id) continue;
      entity.entry = null;
      entity.integration = domain ?? entity.integration;
    }
    this.entries.delete(id);
    this.#events.dropped(tracked);
  }

  /** Takes new registries in: what was renamed keeps its history, what was removed is forgotten. */
  setRegistry(lists: RegistryLists, now: number): void {
    this.#registry = new Registry(lists);
    this.#expected.clear();
    this.#followRegistry();
    for (const device of [...this.devices.values()]) {
      if (!this.#registry.devices.has(device.subject.id)) this.#forgetDevice(device);
    }
    for (const id of this.#registry.entities.keys()) {
      if (!this.entities.has(id)) this.#settleIn(id);
    }
    for (const entity of this.entities.values()) this.#place(entity, now);
  }

  /** It comes with the next list; until then nobody knows who it is, and so whom a rename would concern. */
  expect(id: string): void {
    this.#expected.add(id);
  }

  rename(from: string, to: string): void {
    if (from !== to) this.#registry.rename(from, to);
    this.#move(from, to);
  }

  forgetEntity(id: string): void {
    const entity = this.entities.get(id);
    if (!entity) return;
    this.entities.delete(id);
    this.#population += 1;
    entity.entry?.members.delete(entity);
    this.#counts.leave(entity);
    this.#events.dropped(entity);
  }

  traits(subject: Subject): Traits | undefined {
    // Before the first list there is what was stored with the fact.
    if (this.#registry === Registry.empty && subject.kind !== 'instance') return storedTraits(subject);
    switch (subject.kind) {
      case 'entity':
        return this.#registry.entityTraits(subject.id, this.entities.get(subject.id)?.entry?.entry);
      case 'device': {
        const ids = this.#registry.devices.get(subject.id)?.config_entry_ids ?? [];
        const entries = ids.flatMap((id) => this.entries.get(id)?.entry ?? []);
        return this.#registry.deviceTraits(subject.id, entries);
      }
      case 'config_entry': {
        const entry = this.entries.get(subject.id)?.entry;
        return entry && entryTraits(entry);
      }
      case 'instance':
        return undefined;
    }
  }

  /** Brings what is told of an entity up to date. */
  describe(entity: TrackedEntity): void {
    this.#rules.describe(entity, this.#registry);
  }

  #settleIn(id: string): TrackedEntity {
    this.#population += 1;
    return enter(this.entities, id, newEntity(id, this.#rules.graces));
  }

  #move(from: string, to: string): void {
    const entity = this.entities.get(from);
    if (!entity || from === to) return;
    this.forgetEntity(to);
    this.entities.delete(from);
    // The domain is part of the id and cannot change with a rename.
    entity.subject.id = to;
    entity.raw = undefined;
    this.entities.set(to, entity);
    this.#population += 1;
    this.#events.renamed('entity', from, to);
  }

  #place(entity: TrackedEntity, now: number): void {
    const registered = this.#registry.entities.get(entity.subject.id);
    this.#setEntryOf(entity, registered?.config_entry_id ?? null);
    this.#setDeviceOf(entity, registered?.device_id ?? null);
    this.#rules.place(entity, registered, this.#registry, now);
    if (!registered && entity.status === null && this.#expected.has(entity.subject.id)) entity.judged = false;
    this.#events.placed(entity, now);
  }

  #setEntryOf(entity: TrackedEntity, id: string | null): void {
    const entry = id === null ? null : (this.entries.get(id) ?? null);
    if (entity.entry === entry) return;
    entity.entry?.members.delete(entity);
    entry?.members.add(entity);
    entity.entry = entry;
  }

  #setDeviceOf(entity: TrackedEntity, id: string | null): void {
    const registered = id === null ? undefined : this.#registry.devices.get(id);
    if (entity.device && entity.device.subject.id === registered?.id) {
      entity.device.subject.name = registered.name;
      return;
    }
    this.#counts.leave(entity);
    if (!registered) return;
    const { id: known, name } = registered;
    const device = this.devices.get(known) ?? enter(this.devices, known, newDevice(known, name));
    device.subject.name = name;
    device.members.add(entity);
    entity.device = device;
  }

  #followRegistry(): void {
    const moves = this.#moves();
    // A name may have been passed on, or two of them swapped: whoever has a name that another gets lets go of it first.
    const taken = new Set(moves.values());
    for (const from of moves.keys()) if (taken.has(from)) this.#move(from, inPassing(from));
    for (const [from, to] of moves) this.#move(taken.has(from) ? inPassing(from) : from, to);
  }

  /** Forgets what was removed; answers the new ids of what was renamed. */
  #moves(): Map<string, string> {
    const moves = new Map<string, string>();
    for (const { subject } of [...this.entities.values()]) {
      if (subject.registry_id === undefined) continue;
      const registered = this.#registry.byRegistryId.get(subject.registry_id);
      if (!registered) this.forgetEntity(subject.id);
      else if (registered.entity_id !== subject.id) moves.set(subject.id, registered.entity_id);
    }
    return moves;
  }

  #forgetDevice(device: TrackedDevice): void {
    for (const entity of device.members) this.#counts.leave(entity);
    this.devices.delete(device.subject.id);
    this.#events.dropped(device);
  }
}

/** No entity id of Home Assistant's looks like this. */
function inPassing(id: string): string {
  return `${id}~`;
}

function storedTraits({ kind, id, name, domain, area_id, device_id, config_entry_id }: Subject): Traits {
  const those = (...found: (string | undefined)[]) => found.filter((one) => one !== undefined);
  return {
    entity_id: kind === 'entity' ? id : undefined,
    domain: kind === 'entity' ? domain : undefined,
    areas: those(area_id),
    labels: [],
    devices: kind === 'device' ? [id, name] : those(device_id),
    integrations: kind === 'config_entry' ? those(id, name, domain) : those(config_entry_id),
  };
}

function enter<T>(group: Map<string, T>, id: string, one: T): T {
  group.set(id, one);
  return one;
}
