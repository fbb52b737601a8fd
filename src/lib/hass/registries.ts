import type { ConfigEntry, RegistryDevice, RegistryEntity, RegistryLists } from '../core/registry';
import { CaretakerError } from '../error';
import type { Connection } from './connection';

type Row = Readonly<Record<string, unknown>>;

/** The registries of a home; there is no REST call for them. */
export async function fetchRegistries(connection: Connection): Promise<RegistryLists> {
  const [entities, devices, areas, labels] = await Promise.all([
    connection.command<unknown>({ type: 'config/entity_registry/list' }),
    connection.command<unknown>({ type: 'config/device_registry/list' }),
    connection.command<unknown>({ type: 'config/area_registry/list' }),
    labelList(connection),
  ]);
  return {
    entities: rows(entities, 'entity_id').map(registryEntity),
    devices: inheritAreas(rows(devices, 'id')),
    areas: new Map(rows(areas, 'area_id').map((row) => [String(row['area_id']), String(row['name'])])),
    labels: new Map(rows(labels, 'label_id').map((row) => [String(row['label_id']), String(row['name'])])),
  };
}

/** A config entry as `config_entries/subscribe` and `config_entries/get` spell it; undefined when it is none. */
export function configEntry(row: unknown): ConfigEntry | undefined {
  const entry = Object(row) as Row;
  if (typeof entry['entry_id'] !== 'string' || typeof entry['state'] !== 'string') return undefined;
  return {
    entry_id: entry['entry_id'],
    domain: String(entry['domain']),
    title: String(entry['title'] ?? entry['domain']),
    state: entry['state'],
    // A discovery the user chose to ignore is an entry that nothing ever loads.
    disabled: Boolean(entry['disabled_by']) || entry['source'] === 'ignore',
  };
}

/** Home Assistant before 2024.4 knows no labels. */
async function labelList(connection: Connection): Promise<unknown> {
  try {
    return await connection.command<unknown>({ type: 'config/label_registry/list' });
  } catch (thrown) {
    if (thrown instanceof CaretakerError && thrown.message.startsWith('unknown_command')) return [];
    throw thrown;
  }
}

function rows(list: unknown, key: string): Row[] {
  if (!Array.isArray(list)) throw new CaretakerError('command_failed', `Home Assistant sent no list of ${key}.`);
  return list.filter((row: unknown): row is Row => typeof (Object(row) as Row)[key] === 'string');
}

function registryEntity(row: Row): RegistryEntity {
  return {
    entity_id: String(row['entity_id']),
    registry_id: text(row['id']) ?? String(row['entity_id']),
    name: text(row['name']) ?? text(row['original_name']),
    platform: String(row['platform']),
    config_entry_id: text(row['config_entry_id']),
    device_id: text(row['device_id']),
    area_id: text(row['area_id']),
    labels: texts(row['labels']),
    disabled: Boolean(row['disabled_by']),
    unique_id: text(row['unique_id']),
    translation_key: text(row['translation_key']),
  };
}

/** From 2026.9 a child device has few fields of its own and stands where its parent stands. */
function inheritAreas(list: readonly Row[]): RegistryDevice[] {
  const byId = new Map(list.map((row) => [row['id'], row]));
  return list.map((row) => {
    const parent = byId.get(row['parent_device_id']);
    return { ...registryDevice(row), area_id: text(row['area_id']) ?? text(parent?.['area_id']) };
  });
}

/** Until 2026.7 a device had a list of config entries, since then it has one. */
function registryDevice(row: Row): RegistryDevice {
  const one = text(row['config_entry_id']);
  return {
    id: String(row['id']),
    name: text(row['name_by_user']) ?? text(row['name']) ?? String(row['id']),
    area_id: text(row['area_id']),
    labels: texts(row['labels']),
    config_entry_ids: one === null ? texts(row['config_entries']) : [one],
    via_device_id: text(row['via_device_id']),
    parent_device_id: text(row['parent_device_id']),
    manufacturer: text(row['manufacturer']),
    ieee: second(row['identifiers'], 'zha') ?? second(row['connections'], 'zigbee'),
    disabled: Boolean(row['disabled_by']),
  };
}

/**
 * Identifiers and connections are lists of pairs: an integration's domain and its own word for the device, a network and
 * the address in it.
 */
function second(pairs: unknown, first: string): string | null {
  const list = Array.isArray(pairs) ? pairs.filter(Array.isArray) : [];
  return text(list.find(([one]) => one === first)?.[1]);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
