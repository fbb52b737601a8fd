import { CaretakerError } from '../error';
import type { ReadCall } from './request';
import type { Database, Row } from './schema';
import { statusOf } from './schema';
import { SQL } from './sql';
import { recordRowOf } from './sqlite-records';
import { Statements } from './statements';
import type { DumpRow } from './store';
import { RECORD_KINDS, type RecordKind, recordCode } from './stored-record';

/** Rows in one portion: packing them holds the main loop for about a millisecond. */
const PORTION = 500;
/** The same of records, of which one may be 1 MiB. */
const RECORD_PORTION = 20;
/** Whoever does not come for the next portion must not keep the log from being written back for ever, ms. */
const IDLE_MS = 60_000;

/** Reads the file alone. */
export type Connection = Database & { close(): void };
type DumpCall = Extract<ReadCall, { op: 'dump' }>;

interface Dump {
  readonly connection: Connection;
  readonly portions: Iterator<DumpRow[]>;
  readonly idle: NodeJS.Timeout;
}

/** Namespaces being read as they were when that began; each on a connection of its own, so that writes go on. */
export class Dumps {
  readonly #connect: () => Connection;
  readonly #open = new Map<string, Dump>();

  constructor(connect: () => Connection) {
    this.#connect = connect;
  }

  read({ instance_id, dump: name, step }: DumpCall): DumpRow[] {
    if (step === 'close') return this.#end(name);
    const dump = step === 'open' ? this.#begin(name, instance_id) : this.#open.get(name);
    if (!dump)
      throw new CaretakerError('store_failed', `Reading all of ${instance_id} was given up: it took too long.`);
    dump.idle.refresh();
    try {
      const { value } = dump.portions.next();
      return value ?? this.#end(name);
    } catch (error) {
      this.#end(name);
      throw error;
    }
  }

  endAll(): void {
    for (const name of this.#open.keys()) this.#end(name);
  }

  #begin(name: string, instanceId: string): Dump {
    const connection = this.#connect();
    const dump = {
      connection,
      portions: portionsOf(connection, instanceId),
      idle: setTimeout(() => this.#end(name), IDLE_MS),
    };
    this.#open.set(name, dump);
    return dump;
  }

  #end(name: string): [] {
    const dump = this.#open.get(name);
    if (dump) {
      this.#open.delete(name);
      clearTimeout(dump.idle);
      // Ends its transaction too.
      dump.connection.close();
    }
    return [];
  }
}

function* portionsOf(db: Database, instanceId: string): Generator<DumpRow[]> {
  const statements = new Statements(db);
  db.exec('BEGIN');
  const key = statements.get(SQL.instance).get(instanceId)?.['instance_key'] as number | undefined;
  if (key === undefined) return;
  for (const [sql, first, cursor, make] of TABLES) {
    let after: string | number = first;
    for (;;) {
      const rows = statements.get(sql).all(key, after, PORTION);
      if (rows.length > 0) yield rows.map(make);
      if (rows.length < PORTION) break;
      after = rows.at(-1)?.[cursor] as string | number;
    }
  }
  for (const kind of RECORD_KINDS) yield* recordsOf(statements, key, kind);
}

function* recordsOf(statements: Statements, key: number, kind: RecordKind): Generator<DumpRow[]> {
  let after = -1;
  for (;;) {
    const rows = statements.get(SQL.dumpRecords).all(key, recordCode(kind), after, RECORD_PORTION);
    if (rows.length > 0) yield rows.map((row) => ({ table: 'records', ...recordRowOf(kind, row) }));
    if (rows.length < RECORD_PORTION) return;
    after = rows.at(-1)?.['seq'] as number;
  }
}

/** The statement, what stands before its first row, where it goes on from, and its row in a dump. */
const TABLES: readonly [string, string | number, string, (row: Row) => DumpRow][] = [
  [SQL.dumpSubjects, -1, 'subject_key', subjectRow],
  [SQL.dumpTransitions, -1, 'seq', transitionRow],
  [SQL.dumpNotes, '', 'key', noteRow],
];

function subjectRow(row: Row): DumpRow {
  return { table: 'subjects', ...row, forgotten: row['forgotten'] === 1 } as Extract<DumpRow, { table: 'subjects' }>;
}

function transitionRow(row: Row): DumpRow {
  return {
    table: 'transitions',
    seq: row['seq'] as number,
    subject_key: row['subject_key'] as number,
    since: row['since'] as number,
    status: statusOf(row['status']),
    previous_status: row['previous_status'] === null ? null : statusOf(row['previous_status']),
    state: row['state'] as string,
  };
}

function noteRow(row: Row): DumpRow {
  return { table: 'notes', key: row['key'] as string, value: row['value'] as string };
}
