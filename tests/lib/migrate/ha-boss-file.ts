import { DatabaseSync } from 'node:sqlite';

type Value = string | number | null;

/** An instant as HA Boss writes it: UTC, without saying so. */
export function naive(at: number, micros = '000'): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', micros);
}

const HOME = "instance_id VARCHAR(255) NOT NULL DEFAULT 'default',";
const TIMES = 'created_at DATETIME NOT NULL, updated_at DATETIME NOT NULL';

/** As version 10 makes them; those of the first version have no `instance_id`, and fewer columns. */
function schema(version: 1 | 10): string {
  const [key, home] = version === 1 ? ['PRIMARY KEY', ''] : ['', HOME];
  const id = version === 1 ? '' : 'id INTEGER PRIMARY KEY AUTOINCREMENT,';
  const suppressed = version === 1 ? '' : 'healing_suppressed BOOLEAN NOT NULL DEFAULT 0,';
  const discovered = version === 1 ? '' : 'entity_ids TEXT, is_discovered BOOLEAN NOT NULL DEFAULT 0,';
  return `
  CREATE TABLE entities (${id} ${home} entity_id VARCHAR(255) NOT NULL ${key}, domain VARCHAR(50) NOT NULL,
    friendly_name VARCHAR(255), device_id VARCHAR(255), integration_id VARCHAR(255), last_seen DATETIME NOT NULL,
    last_state VARCHAR(255), is_monitored BOOLEAN NOT NULL DEFAULT 1, ${suppressed} ${TIMES});
  CREATE TABLE integrations (${id} ${home} entry_id VARCHAR(255) NOT NULL ${key}, domain VARCHAR(100) NOT NULL,
    title VARCHAR(255) NOT NULL, source VARCHAR(50), ${discovered} disabled BOOLEAN NOT NULL DEFAULT 0,
    last_successful_reload DATETIME, consecutive_failures INTEGER NOT NULL DEFAULT 0,
    circuit_breaker_open_until DATETIME, ${TIMES});
  CREATE TABLE health_events (id INTEGER PRIMARY KEY AUTOINCREMENT, ${home} entity_id VARCHAR(255) NOT NULL,
    event_type VARCHAR(50) NOT NULL, timestamp DATETIME NOT NULL, details JSON);
  CREATE TABLE healing_actions (id INTEGER PRIMARY KEY AUTOINCREMENT, ${home} entity_id VARCHAR(255) NOT NULL,
    integration_id VARCHAR(255), action VARCHAR(100) NOT NULL, attempt_number INTEGER NOT NULL,
    timestamp DATETIME NOT NULL, success BOOLEAN NOT NULL, error TEXT, duration_seconds FLOAT);
  CREATE TABLE state_history (id INTEGER PRIMARY KEY AUTOINCREMENT, ${home} entity_id VARCHAR(255) NOT NULL,
    old_state VARCHAR(255), new_state VARCHAR(255) NOT NULL, timestamp DATETIME NOT NULL, context JSON);
  ${version === 1 ? '' : LATER}`;
}

const ACTION = `success BOOLEAN, error_message TEXT, duration_seconds FLOAT, created_at DATETIME NOT NULL`;
const LATER = `
  CREATE TABLE entity_healing_actions (id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id VARCHAR(255) NOT NULL,
    entity_id VARCHAR(255) NOT NULL, action_type VARCHAR(100) NOT NULL, service_domain VARCHAR(100),
    service_name VARCHAR(100), service_data JSON, triggered_by VARCHAR(100), ${ACTION});
  CREATE TABLE device_healing_actions (id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id VARCHAR(255) NOT NULL,
    device_id VARCHAR(255) NOT NULL, action_type VARCHAR(100) NOT NULL, triggered_by VARCHAR(100), ${ACTION});
  CREATE TABLE stored_instances (id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id VARCHAR(255) NOT NULL UNIQUE,
    url VARCHAR(1024) NOT NULL, encrypted_token TEXT NOT NULL, bridge_enabled BOOLEAN NOT NULL DEFAULT 1,
    is_active BOOLEAN NOT NULL DEFAULT 1, source VARCHAR(50) NOT NULL DEFAULT 'dashboard', ${TIMES});
  CREATE TABLE schema_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL UNIQUE, applied_at DATETIME NOT NULL);`;

/** A database of HA Boss, to be filled. */
export class HaBossFile {
  readonly db: DatabaseSync;

  constructor(file: string, version: 1 | 10 = 10) {
    this.db = new DatabaseSync(file);
    // What a crash of the machine would cost is of no matter here.
    this.db.exec(`PRAGMA synchronous = OFF; ${schema(version)}`);
  }

  add(table: string, row: Readonly<Record<string, Value>>): void {
    const columns = Object.keys(row);
    const places = columns.map(() => '?').join(', ');
    this.db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(...Object.values(row));
  }

  /** @param home none in version 1 */
  entity(home: string | null, entity_id: string, more: Readonly<Record<string, Value>> = {}): void {
    const now = naive(Date.UTC(2026, 0, 1));
    const domain = entity_id.split('.')[0] ?? '';
    const times = { last_seen: now, created_at: now, updated_at: now };
    this.add('entities', { ...homed(home), entity_id, domain, ...times, ...more });
  }

  integration(home: string | null, entry_id: string, domain: string, title: string): void {
    const now = naive(Date.UTC(2026, 0, 1));
    this.add('integrations', { ...homed(home), entry_id, domain, title, created_at: now, updated_at: now });
  }

  event(home: string | null, entity_id: string, event_type: string, at: number, details: object | null = null): void {
    const told = JSON.stringify(details);
    this.add('health_events', { ...homed(home), entity_id, event_type, timestamp: naive(at), details: told });
  }

  action(
    home: string | null,
    entity_id: string,
    at: number,
    success: boolean,
    more: Readonly<Record<string, Value>> = {},
  ): void {
    const what = { action: 'reload_integration', attempt_number: 1, duration_seconds: 2.5 };
    const row = { ...homed(home), entity_id, timestamp: naive(at), success: Number(success), ...what, ...more };
    this.add('healing_actions', row);
  }

  close(): void {
    this.db.close();
  }
}

function homed(home: string | null) {
  return home === null ? {} : { instance_id: home };
}
