import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaretakerError, describe } from '../error';
import { pathOf } from '../instance/plan-file';
import { loadSqlite } from '../store/sqlite-module';
import type { ConfigFile } from './config-file';

/** Columns as texts; null is NULL, or no such column in this version of HA Boss. */
export type Row = Readonly<Record<string, string | null>>;

type Database = InstanceType<NonNullable<ReturnType<typeof loadSqlite>>['DatabaseSync']>;

/** What is read, of any version: those before 3 have no `instance_id`. */
const COLUMNS = {
  entities: ['instance_id', 'entity_id', 'friendly_name', 'device_id', 'integration_id', 'healing_suppressed'],
  integrations: ['instance_id', 'entry_id', 'domain', 'title'],
  health_events: ['instance_id', 'id', 'entity_id', 'event_type', 'timestamp', 'details'],
  healing_actions: [
    ...['instance_id', 'id', 'entity_id', 'integration_id', 'action', 'timestamp'],
    ...['success', 'error', 'duration_seconds'],
  ],
  entity_healing_actions: [
    ...['instance_id', 'id', 'entity_id', 'action_type', 'created_at'],
    ...['success', 'error_message', 'duration_seconds'],
  ],
  device_healing_actions: [
    ...['instance_id', 'id', 'device_id', 'action_type', 'created_at'],
    ...['success', 'error_message', 'duration_seconds'],
  ],
  stored_instances: ['instance_id', 'url', 'is_active'],
} as const;

export type Table = keyof typeof COLUMNS;

/** Nobody's text is longer: whatever is cut off there means nothing any more. */
const LONGEST_TEXT = 16_384;
/** How long HA Boss may hold its file before we give up, ms. */
const BUSY_MS = 5_000;

/** HA Boss's own file. It is only read, and read once: whoever opens it closes it. */
export class HaBossDatabase {
  readonly #file: string;
  readonly #db: Database;
  /** Where a copy lies. */
  readonly #folder: string | null;
  readonly #tables: ReadonlySet<string>;

  /** @throws CaretakerError bad_input */
  constructor(file: string) {
    this.#file = file;
    const sqlite = loadSqlite();
    if (!sqlite)
      throw new CaretakerError('bad_input', `--database: needs Node 22.13 or newer, this is ${process.version}.`);
    this.#folder = checked(file, () => copyAside(file));
    try {
      const { db, tables } = checked(file, () =>
        open(sqlite, this.#folder ? join(this.#folder, COPY) : file, !this.#folder),
      );
      this.#db = db;
      this.#tables = tables;
    } catch (error) {
      this.#removeCopy();
      throw error;
    }
  }

  /** Of a table that is not there: none. */
  rows(table: Table): Row[] {
    if (!this.#tables.has(table)) return [];
    return checked(this.#file, () => {
      const there = new Set(
        this.#db
          .prepare(`PRAGMA table_info(${table})`)
          .all()
          .map((row) => row['name']),
      );
      const columns = COLUMNS[table].map((name) => {
        // Whatever stands there: text is the one type that nothing is too large for.
        return there.has(name) ? `substr(CAST(${name} AS TEXT), 1, ${LONGEST_TEXT}) AS ${name}` : `NULL AS ${name}`;
      });
      return this.#db.prepare(`SELECT ${columns.join(', ')} FROM ${table} ORDER BY rowid`).all() as Row[];
    });
  }

  /** Tables with rows that nobody reads here, and how many. */
  leftBehind(): [table: string, rows: number][] {
    const counts = IGNORED.filter((table) => this.#tables.has(table)).map((table): [string, number] => {
      const count = checked(this.#file, () => this.#db.prepare(`SELECT count(*) AS rows FROM ${table}`).get());
      return [table, Number(count?.['rows'])];
    });
    return counts.filter(([, rows]) => rows > 0);
  }

  /** The Home Assistants that were added in HA Boss's dashboard, as a configuration would name them. */
  config(): ConfigFile {
    const active = this.rows('stored_instances').filter((row) => row['is_active'] !== '0');
    const label = (path: readonly string[]) => pathOf(path).replace('instances', 'stored_instances');
    return {
      name: this.#file,
      value: { instances: active.map(({ instance_id: id, url }) => ({ id, url })) },
      label,
      fault: (path, message) => new CaretakerError('bad_input', `${this.#file}: ${label(path)} ${message}.`),
    };
  }

  close(): void {
    this.#db.close();
    this.#removeCopy();
  }

  #removeCopy(): void {
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }
}

const COPY = 'ha_boss.db';
/** Facts that figures are made of anew, what Home Assistant has itself, and what there is no place for yet. */
const IGNORED = [
  ...['state_history', 'integration_reliability', 'pattern_insights', 'healing_cascade_executions', 'healing_plans'],
  ...['automations', 'scenes', 'scripts', 'automation_executions', 'automation_desired_states', 'runtime_config'],
];

/** What was being written must be finished or taken back first, which would change the file: that is done to a copy. */
function copyAside(file: string): string | null {
  const beside = ['-journal', '-wal'].filter((part) => existsSync(file + part) && statSync(file + part).size > 0);
  if (beside.length === 0 && !isWriteAhead(file)) return null;
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-ha-boss-'));
  for (const part of ['', ...beside]) copyFileSync(file + part, join(folder, COPY + part), constants.COPYFILE_FICLONE);
  return folder;
}

/** Even to read such a file SQLite makes others beside it. */
function isWriteAhead(file: string): boolean {
  const header = Buffer.alloc(20);
  const handle = openSync(file, 'r');
  readSync(handle, header, 0, header.length, 0);
  closeSync(handle);
  return header[18] === 2;
}

function open(sqlite: NonNullable<ReturnType<typeof loadSqlite>>, file: string, readOnly: boolean) {
  const db = new sqlite.DatabaseSync(file, { readOnly });
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; PRAGMA trusted_schema = OFF`);
    // All that is read is of one moment, however HA Boss goes on.
    db.exec('BEGIN');
    const named = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const tables = new Set(named.map((row) => String(row['name'])));
    if (tables.has('health_events') || tables.has('healing_actions')) return { db, tables };
    throw new Error('it has neither health_events nor healing_actions');
  } catch (error) {
    db.close();
    throw error;
  }
}

function checked<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    const message = `${file} cannot be read as the database of HA Boss: ${describe(thrown)}.`;
    throw new CaretakerError('bad_input', `${message} If HA Boss is running, stop it first.`, thrown);
  }
}
