import type { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';

type Row = Readonly<Record<string, unknown>>;
/** Rows by table. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/**
 * What is truly in a store, read past all of our own code: whatever has a home in a column counts, also a table that is
 * new. A reader that is bound to one home could hide the very leak that is looked for.
 */
export interface Database {
  /** All rows of one home. */
  rowsOf(instanceId: string): Promise<Rows>;
  /** Rows that belong to none of these; tables without one are left out. */
  rowsOfOthers(instanceIds: readonly string[]): Promise<Rows>;
  close(): Promise<void>;
}

type Ask = (sql: string) => Promise<Row[]>;

/** What the clock alone moves, by table. */
const CLOCK: Readonly<Record<string, readonly string[]>> = { leases: ['renewed'] };

export function sqliteDatabase(file: string): Database {
  const { DatabaseSync: Sqlite } = process.getBuiltinModule('node:sqlite') as {
    DatabaseSync: typeof DatabaseSync;
  };
  const db = new Sqlite(file, { readOnly: true });
  const ask: Ask = async (sql) => db.prepare(sql).all() as Row[];
  const columns = `SELECT m.name AS name, c.name AS column_name FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.name IN ('instance_key', 'instance_id') ORDER BY m.name`;
  return database(ask, columns, '', async () => db.close());
}

export async function postgresDatabase(url: string): Promise<Database> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const ask: Ask = async (sql) => (await client.query(sql)).rows as Row[];
  const columns = `SELECT table_name AS name, column_name FROM information_schema.columns
    WHERE table_schema = 'caretaker' AND column_name IN ('instance_key', 'instance_id') ORDER BY table_name`;
  return database(ask, columns, 'caretaker.', () => client.end());
}

function database(ask: Ask, columns: string, schema: string, close: () => Promise<void>): Database {
  const read = async (ids: readonly string[], negation: string): Promise<Rows> => {
    const named = ids.map((id) => `'${id}'`).join(', ');
    const keys = `SELECT instance_key FROM ${schema}instances WHERE instance_id IN (${named})`;
    const rows: Record<string, readonly Row[]> = {};
    await ask('BEGIN');
    for (const [table, key] of homeColumns(await ask(columns))) {
      const own = key === 'instance_key' ? keys : named;
      const found = await ask(`SELECT * FROM ${schema}${table} WHERE ${key} ${negation} IN (${own})`);
      rows[table] = found.map((row) => withoutClock(table, row)).sort((a, b) => (text(a) < text(b) ? -1 : 1));
    }
    await ask('COMMIT');
    return rows;
  };
  return {
    rowsOf: (id) => read([id], ''),
    rowsOfOthers: async (ids) => {
      const others = Object.entries(await read(ids, 'NOT'));
      return Object.fromEntries(others.filter(([, rows]) => rows.length > 0));
    },
    close,
  };
}

/** By which column each table knows the home; by the key where it has both. */
function homeColumns(columns: readonly Row[]): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  for (const { name, column_name: column } of columns) {
    if (column === 'instance_key' || !tables.has(String(name))) tables.set(String(name), String(column));
  }
  return tables;
}

function withoutClock(table: string, row: Row): Row {
  const moved = CLOCK[table] ?? [];
  return Object.fromEntries(Object.entries(row).filter(([column]) => !moved.includes(column)));
}

function text(row: Row): string {
  return JSON.stringify(row);
}
