import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kind } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { pruneInSlices } from './pruning';
import type { Answers, Call } from './request';
import { checkInstants, instantOf } from './seq';
import { factsOf } from './sqlite-facts';
import type { DumpRow, Namespace, PruneLimits, Resumed, TransitionQuery } from './store';
import {
  isRecordId,
  type NewRecord,
  type RecordKind,
  type RecordQuery,
  recordOf,
  recordRow,
  type StoredRecord,
} from './stored-record';

/** Subjects read, or facts made, in one turn of the loop. */
const PAGE = 1000;
/** Rows in one message: packing them holds the main loop for about a millisecond. */
const PORTION = 500;

export type Ask = <Op extends Call['op']>(call: Extract<Call, { op: Op }>) => Promise<Answers[Op]>;

/** One instance's rows of a file: it puts its own `instance_id` into every call. */
export class SqliteNamespace implements Namespace {
  readonly instance_id: string;
  readonly #ask: Ask;

  constructor(instanceId: string, ask: Ask) {
    this.instance_id = instanceId;
    this.#ask = ask;
  }

  async resume(): Promise<Resumed[]> {
    const all: Resumed[] = [];
    let after: number | null = 0;
    while (after !== null) {
      const page: Answers['resume'] = await this.#ask<'resume'>({ op: 'resume', ...this.#own, after, limit: PAGE });
      for (const resumed of page.resumed) all.push(resumed);
      after = page.after;
    }
    return all;
  }

  async append(settled: readonly Settled[]): Promise<Fact[]> {
    if (settled.length === 0) return [];
    // The caller's subjects live on and change: what is answered is what was handed in.
    const asked = settled.map((fact) => ({ ...fact, subject: { ...fact.subject } }));
    for (const fact of asked) checkInstants(fact);
    const seqs = await this.#ask<'append'>({ op: 'append', ...this.#own, settled: asked, held: false });
    const facts: Fact[] = [];
    for (const [index, fact] of asked.entries()) {
      if (index > 0 && index % PAGE === 0) await nextTurn();
      const seq = seqs[index] ?? 0;
      facts.push({ ...fact, at: instantOf(seq), seq });
    }
    return facts;
  }

  async rename(kind: Kind, from: string, to: string): Promise<void> {
    await this.#ask<'rename'>({ op: 'rename', ...this.#own, kind, from, to });
  }

  async forget(kind: Kind, id: string, absence?: NewRecord): Promise<void> {
    const row = absence && recordRow(absence);
    await this.#ask<'forget'>({ op: 'forget', ...this.#own, kind, id, absence: row });
  }

  async transitions(query: TransitionQuery): Promise<Fact[]> {
    return factsOf(await this.#ask<'transitions'>({ op: 'transitions', ...this.#own, query }));
  }

  async put(record: NewRecord): Promise<StoredRecord> {
    const row = recordRow(record);
    const seq = await this.#ask<'put'>({ op: 'put', ...this.#own, record: row });
    return recordOf({ ...row, seq });
  }

  async records(query: RecordQuery): Promise<StoredRecord[]> {
    if (query.id !== undefined && !isRecordId(query.id)) return [];
    return (await this.#ask<'records'>({ op: 'records', ...this.#own, query })).map(recordOf);
  }

  async remove(kind: RecordKind, id: string): Promise<void> {
    if (isRecordId(id)) await this.#ask<'remove'>({ op: 'remove', ...this.#own, kind, id });
  }

  told(consumer: string): Promise<number | null> {
    return this.#ask<'told'>({ op: 'told', ...this.#own, consumer });
  }

  async tell(consumer: string, seq: number): Promise<void> {
    await this.#ask<'tell'>({ op: 'tell', ...this.#own, consumer, seq });
  }

  async dropConsumer(consumer: string): Promise<void> {
    await this.#ask<'dropConsumer'>({ op: 'dropConsumer', ...this.#own, consumer });
  }

  note(key: string): Promise<string | null> {
    return this.#ask<'note'>({ op: 'note', ...this.#own, key });
  }

  async setNote(key: string, value: string): Promise<void> {
    await this.#ask<'setNote'>({ op: 'setNote', ...this.#own, key, value });
  }

  async *dump(): AsyncGenerator<readonly DumpRow[]> {
    const own = { op: 'dump', ...this.#own, dump: randomUUID() } as const;
    let rows = await this.#ask<'dump'>({ ...own, step: 'open' });
    try {
      for (; rows.length > 0; rows = await this.#ask<'dump'>({ ...own, step: 'next' })) yield rows;
    } finally {
      // A store that was closed meanwhile lets go of it by itself.
      await this.#ask<'dump'>({ ...own, step: 'close' }).catch(() => undefined);
    }
  }

  async replace(rows: AsyncIterable<readonly DumpRow[]>): Promise<void> {
    const own = { ...this.#own, stage: `~new~${this.instance_id}~${randomUUID()}` };
    await this.#ask<'stage'>({ op: 'stage', ...own });
    try {
      for await (const portion of rows) {
        for (let at = 0; at < portion.length; at += PORTION) {
          await this.#ask<'load'>({ op: 'load', ...own, rows: portion.slice(at, at + PORTION) });
        }
      }
      await this.#ask<'swap'>({ op: 'swap', ...own });
    } catch (error) {
      // What cannot be taken back now is taken back when the file is opened next.
      await this.#ask<'unstage'>({ op: 'unstage', ...own }).catch(() => undefined);
      throw error;
    }
  }

  async purge(): Promise<void> {
    await this.#ask<'purge'>({ op: 'purge', ...this.#own });
  }

  prune(before: PruneLimits): Promise<number> {
    return pruneInSlices(before, {
      transitions: (before, after) => this.#ask<'prune'>({ op: 'prune', ...this.#own, before, after }),
      records: (kinds, before) => this.#ask<'pruneRecords'>({ op: 'pruneRecords', ...this.#own, kinds, before }),
    });
  }

  get #own(): { readonly instance_id: string } {
    return { instance_id: this.instance_id };
  }
}
