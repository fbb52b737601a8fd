import { setTimeout as sleep } from 'node:timers/promises';
import type { EntitiesEvent } from '../core/compressed';
import { knownTimeZone } from '../core/local-time';
import type { WatchOptions } from '../core/options';
import type { Tracker } from '../core/tracker';
import { describe } from '../error';
import type { Connection } from '../hass/connection';
import { entityFilters } from '../hass/entity-filter';
import { configEntry, fetchRegistries } from '../hass/registries';
import { FirstEvent } from './first-event';
import { AGES_AT_ONCE, reportedAges } from './reported-ages';

/** The home as it describes itself. */
export interface HomeInfo {
  readonly version: string;
  readonly location_name: string;
  readonly time_zone: string;
  /** E.g. `de`. */
  readonly language: string;
  readonly running: boolean;
  /** Only an administrator's token can heal. */
  readonly is_admin: boolean;
}

export interface SessionEvents {
  /** The entry ids of this home, before anything of it is taken in. @throws CaretakerError wrong_home */
  identify(entryIds: readonly string[]): void;
  described(info: HomeInfo): void;
  /** Something was taken in; what it settled waits to be told. */
  worked(): void;
  trouble(what: string): void;
}

interface EntryEvent {
  readonly type: 'added' | 'removed' | 'updated' | null;
  readonly entry: unknown;
}

/** Between the registry's word that something changed and asking for it all again, ms. */
const REFETCH_MS = 300;
/** After they could not be had, ms. */
const REFETCH_AGAIN_MS = 3_000;
const STARTING_POLL_MS = 1_000;
/** Between two looks at entities that were silent for long, ms. */
const SILENCE_POLL_MS = 2_000;
/** Those found silent are asked about every so many looks: a report of the same value does not arrive by itself. */
const FOUND_EVERY = 10;
/** One connection's life: brings the tracker up to date with Home Assistant, then keeps it so. */
export class Session {
  readonly #connection: Connection;
  readonly #tracker: Tracker;
  readonly #options: WatchOptions;
  readonly #events: SessionEvents;
  readonly #signal: AbortSignal;
  #isAdmin = false;
  #registriesFetched = false;
  /** Counts the registries' changes, so that a list asked for before a change is not taken for newer than it. */
  #registryVersion = 0;
  #refetching = false;

  constructor(
    connection: Connection,
    tracker: Tracker,
    options: WatchOptions,
    events: SessionEvents,
    signal: AbortSignal,
  ) {
    this.#connection = connection;
    this.#tracker = tracker;
    this.#options = options;
    this.#events = events;
    this.#signal = signal;
  }

  /** @throws CaretakerError */
  async sync(): Promise<HomeInfo> {
    const user = await this.#connection.command<{ is_admin?: unknown } | null>({ type: 'auth/current_user' });
    this.#isAdmin = user?.is_admin === true;
    await this.#subscribeEntries();
    await this.#subscribeEvents();
    this.#tracker.setRegistry(await fetchRegistries(this.#connection), Date.now());
    this.#registriesFetched = true;
    // What changed while the lists were on their way is in none of them.
    if (this.#registryVersion > 0) this.#registryChanged();
    await this.#subscribeEntities();
    const info = await this.#describe();
    if (!info.running) this.#background(this.#untilRunning());
    return info;
  }

  /** Asks when silent entities last reported, where Home Assistant knows it: from 2024.4. */
  watchSilence(): void {
    if (!this.#connection.atLeast(2024, 4)) return;
    this.#background(this.#askTheSilent());
  }

  async #subscribeEntries(): Promise<void> {
    const first = new FirstEvent('config_entries/subscribe', this.#signal);
    await this.#connection.subscribe<readonly EntryEvent[]>({ type: 'config_entries/subscribe' }, (events) => {
      if (first.pending) first.take(() => this.#allEntries(events));
      else this.#entriesChanged(events);
    });
    await first.taken;
  }

  #allEntries(events: readonly EntryEvent[]): void {
    const entries = events.flatMap((event) => configEntry((Object(event) as EntryEvent).entry) ?? []);
    this.#events.identify(entries.map((entry) => entry.entry_id));
    this.#tracker.setEntries(entries, Date.now());
  }

