import { nowSeconds } from './state-machine';

export type EntryState =
  | 'loaded'
  | 'setup_error'
  | 'setup_retry'
  | 'migration_error'
  | 'not_loaded'
  | 'failed_unload'
  | 'setup_in_progress'
  | 'unload_in_progress';

export interface Area {
  area_id: string;
  name: string;
  floor_id: string | null;
  labels: string[];
}

export interface Label {
  label_id: string;
  name: string;
}

export interface Floor {
  floor_id: string;
  name: string;
  level: number;
}

/**
 * `restart` and `ping`: its buttons for that, which live on while it is dead; a ping may be a call of `zwave_js.ping`, too.
 * `reconfigure`: ZHA's.
 */
export type DeviceCure = 'restart' | 'ping' | 'reconfigure';

export interface Device {
  id: string;
  config_entry_id: string;
  name: string;
  name_by_user: string | null;
  manufacturer: string | null;
  model: string | null;
  sw_version: string | null;
  area_id: string | null;
  via_device_id: string | null;
  disabled_by: string | null;
  entry_type: string | null;
  labels: string[];
  identifiers: [string, string][];
  connections: [string, string][];
  created_at: number;
  /** Not of Home Assistant, from here on: the thing itself is dead, its entities are unavailable. */
  dead: boolean;
  /** What brings it back while it is dead; null: only the test. */
  cure: DeviceCure | null;
  /** Has its creation been told? */
  announced: boolean;
}

export interface Entity {
  entity_id: string;
  id: string;
  unique_id: string;
  platform: string;
  config_entry_id: string | null;
  device_id: string | null;
  area_id: string | null;
  labels: string[];
  name: string | null;
  original_name: string | null;
  has_entity_name: boolean;
  entity_category: string | null;
  disabled_by: string | null;
  hidden_by: string | null;
  device_class: string | null;
  unit_of_measurement: string | null;
  translation_key: string | null;
  created_at: number;
  /** Not of Home Assistant, from here on. False: has a state, but stands in no registry (YAML). */
  registered: boolean;
  /** There before the integrations are: the few entities of the first snapshot after a restart. */
  early: boolean;
  /** What it says while it is well. */
  value: string;
  /** Attributes it has also while unavailable, beside those of the registry. */
  capabilities: Record<string, unknown>;
  /** Attributes it has only while available. */
  live: Record<string, unknown>;
  dead: boolean;
  /** Has its creation been told? */
  announced: boolean;
  /** Enabled by the user, and not there before the next set-up of its entry. */
  waiting: boolean;
  /** Was polled since its entry is in the mode `dead_until_update`. */
  polled: boolean;
  /** Its integration does not know it any more: restored for ever, though the entry is loaded. */
  orphaned: boolean;
}

export function area(name: string, floorId: string | null = null): Area {
  return { area_id: slug(name), name, floor_id: floorId, labels: [] };
}

/** As Home Assistant makes an object id of a name. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').replace(/[̀-ͯ]/g, '');
  return plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

export function areaRecord(item: Area, modern: boolean): Record<string, unknown> {
  if (!modern) return { aliases: [], area_id: item.area_id, icon: null, name: item.name, picture: null };
  const at = nowSeconds();
  return {
    aliases: [],
    area_id: item.area_id,
    floor_id: item.floor_id,
    humidity_entity_id: null,
    icon: null,
    labels: item.labels,
    name: item.name,
    picture: null,
    temperature_entity_id: null,
    created_at: at,
    modified_at: at,
  };
}

export function labelRecord(item: Label, modern: boolean): Record<string, unknown> {
  const record = { color: null, description: null, icon: null, label_id: item.label_id, name: item.name };
  return modern ? { ...record, created_at: 0, modified_at: 0 } : record;
}

export function floorRecord(item: Floor, modern: boolean): Record<string, unknown> {
  const record = { floor_id: item.floor_id, icon: null, level: item.level, name: item.name };
  return modern ? { aliases: [], created_at: 0, modified_at: 0, ...record } : record;
}

export function deviceRecord(item: Device, modern: boolean): Record<string, unknown> {
  const old = {
    area_id: item.area_id,
    configuration_url: null,
    config_entries: [item.config_entry_id],
    connections: item.connections,
    disabled_by: item.disabled_by,
    entry_type: item.entry_type,
    hw_version: null,
    id: item.id,
    identifiers: item.identifiers,
    manufacturer: item.manufacturer,
    model: item.model,
    name_by_user: item.name_by_user,
    name: item.name,
    serial_number: null,
    sw_version: item.sw_version,
    via_device_id: item.via_device_id,
  };
  if (!modern) return old;
  return {
    ...old,
    config_entries_subentries: { [item.config_entry_id]: [null] },
    config_entry_id: item.config_entry_id,
    config_subentry_id: null,
    created_at: item.created_at,
    labels: item.labels,
    model_id: null,
    modified_at: item.created_at,
    next_name_part: 'device',
    parent_device_id: null,
    primary_config_entry: item.config_entry_id,
  };
}

export function entityRecord(item: Entity, modern: boolean): Record<string, unknown> {
  const both = {
    area_id: item.area_id,
    config_entry_id: item.config_entry_id,
    device_id: item.device_id,
    disabled_by: item.disabled_by,
    entity_category: item.entity_category,
    entity_id: item.entity_id,
    hidden_by: item.hidden_by,
    icon: null,
    id: item.id,
    labels: item.labels,
    name: item.name,
    options: {},
    original_name: item.original_name,
    platform: item.platform,
    translation_key: item.translation_key,
    unique_id: item.unique_id,
  };
  if (!modern) return { ...both, has_entity_name: item.has_entity_name };
  return {
    ...both,
    categories: {},
    config_subentry_id: null,
    created_at: item.created_at,
    modified_at: item.created_at,
    next_name_part: item.device_id ? 'device' : null,
  };
}

/** What `config/entity_registry/get` and an update answer. */
export function extendedEntityRecord(item: Entity, modern: boolean): Record<string, unknown> {
  return {
    ...entityRecord(item, modern),
    aliases: [],
    capabilities: null,
    device_class: null,
    original_device_class: item.device_class,
    original_icon: null,
  };
}
