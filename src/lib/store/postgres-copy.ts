import { setTimeout as pause } from 'node:timers/promises';
import { CaretakerError } from '../error';
import { checkToken } from './lease';
import { recordArrays, storableId, subjectArrays, textArray, transitionArrays } from './postgres-array';
import { leaseOf } from './postgres-ledger';
import { noteRowOf, recordRowOf, subjectRowOf, transitionRowOf } from './postgres-row';
import { LOCK_CLASS } from './postgres-schema';
import type { PostgresServer, Query, Row, Session } from './postgres-server';
import { SQL } from './postgres-sql';
import type { DumpRow } from './store';
import { RECORD_KINDS, recordCode } from './stored-record';

/** Rows in one portion of a dump, or in one statement. */
const PORTION = 1000;
/** The same of records, of which one may be 1 MiB. */
const RECORD_PORTION = 20;
/** Rows deleted in one go. */
const FACT_SLICE = 5000;
const SUBJECT_SLICE = 2000;
const RECORD_SLICE = 500;
/** Between two slices of a deletion the appends have their turn, ms. */
const SWEEP_PAUSE_MS = 5;

/** As it was at the first portion: PostgreSQL shows one and the same state to all of a transaction. */
export async function* dumpNamespace(server: PostgresServer, instanceId: string): AsyncGenerator<readonly DumpRow[]> {
  const { query, end } = await server.open();
  try {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const key = (await query(SQL.instance, [instanceId])).rows[0]?.['instance_key'];
    if (key === undefined) return;
    yield* pages(query, SQL.dumpSubjects, [key], 'subject_key', subjectRowOf);
    yield* pages(query, SQL.dumpTransitions, [key], 'seq', transitionRowOf);
    const notes = (await query(SQL.dumpNotes, [key])).rows;
    if (notes.length > 0) yield notes.map(noteRowOf);
    for (const kind of RECORD_KINDS) {
      const rowOf = (row: Row): DumpRow => ({ table: 'records', ...recordRowOf(kind, row) });
      yield* pages(query, SQL.dumpRecords, [key, recordCode(kind)], 'seq', rowOf, RECORD_PORTION);
    }
  } finally {
    await end();
  }
}

async function* pages(
  query: Query,
  sql: string,
  of: readonly unknown[],
  column: string,
  rowOf: (row: Row) => DumpRow,
  portion = PORTION,
): AsyncGenerator<readonly DumpRow[]> {
  let after: unknown = -1;
  for (;;) {
    const { rows } = await query(sql, [...of, after, portion]);
    if (rows.length > 0) yield rows.map(rowOf);
    if (rows.length < portion) return;
    after = rows.at(-1)?.[column];
  }
}

/**
 * The new rows go under an instance that nobody can name, which then takes the place of the old one in one short
 * transaction. What that leaves, or a kill at any point, is for `sweepUnreachable`.
 */
export async function replaceNamespace(
  server: PostgresServer,
  instanceId: string,
  rows: AsyncIterable<readonly DumpRow[]>,
  token: () => number | null,
): Promise<void> {
  await server.session(async (session) => {
    const staging = await stage(session);
    for await (const portion of rows) await stageRows(session.query, staging, portion);
    await session.transaction(async (query) => {
      checkToken(instanceId, leaseOf((await query(SQL.lockLease, [instanceId])).rows[0]), token());
      await swap(query, instanceId, staging);
    });
  });
}

/** Deletes, in slices, what no name leads to any more. Restores under way, here or elsewhere, hold theirs by a lock. */
export async function sweepUnreachable(server: PostgresServer, isClosing: () => boolean): Promise<void> {
  const left = await server.query(SQL.unreachable);
  if (left.length === 0) return;
  await server.session(async ({ query }) => {
    for (const row of left) await sweepUnlessClaimed(query, row['instance_key'] as number, isClosing);
  });
}

/** A new instance without an id, which no sweep takes as long as this connection lives. */
async function stage({ transaction }: Session): Promise<number> {
  return transaction(async (query) => {
    for (;;) {
      const key = (await query(SQL.addStaging)).rows[0]?.['instance_key'] as number | undefined;
      if (key === undefined) continue;
      await query(SQL.claim, [LOCK_CLASS, key]);
      return key;
    }
  });
}

