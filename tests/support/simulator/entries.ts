import type { LabMode } from '../home';
import type { SimulatedCore } from './core';
import { AFTER_SETUP, type Entry, failsToUnload, isRecoverable, isSlow } from './entry';
import { deviceRecord, type EntryState } from './registry';
import { nowSeconds } from './state-machine';

export interface EntrySpec {
  readonly domain: string;
  readonly title: string;
  readonly supports_unload?: boolean;
}

/** The life of config entries: set-up, unload, reload, disable, remove, with the order Home Assistant keeps. */
export class Entries {
  /** How long the first wait before a set-up is tried again takes; Home Assistant: 5 s, doubling. */
  retrySeconds = 5;

  constructor(private readonly core: SimulatedCore) {}

  add(spec: EntrySpec, source = 'user'): Entry {
    const entry: Entry = {
      entry_id: this.core.newEntryId(),
      domain: spec.domain,
      title: spec.title,
      source,
      state: 'not_loaded',
      reason: null,
      reason_key: null,
      disabled_by: null,
      supports_unload: spec.supports_unload ?? true,
      created_at: nowSeconds(),
      modified_at: nowSeconds(),
      mode: 'ok',
      seconds: 0,
      platforms_up: false,
      tries: 0,
      retry: undefined,
      recovery: undefined,
      busy: Promise.resolve(),
    };
    this.core.entries.set(entry.entry_id, entry);
    this.core.emit('entry', 'added', entry);
    return entry;
  }

  setMode(entry: Entry, mode: LabMode, seconds = 0): void {
    entry.mode = mode;
    entry.seconds = seconds;
    clearTimeout(entry.recovery);
    if (mode === 'recovers') entry.recovery = setTimeout(() => this.setMode(entry, 'ok'), seconds * 1000).unref();
    for (const entity of this.core.entitiesOfEntry(entry.entry_id)) entity.polled = false;
    if (entry.platforms_up) this.refresh(entry);
  }

  refresh(entry: Entry): void {
    for (const entity of this.core.entitiesOfEntry(entry.entry_id)) this.core.refresh(entity);
  }

  /** @param cancelled whoever asked for it has hung up */
  async setup(entry: Entry, cancelled?: AbortSignal): Promise<boolean> {
    if (entry.disabled_by) return true;
    clearTimeout(entry.retry);
    this.#become(entry, 'setup_in_progress');
    if (isSlow(entry.mode) && !(await pause(entry.seconds * 1000, cancelled))) {
      this.#become(entry, 'setup_error');
      return false;
    }
    if (this.#fails(entry)) return false;
    entry.mode = AFTER_SETUP[entry.mode] ?? entry.mode;
    entry.tries = 0;
    entry.platforms_up = true;
    this.#bringEntities(entry);
    this.#become(entry, 'loaded');
    return true;
  }

  #fails(entry: Entry): boolean {
    const { core } = this;
    if (entry.mode === 'setup_not_ready') {
      this.#become(entry, 'setup_retry', 'The lab device does not answer');
      this.#retryLater(entry);
    } else if (entry.mode === 'setup_auth_failed') {
      this.#become(entry, 'setup_error', 'The lab password has changed');
      if (!core.reauthFlows.has(entry.entry_id)) core.reauthFlows.set(entry.entry_id, core.newEntryId());
    } else if (entry.mode === 'setup_false') {
      if (core.modern)
        this.#become(entry, 'setup_error', 'Failed to set up the config entry', 'async_setup_entry_failed');
      else this.#become(entry, 'setup_error');
    } else return false;
    return true;
  }

