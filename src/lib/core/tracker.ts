import { Census } from './census';
import { applyChange, applyState, type CompressedChange, type CompressedState, type EntitiesEvent } from './compressed';
import { Deadlines } from './deadlines';
import { DeviceCounts } from './device-counts';
import { type Graces, isDown, observe, settle, type Verdict } from './health';
import { judgeEntry } from './judge';
import type { WatchOptions } from './options';
import { type ConfigEntry, entryTraits, type Registry, type RegistryLists } from './registry';
import { type Rules, rules } from './rules';
import type { Traits } from './selector';
import { Silence } from './silence';
import { StatusCounts } from './status-counts';
import type { Status, Subject } from './subject';
import type { Tracked, TrackedDevice, TrackedEntity, TrackedEntry } from './tracked';
import type { Seen, Settled } from './transition';
import { entityVerdict, gracesFor, statusOf } from './verdict';

/** Called synchronously while the tracker works; must not call back into it. */
export interface TrackerEvents {
  settled(settled: Settled): void;
  renamed(kind: Subject['kind'], from: string, to: string): void;
  /** It is judged no more; who it is stays known. */
  left(seen: Seen, integration: string | null): void;
  /** It is judged again. */
  back(seen: Seen): void;
  /** It was removed. @param seen null of one that had left before */
  removed(subject: Subject, seen: Seen | null, integration: string | null): void;
}

/**
 * All subjects of one home but the home itself, and what is confirmed about each. Knows neither clock nor socket: it
 * is told what Home Assistant said and what time it is. Cost per event does not depend on the number of entities.
 */
export class Tracker {
  /** Whatever is confirmed down, kept up to date. */
  readonly down = new Set<Tracked>();
  /** How many entities have which status, kept up to date. */
  readonly statuses = new StatusCounts();
  readonly #silence = new Silence();
  readonly #deadlines = new Deadlines<Tracked>();
  readonly #events: TrackerEvents;
  readonly #rules: Rules;
  readonly #counts: DeviceCounts;
  readonly #census: Census;
  #live = false;
  /** Entities are being placed or judged afresh, one after the other: no device is judged by half of them. */
  #gathering = false;
  /** What we are reloading ourselves: that it falls meanwhile is our own doing. */
  readonly #masked = new Set<TrackedEntry>();
  /** End of the start-up grace, epoch ms. */
  #notBefore = 0;
  #mark = 0;
  #revision = 0;

