import { setImmediate as turn } from 'node:timers/promises';
import type { Fact } from '../../core/transition';
import type { Namespace, TransitionQuery } from '../../store/store';
import type { RecordKind } from '../../store/stored-record';

/** Facts read at once: some milliseconds to take in. */
const FACTS = 500;
/** Records read at once: one may be large. */
const RECORDS = 100;

/** All facts of a query, oldest first, a page at a time. */
export async function* factPages(
  namespace: Namespace,
  query: Omit<TransitionQuery, 'after' | 'limit' | 'newest_first'>,
): AsyncGenerator<readonly Fact[]> {
  for (let after: number | undefined; ; ) {
    const page = await namespace.transitions({ ...query, after, limit: FACTS });
    yield page;
    if (page.length < FACTS) return;
    after = page.at(-1)?.seq;
    // A store in memory answers without giving others a turn.
    await turn();
  }
}

/** The records of a kind that were put since, and those that are open; each once, as it was last put. */
export async function recordsSince<T>(namespace: Namespace, kind: RecordKind, from: number): Promise<T[]> {
  const found = new Map<string, T>();
  for (const query of [{ open: true }, { from }]) {
    for (let after: number | undefined; ; ) {
      const page = await namespace.records({ kind, ...query, after, limit: RECORDS });
      for (const { id, body } of page) found.set(id, body as T);
      if (page.length < RECORDS) break;
      after = page.at(-1)?.seq;
      await turn();
    }
  }
  return [...found.values()];
}
