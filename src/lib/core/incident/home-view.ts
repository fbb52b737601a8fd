import type { Health } from '../health';
import type { Registry, RegistryDevice } from '../registry';
import type { Subject } from '../subject';
import type { Tracked, TrackedEntity } from '../tracked';

export interface MemberEntity {
  readonly id: string;
  readonly name: string;
  readonly device_id: string | null;
  readonly entry_id: string | null;
  readonly area_id: string | null;
  /** It tells the charge of the battery that its device runs on. */
  readonly battery: boolean;
}

export interface MemberDevice {
  readonly id: string;
  readonly name: string;
  readonly via_device_id: string | null;
  readonly parent_device_id: string | null;
}

export interface MemberEntry {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

/** Who can be down, and who belongs to whom. Only what is judged and has been seen. */
export interface Members {
  readonly entities: Iterable<MemberEntity>;
  /** Hubs without entities too. */
  readonly devices: Iterable<MemberDevice>;
  readonly entries: Iterable<MemberEntry>;
  /** Name by id. */
  readonly areas: ReadonlyMap<string, string>;
}

export type Down = Pick<Health, 'subject' | 'status' | 'state' | 'since'>;

/** A home as the search for causes looks at it. */
export interface HomeView {
  /** The home itself. */
  readonly instance: Pick<Subject, 'id' | 'name'>;
  readonly reachable: boolean;
  /** Since when it is reachable or not, epoch ms. */
  readonly reachableSince: number;
  /** Differs whenever `members` would answer something else. */
  readonly revision: number;
  members(): Members;
  /** Whatever is confirmed down, in any order. */
  down(): Iterable<Down>;
  /** In maintenance, or within our own reload: it starts no incident. */
  isMasked(subject: Subject): boolean;
  /** Entries that wait for somebody to sign in again. */
  readonly reauth: ReadonlySet<string>;
}

/** @param all what is judged, as the tracker has it */
export function membersOf(all: Iterable<Tracked>, registry: Pick<Registry, 'devices' | 'areas'>): Members {
  const entities: MemberEntity[] = [];
  const entries: MemberEntry[] = [];
  for (const tracked of all) {
    if (tracked.status === null) continue;
    const { kind } = tracked.subject;
    if (kind === 'entity') entities.push(memberEntity(tracked as TrackedEntity));
    else if (kind === 'config_entry') entries.push(memberEntry(tracked.subject));
  }
  return { entities, entries, areas: registry.areas, devices: [...registry.devices.values()].map(memberDevice) };
}

function memberEntity({ subject, attributes, entry }: TrackedEntity): MemberEntity {
  return {
    id: subject.id,
    name: subject.name,
    device_id: subject.device_id ?? null,
    entry_id: entry?.subject.id ?? null,
    area_id: subject.area_id ?? null,
    battery: attributes['device_class'] === 'battery',
  };
}

function memberEntry({ id, name, domain }: Subject): MemberEntry {
  return { id, name, domain: domain ?? '' };
}

function memberDevice({ id, name, via_device_id, parent_device_id }: RegistryDevice): MemberDevice {
  return { id, name, via_device_id: via_device_id ?? null, parent_device_id: parent_device_id ?? null };
}
