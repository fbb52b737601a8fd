import type { EntitiesEvent } from '../../../src/lib/core/compressed';
import { defaultWatchOptions, type WatchOptions } from '../../../src/lib/core/options';
import type { ConfigEntry, RegistryDevice, RegistryEntity } from '../../../src/lib/core/registry';
import { Tracker } from '../../../src/lib/core/tracker';
import type { Settled } from '../../../src/lib/core/transition';

/** Epoch ms of second 0 of every test. */
export const T0 = 1_700_000_000_000;

/** A home as Home Assistant tells it, at a pace the test sets: every second of it is one a row can name. */
export class TestHome {
  readonly tracker: Tracker;
  readonly settled: Settled[] = [];
  /** `30 sensor.a available > unavailable since 0`: seconds since the start. */
  readonly told: string[] = [];
  readonly renamed: string[] = [];
  readonly forgotten: string[] = [];
  /** Who left, came back or was removed. */
  readonly passages: string[] = [];
  now = T0;
  #entities: RegistryEntity[] = [];
  #devices: RegistryDevice[] = [];

  constructor(options: Partial<WatchOptions> = {}) {
    this.tracker = new Tracker(
      { ...defaultWatchOptions, ...options },
      {
        settled: (settled) => {
          this.settled.push(settled);
          const { subject, previous_status, status, at, since } = settled;
          if (previous_status === null && status === 'available') return;
          const seconds = (instant: number) => (instant - T0) / 1000;
          this.told.push(`${seconds(at)} ${subject.id} ${previous_status ?? '-'} > ${status} since ${seconds(since)}`);
        },
        renamed: (_kind, from, to) => this.renamed.push(`${from} > ${to}`),
        left: ({ subject }) => this.passages.push(`${subject.id} left`),
        back: ({ subject }) => this.passages.push(`${subject.id} back`),
        removed: (subject, seen) => {
          this.forgotten.push(subject.id);
          if (seen) this.passages.push(`${subject.id} removed`);
        },
      },
    );
  }

  /** Lets time pass; looks when something is due, as the timer of an instance does. */
  until(second: number): this {
    const end = T0 + second * 1000;
    while (this.tracker.nextDue <= end) {
      this.now = Math.max(this.now, this.tracker.nextDue);
      this.tracker.tick(this.now);
    }
    this.now = end;
    return this;
  }

  live(startupGraceSeconds = 0): this {
    this.tracker.goLive(this.now, this.now + startupGraceSeconds * 1000);
    return this;
  }

  dark(): this {
    this.tracker.goDark();
    return this;
  }

  /** The whole home, as the first event of a subscription. */
  snapshot(states: Record<string, string | RawState>): this {
    this.tracker.beginSnapshot();
    this.tracker.ingest({ a: this.#compressed(states) }, this.now, true);
    return this;
  }

  add(states: Record<string, string | RawState>): this {
    return this.ingest({ a: this.#compressed(states) });
  }

  /** States change. */
  set(states: Record<string, string>): this {
    const lc = this.now / 1000;
    return this.ingest({ c: Object.fromEntries(Object.entries(states).map(([id, s]) => [id, { '+': { s, lc } }])) });
  }

  gone(...ids: string[]): this {
    return this.ingest({ r: ids });
  }

  ingest(event: unknown): this {
    this.tracker.ingest(event as EntitiesEvent, this.now, false);
    return this;
  }

  entries(...list: ConfigEntry[]): this {
    this.tracker.setEntries(list, this.now);
    return this;
  }

  entry(one: ConfigEntry): this {
    this.tracker.setEntry(one, this.now);
    return this;
  }

  registry(entities: RegistryEntity[], devices: RegistryDevice[] = this.#devices): this {
    this.#entities = entities;
    this.#devices = devices;
    this.tracker.setRegistry(
      {
        entities: this.#entities,
        devices: this.#devices,
        areas: new Map([['kitchen', 'The kitchen']]),
        labels: new Map([['urgent', 'Very urgent']]),
      },
      this.now,
    );
    return this;
  }

  /** What is confirmed of each, e.g. `sensor.a unavailable`. */
  down(): string[] {
    return [...this.tracker.down].map(({ subject, status }) => `${subject.id} ${status}`).sort();
  }

  #compressed(states: Record<string, string | RawState>): Record<string, RawState> {
    const lc = this.now / 1000;
    return Object.fromEntries(
      Object.entries(states).map(([id, state]) => [
        id,
        typeof state === 'string' ? { s: state, a: {}, lc } : { a: {}, lc, ...state },
      ]),
    );
  }
}

interface RawState {
  readonly s: string;
  readonly a?: Record<string, unknown>;
  readonly lc?: number;
  readonly lu?: number;
}

export const restored: RawState = { s: 'unavailable', a: { restored: true } };

export function configEntry(entry_id: string, state = 'loaded', more: Partial<ConfigEntry> = {}): ConfigEntry {
  return { entry_id, domain: 'hue', title: `Entry ${entry_id}`, state, disabled: false, ...more };
}

export function registered(entity_id: string, more: Partial<RegistryEntity> = {}): RegistryEntity {
  return {
    entity_id,
    registry_id: `r-${entity_id}`,
    name: null,
    platform: 'hue',
    config_entry_id: null,
    device_id: null,
    area_id: null,
    labels: [],
    disabled: false,
    ...more,
  };
}

export function device(id: string, more: Partial<RegistryDevice> = {}): RegistryDevice {
  return { id, name: `Device ${id}`, area_id: null, labels: [], config_entry_ids: [], disabled: false, ...more };
}
