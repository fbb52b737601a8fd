import type {
  Down,
  HomeView,
  MemberDevice,
  MemberEntity,
  MemberEntry,
  Members,
} from '../../../../src/lib/core/incident/home-view';
import type { Root } from '../../../../src/lib/core/incident/incident';
import type { Status, Subject } from '../../../../src/lib/core/subject';
import { pick, type Random } from '../../../support/simulator/random';

/** Epoch ms of second 0. */
export const T0 = 1_700_000_000_000;

export interface MutableDown extends Down {
  status: Status;
  state: string;
  since: number;
}

/** What is down in a home, set by hand or by faults; follows its devices as the tracker does. */
export class FaultyHome implements HomeView {
  readonly instance = { id: 'home', name: 'Home' };
  reachable = true;
  reachableSince = T0;
  revision = 0;
  readonly reauth = new Set<string>();
  readonly masked = new Set<string>();
  readonly entities = new Map<string, MemberEntity>();
  readonly devices = new Map<string, MemberDevice>();
  readonly entries = new Map<string, MemberEntry>();
  readonly areas = new Map<string, string>();
  readonly #down = new Map<string, MutableDown>();
  readonly #byDevice = new Map<string, string[]>();

  members(): Members {
    return {
      entities: this.entities.values(),
      devices: this.devices.values(),
      entries: this.entries.values(),
      areas: this.areas,
    };
  }

  down(): Iterable<MutableDown> {
    return this.#down.values();
  }

  isDown(key: string): boolean {
    return this.#down.has(key);
  }

  isMasked(subject: Subject): boolean {
    return this.masked.has(`${subject.kind}:${subject.id}`);
  }

  entry(id: string, domain = 'hue'): this {
    this.entries.set(id, { id, name: `Entry ${id}`, domain });
    this.revision += 1;
    return this;
  }

  /** @param on `via` a hub, or a `part` of other hardware */
  device(id: string, on: { readonly via?: string; readonly part?: string } = {}): this {
    const device = { id, name: `Device ${id}`, via_device_id: on.via ?? null, parent_device_id: on.part ?? null };
    this.devices.set(id, device);
    this.revision += 1;
    return this;
  }

  entity(id: string, of: { device?: string; entry?: string; area?: string; battery?: boolean } = {}): this {
    const { device = null, entry = null, area = null, battery = false } = of;
    if (device !== null && !this.devices.has(device)) this.device(device);
    if (entry !== null && !this.entries.has(entry)) this.entry(entry);
    if (area !== null) this.areas.set(area, `Area ${area}`);
    this.entities.set(id, { id, name: `Name ${id}`, device_id: device, entry_id: entry, area_id: area, battery });
    if (device !== null) this.#byDevice.set(device, [...(this.#byDevice.get(device) ?? []), id]);
    this.revision += 1;
    return this;
  }

  /** @param since epoch ms */
  fall(
    kind: 'entity' | 'config_entry',
    id: string,
    since: number,
    status: Status = 'unavailable',
    state = 'unavailable',
  ): this {
    const name = kind === 'entity' ? this.entities.get(id)?.name : this.entries.get(id)?.name;
    this.#down.set(`${kind}:${id}`, { subject: { kind, id, name: name ?? id }, status, state, since });
    if (kind === 'entity') this.#followDevice(this.entities.get(id)?.device_id ?? null);
    return this;
  }

  rise(kind: 'entity' | 'config_entry', id: string): this {
    this.#down.delete(`${kind}:${id}`);
    if (kind === 'entity') this.#followDevice(this.entities.get(id)?.device_id ?? null);
    return this;
  }

  remove(id: string): this {
    const device = this.entities.get(id)?.device_id ?? null;
    this.entities.delete(id);
    if (device !== null)
      this.#byDevice.set(
        device,
        (this.#byDevice.get(device) ?? []).filter((one) => one !== id),
      );
    this.revision += 1;
    return this.rise('entity', id);
  }

