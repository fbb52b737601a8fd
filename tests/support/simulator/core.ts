import { EventEmitter } from 'node:events';
import { type Entry, isAllDead } from './entry';
import { hex, type Random, seededRandom, ulid } from './random';
import { Recorder } from './recorder';
import type { Area, Device, DeviceCure, Entity, Floor, Label } from './registry';
import { type Context, iso, nowSeconds, StateMachine } from './state-machine';

export type CoreState = 'NOT_RUNNING' | 'STARTING' | 'RUNNING' | 'STOPPING' | 'FINAL_WRITE';

export interface Issue {
  readonly domain: string;
  readonly issue_id: string;
  readonly severity: 'critical' | 'error' | 'warning';
  readonly created: string;
}

export interface Notification {
  readonly notification_id: string;
  readonly title: string | null;
  readonly message: string;
  readonly created_at: string;
}

/**
 * What Home Assistant knows, without any wire: registries, states, config entries. Emits `state` (a StateChange),
 * `entry` (change, entry), `event` (event type, data) and `cured` (device).
 */
export class SimulatedCore extends EventEmitter {
  readonly random: Random;
  readonly states: StateMachine;
  readonly recorder: Recorder;
  readonly entities = new Map<string, Entity>();
  readonly devices = new Map<string, Device>();
  readonly areas = new Map<string, Area>();
  readonly labels = new Map<string, Label>();
  readonly floors = new Map<string, Floor>();
  readonly entries = new Map<string, Entry>();
  readonly issues: Issue[] = [];
  readonly notifications = new Map<string, Notification>();
  /** Entries that wait for a human to log in again: flow id by entry id. */
  readonly reauthFlows = new Map<string, string>();
  readonly modern: boolean;
  state: CoreState = 'NOT_RUNNING';
  recoveryMode = false;
  timeZone = 'Europe/Berlin';
  language = 'en';
  /** What `check_config` finds; null: nothing. */
  configErrors: string | null = null;
  #byEntry = new Map<string, Set<Entity>>();

  constructor(
    readonly name: string,
    readonly version: string,
    seed: number,
  ) {
    super();
    this.setMaxListeners(0);
    this.random = seededRandom(seed);
    this.modern = isAtLeast(version, 2024, 4);
    const contextSeed = ulid(this.random).slice(2, 14);
    this.states = new StateMachine((change) => this.emit('state', change), contextSeed);
    this.recorder = new Recorder(this);
  }

  newEntryId(): string {
    return this.modern ? ulid(this.random) : hex(this.random);
  }

  newId(): string {
    return hex(this.random);
  }

  fire(eventType: string, data: Record<string, unknown>): void {
    this.emit('event', eventType, data, this.states.context());
  }

  addEntity(entity: Entity): void {
    this.entities.set(entity.entity_id, entity);
    if (entity.config_entry_id) this.#group(entity.config_entry_id).add(entity);
  }

  dropEntity(entity: Entity): void {
    this.entities.delete(entity.entity_id);
    if (entity.config_entry_id) this.#group(entity.config_entry_id).delete(entity);
  }

  entitiesOfEntry(entryId: string): Iterable<Entity> {
    return this.#group(entryId);
  }

  devicesOfEntry(entryId: string): Device[] {
    return [...this.devices.values()].filter((device) => device.config_entry_id === entryId);
  }

  addIssue(domain: string, issueId: string, severity: Issue['severity'] = 'warning'): void {
    this.issues.push({ domain, issue_id: issueId, severity, created: iso(nowSeconds()) });
    this.fire('repairs_issue_registry_updated', { action: 'create', domain, issue_id: issueId });
  }

  components(): string[] {
    const set = new Set([
      'api',
      'websocket_api',
      'config',
      'http',
      'auth',
      'recorder',
      'history',
      'automation',
      'homeassistant',
    ]);
    set.add('caretaker_lab');
    for (const entry of this.entries.values()) set.add(entry.domain);
    for (const entityId of this.states.all.keys()) set.add(entityId.slice(0, entityId.indexOf('.')));
    return [...set];
  }

  config(): Record<string, unknown> {
    const record = {
      allowlist_external_dirs: [],
      allowlist_external_urls: [],
      components: this.components(),
      config_dir: '/config',
      config_source: 'storage',
      country: 'DE',
      currency: 'EUR',
      elevation: 34,
      external_url: null,
      internal_url: null,
      language: this.language,
      latitude: 52.52,
      location_name: this.name,
      longitude: 13.4,
      recovery_mode: this.recoveryMode,
      safe_mode: false,
      state: this.state,
      time_zone: this.timeZone,
      unit_system: UNITS,
      version: this.version,
      whitelist_external_dirs: [],
    };
    if (!this.modern) return record;
    return { ...record, debug: false, logging: { log_file_disabled_reason: null }, radius: 100 };
  }