  #entriesChanged(events: readonly EntryEvent[]): void {
    for (const event of events) {
      const { type, entry } = Object(event) as EntryEvent;
      const parsed = configEntry(entry);
      if (type === 'removed') this.#tracker.removeEntry(String((Object(entry) as { entry_id?: unknown }).entry_id));
      else if (parsed) this.#tracker.setEntry(parsed, Date.now());
    }
    this.#events.worked();
  }

  async #subscribeEvents(): Promise<void> {
    const on = (event_type: string, heard: (data: Record<string, unknown>) => void) =>
      this.#connection.subscribe<{ data?: unknown }>({ type: 'subscribe_events', event_type }, ({ data }) =>
        heard(Object(data) as Record<string, unknown>),
      );
    await Promise.all([
      on('entity_registry_updated', (data) => this.#entityRegistryChanged(data)),
      on('device_registry_updated', () => this.#registryChanged()),
      on('area_registry_updated', () => this.#registryChanged()),
      // Before that it has no labels, and writes an error into its log when it is asked by who is no administrator.
      this.#connection.atLeast(2024, 4) && on('label_registry_updated', () => this.#registryChanged()).catch(() => {}),
      on('core_config_updated', () => this.#background(this.#describe().then(() => {}))),
    ]);
  }

  #entityRegistryChanged(data: Record<string, unknown>): void {
    const {
      action,
      entity_id: id,
      old_entity_id: old,
    } = data as { action?: string; entity_id?: string; old_entity_id?: string };
    if (typeof id === 'string' && action === 'create') this.#tracker.expect(id);
    if (typeof id === 'string' && action === 'remove') this.#tracker.forgetEntity(id);
    if (typeof id === 'string' && typeof old === 'string') this.#tracker.rename(old, id);
    this.#events.worked();
    this.#registryChanged();
  }

  #registryChanged(): void {
    this.#registryVersion += 1;
    if (this.#refetching || !this.#registriesFetched) return;
    this.#refetching = true;
    this.#background(this.#refetch());
  }

  /** Gathers a burst of changes into one request, and asks again if more came while it was under way. */
  async #refetch(): Promise<void> {
    try {
      for (let version = -1; version !== this.#registryVersion; ) {
        await sleep(REFETCH_MS, undefined, { signal: this.#signal });
        version = this.#registryVersion;
        const lists = await this.#attempt(fetchRegistries(this.#connection));
        if (this.#signal.aborted) return;
        if (!lists) version = await this.#later();
        else if (version === this.#registryVersion) this.#tracker.setRegistry(lists, Date.now());
      }
    } finally {
      this.#refetching = false;
      this.#events.worked();
    }
  }

  /** Before the registries are asked for again that could not be had; answers a version that is none. */
  async #later(): Promise<-1> {
    await sleep(REFETCH_AGAIN_MS, undefined, { signal: this.#signal });
    return -1;
  }

  async #subscribeEntities(): Promise<void> {
    this.#tracker.beginSnapshot();
    const first = new FirstEvent('subscribe_entities', this.#signal);
    const heard = (events: readonly EntitiesEvent[]) => {
      const now = Date.now();
      for (const event of events) {
        if (first.pending) first.take(() => this.#tracker.ingest(event, now, true));
        else this.#ingest(event, now);
      }
      this.#events.worked();
    };
    // The narrowest filter first; Home Assistant before 2026.11 refuses the keys.
    for (const filter of entityFilters(this.#options)) {
      try {
        await this.#connection.subscribeEntities(filter, heard);
        break;
      } catch (thrown) {
        if (Object.keys(filter).length === 0 || !describe(thrown).startsWith('invalid_format')) throw thrown;
      }
    }
    await first.taken;
  }

  /** One event that breaks must not take the rest of its frame with it. */
  #ingest(event: EntitiesEvent, now: number): void {
    try {
      this.#tracker.ingest(event, now, false);
    } catch (thrown) {
      this.#events.trouble(`subscribe_entities: ${describe(thrown)}`);
    }
  }

  async #describe(): Promise<HomeInfo> {
    const config = await this.#connection.command<Record<string, unknown> | null>({ type: 'get_config' });
    const info = {
      version: String(config?.['version'] ?? this.#connection.version),
      location_name: String(config?.['location_name'] ?? ''),
      time_zone: knownTimeZone(config?.['time_zone']),
      language: String(config?.['language'] ?? 'en'),
      running: config?.['state'] === 'RUNNING',
      is_admin: this.#isAdmin,
    };
    if (!this.#signal.aborted) this.#events.described(info);
    return info;
  }

  async #untilRunning(): Promise<void> {
    for (let running = false; !running; ) {
      await sleep(STARTING_POLL_MS, undefined, { signal: this.#signal });
      // One that is starting may be too busy to answer; the next try may find it running.
      running = (await this.#attempt(this.#describe()))?.running ?? false;
    }
  }

  async #askTheSilent(): Promise<void> {
    for (let turn = 1; ; turn += 1) {
      await sleep(SILENCE_POLL_MS, undefined, { signal: this.#signal });
      const ids = this.#tracker.silent(turn % FOUND_EVERY === 0);
      for (let start = 0; start < ids.length; start += AGES_AT_ONCE) {
        const ages = await this.#attempt(
          reportedAges(this.#connection, ids.slice(start, start + AGES_AT_ONCE), this.#signal),
        );
        for (const [id, age] of ages ?? []) this.#tracker.reported(id, age * 1000, Date.now());
        this.#events.worked();
      }
    }
  }

  /** Work that is tried again: its failure is told, and ends what asked for it only with the connection. */
  async #attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (thrown) {
      this.#signal.throwIfAborted();
      this.#events.trouble(describe(thrown));
      return undefined;
    }
  }

  /** Work nobody waits for: its failure is told, unless it failed because the connection ended. */
  #background(work: Promise<void>): void {
    work.catch((thrown: unknown) => {
      if (!this.#signal.aborted) this.#events.trouble(describe(thrown));
    });
  }
}
