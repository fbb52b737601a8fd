import { setImmediate as turn } from 'node:timers/promises';
import type { Ended, Ending, Fact } from '../../core/transition';
import { seqRange } from '../../store/seq';
import type { Namespace, TransitionQuery } from '../../store/store';
import type { RecordKind } from '../../store/stored-record';
import { allRecords } from '../record-pages';

/** Facts read at once: some milliseconds to take in. */
const FACTS = 500;

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

/** What ended from an instant on, oldest first. */
export async function endingsSince(namespace: Pick<Namespace, 'records'>, from: number): Promise<Ending[]> {
  const records = await allRecords(namespace, { kind: 'ending', from });
  return records.map(({ body, at, seq }) => ({ ...(body as Ended), ended: true, at, seq }));
}

/**
 * All facts of a query in one order with what ended, a page at a time.
 * @param endings oldest first
 */
export function pastPages(
  namespace: Pick<Namespace, 'transitions'>,
  query: Omit<TransitionQuery, 'limit' | 'newest_first'>,
  endings: readonly Ending[],
): AsyncGenerator<readonly (Fact | Ending)[]> {
  const { low, high } = seqRange(query);
  const { kind, id } = query;
  const asked = endings.filter(({ subject, seq }) => {
    const isOf = (kind === undefined || subject.kind === kind) && (id === undefined || subject.id === id);
    return isOf && seq >= low && seq < high;
  });
  return inOrder(factPages(namespace, query), asked);
}

/** Pages of facts in one order with what ended, both oldest first. */
export async function* inOrder(
  pages: AsyncIterable<readonly Fact[]> | Iterable<readonly Fact[]>,
  endings: readonly Ending[],
): AsyncGenerator<readonly (Fact | Ending)[]> {
  let next = 0;
  for await (const page of pages) {
    const last = page.at(-1);
    const before = next;
    while (last && (endings[next]?.seq ?? Number.POSITIVE_INFINITY) < last.seq) next += 1;
    const due = endings.slice(before, next);
    yield due.length === 0 ? page : [...page, ...due].sort((one, other) => one.seq - other.seq);
  }
  if (next < endings.length) yield endings.slice(next);
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
