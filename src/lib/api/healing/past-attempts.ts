import { setImmediate as turn } from 'node:timers/promises';
import type { Attempt } from '../../core/heal/heal';
import type { Namespace } from '../../store/store';
import { fromEach, type Kept, namespaceOf } from '../kept';
import type { Caller } from '../operation';

/** Read at once: their bodies name everything that came back, which takes its time to parse. */
const PORTION = 20;

export interface PastQuery {
  /** Epoch ms. */
  readonly since: number;
  readonly offset: number;
  readonly limit: number;
  counts(attempt: Attempt): boolean;
}

export interface Past {
  /** Newest first. */
  readonly page: readonly { readonly home: Kept; readonly attempt: Attempt }[];
  readonly total: number;
  readonly healed: number;
  readonly failed: number;
}

/** Where an attempt lies. */
interface Place {
  readonly home: Kept;
  readonly namespace: Namespace;
  readonly id: string;
  readonly began: number;
}

interface Found {
  readonly places: Place[];
  total: number;
  healed: number;
  failed: number;
}

/**
 * A page of the attempts of homes, and how many there are. All that began since are looked at, a portion at a time; of
 * those before the end of the page only the places are kept.
 */
export async function pastAttempts(caller: Caller, query: PastQuery): Promise<Past> {
  const most = query.offset + query.limit;
  const sum = { total: 0, healed: 0, failed: 0 };
  const places: Place[] = [];
  // One home after the other: what many answer at once is parsed in one go.
  for (const found of await fromEach(caller, (home) => foundIn(home, query, most), 1)) {
    sum.total += found.total;
    sum.healed += found.healed;
    sum.failed += found.failed;
    // One by one: of very many the arguments of a call would be too many.
    for (const place of found.places) places.push(place);
  }
  return { ...sum, page: await fetched(newest(places, most).slice(query.offset)) };
}

async function foundIn(home: Kept, { since, counts }: PastQuery, most: number): Promise<Found> {
  const found: Found = { places: [], total: 0, healed: 0, failed: 0 };
  const namespace = await namespaceOf(home);
  for await (const attempt of attemptsSince(namespace, since)) {
    if (!counts(attempt)) continue;
    found.total += 1;
    if (attempt.outcome !== null) found[attempt.outcome] += 1;
    found.places.push({ home, namespace, id: attempt.attempt_id, began: attempt.began });
    if (found.places.length >= 2 * most + PORTION) newest(found.places, most);
  }
  newest(found.places, most);
  return found;
}

async function* attemptsSince(namespace: Namespace, since: number): AsyncGenerator<Attempt> {
  for (let after = 0; ; ) {
    // Whatever began since was put since.
    const portion = await namespace.records({ kind: 'attempt', from: since, after, limit: PORTION });
    for (const { body } of portion) if ((body as Attempt).began >= since) yield body as Attempt;
    if (portion.length < PORTION) return;
    after = portion.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
    // A store in memory answers without giving others a turn.
    await turn();
  }
}

/** Of two that began at once the one of the home that was configured first; what comes later goes. */
function newest(places: Place[], most: number): Place[] {
  places.sort((a, b) => b.began - a.began);
  places.length = Math.min(places.length, most);
  return places;
}

/** Retention may have taken one meanwhile. */
async function fetched(places: readonly Place[]) {
  const page: Past['page'][number][] = [];
  for (let start = 0; start < places.length; start += PORTION) {
    const some = places.slice(start, start + PORTION).map(async ({ home, namespace, id }) => {
      const records = await namespace.records({ kind: 'attempt', id, limit: 1 });
      return records.map(({ body }) => ({ home, attempt: body as Attempt }));
    });
    page.push(...(await Promise.all(some)).flat());
  }
  return page;
}
