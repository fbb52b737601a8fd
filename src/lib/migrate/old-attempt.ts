import { createHash } from 'node:crypto';
import type { Attempt, HealTarget, StepTaken } from '../core/heal/heal';
import type { Row, Table } from './ha-boss-database';
import { DEFAULT_ID } from './homes';
import { type Inhabitants, isEntityId } from './inhabitants';

const LONGEST = 255;
const DAY_SECONDS = 86_400;

/** A heal of HA Boss as one of ours. @param at when it had ended, microseconds of the epoch */
export function attemptOf(row: Row, table: Table, at: number, target: HealTarget, home: Inhabitants): Attempt {
  const ended = Math.floor(at / 1000);
  const duration_seconds = secondsOf(row);
  const began = Math.max(0, Math.floor(ended - duration_seconds * 1000));
  const entry = home.entry(row['integration_id']) ?? home.entryOf(target.id);
  const outcome = row['success'] === '1' ? 'healed' : 'failed';
  return {
    attempt_id: oldId([table, row['id'], row['instance_id'] ?? DEFAULT_ID, target.id, at]),
    incident_id: null,
    target,
    entry_id: entry?.entry_id ?? null,
    integration: entry?.domain ?? null,
    by: 'ha_boss',
    plan: null,
    because: null,
    began,
    ended,
    outcome,
    reason: reasonOf(row),
    message: messageOf(row, target.name),
    steps: row['integration_id'] ? [reload(row, home, began, duration_seconds)] : [],
    before: [],
    recovered: [],
    still_down: [],
  };
}

/** What it was done to: an entity, or a device; undefined when the row does not say. */
export function targetOf({ entity_id, device_id }: Row, home: Inhabitants): HealTarget | undefined {
  if (isEntityId(entity_id)) return { kind: 'entity', id: entity_id, name: home.entity(entity_id).name };
  if (device_id && device_id.length <= LONGEST) return { kind: 'device', id: device_id, name: device_id };
  return undefined;
}

/** The same each time, and another one for each row of each database. */
export function oldId(parts: readonly unknown[]): string {
  return `ha_boss-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`;
}

function reload(row: Row, home: Inhabitants, at: number, duration_seconds: number): StepTaken {
  const id = row['integration_id'] ?? '';
  const target = { kind: 'config_entry' as const, id, name: home.entry(id)?.title ?? id };
  return {
    level: 'integration',
    action: 'reload',
    target,
    at,
    duration_seconds,
    error: errorOf(row),
    context_id: null,
  };
}

function secondsOf(row: Row): number {
  const seconds = Number(row['duration_seconds'] ?? 0);
  return seconds >= 0 && seconds < DAY_SECONDS ? seconds : 0;
}

/** One that never ended was cut short. */
function reasonOf({ success }: Row): string | null {
  if (success === '1') return null;
  return success === null ? 'interrupted' : 'command_failed';
}

function errorOf(row: Row): string | null {
  return row['error'] ?? row['error_message'] ?? null;
}

function messageOf(row: Row, name: string): string {
  const action = row['action'] ?? row['action_type'] ?? '';
  const what = action.replace(/[\W_]+/g, ' ').slice(0, LONGEST);
  if (row['success'] === '1') {
    return `${name}: HA Boss did "${what}" and took that for healed. It did not look whether it was.`;
  }
  const error = errorOf(row);
  return `${name}: HA Boss tried "${what}", which failed${error ? ` (${error})` : ''}.`;
}
