import type { Row } from './schema';
import { seqRange } from './seq';
import { recordsSql, SQL } from './sql';
import type { Statements } from './statements';
import type { PruneLimits } from './store';
import { RECORD_KINDS, type RecordKind, type RecordQuery, type RecordRow, recordCode } from './stored-record';

/** The records in a file. Whoever calls it minds the transactions, and knows the instance's key. */
export class SqliteRecords {
  readonly #sql: Statements['get'];

  constructor(statements: Statements) {
    this.#sql = (text) => statements.get(text);
  }

  /** The newest `seq`; 0 when there is none. */
  lastSeq(key: number): number {
    const newest = RECORD_KINDS.map((kind) => this.#sql(SQL.lastRecord).get(key, recordCode(kind))?.['seq']);
    return Math.max(0, ...newest.map(Number));
  }

  put(key: number, { kind, id, seq, open, body }: RecordRow): void {
    this.#sql(SQL.putRecord).run(key, recordCode(kind), id, seq, open ? 1 : 0, body);
  }

  remove(key: number, kind: RecordKind, id: string): void {
    this.#sql(SQL.removeRecord).run(key, recordCode(kind), id);
  }

  find(key: number, query: RecordQuery): RecordRow[] {
    const { kind, id } = query;
    const { low, high, limit } = seqRange(query);
    const found = this.#sql(recordsSql(query)).all(
      key,
      recordCode(kind),
      low,
      high,
      ...(id === undefined ? [] : [id]),
      limit,
    );
    return found.map((row) => recordRowOf(kind, row));
  }

  /** A slice; 0 when nothing is left. */
  prune(key: number, kinds: keyof PruneLimits, before: number): number {
    const { changes } =
      kinds === 'facts'
        ? this.#sql(SQL.pruneRecords).run(key, before)
        : this.#sql(SQL.pruneRollups).run(key, before, key);
    return Number(changes);
  }
}

export function recordRowOf(kind: RecordKind, row: Row): RecordRow {
  const { id, seq, body } = row as { id: string; seq: number; body: string };
  return { kind, id, seq, open: row['open'] === 1, body };
}
