import type { Absence } from '../core/transition';
import { subjectRow } from '../store/dump-row';
import { instantOf } from '../store/seq';
import type { DumpRow } from '../store/store';
import { RECORD_KINDS } from '../store/stored-record';
import type { History, OldFact, OldRecord } from './history';

type Rows = AsyncIterable<readonly DumpRow[]>;
type Row<Table extends DumpRow['table']> = Extract<DumpRow, { table: Table }>;

/** The note with the highest `seq` of what came from HA Boss: every fact after it is our own. */
export const TAKEN_UNTIL = 'ha_boss_until';

/** Begins the ids of what says up to when HA Boss knew something: one each, however often its history comes. */
const ABSENCE = 'ha_boss';

/** What a namespace has, as far as it matters to what is to join it. */
export interface Present {
  /** Keys by kind and id. */
  readonly subjects: ReadonlyMap<string, number>;
  /** The facts that came from HA Boss before. */
  readonly taken: ReadonlySet<string>;
  /** Kinds and ids. */
  readonly records: ReadonlySet<string>;
  /** No other row may have one of these. */
  readonly seqs: ReadonlySet<number>;
  /** The first fact of our own; `Infinity` when there is none yet. */
  readonly watchedFrom: number;
  readonly takenUntil: number;
}

/** What is new to it. */
export interface Joining {
  readonly subjects: readonly Row<'subjects'>[];
  readonly facts: readonly Row<'transitions'>[];
  readonly records: readonly Row<'records'>[];
  /** Of each whose facts are new. */
  readonly absences: readonly Row<'records'>[];
  /** How many were taken over before. */
  readonly known: number;
  /** How many facts are of a time that Caretaker has watched itself. */
  readonly late: number;
}

/** @param note what stands under `TAKEN_UNTIL` */
export async function presentIn(rows: Rows, note: string | null): Promise<Present> {
  const survey = new Survey(Number(note ?? -1));
  for await (const portion of rows) for (const row of portion) survey.take(row);
  return survey;
}

class Survey implements Present {
  readonly subjects = new Map<string, number>();
  readonly taken = new Set<string>();
  readonly records = new Set<string>();
  readonly seqs = new Set<number>();
  watchedFrom = Number.POSITIVE_INFINITY;
  readonly takenUntil: number;
  readonly #handles = new Map<number, string>();

  constructor(takenUntil: number) {
    this.takenUntil = takenUntil;
  }

  take(row: DumpRow): void {
    if (row.table === 'subjects') {
      this.subjects.set(handleOf(row), row.subject_key);
      this.#handles.set(row.subject_key, handleOf(row));
    } else if (row.table === 'records') {
      this.records.add(`${row.kind} ${row.id}`);
      this.seqs.add(row.seq);
    } else if (row.table === 'transitions') this.#takeFact(row);
  }