  #followDevice(id: string | null): void {
    if (id === null) return;
    const entities = (this.#byDevice.get(id) ?? []).map((entity) => this.#down.get(`entity:${entity}`));
    const key = `device:${id}`;
    if (entities.length === 0 || entities.some((one) => one === undefined)) this.#down.delete(key);
    else if (!this.#down.has(key)) {
      const since = Math.max(...entities.map((one) => one?.since ?? 0));
      const subject = { kind: 'device', id, name: this.devices.get(id)?.name ?? id } as const;
      this.#down.set(key, { subject, status: 'unavailable', state: 'unavailable', since });
    }
  }
}

/** A home such as people have: hubs with devices behind them, clouds, one entry a device, helpers, areas. */
export function generatedHome(random: Random, size: number): FaultyHome {
  const home = new FaultyHome();
  const areas = Array.from({ length: Math.max(2, Math.min(14, Math.round(size / 25))) }, (_, n) => `area${n}`);
  let n = 0;
  const device = (id: string, entry: string, on: { via?: string; part?: string } = {}) => {
    home.device(id, on);
    const of = { device: id, entry, ...(random() < 0.85 ? { area: pick(random, areas) } : {}) };
    const battery = on.via !== undefined && random() < 0.4;
    const count = 1 + Math.floor(random() * 6);
    for (let k = 0; k < count; k += 1) home.entity(`${pick(random, DOMAINS)}.e${n++}`, of);
    if (battery) home.entity(`sensor.e${n++}`, { ...of, battery });
    if (random() < 0.2) home.entity(`button.e${n++}`, of);
  };
  const rest = () => size - home.entities.size;
  for (let e = 0; rest() > 0; e += 1) {
    const kind = random();
    const share = Math.max(2, Math.floor((random() * Math.min(rest(), size / 3)) / 4));
    if (kind < 0.4) {
      home.entry(`entry${e}`, `hub${e % 3}`).device(`hub${e}`);
      if (random() < 0.7) home.entity(`sensor.e${n++}`, { device: `hub${e}`, entry: `entry${e}` });
      for (let d = 0; d < share; d += 1) device(`d${e}_${d}`, `entry${e}`, { via: `hub${e}` });
    } else if (kind < 0.65) {
      home.entry(`entry${e}`, `cloud${e}`);
      for (let d = 0; d < share; d += 1) {
        device(`d${e}_${d}`, `entry${e}`);
        if (random() < 0.1) device(`d${e}_${d}p`, `entry${e}`, { part: `d${e}_${d}` });
      }
    } else if (kind < 0.9) {
      for (let d = 0; d < share; d += 1) {
        home.entry(`entry${e}_${d}`, `wifi${e % 2}`);
        device(`d${e}_${d}`, `entry${e}_${d}`);
      }
    } else for (let d = 0; d < share; d += 1) home.entity(`sensor.helper${n++}`);
  }
  return home;
}

const DOMAINS = ['sensor', 'sensor', 'light', 'switch', 'binary_sensor', 'climate'];

export type FaultKind = 'config_entry' | 'silent_entry' | 'integration' | 'hub' | 'device' | 'area' | 'entity';

export interface Fault {
  readonly kind: FaultKind;
  /** The cause, and what nobody could tell from it: groups with the very same members. */
  readonly roots: ReadonlySet<string>;
  readonly entities: readonly string[];
  readonly entries: readonly string[];
}

/**
 * A fault of that kind that leaves alone what is taken; null when the home has no place for one.
 * @param dead down already: it does not fall again
 */
export function faultIn(
  home: FaultyHome,
  kind: FaultKind,
  random: Random,
  taken: ReadonlySet<string>,
  dead: ReadonlySet<string> = new Set(),
): Fault | null {
  const all = [...home.entities.values()];
  for (let attempt = 0; attempt < 12; attempt += 1) {
    const hit = victims(home, kind, pick(random, all), all);
    if (!hit || hit.entities.some(({ id }) => taken.has(id))) continue;
    const ids = hit.entities.map(({ id }) => id);
    const falling = ids.filter((id) => !dead.has(id));
    if (falling.length === 0 || falling.length < ids.length / 2) continue;
    return { kind, entities: falling, entries: hit.entries, roots: rootsOf(home, hit.root, ids, all) };
  }
  return null;
}

interface Hit {
  readonly root: Pick<Root, 'kind' | 'id'>;
  readonly entities: readonly MemberEntity[];
  readonly entries: readonly string[];
}

