import type { Graces, Health } from './health';
import { newHealth } from './health';
import type { ConfigEntry } from './registry';
import { type Stamps, UNKNOWN } from './stamps';
import type { Status } from './subject';

/** What is kept of one entity in memory; updated in place with every event. */
export interface TrackedEntity extends Health, Stamps {
  readonly domain: string;
  /** Undefined while Home Assistant has no state of it. */
  raw: string | undefined;
  attributes: Record<string, unknown>;
  restored: boolean;
  /** When its state began, as it was sent, epoch seconds; not kept up to date while it only changes in health. */
  lastChanged: unknown;
  /** When it last reported as far as we know, epoch ms by our clock. */
  heard: number;
  /** Reported nothing for longer than `stale`, and Home Assistant says so too. */
  silent: boolean;
  disabled: boolean;
  /** When it was enabled in the registry while we watched, epoch ms; else 0. */
  enabledAt: number;
  /** It was known, and is judged no more: none of the home's for now. */
  absent: boolean;
  /** The snapshot it was last part of. */
  mark: number;
  judged: boolean;
  graces: Graces;
  /** Silence that makes it stale, ms; 0 is off. */
  stale: number;
  device: TrackedDevice | null;
  entry: TrackedEntry | null;
  /** The domain it was last known to be of, also once its entry is gone. */
  integration: string | null;
  /** How its device counts it. */
  counted: Counted;
  /** How its home counts it. */
  tallied: Tallied;
}

export type Counted = 'no' | 'unjudged' | 'up' | 'down';

/** `unsettled` is judged, and nothing confirmed yet. */
export type Tallied = 'no' | 'unsettled' | Status;

export interface TrackedDevice extends Health {
  readonly members: Set<TrackedEntity>;
  /** How many of its entities are. */
  judged: number;
  down: number;
  up: number;
}

export interface TrackedEntry extends Health {
  entry: ConfigEntry;
  /** Since when Home Assistant has it so, epoch ms; each try of a set-up that is tried again goes on with it. */
  stateSince: number;
  judged: boolean;
  readonly members: Set<TrackedEntity>;
}

export type Tracked = TrackedEntity | TrackedDevice | TrackedEntry;

/** Home Assistant's own word for it as last seen. */
export function stateOf(tracked: Tracked): string {
  return 'raw' in tracked && tracked.raw !== undefined ? tracked.raw : tracked.state;
}

/** One flat literal, what each event touches first: spread fields would lie apart, and each number in a box of its own. */
export function newEntity(id: string, graces: Graces): TrackedEntity {
  const domain = id.slice(0, id.indexOf('.'));
  const never = Number.POSITIVE_INFINITY;
  return {
    raw: undefined,
    state: '',
    changedSeconds: UNKNOWN,
    updatedSeconds: UNKNOWN,
    fractions: 0,
    lastChanged: undefined,
    heard: 0,
    silent: false,
    judged: true,
    status: null,
    pending: null,
    domain,
    stale: 0,
    restored: false,
    entry: null,
    attributes: {},
    graces,
    due: never,
    queued: never,
    pendingSince: 0,
    since: 0,
    subject: { kind: 'entity', id, name: id, domain },
    disabled: false,
    enabledAt: 0,
    absent: false,
    mark: 0,
    integration: null,
    device: null,
    counted: 'no',
    tallied: 'no',
  };
}

export function newDevice(id: string, name: string): TrackedDevice {
  return { ...newHealth({ kind: 'device', id, name }), members: new Set(), judged: 0, down: 0, up: 0 };
}

export function newEntry(entry: ConfigEntry): TrackedEntry {
  const health = newHealth({ kind: 'config_entry', id: entry.entry_id, name: entry.title });
  return { ...health, entry, stateSince: 0, judged: true, members: new Set() };
}
