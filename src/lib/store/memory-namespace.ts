import type { Kind, Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { CaretakerError } from '../error';
import { subjectOf, subjectRow } from './dump-row';
import { MemoryRecords } from './memory-records';
import { checkInstants, instantOf, nextSeq } from './seq';
import type { DumpRow, Namespace, NamespaceSize, PruneLimits, Resumed, TransitionQuery } from './store';
import {
  type NewRecord,
  type RecordKind,
  type RecordQuery,
  recordOf,
  recordRow,
  type StoredRecord,
} from './stored-record';

/** The newest facts kept of each instance. */
const MAX_FACTS = 10_000;
/** What one takes up, bytes: estimated. */
const SUBJECT_BYTES = 500;
const FACT_BYTES = 250;
/** Rows in one portion of a dump. */
const PORTION = 500;

interface Row {
  subject: Subject;
  forgotten: boolean;
  last: Kept | undefined;
}

interface Kept {
  readonly row: Row;
  readonly seq: number;
  readonly settled: Settled;
  /** When the status before began; unknown when that fact is gone. */
  previousSince: number | undefined;
  next: Kept | undefined;
}

/** The facts of one instance in memory. */
export class MemoryNamespace implements Namespace {
  readonly instance_id: string;
  /** By kind and id, in the order they came. */
  #rows = new Map<string, Row>();
  #kept: Kept[] = [];
  #seq = 0;
  #displaced = 0;
  readonly #consumers = new Map<string, number>();
  #notes = new Map<string, string>();
  #records = new MemoryRecords();

  constructor(instanceId: string) {
    this.instance_id = instanceId;
  }

  async resume(): Promise<Resumed[]> {
    const resumed: Resumed[] = [];
    for (const { subject, forgotten, last } of this.#rows.values()) {
      if (forgotten || !last) continue;
      const { status, state, since } = last.settled;
      resumed.push({ subject: { ...subject }, status, state, since });
    }
    return resumed;
  }

  async append(settled: readonly Settled[]): Promise<Fact[]> {
    for (const fact of settled) checkInstants(fact);
    const facts = settled.map((fact) => this.#keep(fact));
    this.#trim();
    return facts;
  }

  async rename(kind: Kind, from: string, to: string): Promise<void> {
    const row = this.#rows.get(handleOf(kind, from));
    if (!row || from === to) return;
    const displaced = this.#rows.get(handleOf(kind, to));
    if (displaced) {
      this.#displaced += 1;
      displaced.forgotten = true;
      this.#move(displaced, `${to}~${this.#displaced}`);
    }
    this.#move(row, to);
  }

  async forget(kind: Kind, id: string, absence?: NewRecord): Promise<void> {
    if (absence) await this.put(absence);
    const row = this.#rows.get(handleOf(kind, id));
    if (row) row.forgotten = true;
  }

  async transitions(query: TransitionQuery): Promise<Fact[]> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, after = Number.NEGATIVE_INFINITY } = query;
    const found = this.#kept.filter(
      ({ seq, row: { subject } }) =>
        seq > after &&
        seq >= from * 1000 &&
        seq < to * 1000 &&
        (query.kind === undefined || query.kind === subject.kind) &&
        (query.id === undefined || query.id === subject.id),
    );
    if (query.newest_first) found.reverse();
    return found.slice(0, query.limit ?? 100).map(factOf);
  }

  async put(record: NewRecord): Promise<StoredRecord> {
    const { at, ...row } = recordRow(record);
    this.#seq = nextSeq(this.#seq, at);
    const put = { ...row, seq: this.#seq };
    this.#records.put(put);
    return recordOf(put);
  }

  async records(query: RecordQuery): Promise<StoredRecord[]> {
    return this.#records.find(query).map(recordOf);
  }

  async remove(kind: RecordKind, id: string): Promise<void> {
    this.#records.remove(kind, id);
  }

  async told(consumer: string): Promise<number | null> {
    return this.#consumers.get(consumer) ?? null;
  }

  async tell(consumer: string, seq: number): Promise<void> {
    this.#consumers.set(consumer, seq);
  }

  async dropConsumer(consumer: string): Promise<void> {
    this.#consumers.delete(consumer);
  }

  async note(key: string): Promise<string | null> {
    return this.#notes.get(key) ?? null;
  }

  async setNote(key: string, value: string): Promise<void> {
    this.#notes.set(key, value);
  }

  /** Null when there is nothing of it. */
  size(): NamespaceSize | null {
    const [subjects, transitions] = [this.#rows.size, this.#kept.length];
    const others = this.#notes.size + this.#consumers.size + this.#records.all().length;
    if (subjects + transitions + others === 0) return null;
    const newest = this.#kept.at(-1);
    return {
      instance_id: this.instance_id,
      subjects,
      transitions,
      bytes: subjects * SUBJECT_BYTES + transitions * FACT_BYTES,
      newest: newest ? instantOf(newest.seq) : null,
    };
  }

  async *dump(): AsyncGenerator<readonly DumpRow[]> {
    const rows = dumpOf([...this.#rows.values()], this.#kept, this.#notes, this.#records);
    for (let at = 0; at < rows.length; at += PORTION) yield rows.slice(at, at + PORTION);
  }

  async replace(rows: AsyncIterable<readonly DumpRow[]>): Promise<void> {
    const next = new MemoryNamespace(this.instance_id);
    const subjects = new Map<number, Row>();
    for await (const portion of rows) {
      for (const row of portion) next.#load(row, subjects);
      next.#trim();
    }
    this.#rows = next.#rows;
    this.#kept = next.#kept;
    this.#notes = next.#notes;
    this.#records = next.#records;
    // Displaced subjects came with a number of their own: ours count on from there.
    this.#displaced = Math.max(this.#displaced, ...[...subjects.keys()].slice(-1), subjects.size);
    this.#seq = Math.max(this.#seq, next.#seq, ...next.#records.all().map(({ seq }) => seq));
  }

  async purge(): Promise<void> {
    this.#rows = new Map();
    this.#kept = [];
    this.#notes = new Map();
    this.#records = new MemoryRecords();
    this.#consumers.clear();
  }

  async prune(before: PruneLimits): Promise<number> {
    const limit = (before.facts ?? 0) * 1000;
    const stays = (kept: Kept) => kept.seq >= limit || (kept.row.last === kept && !kept.row.forgotten);
    const gone = this.#kept.filter((kept) => !stays(kept));
    this.#kept = this.#kept.filter(stays);
    for (const kept of gone) {
      loosen(kept);
      if (kept.row.last === kept) this.#rows.delete(handleOf(kept.row.subject.kind, kept.row.subject.id));
    }
    return gone.length + this.#records.prune(before);
  }

  #load(row: DumpRow, subjects: Map<number, Row>): void {
    if (row.table === 'notes') this.#notes.set(row.key, row.value);
    else if (row.table === 'records') this.#records.load(row);
    else if (row.table === 'subjects') {
      const subject = subjectOf(row);
      if (subjects.has(row.subject_key) || this.#rows.has(handleOf(row.kind, row.id))) {
        throw new CaretakerError('store_failed', `The subject ${row.id} came twice.`);
      }
      const loaded = { subject, forgotten: row.forgotten, last: undefined };
      subjects.set(row.subject_key, loaded);
      this.#rows.set(handleOf(row.kind, row.id), loaded);
    } else {
      const of = subjects.get(row.subject_key);
      if (!of || this.#seq >= row.seq) {
        throw new CaretakerError('store_failed', `The fact ${row.seq} is of no subject, or out of order.`);
      }
      const { status, previous_status, state, since, seq } = row;
      const settled = { subject: of.subject, status, previous_status, state, since, at: instantOf(seq), seconds: null };
      this.#seq = seq;
      this.#push(of, settled);
    }
  }

  #keep(settled: Settled): Fact {
    const { kind, id } = settled.subject;
    const row = this.#rows.get(handleOf(kind, id)) ?? { subject: settled.subject, forgotten: false, last: undefined };
    this.#rows.set(handleOf(kind, id), row);
    row.subject = { ...settled.subject };
    row.forgotten = false;
    this.#seq = nextSeq(this.#seq, settled.at);
    this.#push(row, settled);
    return { ...settled, subject: { ...row.subject }, at: instantOf(this.#seq), seq: this.#seq };
  }

  #trim(): void {
    for (const kept of this.#kept.splice(0, this.#kept.length - MAX_FACTS)) loosen(kept);
  }

  #push(row: Row, settled: Settled): void {
    const kept: Kept = { row, seq: this.#seq, settled, previousSince: row.last?.settled.since, next: undefined };
    if (row.last) row.last.next = kept;
    row.last = kept;
    this.#kept.push(kept);
  }

  #move(row: Row, id: string): void {
    this.#rows.delete(handleOf(row.subject.kind, row.subject.id));
    this.#records.rename(row.subject.id, id);
    row.subject.id = id;
    this.#rows.set(handleOf(row.subject.kind, id), row);
  }
}

/** The fact goes: the one after it no longer knows how long it lasted. */
function loosen(kept: Kept): void {
  if (kept.next) kept.next.previousSince = undefined;
}

function factOf({ row, seq, settled, previousSince }: Kept): Fact {
  const { status, previous_status, state, since } = settled;
  const seconds =
    previous_status === null || previousSince === undefined ? null : Math.max(0, since - previousSince) / 1000;
  const subject = { ...row.subject };
  return { subject, status, previous_status, state, at: instantOf(seq), since, seconds, seq };
}

function dumpOf(
  rows: readonly Row[],
  kept: readonly Kept[],
  notes: ReadonlyMap<string, string>,
  records: MemoryRecords,
): DumpRow[] {
  const keys = new Map(rows.map((row, index) => [row, index + 1]));
  const first = kept[0]?.seq ?? Number.POSITIVE_INFINITY;
  // The last fact of a subject that was quiet for long is not among the newest ones.
  const quiet = rows.flatMap(({ last }) => (last && last.seq < first ? last : [])).sort((a, b) => a.seq - b.seq);
  return [
    ...rows.map(({ subject, forgotten }, index) => subjectRow(index + 1, subject, forgotten)),
    ...[...quiet, ...kept].map(({ row, seq, settled: { since, status, previous_status, state } }): DumpRow => {
      const subject_key = keys.get(row) ?? 0;
      return { table: 'transitions', seq, subject_key, since: Math.floor(since), status, previous_status, state };
    }),
    ...[...notes].map(([key, value]): DumpRow => ({ table: 'notes', key, value })),
    ...records.all().map((row): DumpRow => ({ table: 'records', ...row })),
  ];
}

function handleOf(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
