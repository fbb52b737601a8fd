import { setImmediate as turn } from 'node:timers/promises';
import type { Absence, Fact, Passage } from '../../core/transition';
import { instantOf, seqRange } from '../../store/seq';
import type { Namespace, TransitionQuery } from '../../store/store';
import type { RecordKind, StoredRecord } from '../../store/stored-record';
import { allRecords, once, type Reading } from '../record-pages';

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

/** Who left or came back from an instant on. */
export interface Passages {
  /** Oldest first. */
  readonly passages: readonly Passage[];
  /** Those that reach into the time from then on, oldest first. */
  readonly absences: readonly Absence[];
}

export async function passagesSince(namespace: Pick<Namespace, 'records'>, from: number): Promise<Passages> {
  const records = await keptSince(namespace, 'absence', from, { atOnce: 1_000 });
  const passages = records.flatMap(passagesOf).filter(({ at }) => at >= from);
  return {
    passages: passages.sort((one, other) => one.seq - other.seq),
    absences: records.sort((one, other) => one.seq - other.seq).map(({ body }) => body as Absence),
  };
}

function passagesOf({ body, at, seq }: StoredRecord): Passage[] {
  const { subject, status, since, to, left_seq } = body as Absence;
  const seen = { subject, status, since };
  const leftSeq = left_seq ?? seq;
  const left: Passage = { ...seen, passage: 'left', at: instantOf(leftSeq), seq: leftSeq };
  return to === null ? [left] : [left, { ...seen, passage: 'back', at, seq }];
}

/**
 * All facts of a query in one order with who left and came back, a page at a time.
 * @param passages oldest first
 */
export function pastPages(
  namespace: Pick<Namespace, 'transitions'>,
  query: Omit<TransitionQuery, 'limit' | 'newest_first'>,
  passages: readonly Passage[],
): AsyncGenerator<readonly (Fact | Passage)[]> {
  const { low, high } = seqRange(query);
  const { kind, id } = query;
  const asked = passages.filter(({ subject, seq }) => {
    const isOf = (kind === undefined || subject.kind === kind) && (id === undefined || subject.id === id);
    return isOf && seq >= low && seq < high;
  });
  return inOrder(factPages(namespace, query), asked);
}

/** Pages of facts in one order with who left and came back, both oldest first. */
export async function* inOrder(
  pages: AsyncIterable<readonly Fact[]> | Iterable<readonly Fact[]>,
  passages: readonly Passage[],
): AsyncGenerator<readonly (Fact | Passage)[]> {
  let next = 0;
  for await (const page of pages) {
    const last = page.at(-1);
    const before = next;
    while (last && (passages[next]?.seq ?? Number.POSITIVE_INFINITY) < last.seq) next += 1;
    const due = passages.slice(before, next);
    yield due.length === 0 ? page : [...page, ...due].sort((one, other) => one.seq - other.seq);
  }
  if (next < passages.length) yield passages.slice(next);
}

/** The records of a kind that were put since, and those that are open; each once, as it was last put. */
export async function recordsSince<T>(
  namespace: Pick<Namespace, 'records'>,
  kind: RecordKind,
  from: number,
): Promise<T[]> {
  return (await keptSince(namespace, kind, from)).map(({ body }) => body as T);
}

async function keptSince(
  namespace: Pick<Namespace, 'records'>,
  kind: RecordKind,
  from: number,
  reading?: Reading,
): Promise<StoredRecord[]> {
  const [open, put] = await Promise.all([
    allRecords(namespace, { kind, open: true }, reading),
    allRecords(namespace, { kind, from }, reading),
  ]);
  return once([...open, ...put]);
}
