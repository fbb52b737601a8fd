import type { Subject } from '../core/subject';
import type { Fact } from '../core/transition';
import { type SubjectColumns, subjectOf } from './dump-row';
import type { Row, Value } from './schema';
import { statusOf } from './schema';
import { instantOf, seqRange } from './seq';
import { SQL, transitionsSql } from './sql';
import type { Statements } from './statements';
import type { TransitionQuery } from './store';

/** The facts in a file, to be read. Whoever calls it knows the instance's key. */
export class SqliteFacts {
  readonly #sql: Statements['get'];

  constructor(statements: Statements) {
    this.#sql = (text) => statements.get(text);
  }

  transitions(key: number, query: TransitionQuery): Fact[] {
    const { low, high, limit } = seqRange(query);
    const range: Value[] = [key, low, high];
    if (query.id === undefined) {
      const values = query.kind === undefined ? range : [...range, query.kind];
      return this.#factsOf(key, this.#sql(transitionsSql(query)).all(...values, limit));
    }
    const sql = query.kind === undefined ? SQL.subjectsById : SQL.subject;
    const ids = query.kind === undefined ? [wellFormed(query.id)] : [query.kind, wellFormed(query.id)];
    const keys = this.#sql(sql).all(key, ...ids);
    if (keys.length === 0) return [];
    const values = [...range, ...keys.map((row) => row['subject_key'] as number)];
    return this.#factsOf(key, this.#sql(transitionsSql(query, keys.length)).all(...values, limit));
  }

  /** One object a subject: facts of the same one share it, which also makes the way between threads short. */
  #factsOf(key: number, rows: readonly Row[]): Fact[] {
    const subjects = new Map<unknown, Subject>();
    return rows.map((row) => {
      const subject = subjects.get(row['subject_key']) ?? subjectOf(row as SubjectColumns);
      subjects.set(row['subject_key'], subject);
      return factOf(row, subject, this.#previousSince(key, row));
    });
  }

  /** When the status before a fact began, epoch ms; nobody knows once retention took that fact. */
  #previousSince(key: number, row: Row): number | undefined {
    if (row['previous_status'] === null) return undefined;
    const previous = this.#sql(SQL.previousSince).get(key, row['subject_key'] as number, row['seq'] as number);
    return previous?.['since'] as number | undefined;
  }
}

function factOf(row: Row, subject: Subject, previousSince: number | undefined): Fact {
  const [seq, since] = [row['seq'] as number, row['since'] as number];
  const previous = row['previous_status'] === null ? null : statusOf(row['previous_status']);
  return {
    subject,
    status: statusOf(row['status']),
    previous_status: previous,
    state: row['state'] as string,
    at: instantOf(seq),
    since,
    seconds: previousSince === undefined ? null : Math.max(0, since - previousSince) / 1000,
    seq,
  };
}

/** SQLite keeps UTF-8: two ids that differ in half a surrogate pair would be one to it and two to us. */
export function wellFormed(id: string): string {
  return id.replace(/\p{Surrogate}/gu, '\ufffd');
}