  #takeFact({ seq, subject_key, since, status }: Row<'transitions'>): void {
    if (seq > this.takenUntil) {
      this.watchedFrom = Math.min(this.watchedFrom, seq);
      return;
    }
    this.taken.add(factKey(this.#handles.get(subject_key), since, status));
    this.seqs.add(seq);
  }
}

/** The same history joins once, however often it comes: and no fact of it once ours begin, lest an outage counts twice. */
export function joining(history: History, present: Present): Joining {
  const seqs = new Set(present.seqs);
  const taken = new Set(present.taken);
  const subjects = new Subjects(present.subjects);
  const facts: Row<'transitions'>[] = [];
  /** The last fact of each. */
  const joined = new Map<string, OldFact>();
  let late = 0;
  for (const fact of history.facts) {
    const key = factKey(handleOf(fact.subject), instantOf(fact.at), fact.status);
    if (taken.has(key)) continue;
    taken.add(key);
    const seq = free(seqs, fact.at);
    if (seq >= present.watchedFrom) {
      late += 1;
      continue;
    }
    facts.push(factRow(fact, subjects.keyOf(fact), seq));
    seqs.add(seq);
    joined.set(handleOf(fact.subject), fact);
  }
  const news = history.records.filter(({ kind, id }) => !present.records.has(`${kind} ${id}`));
  const records = news.map((record) => {
    const seq = free(seqs, record.at);
    seqs.add(seq);
    return recordRow(record, seq);
  });
  const known = history.facts.length - facts.length - late + history.records.length - records.length;
  return { subjects: subjects.added, facts, records, absences: absencesOf(joined, seqs), known, late };
}

/** What HA Boss said of it last is all that is known, until the first fact of our own. */
function absencesOf(joined: ReadonlyMap<string, OldFact>, seqs: Set<number>): Row<'records'>[] {
  return [...joined].map(([handle, { subject, status, at, integration }]) => {
    const seq = free(seqs, at);
    seqs.add(seq);
    const from = instantOf(at);
    const body: Absence = { subject, status, since: from, integration, from, to: null, left_seq: null };
    return {
      table: 'records',
      kind: 'absence',
      id: `${ABSENCE} ${handle}`,
      seq,
      open: false,
      body: JSON.stringify(body),
    };
  });
}

/** All of a namespace and what joins it, in the order of a dump. */
export async function* merged(rows: Rows, joins: Joining, present: Present): AsyncGenerator<DumpRow[]> {
  const until = joins.facts.at(-1)?.seq ?? -1;
  const note = { table: 'notes', key: TAKEN_UNTIL, value: String(Math.max(until, present.takenUntil)) } as const;
  const waiting: DumpRow[] = [
    ...joins.subjects,
    ...joins.facts,
    note,
    ...[...joins.records, ...joins.absences].sort(inOrder),
  ];
  const absences = new Set(joins.absences.map(({ id }) => id));
  const isReplaced = (row: DumpRow) =>
    (row.table === 'notes' && row.key === TAKEN_UNTIL) ||
    (row.table === 'records' && row.kind === 'absence' && absences.has(row.id));
  let next = 0;
  for await (const portion of rows) {
    const both: DumpRow[] = [];
    for (const row of portion) {
      if (isReplaced(row)) continue;
      for (let due = waiting[next]; due && inOrder(due, row) < 0; due = waiting[next]) {
        both.push(due);
        next += 1;
      }
      both.push(row);
    }
    yield both;
  }
  yield waiting.slice(next);
}

/** The keys of subjects: those that are there keep theirs. */
class Subjects {
  readonly added: Row<'subjects'>[] = [];
  readonly #keys: Map<string, number>;
  #highest: number;

  constructor(present: ReadonlyMap<string, number>) {
    this.#keys = new Map(present);
    this.#highest = [...present.values()].reduce((highest, key) => Math.max(highest, key), 0);
  }

  /**
   * Who is new is one that was removed: an instance resumes those who are not, and would miss each that is gone by now.
   * Whoever lives there still is back with his first fact.
   */
  keyOf({ subject }: OldFact): number {
    const handle = handleOf(subject);
    const known = this.#keys.get(handle);
    if (known !== undefined) return known;
    this.#highest += 1;
    this.#keys.set(handle, this.#highest);
    this.added.push(subjectRow(this.#highest, subject, true));
    return this.#highest;
  }
}

/** The nearest that nobody has. */
function free(seqs: ReadonlySet<number>, at: number): number {
  let seq = at;
  while (seqs.has(seq)) seq += 1;
  return seq;
}

function factRow(
  { at, status, previous_status, state }: OldFact,
  subject_key: number,
  seq: number,
): Row<'transitions'> {
  return { table: 'transitions', seq, subject_key, since: instantOf(at), status, previous_status, state };
}

function recordRow({ kind, id, body }: OldRecord, seq: number): Row<'records'> {
  return { table: 'records', kind, id, seq, open: kind === 'suppression', body: JSON.stringify(body) };
}

const TABLES: readonly DumpRow['table'][] = ['subjects', 'transitions', 'notes', 'records'];

/** As a dump has them: by table, records by kind, each by its number. */
function inOrder(a: DumpRow, b: DumpRow): number {
  const [[tableA, kindA, placeA], [tableB, kindB, placeB]] = [placeOf(a), placeOf(b)];
  return tableA - tableB || kindA - kindB || placeA - placeB;
}

function placeOf(row: DumpRow): [table: number, kind: number, place: number] {
  const table = TABLES.indexOf(row.table);
  if (row.table === 'subjects') return [table, 0, row.subject_key];
  if (row.table === 'notes') return [table, 0, 0];
  return [table, row.table === 'records' ? RECORD_KINDS.indexOf(row.kind) : 0, row.seq];
}

function handleOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}

function factKey(handle: string | undefined, since: number, status: string): string {
  return `${status} ${since} ${handle}`;
}