  constructor(options: WatchOptions, events: TrackerEvents) {
    this.#events = events;
    this.#rules = rules(options);
    this.#counts = new DeviceCounts((device, status, since, now) => {
      this.#see(device, { status, state: status, since }, now, { down: 0, back: 0 });
    });
    this.#census = new Census(this.#rules, this.#counts, {
      placed: (entity, now) => this.#placed(entity, now),
      renamed: (kind, from, to) => {
        this.#revision += 1;
        events.renamed(kind, from, to);
      },
      dropped: (tracked) => this.#drop(tracked),
    });
  }

  get entities(): ReadonlyMap<string, TrackedEntity> {
    return this.#census.entities;
  }

  /** Everything that is judged, entries before devices before entities. */
  *all(): Iterable<Tracked> {
    for (const entry of this.#census.entries.values()) if (entry.judged) yield entry;
    for (const device of this.#census.devices.values()) if (device.judged > 0) yield device;
    for (const entity of this.#census.entities.values()) if (entity.judged) yield entity;
  }

  get devices(): ReadonlyMap<string, TrackedDevice> {
    return this.#census.devices;
  }

  get entries(): ReadonlyMap<string, TrackedEntry> {
    return this.#census.entries;
  }

  /** Differs whenever who is judged, or who belongs to whom, does. */
  get revision(): number {
    return this.#revision;
  }

  /** Differs whenever an entity has come, gone or been renamed. */
  get population(): number {
    return this.#census.population;
  }

  get registry(): Registry {
    return this.#census.registry;
  }

  /** Whoever is known by that id; not the home itself. */
  find(kind: Subject['kind'], id: string): Tracked | undefined {
    return this.#census.find(kind, id);
  }

  /** When `tick` next has something to do, epoch ms. */
  get nextDue(): number {
    return this.#deadlines.next;
  }

  /**
   * A subject as it was when we last ran. Only before the first sync.
   * @param absent it was not judged then
   * @returns the subject it is from now on; undefined of the home itself
   */
  resume(subject: Subject, status: Status, state: string, since: number, absent = false): Subject | undefined {
    const tracked = this.#census.resume(subject);
    if (!tracked) return undefined;
    Object.assign(tracked.subject, subject);
    tracked.status = status;
    tracked.state = state;
    tracked.since = since;
    if ('absent' in tracked) Object.assign(tracked, { absent, judged: !absent });
    if (isDown(status) && !absent) this.down.add(tracked);
    if (subject.kind === 'entity') this.statuses.recount(tracked as TrackedEntity);
    return tracked.subject;
  }

  /** From now on what is seen counts. @param notBefore end of the start-up grace, epoch ms */
  goLive(now: number, notBefore: number): void {
    this.#live = true;
    this.#notBefore = notBefore;
    for (const entry of this.#census.entries.values()) this.#judgeEntry(entry, now);
    this.#gather(now, this.entities.values(), (entity) => this.#judge(entity, now));
  }

  /** The home cannot be seen: everything keeps its status, and time does not count against it. */
  goDark(): void {
    this.#live = false;
    this.#silence.clear();
    for (const tracked of this.all()) {
      tracked.pending = null;
      tracked.due = Number.POSITIVE_INFINITY;
    }
  }

  /** Everything `subscribe_entities` sends. @param snapshot this is the whole home, the first event of a subscription */
  ingest(event: EntitiesEvent, now: number, snapshot: boolean): void {
    if (event.a) this.#add(event.a, now);
    if (event.c) this.#change(event.c, now);
    if (event.r) for (const id of event.r) this.#remove(id, now);
    if (snapshot) this.#endSnapshot(now);
  }

  /** Before the first event of a new subscription. */
  beginSnapshot(): void {
    this.#mark += 1;
  }

  setEntries(list: readonly ConfigEntry[], now: number): void {
    const present = new Set(list.map((entry) => entry.entry_id));
    for (const id of [...this.#census.entries.keys()]) if (!present.has(id)) this.removeEntry(id);
    this.#gather(now, list, (entry) => this.#takeEntry(entry, now));
  }

  setEntry(entry: ConfigEntry, now: number): void {
    this.#gather(now, [entry], () => this.#takeEntry(entry, now));
  }

  removeEntry(id: string): void {
    this.#census.removeEntry(id);
  }

  setRegistry(lists: RegistryLists, now: number): void {
    this.#gather(now, [lists], () => this.#census.setRegistry(lists, now));
  }

  /** It was made in the entity registry, and comes with the next list. */
  expect(id: string): void {
    this.#census.expect(id);
  }

  /** Tells what the registry would tell with its next list, before the states under the new name arrive. */
  rename(from: string, to: string): void {
    this.#census.rename(from, to);
  }

  forgetEntity(id: string): void {
    this.#census.forgetEntity(id);
  }

  /** Confirms whatever has waited long enough. */
  tick(now: number): void {
    for (let due = this.#deadlines.pop(now); due; due = this.#deadlines.pop(now)) {
      if (!this.#live) continue;
      if (due.pending !== null) this.#settle(due, now);
      else if (due.subject.kind === 'entity') this.#listen(due as TrackedEntity, now);
    }
  }

  /** Until `unmask`, that the entry and what belongs to it falls does not count; that it comes back does. */
  mask(entryId: string): void {
    const entry = this.#census.entries.get(entryId);
    if (entry) this.#masked.add(entry);
  }

  /** Judges what fell meanwhile and did not come back. */
  unmask(entryId: string, now: number): void {
    const entry = this.#census.entries.get(entryId);
    if (!entry || !this.#masked.delete(entry)) return;
    this.#judgeEntry(entry, now);
    this.#gather(now, entry.members, (entity) => this.#judge(entity, now));
  }

  /** Home Assistant's own word on when an entity last reported. @param age ms before now */
  reported(entityId: string, age: number, now: number): void {
    const entity = this.entities.get(entityId);
    if (!entity || entity.stale === 0) return;
    this.#silence.reported(entity, age, now);
    this.#judge(entity, now);
  }

  /** The entities whose silence Home Assistant has to confirm, by `reported`. @param found also those found silent */
  silent(found: boolean): string[] {
    return this.#silence.ids(found);
  }

  traits(subject: Subject): Traits | undefined {
    return this.#census.traits(subject);
  }

  #add(states: Record<string, CompressedState>, now: number): void {
    for (const id in states) {
      const state = states[id];
      if (typeof state !== 'object' || state === null) continue;
      const entity = this.#census.entity(id, now);
      applyState(entity, state, now);
      this.#call(entity, entity.attributes['friendly_name']);
      entity.mark = this.#mark;
      this.#judge(entity, now);
    }
  }

  #change(changes: Record<string, CompressedChange>, now: number): void {
    for (const id in changes) {
      const entity = this.entities.get(id);
      const change = changes[id];
      if (!entity || !change) continue;
      applyChange(entity, change, now);
      const added = change['+']?.a;
      if (added) this.#call(entity, added['friendly_name']);
      this.#judge(entity, now);
    }
  }

  /** By the name it has now. */
  #call(entity: TrackedEntity, friendly: unknown): void {
    if (typeof friendly === 'string' && friendly !== entity.subject.name) this.#census.describe(entity);
  }

  #remove(id: string, now: number): void {
    const entity = this.entities.get(id);
    if (!entity) return;
    if (entity.status === null && entity.pending === null) this.forgetEntity(id);
    else this.#gone(entity, now);
  }

  #endSnapshot(now: number): void {
    for (const entity of this.entities.values()) {
      if (entity.mark !== this.#mark && entity.raw !== undefined) this.#gone(entity, now);
    }
  }

  #gone(entity: TrackedEntity, now: number): void {
    entity.raw = undefined;
    this.#silence.drop(entity);
    this.#judge(entity, now);
  }

  #judge(entity: TrackedEntity, now: number): void {
    if (!this.#live || !entity.judged) return;
    // Never seen is not gone: a user may not be shown every entity the registry has.
    if (entity.raw === undefined && entity.status === null && entity.pending === null) return;
    const status = statusOf(entity);
    if (status === entity.status && entity.pending === null) {
      if (entity.stale > 0) this.#listen(entity, now);
      return;
    }
    if (this.#isOurDoing(entity.entry, entity, status)) return;
    this.#see(entity, entityVerdict(entity, status, now), now, gracesFor(entity, status, now));
    if (entity.stale > 0 && entity.pending === null) this.#listen(entity, now);
  }

  #takeEntry(entry: ConfigEntry, now: number): void {
    const { tracked, before } = this.#census.setEntry(entry, now);
    if (before.state !== entry.state || tracked.stateSince === 0) comeInto(tracked, before.state, now);
    this.#judgeEntry(tracked, now);
    // Restored states mean one thing while their entry is loaded and another while it is not.
    if (before.state !== entry.state) for (const entity of tracked.members) this.#judge(entity, now);
  }

  #judgeEntry(tracked: TrackedEntry, now: number): void {
    const { entry } = tracked;
    this.#revision += 1;
    tracked.judged = !entry.disabled && this.#rules.judgesEntry(entryTraits(entry));
    this.#list(tracked);
    if (!tracked.judged) tracked.pending = null;
    const status = judgeEntry(entry.state);
    if (!this.#live || !tracked.judged || status === null || this.#isOurDoing(tracked, tracked, status)) return;
    this.#see(tracked, { status, state: entry.state, since: now }, now, this.#rules.graces);
  }

  #isOurDoing(entry: TrackedEntry | null, tracked: Tracked, status: Status): boolean {
    if (this.#masked.size === 0 || entry === null || !this.#masked.has(entry)) return false;
    if (!isDown(status) || (tracked.status !== null && isDown(tracked.status))) return false;
    tracked.pending = null;
    tracked.due = Number.POSITIVE_INFINITY;
    return true;
  }

  #see(tracked: Tracked, verdict: Verdict, now: number, graces: Graces): void {
    const due = observe(tracked, verdict, now, graces, this.#notBefore);
    if (due <= now) this.#settle(tracked, now);
    else this.#deadlines.arm(tracked, due);
  }

  #settle(tracked: Tracked, now: number): void {
    if (tracked.subject.kind === 'entity') this.#census.describe(tracked as TrackedEntity);
    const settled = settle(tracked, now);
    if (!settled) return;
    if (settled.previous_status === null) this.#revision += 1;
    this.#list(tracked);
    this.#events.settled(settled);
    if (tracked.subject.kind !== 'entity') return;
    this.#recount(tracked as TrackedEntity, now);
    this.#listen(tracked as TrackedEntity, now);
  }

  #recount(entity: TrackedEntity, now: number): void {
    this.statuses.recount(entity);
    this.#counts.recount(entity, now, this.#live && !this.#gathering);
    if (entity.device) this.#list(entity.device);
  }

  #list(tracked: Tracked): void {
    if (tracked.judged && tracked.status !== null && isDown(tracked.status)) this.down.add(tracked);
    else this.down.delete(tracked);
  }

  #gather<T>(now: number, all: Iterable<T>, take: (one: T) => void): void {
    this.#gathering = true;
    try {
      for (const one of all) take(one);
    } finally {
      this.#gathering = false;
    }
    for (const device of this.#census.devices.values()) {
      if (this.#live) this.#counts.judge(device, now);
      this.#list(device);
    }
  }

  /** Waits for the silence that would make an entity stale. */
  #listen(entity: TrackedEntity, now: number): void {
    if (entity.stale === 0 || !entity.judged || entity.pending !== null || entity.status !== 'available') return;
    if (!this.#silence.suspect(entity, now)) this.#deadlines.arm(entity, entity.heard + entity.stale);
  }

  #placed(entity: TrackedEntity, now: number): void {
    this.#revision += 1;
    if (!entity.judged) entity.pending = null;
    if (!entity.judged) this.#silence.drop(entity);
    this.#pass(entity);
    this.#list(entity);
    this.#recount(entity, now);
    this.#judge(entity, now);
  }

  #drop(tracked: Tracked): void {
    this.#revision += 1;
    this.down.delete(tracked);
    this.#masked.delete(tracked as TrackedEntry);
    this.#silence.drop(tracked as TrackedEntity);
    if (tracked.subject.kind === 'entity') this.statuses.leave(tracked as TrackedEntity);
    tracked.pending = null;
    tracked.due = Number.POSITIVE_INFINITY;
    const seen = seenAs(tracked);
    if (!seen) return;
    const isAbsent = 'absent' in tracked && tracked.absent;
    this.#events.removed(tracked.subject, isAbsent ? null : seen, integrationOf(tracked));
  }

  /** Whether it is judged may have changed. */
  #pass(entity: TrackedEntity): void {
    const seen = seenAs(entity);
    if (!seen || entity.absent !== entity.judged) return;
    entity.absent = !entity.judged;
    if (entity.absent) this.#events.left(seen, integrationOf(entity));
    else this.#events.back(seen);
  }
}

/** Null of one of which nothing was ever confirmed. */
function seenAs({ subject, status, since }: Tracked): Seen | null {
  return status === null ? null : { subject, status, since };
}

function integrationOf(tracked: Tracked): string | null {
  return 'integration' in tracked ? (tracked.entry?.entry.domain ?? tracked.integration) : null;
}

/** Home Assistant tries a set-up again and again: it has been trying since the first time. */
const TRYING = new Set(['setup_retry', 'setup_in_progress']);

function comeInto(tracked: TrackedEntry, before: string, now: number): void {
  const { entry, stateSince, status, since } = tracked;
  const goesOn = stateSince > 0 && TRYING.has(before) && TRYING.has(entry.state);
  if (goesOn) return;
  // One that was down when we last ran has been so since.
  const isOld = stateSince === 0 && status !== null && isDown(status) && judgeEntry(entry.state) === 'unavailable';
  tracked.stateSince = isOld ? since : now;
}