async function stageRows(query: Query, key: number, portion: readonly DumpRow[]): Promise<void> {
  for (let start = 0; start < portion.length; start += PORTION) {
    const rows = portion.slice(start, start + PORTION);
    const subjects = rows.filter((row) => row.table === 'subjects');
    const transitions = rows.filter((row) => row.table === 'transitions');
    const notes = rows.filter((row) => row.table === 'notes');
    const records = rows.filter((row) => row.table === 'records');
    if (subjects.length > 0) await query(SQL.stageSubjects, [key, ...subjectArrays(subjects)]);
    if (transitions.length > 0) {
      const { count } = await query(SQL.stageTransitions, [key, ...transitionArrays(transitions)]);
      if (count < transitions.length)
        throw new CaretakerError('store_failed', 'There are facts whose subject did not come.');
    }
    if (notes.length > 0) {
      const [keys, values] = [notes.map((note) => storableId(note.key)), notes.map((note) => note.value)];
      await query(SQL.stageNotes, [key, textArray(keys), textArray(values)]);
    }
    if (records.length > 0) await query(SQL.stageRecords, [key, ...recordArrays(records)]);
  }
}

/** The consumers' places move along. */
async function swap(query: Query, instanceId: string, staging: number): Promise<void> {
  let old = (await query(SQL.lockInstance, [instanceId])).rows[0]?.['instance_key'];
  // Another restore, here or elsewhere, was in the act: its rows have the name now.
  old ??= (await query(SQL.lockInstance, [instanceId])).rows[0]?.['instance_key'];
  if (old !== undefined) {
    await query(SQL.cutOff, [old]);
    await query(SQL.moveConsumers, [old, staging]);
  }
  if ((await query(SQL.putIn, [staging, instanceId])).count === 1) return;
  throw new CaretakerError('store_failed', `The rows that were to take the place of those of ${instanceId} are gone.`);
}

async function sweepUnlessClaimed(query: Query, key: number, isClosing: () => boolean): Promise<void> {
  const claimed = (await query(SQL.tryClaim, [LOCK_CLASS, key])).rows[0]?.['claimed'];
  if (!claimed) return;
  // Whoever had the lock until now may have given it a name.
  if ((await query(SQL.isUnreachable, [key])).count > 0) await sweep(query, key, isClosing);
  await query(SQL.unclaim, [LOCK_CLASS, key]);
}

async function sweep(query: Query, key: number, isClosing: () => boolean): Promise<void> {
  let after = -1;
  for (let cut: number | undefined = after; cut !== undefined; ) {
    if (isClosing()) return;
    const slice = await query(SQL.sliceEnd, [key, after, Number.MAX_SAFE_INTEGER, FACT_SLICE - 1]);
    cut = slice.rows[0]?.['seq'] as number | undefined;
    await query(SQL.sweepTransitions, [key, after, cut ?? Number.MAX_SAFE_INTEGER]);
    after = cut ?? after;
    await pause(SWEEP_PAUSE_MS);
  }
  const last = ((await query(SQL.lastSubject, [key])).rows[0]?.['subject_key'] as number | null) ?? 0;
  for (let low = 0; low < last; low += SUBJECT_SLICE) {
    if (isClosing()) return;
    await query(SQL.sweepSubjects, [key, low, low + SUBJECT_SLICE]);
  }
  if (!(await sweepRecords(query, key, isClosing))) return;
  for (const sql of [SQL.sweepConsumers, SQL.sweepNotes, SQL.sweepInstance]) await query(sql, [key]);
}

/** False when it could not end. */
async function sweepRecords(query: Query, key: number, isClosing: () => boolean): Promise<boolean> {
  for (;;) {
    if (isClosing()) return false;
    const { count } = await query(SQL.sweepRecords, [key, RECORD_SLICE]);
    if (count < RECORD_SLICE) return true;
    await pause(SWEEP_PAUSE_MS);
  }
}
