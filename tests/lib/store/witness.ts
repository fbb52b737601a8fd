import { openStore } from '../../../src/lib/store/open';
import { openPostgres } from '../../../src/lib/store/postgres';
import type { Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { queryPostgres } from '../../support/postgres';

type Row = Record<string, unknown>;

/** A database as another program sees it: the tables have the same names in both kinds. */
export interface Witness {
  readonly kind: Store['kind'];
  /** What a process of its own is told to open. */
  readonly address: string;
  open(): Promise<Store>;
  query(sql: string): Promise<Row[]>;
  /** All that a process asked before it was killed has been done, or never will be. */
  settled(): Promise<void>;
  /** What the database itself finds wrong with its pages. */
  damages(): Promise<unknown[]>;
  /** An instance that nobody can name. */
  readonly unreachable: string;
}

export function sqliteWitness(file: string): Witness {
  const query = async (sql: string) => {
    const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file);
    try {
      return db.prepare(sql).all() as Row[];
    } finally {
      db.close();
    }
  };
  return {
    kind: 'sqlite',
    address: file,
    open: () => openStore({ file, log: () => undefined }),
    query,
    // It did its own writing.
    settled: async () => undefined,
    damages: async () => {
      const found = (await query('PRAGMA integrity_check')).map((row) => row['integrity_check']);
      return found.filter((text) => text !== 'ok');
    },
    unreachable: "instance_id LIKE '~%'",
  };
}

/** @param url of a database whose administrator it names */
export function postgresWitness(url: string): Witness {
  const query = (sql: string) => queryPostgres(`${url}?options=-c%20search_path%3Dcaretaker,public`, sql);
  return {
    kind: 'postgres',
    address: url,
    open: () => openPostgres({ url, log: () => undefined }),
    query,
    // The server finishes what it has read before it notices that nobody listens.
    settled: () =>
      eventually(async () => {
        const left = await query(`SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'Caretaker'`);
        if (left.length > 0) throw new Error(`${left.length} connections are left`);
      }, 20_000),
    damages: () => amcheck(query),
    unreachable: 'instance_id IS NULL',
  };
}

/** Each index in its order and with every row of its table, and each page of each table. */
async function amcheck(query: Witness['query']): Promise<unknown[]> {
  await query('CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public');
  const ours = "c.relnamespace = to_regnamespace('caretaker')";
  try {
    await query(`SELECT bt_index_parent_check(c.oid, true, true) FROM pg_class c WHERE ${ours} AND c.relkind = 'i'`);
  } catch (thrown) {
    return [String(thrown)];
  }
  return query(`SELECT c.relname, d.* FROM pg_class c CROSS JOIN LATERAL verify_heapam(c.oid) d
    WHERE ${ours} AND c.relkind = 'r'`);
}
