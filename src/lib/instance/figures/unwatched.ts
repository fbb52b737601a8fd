import type { Span } from '../../core/figures/spans';
import { describe } from '../../error';
import type { Namespace } from '../../store/store';
import { allRecords } from '../record-pages';

/** Less is as if somebody had watched: a deploy, or Node-RED started anew, ms. */
const SHORTEST_MS = 60_000;

/**
 * Keeps that nobody knows what happened up to now. Never rejects: a home is watched whatever its store does.
 * @param idle_ms for how long nobody has looked after it; null: nobody ever did
 */
export async function keepUnwatched(
  namespace: Pick<Namespace, 'put'>,
  idle_ms: number | null,
  now: number,
  trouble: (what: string) => void,
): Promise<void> {
  if (idle_ms === null || idle_ms < SHORTEST_MS) return;
  const body: Span = { from: now - idle_ms, to: now };
  try {
    await namespace.put({ kind: 'unwatched', id: String(body.from), at: now, open: false, body });
  } catch (thrown) {
    trouble(describe(thrown));
  }
}

/** When nobody watched, as far as it reaches into the time from an instant on. */
export async function unwatchedSince(records: Pick<Namespace, 'records'>, from: number): Promise<Span[]> {
  return (await allRecords(records, { kind: 'unwatched', from })).map(({ body }) => body as Span);
}
