import type { Fact } from '../../core/transition';
import type { Namespace, TransitionQuery } from '../../store/store';
import type { RecordQuery, StoredRecord } from '../../store/stored-record';

/** Rows in one answer: unpacking them holds the loop for a few milliseconds. */
const PAGE = 1_000;
/** The same of records, which are larger. */
const RECORD_PAGE = 100;

/** All facts that are asked for, oldest first, however many. */
export async function* factPages(
  namespace: Pick<Namespace, 'transitions'>,
  query: Omit<TransitionQuery, 'limit' | 'newest_first'>,
): AsyncGenerator<readonly Fact[]> {
  let { after } = query;
  for (;;) {
    const page = await namespace.transitions({ ...query, after, limit: PAGE });
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.seq;
  }
}

/** All records that are asked for, oldest first. */
export async function allRecords(
  namespace: Pick<Namespace, 'records'>,
  query: Omit<RecordQuery, 'limit' | 'newest_first'>,
): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let { after } = query;
  for (;;) {
    const page = await namespace.records({ ...query, after, limit: RECORD_PAGE });
    for (const record of page) all.push(record);
    if (page.length < RECORD_PAGE) return all;
    after = page.at(-1)?.seq;
  }
}
