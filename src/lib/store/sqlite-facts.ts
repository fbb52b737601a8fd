import type { Subject } from '../core/subject';
import type { Fact } from '../core/transition';
import { subjectOf } from './dump-row';
import type { Value } from './schema';
import { statusOf } from './schema';
import { instantOf, seqRange } from './seq';
import { asText, SQL, transitionsSql } from './sql';
import type { Statements } from './statements';
import type { TransitionQuery } from './store';

/** As a text. */
export const NO_FACTS = '[]';

/** The facts in a file, to be read. Whoever calls it knows the instance's key. */
export class SqliteFacts {
  readonly #sql: Statements['get'];

  constructor(statements: Statements) {
    this.#sql = (text) => statements.get(text);
  }

  /** As `factsOf` takes them. */
  transitions(key: number, query: TransitionQuery): string {
    const { low, high, limit } = seqRange(query);
    const range: Value[] = [key, low, high];
    if (query.id === undefined) {
      const values = query.kind === undefined ? range : [...range, query.kind];
      return this.#read(transitionsSql(query), [...values, limit]);
    }
    const sql = query.kind === undefined ? SQL.subjectsById : SQL.subject;
    const ids = query.kind === undefined ? [wellFormed(query.id)] : [query.kind, wellFormed(query.id)];
    const keys = this.#sql(sql).all(key, ...ids);
    if (keys.length === 0) return NO_FACTS;
    const subjects = keys.map((row) => row['subject_key'] as number);
    return this.#read(transitionsSql(query, keys.length), [...range, ...subjects, limit]);
  }

  #read(transitions: string, values: readonly Value[]): string {
    return this.#sql(asText(transitions)).get(...values)?.['facts'] as string;
  }
}

type Text = string | null;
type Columns = [
  seq: number,
  since: number,
  status: number,
  previous_status: number | null,
  previous_since: number | null,
  state: string,
  subject_key: number,
  kind: Subject['kind'],
  id: string,
  name: string,
  domain: Text,
  device_id: Text,
  config_entry_id: Text,
  area_id: Text,
  registry_id: Text,
];

/** Facts that were read as a text; those of the same subject share one object. */
export function factsOf(text: string): Fact[] {
  const subjects = new Map<number, Subject>();
  return (JSON.parse(text) as Columns[]).map((columns) => {
    const key = columns[6];
    const known = subjects.get(key);
    const subject = known ?? subjectIn(columns);
    if (!known) subjects.set(key, subject);
    return factOf(columns, subject);
  });
}

function factOf([seq, since, status, previous, previousSince, state]: Columns, subject: Subject): Fact {
  return {
    subject,
    status: statusOf(status),
    previous_status: previous === null ? null : statusOf(previous),
    state,
    at: instantOf(seq),
    since,
    seconds: previousSince === null ? null : Math.max(0, since - previousSince) / 1000,
    seq,
  };
}

function subjectIn(columns: Columns): Subject {
  const [, , , , , , , kind, id, name, domain, device_id, config_entry_id, area_id, registry_id] = columns;
  return subjectOf({ kind, id, name, domain, device_id, config_entry_id, area_id, registry_id });
}

/** SQLite keeps UTF-8: two ids that differ in half a surrogate pair would be one to it and two to us. */
export function wellFormed(id: string): string {
  return id.replace(/\p{Surrogate}/gu, '\ufffd');
}