function victims(home: FaultyHome, kind: FaultKind, one: MemberEntity, all: readonly MemberEntity[]): Hit | null {
  const { device_id, entry_id, area_id } = one;
  switch (kind) {
    case 'entity':
      return { root: { kind, id: one.id }, entities: [one], entries: [] };
    case 'device':
      return device_id === null || childrenOf(home, device_id).size > 1
        ? null
        : { root: { kind, id: device_id }, entities: all.filter((it) => it.device_id === device_id), entries: [] };
    case 'hub': {
      const hub = home.devices.get(device_id ?? '')?.via_device_id;
      const behind = hub ? childrenOf(home, hub) : new Set<string>();
      const entities = all.filter((it) => it.device_id !== null && behind.has(it.device_id));
      return hub && behind.size >= 4 ? { root: { kind: 'device', id: hub }, entities, entries: [] } : null;
    }
    case 'config_entry':
    case 'silent_entry': {
      const entities = all.filter((it) => it.entry_id === entry_id);
      const entries = kind === 'config_entry' && entry_id ? [entry_id] : [];
      return entry_id !== null && entities.length >= 3
        ? { root: { kind: 'config_entry', id: entry_id }, entities, entries }
        : null;
    }
    case 'integration': {
      const domain = home.entries.get(entry_id ?? '')?.domain;
      const entries = [...home.entries.values()].filter((it) => it.domain === domain).map(({ id }) => id);
      const entities = all.filter((it) => it.entry_id !== null && entries.includes(it.entry_id));
      return domain && entries.length >= 2 ? { root: { kind, id: domain }, entities, entries } : null;
    }
    case 'area': {
      const battery = new Set(all.filter((it) => it.battery).map((it) => it.device_id));
      const entities = all.filter(
        (it) => it.area_id === area_id && it.device_id !== null && !battery.has(it.device_id),
      );
      const devices = new Set(entities.map((it) => it.device_id));
      const isHub = [...devices].some((id) => childrenOf(home, id ?? '').size > 1);
      return area_id === null || devices.size < 4 || isHub
        ? null
        : { root: { kind, id: area_id }, entities, entries: [] };
    }
  }
}

function childrenOf(home: FaultyHome, id: string): Set<string> {
  const found = new Set([id]);
  for (const device of home.devices.values()) {
    if (device.via_device_id === id || device.parent_device_id === id) found.add(device.id);
  }
  return found;
}

function rootsOf(
  home: FaultyHome,
  root: Hit['root'],
  ids: readonly string[],
  all: readonly MemberEntity[],
): Set<string> {
  const hit = new Set(ids);
  const roots = new Set([`${root.kind}:${root.id}`]);
  const consider = (kind: string, id: string, members: readonly MemberEntity[]) => {
    if (members.length === hit.size && members.every((one) => hit.has(one.id))) roots.add(`${kind}:${id}`);
  };
  const some = all.filter((one) => hit.has(one.id));
  const battery = new Set(all.filter((it) => it.battery).map((it) => it.device_id));
  const [first] = some;
  if (!first) return roots;
  for (const id of new Set(some.flatMap((one) => one.device_id ?? []))) {
    consider(
      'device',
      id,
      all.filter((one) => one.device_id === id),
    );
    const via = home.devices.get(id)?.via_device_id ?? home.devices.get(id)?.parent_device_id ?? id;
    const behind = childrenOf(home, via);
    consider(
      'device',
      via,
      all.filter((one) => behind.has(one.device_id ?? '')),
    );
  }
  const entry = first.entry_id;
  if (entry !== null) {
    consider(
      'config_entry',
      entry,
      all.filter((one) => one.entry_id === entry),
    );
    const domain = home.entries.get(entry)?.domain ?? '';
    const inDomain = (id: string | null) => id !== null && home.entries.get(id)?.domain === domain;
    consider(
      'integration',
      domain,
      all.filter((one) => inDomain(one.entry_id)),
    );
  }
  const area = first.area_id;
  if (area !== null)
    consider(
      'area',
      area,
      all.filter((one) => one.area_id === area && !battery.has(one.device_id)),
    );
  return roots;
}