  /** Shows the true state of one entity, as the integration that owns it would. */
  refresh(entity: Entity, context?: Context): void {
    const entry = entity.config_entry_id ? this.entries.get(entity.config_entry_id) : undefined;
    if (entity.disabled_by) this.states.remove(entity.entity_id);
    else if (entity.waiting && !this.modern) this.states.remove(entity.entity_id);
    else if (entity.waiting || (entry && !entry.platforms_up))
      this.states.set(entity.entity_id, 'unavailable', this.restored(entity), context);
    else if (this.isDead(entity, entry)) this.states.set(entity.entity_id, 'unavailable', this.base(entity), context);
    else this.states.set(entity.entity_id, entity.value, { ...this.base(entity), ...entity.live }, context);
  }

  isDead(entity: Entity, entry?: Entry): boolean {
    if (entity.dead) return true;
    const device = entity.device_id ? this.devices.get(entity.device_id) : undefined;
    if (device?.dead && (device.cure === null || cureOf(entity) !== device.cure)) return true;
    if (!entry || entry.mode === 'ok' || entity.entity_id.startsWith('button.')) return false;
    if (isAllDead(entry.mode)) return true;
    if (entry.mode === 'dead_until_update') return !entity.polled;
    const breaksOne = entry.mode === 'device_dead_until_button' || entry.mode === 'device_dead';
    return breaksOne && device !== undefined && this.isFirstDevice(device);
  }

  isFirstDevice(device: Device): boolean {
    return this.devicesOfEntry(device.config_entry_id)[0] === device;
  }

  /** Done to a device that waits for just this, it brings it back. */
  treat(device: Device, treatment: DeviceCure): void {
    if (!device.dead || device.cure !== treatment) return;
    this.emit('cured', device);
  }

  has(integration: string): boolean {
    return [...this.entries.values()].some(({ domain }) => domain === integration);
  }

  friendlyName(entity: Entity): string {
    const own = entity.name ?? entity.original_name;
    const device = entity.device_id ? this.devices.get(entity.device_id) : undefined;
    if (!device || !entity.has_entity_name || (entity.name && !this.modern)) return own ?? entity.entity_id;
    const deviceName = device.name_by_user ?? device.name;
    return own ? `${deviceName} ${own}` : deviceName;
  }

  /** Attributes it has whether available or not. */
  base(entity: Entity): Record<string, unknown> {
    const attributes: Record<string, unknown> = { ...entity.capabilities };
    if (entity.unit_of_measurement) attributes['unit_of_measurement'] = entity.unit_of_measurement;
    if (entity.device_class) attributes['device_class'] = entity.device_class;
    attributes['friendly_name'] = this.friendlyName(entity);
    return attributes;
  }

  /** Attributes of an entity that stands in the registry only. */
  restored(entity: Entity): Record<string, unknown> {
    const attributes: Record<string, unknown> = { restored: true, ...entity.capabilities };
    if (entity.device_class) attributes['device_class'] = entity.device_class;
    attributes['friendly_name'] = this.modern ? this.friendlyName(entity) : (entity.name ?? entity.original_name);
    attributes['supported_features'] = 0;
    if (entity.unit_of_measurement) attributes['unit_of_measurement'] = entity.unit_of_measurement;
    return attributes;
  }

  #group(entryId: string): Set<Entity> {
    let group = this.#byEntry.get(entryId);
    if (!group) {
      group = new Set();
      this.#byEntry.set(entryId, group);
    }
    return group;
  }
}

/** What pressing this button does to its device. */
export function cureOf({ entity_id, device_class, translation_key }: Entity): DeviceCure | undefined {
  if (!entity_id.startsWith('button.')) return undefined;
  if (device_class === 'restart') return 'restart';
  return translation_key === 'ping' ? 'ping' : undefined;
}

const UNITS = {
  length: 'km',
  accumulated_precipitation: 'mm',
  area: 'm²',
  mass: 'g',
  pressure: 'Pa',
  temperature: '°C',
  volume: 'L',
  wind_speed: 'm/s',
};

function isAtLeast(version: string, year: number, month: number): boolean {
  const [y = 0, m = 0] = version.split('.').map(Number);
  return y > year || (y === year && m >= month);
}
