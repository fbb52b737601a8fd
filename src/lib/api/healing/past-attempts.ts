import type { Attempt } from '../../core/heal/heal';
import { recordPages } from '../../instance/record-pages';
import type { Namespace } from '../../store/store';
import { Best } from '../best';
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
  readonly places: Best<Place>;
  healed: number;
  failed: number;
}

/**
 * A page of the attempts of homes, and how many there are. All that began since are looked at, a portion at a time; of
 * those before the end of the page only the places are kept.
 */
export async function pastAttempts(caller: Caller, query: PastQuery): Promise<Past> {
  const sum = { total: 0, healed: 0, failed: 0 };
  const places = newestOf(query);
  // One home after the other: what many answer at once is parsed in one go.
  for (const found of await fromEach(caller, (home) => foundIn(home, query, caller.until), 1)) {
    sum.total += found.places.total;
    sum.healed += found.healed;
    sum.failed += found.failed;
    for (const place of found.places.from(0)) places.take(place);
  }
  return { ...sum, page: await fetched(places.from(query.offset)) };
}

/** Of two that began at once the one of the home that was configured first. */
function newestOf({ offset, limit }: PastQuery): Best<Place> {
  return new Best(offset + limit, (one, other) => other.began - one.began);
}

async function foundIn(home: Kept, query: PastQuery, until: number | undefined): Promise<Found> {
  const found: Found = { places: newestOf(query), healed: 0, failed: 0 };
  const namespace = await namespaceOf(home);
  // Whatever began since was put since.
  const pages = recordPages(namespace, { kind: 'attempt', from: query.since }, { atOnce: PORTION, until });
  for await (const page of pages) {
    for (const { body } of page) {
      const attempt = body as Attempt;
      if (attempt.began < query.since || !query.counts(attempt)) continue;
      if (attempt.outcome !== null) found[attempt.outcome] += 1;
      found.places.take({ home, namespace, id: attempt.attempt_id, began: attempt.began });
    }
  }
  return found;
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
