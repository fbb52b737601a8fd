import { setImmediate as turn } from 'node:timers/promises';
import type { Namespace } from '../store/store';
import type { RecordQuery, StoredRecord } from '../store/stored-record';
import { assertAwaited } from './patient';

type Records = Pick<Namespace, 'records'>;
type Query = Omit<RecordQuery, 'limit' | 'newest_first'>;

export interface Reading {
  /** Records read in one go: each may be large. Default 100. */
  readonly atOnce?: number;
  /** After it nobody waits for them any more, epoch ms. */
  readonly until?: number | undefined;
}

/** All records of a query, oldest first, a page at a time. @throws CaretakerError busy, and as the store */
export async function* recordPages(
  namespace: Records,
  query: Query,
  { atOnce = 100, until }: Reading = {},
): AsyncGenerator<readonly StoredRecord[]> {
  for (let { after } = query; ; ) {
    assertAwaited(until);
    const page = await namespace.records({ ...query, after, limit: atOnce });
    yield page;
    if (page.length < atOnce) return;
    after = page.at(-1)?.seq;
    // A store in memory answers without giving others a turn.
    await turn();
  }
}

/** Each once, as it was found last. */
export function once(found: readonly StoredRecord[]): StoredRecord[] {
  return [...new Map(found.map((record) => [record.id, record])).values()];
}

/** All records of a query, oldest first. */
export async function allRecords(namespace: Records, query: Query, reading?: Reading): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for await (const page of recordPages(namespace, query, reading)) for (const one of page) all.push(one);
  return all;
}
