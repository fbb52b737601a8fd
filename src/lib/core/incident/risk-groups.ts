import type { Named } from '../subject';
import type { MemberDevice, MemberEntity, MemberEntry, Members } from './home-view';
import { keyOf, type Root } from './incident';

/** What can be seen to fail by itself: an entity or a config entry. Devices follow from their entities. */
export interface Atom {
  readonly subject: Named;
  readonly key: string;
  /** Says nothing about its device while it is up: a button never pressed is `unknown`, and so is that of a dead device. */
  readonly weak: boolean;
  /** On a device that has a battery, and so stays up when the power of an area fails. */
  battery: boolean;
  device: Group | null;
  entry: Group | null;
  /** Lowest level first. */
  readonly groups: Group[];
}

export type GroupKind = 'device' | 'hub' | 'config_entry' | 'integration' | 'area';

/** Everything that fails with one possible cause. */
export interface Group {
  readonly kind: GroupKind;
  readonly root: Root;
  readonly key: string;
  readonly atoms: Atom[];
  /** How many of its atoms count as evidence against it while they are up. */
  size: number;
  /** The atom whose own failure proves the cause: the config entry itself. */
  proof: Atom | null;
  /** The group whose whole failure proves the cause: a hub's own entities. */
  readonly own: Group | null;
  /** Its parts: an integration's entries; the devices of an entry, a hub or an area. */
  readonly parts: Set<Group>;
}

const STATELESS = new Set(['button', 'event', 'scene', 'notify', 'tts', 'stt', 'conversation', 'wake_word', 'ai_task']);
/** More hops than any home has; the registries may hold a circle. */
const MAX_HOPS = 8;

/** The risk groups of a home, made anew when its registries change. */
export class RiskGroups {
  readonly atoms = new Map<string, Atom>();
  readonly groups = new Map<string, Group>();
  readonly #devices = new Map<string, MemberDevice>();
  readonly #areas: ReadonlyMap<string, string>;

  constructor(members: Members) {
    this.#areas = members.areas;
    for (const device of members.devices) this.#devices.set(device.id, device);
    for (const entry of members.entries) this.#addEntry(entry);
    for (const entity of members.entities) this.#addEntity(entity);
    for (const group of [...this.groups.values()]) if (group.kind === 'device') this.#addHubs(group);
    this.#placeEntries();
    for (const group of this.groups.values()) group.size = group.atoms.filter((atom) => counts(group, atom)).length;
    for (const atom of this.atoms.values()) atom.groups.sort((one, other) => LEVEL[one.kind] - LEVEL[other.kind]);
  }

  /** The group of a root, the widest when a device is also a hub. */
  of(root: Pick<Root, 'kind' | 'id'>): Group | undefined {
    const hub = root.kind === 'device' ? this.groups.get(`hub:${root.id}`) : undefined;
    return hub ?? this.groups.get(keyOf(root));
  }

  deviceName(id: string): string {
    return this.#devices.get(id)?.name ?? id;
  }

  #addEntry(entry: MemberEntry): void {
    const atom = this.#atom({ kind: 'config_entry', id: entry.id, name: entry.name }, false);
    const group = this.#group('config_entry', entry.id, entry.name);
    const integration = this.#group('integration', entry.domain, entry.domain);
    group.proof = atom;
    atom.entry = group;
    integration.parts.add(group);
    join(atom, group, integration);
  }

  #addEntity(entity: MemberEntity): void {
    const domain = entity.id.slice(0, entity.id.indexOf('.'));
    const atom = this.#atom({ kind: 'entity', id: entity.id, name: entity.name }, STATELESS.has(domain));
    atom.battery = entity.battery;
    const { device_id, entry_id, area_id } = entity;
    if (device_id !== null) {
      atom.device = this.#group('device', device_id, this.deviceName(device_id));
      join(atom, atom.device);
    }
    const entry = entry_id === null ? undefined : this.groups.get(`config_entry:${entry_id}`);
    if (entry) {
      atom.entry = entry;
      join(atom, entry, ...(entry.proof?.groups.filter((group) => group.kind === 'integration') ?? []));
      if (atom.device) entry.parts.add(atom.device);
    }
    if (area_id === null) return;
    const area = this.#group('area', area_id, this.#areas.get(area_id) ?? area_id);
    join(atom, area);
    if (atom.device) area.parts.add(atom.device);
  }

  /** A device also fails with the hub it is reached through, and with the hardware it is a part of. */
  #addHubs(device: Group): void {
    if (device.atoms.some((atom) => atom.battery)) for (const atom of device.atoms) atom.battery = true;
    for (const id of this.#above(device.root.id)) {
      const hub = this.#hub(id);
      hub.parts.add(device);
      for (const atom of device.atoms) join(atom, hub);
    }
  }

  #above(id: string): Set<string> {
    const found = new Set<string>();
    let layer = parentsOf(this.#devices.get(id));
    for (let hop = 0; hop < MAX_HOPS && layer.length > 0; hop += 1) {
      layer = layer.filter((one) => one !== id && !found.has(one));
      for (const one of layer) found.add(one);
      layer = layer.flatMap((one) => parentsOf(this.#devices.get(one)));
    }
    return found;
  }

  #hub(id: string): Group {
    const known = this.groups.get(`hub:${id}`);
    if (known) return known;
    const own = this.groups.get(`device:${id}`) ?? null;
    const hub = this.#group('hub', id, this.deviceName(id), own);
    for (const atom of own?.atoms ?? []) join(atom, hub);
    return hub;
  }

  /** An entry all of whose entities stand in one area fails with that area. */
  #placeEntries(): void {
    for (const entry of this.groups.values()) {
      if (entry.kind !== 'config_entry' || !entry.proof || entry.atoms.length < 2) continue;
      const areas = new Set(entry.atoms.filter((atom) => atom !== entry.proof).map(areaOf));
      const [area] = areas;
      if (areas.size === 1 && area) join(entry.proof, area);
    }
  }

  #atom(subject: Named, weak: boolean): Atom {
    const key = keyOf(subject);
    const atom: Atom = { subject, key, weak, battery: false, device: null, entry: null, groups: [] };
    this.atoms.set(key, atom);
    return atom;
  }

  #group(kind: GroupKind, id: string, name: string, own: Group | null = null): Group {
    const key = `${kind}:${id}`;
    const known = this.groups.get(key);
    if (known) return known;
    const root: Root = { kind: kind === 'hub' ? 'device' : kind, id, name };
    const group: Group = { kind, root, key, atoms: [], size: 0, proof: null, own, parts: new Set() };
    this.groups.set(key, group);
    return group;
  }
}

const LEVEL: Readonly<Record<GroupKind, number>> = { device: 0, hub: 1, config_entry: 2, integration: 3, area: 4 };

/** Whether an atom that is up speaks against the group being the cause. */
export function counts(group: Group, atom: Atom): boolean {
  if (atom.weak) return false;
  if (group.kind === 'area') return !atom.battery && atom.subject.kind === 'entity';
  // A loaded entry is no evidence that its entities are well.
  return atom.subject.kind === 'entity';
}

function join(atom: Atom, ...groups: Group[]): void {
  for (const group of groups) {
    group.atoms.push(atom);
    atom.groups.push(group);
  }
}

function parentsOf(device: MemberDevice | undefined): string[] {
  return [device?.parent_device_id, device?.via_device_id].filter((id) => typeof id === 'string');
}

function areaOf(atom: Atom): Group | undefined {
  return atom.groups.find((group) => group.kind === 'area');
}
