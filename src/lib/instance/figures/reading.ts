import { setImmediate as turn } from 'node:timers/promises';
import type { Fact } from '../../core/transition';
import type { Namespace, TransitionQuery } from '../../store/store';
import type { RecordKind, RecordQuery, StoredRecord } from '../../store/stored-record';

/** Facts read at once: some milliseconds to take in. */
const FACTS = 500;
/** Records read at once: one may be large. */
const RECORDS = 100;

/** All facts of a query, oldest first, a page at a time. */
export async function* factPages(
  namespace: Pick<Namespace, 'transitions'>,
  query: Omit<TransitionQuery, 'limit' | 'newest_first'>,
): AsyncGenerator<readonly Fact[]> {
  for (let { after } = query; ; ) {
    const page = await namespace.transitions({ ...query, after, limit: FACTS });
    yield page;
    if (page.length < FACTS) return;
    after = page.at(-1)?.seq;
    // A store in memory answers without giving others a turn.
    await turn();
  }
}

/** All records of a query, oldest first. */
export async function allRecords(
  namespace: Pick<Namespace, 'records'>,
  query: Omit<RecordQuery, 'limit' | 'newest_first'>,
): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (let { after } = query; ; ) {
    const page = await namespace.records({ ...query, after, limit: RECORDS });
    for (const record of page) all.push(record);
    if (page.length < RECORDS) return all;
    after = page.at(-1)?.seq;
    await turn();
  }
}

/** The records of a kind that were put since, and those that are open; each once, as it was last put. */
export async function recordsSince<T>(
  namespace: Pick<Namespace, 'records'>,
  kind: RecordKind,
  from: number,
): Promise<T[]> {
  const [open, put] = await Promise.all([
    allRecords(namespace, { kind, open: true }),
    allRecords(namespace, { kind, from }),
  ]);
  return [...new Map([...open, ...put].map(({ id, body }) => [id, body as T])).values()];
}