  /** Registers what is new and shows everything, entity by entity. */
  #bringEntities(entry: Entry): void {
    for (const device of this.core.devicesOfEntry(entry.entry_id)) {
      if (!device.announced) this.core.fire('device_registry_updated', { action: 'create', device_id: device.id });
      device.announced = true;
    }
    for (const entity of this.core.entitiesOfEntry(entry.entry_id)) {
      const { entity_id } = entity;
      const isNew = !entity.announced;
      entity.waiting = entity.orphaned;
      entity.announced = true;
      if (isNew) this.core.fire('entity_registry_updated', { action: 'create', entity_id });
      this.core.refresh(entity);
      // Whether a voice assistant may see it is settled right after.
      if (isNew && this.core.modern) {
        this.core.fire('entity_registry_updated', { action: 'update', entity_id, changes: { options: {} } });
      }
    }
  }

  /** False: not unloaded. */
  unload(entry: Entry): boolean {
    clearTimeout(entry.retry);
    if (entry.state === 'not_loaded') return true;
    if (entry.state !== 'loaded') {
      this.#become(entry, 'not_loaded');
      return true;
    }
    if (this.core.modern) this.#become(entry, 'unload_in_progress');
    if (failsToUnload(entry.mode)) {
      if (this.core.modern) {
        this.#become(entry, 'failed_unload', 'Failed to unload the config entry', 'async_unload_entry_failed');
      }
      return false;
    }
    entry.platforms_up = false;
    this.refresh(entry);
    this.#become(entry, 'not_loaded');
    return true;
  }

  /** `refused` when the state of the entry does not allow it. */
  async reload(entry: Entry, cancelled?: AbortSignal): Promise<boolean | 'refused'> {
    clearTimeout(entry.retry);
    if (this.core.modern) this.core.reauthFlows.delete(entry.entry_id);
    if (!isRecoverable(entry.state) && entry.state !== 'setup_in_progress') return 'refused';
    return await this.#exclusive(entry, async () => {
      if (!isRecoverable(entry.state)) return 'refused' as const;
      const unloaded = this.unload(entry);
      if (!unloaded || entry.disabled_by) return unloaded;
      return await this.setup(entry, cancelled);
    });
  }

  async setDisabled(entry: Entry, disabledBy: string | null): Promise<boolean | 'refused'> {
    if (entry.disabled_by === disabledBy) return true;
    entry.disabled_by = disabledBy;
    if (this.core.modern) this.core.emit('entry', 'updated', entry);
    if (!disabledBy) this.#markDisabled(entry, null);
    const done = await this.reload(entry);
    // An entry that cannot unload is disabled, what belongs to it is not, and goes on.
    if (disabledBy && done !== 'refused') this.#markDisabled(entry, 'config_entry');
    return done;
  }

  /** Answers whether Home Assistant wants a restart to be rid of it. */
  async remove(entry: Entry): Promise<boolean> {
    const isUnloaded = isRecoverable(entry.state) && (await this.#exclusive(entry, async () => this.unload(entry)));
    this.core.reauthFlows.delete(entry.entry_id);
    this.core.entries.delete(entry.entry_id);
    clearTimeout(entry.recovery);
    for (const device of this.core.devicesOfEntry(entry.entry_id)) {
      this.core.devices.delete(device.id);
      const record = this.core.modern ? { device: deviceRecord(device, true) } : {};
      this.core.fire('device_registry_updated', { action: 'remove', device_id: device.id, ...record });
    }
    const entities = [...this.core.entitiesOfEntry(entry.entry_id)];
    for (const entity of entities) {
      this.core.dropEntity(entity);
      this.core.fire('entity_registry_updated', { action: 'remove', entity_id: entity.entity_id });
    }
    for (const entity of entities) this.core.states.remove(entity.entity_id);
    this.core.emit('entry', 'removed', entry);
    return !isUnloaded;
  }

  /** Once Home Assistant runs: entries that were not ready are tried again. */
  retryWaiting(): void {
    for (const entry of this.core.entries.values()) {
      if (entry.state === 'setup_retry') void this.#exclusive(entry, () => this.setup(entry));
    }
  }

  /** Some time after a user enabled an entity its entry is reloaded; s. */
  reloadLater(entry: Entry, seconds: number): void {
    setTimeout(() => {
      if (this.core.state === 'RUNNING' && this.core.entries.has(entry.entry_id)) void this.reload(entry);
    }, seconds * 1000).unref();
  }

  /** As after a start of the process: nothing is set up, nothing is told. */
  forgetRun(): void {
    for (const entry of this.core.entries.values()) {
      clearTimeout(entry.retry);
      entry.state = 'not_loaded';
      entry.reason = entry.reason_key = null;
      entry.platforms_up = false;
      entry.tries = 0;
      entry.busy = Promise.resolve();
    }
  }

  dispose(): void {
    for (const { retry, recovery } of this.core.entries.values()) {
      clearTimeout(retry);
      clearTimeout(recovery);
    }
  }

  /** Sets a state of an entry as it is, for what no mode can say (`migration_error`). */
  force(entry: Entry, state: EntryState, reason: string | null = null): void {
    entry.platforms_up = state === 'loaded' || state === 'failed_unload';
    this.refresh(entry);
    this.#become(entry, state, reason);
  }

  #become(entry: Entry, state: EntryState, reason: string | null = null, key: string | null = null): void {
    entry.state = state;
    entry.reason = reason;
    entry.reason_key = key;
    this.core.emit('entry', 'updated', entry);
  }

  #markDisabled(entry: Entry, by: string | null): void {
    for (const device of this.core.devicesOfEntry(entry.entry_id)) {
      const old = device.disabled_by;
      device.disabled_by = by;
      this.core.fire('device_registry_updated', {
        action: 'update',
        device_id: device.id,
        changes: { disabled_by: old },
      });
    }
    for (const entity of this.core.entitiesOfEntry(entry.entry_id)) {
      const old = entity.disabled_by;
      if (old !== null && old !== 'config_entry') continue;
      entity.disabled_by = by;
      const changes = { disabled_by: old };
      this.core.fire('entity_registry_updated', { action: 'update', entity_id: entity.entity_id, changes });
    }
    // The old one leaves the restored states of disabled entities standing.
    if (this.core.modern) this.refresh(entry);
  }

  #retryLater(entry: Entry): void {
    const seconds = Math.min(2 ** Math.min(entry.tries, this.core.modern ? 10 : 4) * this.retrySeconds, 600);
    entry.tries++;
    // While Home Assistant starts the next try is due once it runs.
    if (this.core.state !== 'RUNNING') return;
    entry.retry = setTimeout(() => {
      if (entry.state === 'setup_retry') void this.#exclusive(entry, () => this.setup(entry));
    }, seconds * 1000).unref();
  }

  #exclusive<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    const result = entry.busy.then(work);
    entry.busy = result.catch(() => undefined);
    return result;
  }
}

/** False: it was cut short. */
function pause(ms: number, cancelled?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms);
    const cut = () => {
      clearTimeout(timer);
      resolve(false);
    };
    if (cancelled?.aborted) cut();
    else cancelled?.addEventListener('abort', cut, { once: true });
  });
}
