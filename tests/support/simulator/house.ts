import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import type { Entry } from './entry';
import {
  AUTOMATIONS,
  FLOORS,
  HUBS,
  LABELS,
  ONE_ENTRY_PER_DEVICE,
  type Part,
  ROOMS,
  THINGS,
  type Thing,
} from './house-plan';
import { pick } from './random';
import { area, type Device, type Entity, slug } from './registry';
import { nowSeconds } from './state-machine';

export type HouseSize = 'small' | 'house' | { readonly entities: number };

/** Furnishes a home: the same seed gives the same home, ids included. */
export class House {
  #hubs = new Map<string, Entry>();
  #hubDevices = new Map<string, Device>();

  constructor(
    private readonly core: SimulatedCore,
    private readonly entries: Entries,
  ) {}

  furnish(size: HouseSize): void {
    const target = size === 'small' ? 40 : size === 'house' ? 300 : size.entities;
    for (const floor of FLOORS) this.core.floors.set(floor.floor_id, floor);
    for (const label of LABELS) this.core.labels.set(label.label_id, label);
    const rooms = size === 'small' ? ROOMS.slice(0, 4) : ROOMS;
    rooms.forEach((name, i) => {
      const room = area(name, i < 5 ? 'ground_floor' : 'first_floor');
      this.core.areas.set(room.area_id, room);
    });
    this.#core();
    this.#weather();
    for (const name of AUTOMATIONS) this.#automation(name);
    for (let i = 0; this.core.entities.size < target; i++) {
      const thing = THINGS[i % THINGS.length];
      const room = rooms[Math.floor(i / 3) % rooms.length];
      if (thing && room) this.#thing(thing, room, target);
    }
  }

  #thing(thing: Thing, room: string, target: number): void {
    const entry = this.#entryFor(thing, room);
    const name = this.#freeName(`${room} ${thing.kind.toLowerCase()}`);
    const device = this.addDevice(entry, name, {
      manufacturer: thing.manufacturer,
      model: thing.model,
      area_id: slug(room),
      via_device_id: this.#hubDevices.get(thing.integration)?.id ?? null,
    });
    if (entry.domain === 'zha') joinZigbee(device);
    for (const part of thing.entities) {
      if (this.core.entities.size < target) this.addEntity(entry, device, part);
    }
  }

  #freeName(wanted: string): string {
    const taken = (name: string) => this.#names.has(name);
    let name = wanted;
    for (let n = 2; taken(name); n++) name = `${wanted} ${n}`;
    this.#names.add(name);
    return name;
  }
  #names = new Set<string>();

  #entryFor(thing: Thing, room: string): Entry {
    const hub = HUBS[thing.integration];
    if (ONE_ENTRY_PER_DEVICE.has(thing.integration)) {
      return this.entries.add({ domain: thing.integration, title: `${room} ${thing.kind.toLowerCase()}` }, 'zeroconf');
    }
    const known = this.#hubs.get(thing.integration);
    if (known) return known;
    const entry = this.entries.add({ domain: thing.integration, title: hub?.title ?? thing.integration });
    this.#hubs.set(thing.integration, entry);
    if (hub?.device) {
      const { name, manufacturer, model } = hub.device;
      this.#hubDevices.set(thing.integration, this.addDevice(entry, name, { manufacturer, model }));
    }
    return entry;
  }

  addDevice(entry: Entry, name: string, more: Partial<Device> = {}): Device {
    const device: Device = {
      id: this.core.newId(),
      config_entry_id: entry.entry_id,
      name,
      name_by_user: null,
      manufacturer: null,
      model: null,
      sw_version: '1.0',
      area_id: null,
      via_device_id: null,
      disabled_by: null,
      entry_type: null,
      labels: [],
      identifiers: [[entry.domain, this.core.newId().slice(0, 16)]],
      connections: [],
      created_at: nowSeconds(),
      dead: false,
      cure: null,
      announced: false,
      ...more,
    };
    this.core.devices.set(device.id, device);
    return device;
  }

  addEntity(entry: Entry | null, device: Device | null, part: Part, objectId?: string): Entity {
    const name = part.name ?? '';
    const entityId = `${part.domain}.${objectId ?? slug(`${device?.name ?? ''} ${name}`)}`;
    const entity: Entity = {
      entity_id: entityId,
      id: this.core.newId(),
      unique_id: uniqueId(entry, device, entityId, part),
      platform: entry?.domain ?? part.domain,
      config_entry_id: entry?.entry_id ?? null,
      device_id: device?.id ?? null,
      area_id: null,
      labels: [],
      name: null,
      original_name: part.name,
      has_entity_name: device !== null,
      entity_category: part.category ?? null,
      disabled_by: null,
      hidden_by: null,
      device_class: part.device_class ?? null,
      unit_of_measurement: part.unit ?? null,
      translation_key: part.translation_key ?? null,
      created_at: nowSeconds(),
      registered: true,
      early: false,
      value: part.value,
      capabilities: part.state_class ? { state_class: part.state_class } : {},
      live: part.live ?? {},
      dead: false,
      announced: false,
      waiting: false,
      polled: false,
      orphaned: false,
    };
    this.core.addEntity(entity);
    return entity;
  }

  #core(): void {
    const early = (domain: string, objectId: string, name: string, value: string, live: Record<string, unknown>) => {
      const entity = this.addEntity(null, null, { domain, name, value, live }, objectId);
      Object.assign(entity, { registered: false, early: true });
    };
    early('zone', 'home', this.core.name, '0', { latitude: 52.52, longitude: 13.4, radius: 100, persons: [] });
    early('sun', 'sun', 'Sun', 'above_horizon', { elevation: 31.2, rising: true });
    early('person', 'owner', 'Owner', 'unknown', { id: 'owner', device_trackers: [] });
    early('conversation', 'home_assistant', 'Home Assistant', 'unknown', {});
  }

  #weather(): void {
    const entry = this.entries.add({ domain: 'met', title: 'Home' }, 'onboarding');
    const device = this.addDevice(entry, 'Forecast', {
      manufacturer: 'Met.no',
      model: 'Forecast',
      entry_type: 'service',
    });
    const live = { temperature: 14.2, humidity: 71, temperature_unit: '°C' };
    this.addEntity(entry, device, {
      domain: 'weather',
      name: 'Home',
      value: pick(this.core.random, ['sunny', 'cloudy']),
      live,
    });
  }

  #automation(name: string): void {
    const live = { id: slug(name), last_triggered: null, mode: 'single', current: 0 };
    this.addEntity(null, null, { domain: 'automation', name, value: 'on', live }, slug(name));
  }
}

/** As ZHA has it: its address is what it is known by and what it is reached at. */
function joinZigbee(device: Device): void {
  const [[, word = ''] = []] = device.identifiers;
  const ieee = word.match(/../g)?.join(':') ?? word;
  device.identifiers = [['zha', ieee]];
  device.connections = [['zigbee', ieee]];
}

function uniqueId(entry: Entry | null, device: Device | null, entityId: string, part: Part): string {
  if (part.translation_key === 'ping') return `3735928559.${device?.identifiers[0]?.[1]}.ping`;
  return `${entry?.entry_id ?? 'yaml'}_${entityId.slice(entityId.indexOf('.') + 1)}`;
}
