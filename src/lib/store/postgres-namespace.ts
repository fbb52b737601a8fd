import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kind } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { storableId } from './postgres-array';
import { dumpNamespace, replaceNamespace } from './postgres-copy';
import type { PostgresQueue, Write } from './postgres-queue';
import { factsOf, recordRowOf, resumedOf } from './postgres-row';
import type { PostgresServer, Row } from './postgres-server';
import { postgresRecordsSql, postgresTransitionsSql, SQL } from './postgres-sql';
import { pruneInSlices } from './pruning';
import { checkInstants, instantOf, seqRange } from './seq';
import type { DumpRow, Namespace, PruneLimits, Resumed, TransitionQuery } from './store';
import {
  isRecordId,
  type NewRecord,
  type RecordKind,
  type RecordQuery,
  recordCode,
  recordOf,
  recordRow,
  type StoredRecord,
} from './stored-record';

/** Subjects read, or facts made, in one turn of the loop. */
const PAGE = 1000;
const KINDS: readonly Kind[] = ['entity', 'device', 'config_entry', 'instance'];

/** What a namespace uses of its store. */
interface Desk {
  readonly server: PostgresServer;
  /** @throws CaretakerError when the store is closed */
  queue(): PostgresQueue;
  /** That of the claim it is written under. */
  token(): number | null;
  /** Deletes what no name leads to any more; never rejects. */
  sweep(): Promise<void>;
}

/** One instance's rows of a database: every statement is bound to its `instance_id`, or to the key that stands for it. */
export class PostgresNamespace implements Namespace {
  readonly instance_id: string;
  readonly #desk: Desk;

  constructor(instanceId: string, desk: Desk) {
    this.instance_id = instanceId;
    this.#desk = desk;
  }

  async resume(): Promise<Resumed[]> {
    await this.#desk.queue().caughtUp();
    return this.#desk.server.transaction(async (query) => {
      const all: Resumed[] = [];
      const key = (await query(SQL.instance, [this.instance_id])).rows[0]?.['instance_key'];
      let after: unknown = key === undefined ? undefined : 0;
      while (after !== undefined) {
        const { rows } = await query(SQL.resume, [key, after, PAGE]);
        for (const row of rows) all.push(resumedOf(row));
        after = rows.length < PAGE ? undefined : rows.at(-1)?.['subject_key'];
      }
      return all;
    }, 'ISOLATION LEVEL REPEATABLE READ READ ONLY');
  }

  async append(settled: readonly Settled[]): Promise<Fact[]> {
    const queue = this.#desk.queue();
    if (settled.length === 0) return [];
    // The caller's subjects live on and change: what is answered is what was handed in.
    const asked = settled.map((fact) => ({ ...fact, subject: { ...fact.subject } }));
    for (const fact of asked) checkInstants(fact);
    const seqs = await queue.append(asked, this.#desk.token());
    const facts: Fact[] = [];
    for (const [index, fact] of asked.entries()) {
      if (index > 0 && index % PAGE === 0) await nextTurn();
      const seq = seqs[index] ?? 0;
      facts.push({ ...fact, at: instantOf(seq), seq });
    }
    return facts;
  }

  async rename(kind: Kind, from: string, to: string): Promise<void> {
    await this.#write((ledger, query) => ledger.rename(query, kind, from, to));
  }

  async forget(kind: Kind, id: string, absence?: NewRecord): Promise<void> {
    const row = absence && recordRow(absence);
    await this.#write((ledger, query) => ledger.forget(query, kind, id, row));
  }

  async transitions(query: TransitionQuery): Promise<Fact[]> {
    const { low, high, limit } = seqRange(query);
    const values: unknown[] = [this.instance_id, low, high, limit];
    if (query.kind !== undefined || query.id !== undefined)
      values.push(query.kind === undefined ? KINDS : [query.kind]);
    if (query.id !== undefined) values.push(storableId(query.id));
    return factsOf(await this.#read(postgresTransitionsSql(query), values));
  }

  async put(record: NewRecord): Promise<StoredRecord> {
    const row = recordRow(record);
    const seq = await this.#write((ledger, query) => ledger.put(query, row));
    return recordOf({ ...row, seq });
  }

  async records(query: RecordQuery): Promise<StoredRecord[]> {
    const { kind, id } = query;
    if (id !== undefined && !isRecordId(id)) return [];
    const { low, high, limit } = seqRange(query);
    const values = [this.instance_id, recordCode(kind), low, high, limit, ...(id === undefined ? [] : [id])];
    return (await this.#read(postgresRecordsSql(query), values)).map((row) => recordOf(recordRowOf(kind, row)));
  }

  async remove(kind: RecordKind, id: string): Promise<void> {
    if (isRecordId(id)) await this.#write((ledger, query) => ledger.remove(query, kind, id));
  }

  async told(consumer: string): Promise<number | null> {
    const [row] = await this.#read(SQL.told, [this.instance_id, storableId(consumer)]);
    return (row?.['seq'] as number | undefined) ?? null;
  }

  async tell(consumer: string, seq: number): Promise<void> {
    await this.#write((ledger, query) => ledger.tell(query, consumer, seq));
  }

  async dropConsumer(consumer: string): Promise<void> {
    await this.#write((ledger, query) => ledger.dropConsumer(query, consumer));
  }

  async note(key: string): Promise<string | null> {
    const [row] = await this.#read(SQL.note, [this.instance_id, storableId(key)]);
    return (row?.['value'] as string | undefined) ?? null;
  }

  async setNote(key: string, value: string): Promise<void> {
    await this.#write((ledger, query) => ledger.setNote(query, key, value));
  }

  async *dump(): AsyncGenerator<readonly DumpRow[]> {
    await this.#desk.queue().caughtUp();
    yield* dumpNamespace(this.#desk.server, this.instance_id);
  }

  async replace(rows: AsyncIterable<readonly DumpRow[]>): Promise<void> {
    await this.#desk.queue().caughtUp();
    try {
      await replaceNamespace(this.#desk.server, this.instance_id, rows, () => this.#desk.token());
    } finally {
      // Either the old rows or the new ones are left over; nobody need wait for that.
      void this.#desk.sweep();
    }
  }

  async purge(): Promise<void> {
    await this.#write((ledger, query) => ledger.cutOff(query));
    await this.#desk.sweep();
  }

  prune(before: PruneLimits): Promise<number> {
    return pruneInSlices(before, {
      transitions: (before, after) => this.#write((ledger, query) => ledger.prune(query, before, after)),
      records: (kinds, before) => this.#write((ledger, query) => ledger.pruneRecords(query, kinds, before)),
    });
  }

  #write<T>(write: Write<T>): Promise<T> {
    return this.#desk.queue().write(write, this.#desk.token());
  }

  async #read(sql: string, values: readonly unknown[]): Promise<Row[]> {
    await this.#desk.queue().caughtUp();
    return this.#desk.server.query(sql, values);
  }
}
