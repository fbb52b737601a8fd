import { isDown } from '../health';
import { judgeEntry } from '../judge';
import { named } from '../subject';
import type { Tracked, TrackedDevice, TrackedEntity, TrackedEntry } from '../tracked';
import type { Tracker } from '../tracker';
import { statusOf } from '../verdict';
import type { EntryView } from './guards';
import type { HealGoal, HealTarget } from './heal';
import type { HealView, Member } from './heal-view';
import type { Names } from './suppression';

/**
 * A target as it is seen now, and who is to be up when it is healed; undefined when the home has no such thing.
 * @param reauth entries that wait for a person
 * @param isSpared what is left alone on purpose: in something wider it is neither healed nor waited for
 */
export function healView(
  tracker: Tracker,
  { kind, id }: HealGoal,
  reauth: ReadonlySet<string>,
  isSpared: (names: Names) => boolean = () => false,
): HealView | undefined {
  const tracked = tracker.find(kind, id);
  if (!tracked) return undefined;
  const all = membersOf(tracked);
  const entry = entryOf(tracked, all);
  const names = {
    entity: kind === 'entity' ? id : null,
    devices: devicesOf(tracked, all),
    config_entry: entry?.entry.entry_id ?? null,
    integration: entry?.entry.domain ?? platformOf(tracker, kind, id),
  };
  const members = isSpared(names) ? all : all.filter((one) => one === tracked || !isSpared(namesOf(one)));
  const isTargetUp = () => !isEntry(tracked) || judgeEntry(tracked.entry.state) === 'available';
  const { name } = tracked.subject;
  return {
    target: { kind, id, name },
    names,
    integration: entry?.entry.domain ?? null,
    entry: entry ? entryView(entry, reauth) : null,
    down: !isTargetUp() || all.some((one) => !isUp(one)),
    isSpared: isTargetUp() && members.every(isUp) && !all.every(isUp),
    disabled: isEntry(tracked) ? tracked.entry.disabled || !tracked.judged : all.length === 0,
    group: members.map((entity) => member(tracker, entity)),
    current: () => currentOf(tracker, tracked, kind),
    isTargetUp,
    entryState: () => entry?.entry.state ?? null,
  };
}

/** What counts of it: neither what is not judged nor what was never seen, as a user may not be shown everything. */
function membersOf(tracked: Tracked): TrackedEntity[] {
  const all = 'members' in tracked ? [...tracked.members] : [tracked];
  return all.filter(
    ({ judged, raw, status, pending }) => judged && !(raw === undefined && (status ?? pending) === null),
  );
}

function member(tracker: Tracker, entity: TrackedEntity): Member {
  return {
    get subject() {
      return named(entity.subject);
    },
    isThere: () => entity.judged && tracker.entities.get(entity.subject.id) === entity,
    isUp: () => isUp(entity),
  };
}

function currentOf(tracker: Tracker, tracked: Tracked, kind: HealTarget['kind']): HealTarget | undefined {
  const { id, name } = tracked.subject;
  const isDisabled = isEntry(tracked) && tracked.entry.disabled;
  return tracker.find(kind, id) === tracked && !isDisabled ? { kind, id, name } : undefined;
}

/** By what is seen now: a heal does not wait for graces. */
export function isUp(entity: TrackedEntity): boolean {
  return !isDown(statusOf(entity));
}

function isEntry(tracked: Tracked): tracked is TrackedEntry {
  return 'entry' in tracked && tracked.subject.kind === 'config_entry';
}

/** A device may belong to several entries: then it is the one of what is down. */
function entryOf(tracked: Tracked, members: readonly TrackedEntity[]): TrackedEntry | null {
  if (isEntry(tracked)) return tracked;
  const fallen = members.find((entity) => !isUp(entity) && entity.entry !== null);
  return (fallen ?? members.find(({ entry }) => entry !== null))?.entry ?? null;
}

/** Entities that stand in a file of Home Assistant's have an integration, too. */
function platformOf(tracker: Tracker, kind: HealTarget['kind'], id: string): string | null {
  return kind === 'entity' ? (tracker.registry.entities.get(id)?.platform ?? null) : null;
}

function namesOf({ subject, device, entry }: TrackedEntity): Names {
  return {
    entity: subject.id,
    devices: device ? [device.subject.id] : [],
    config_entry: entry?.entry.entry_id ?? null,
    integration: entry?.entry.domain ?? null,
  };
}

function entryView({ entry, stateSince }: TrackedEntry, reauth: ReadonlySet<string>): EntryView {
  return {
    entry_id: entry.entry_id,
    state: entry.state,
    since: stateSince,
    disabled: entry.disabled,
    reauth: reauth.has(entry.entry_id),
  };
}

function devicesOf(tracked: Tracked, members: readonly TrackedEntity[]): string[] {
  // An entry's suppression is its own: that of one of its devices must not hold the others.
  if (isEntry(tracked)) return [];
  if (tracked.subject.kind === 'device') return [(tracked as TrackedDevice).subject.id];
  return members.flatMap(({ device }) => (device ? [device.subject.id] : []));
}
