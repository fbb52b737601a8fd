import type { Rollup } from '../../core/figures/rollup';
import type { Namespace } from '../../store/store';
import type { RecordQuery } from '../../store/stored-record';

export const DAY_MS = 86_400_000;

/**
 * The last instant at which a rollup is made. Days of UTC: wherever a home is, and whatever becomes of its time zone,
 * each rollup is found by its instant.
 */
export function rollupBefore(instant: number): number {
  return Math.floor(instant / DAY_MS) * DAY_MS;
}

/** The first of these instants from which on all facts are there. */
export function wholeDayFrom(factsFrom: number): number {
  return rollupBefore(factsFrom + DAY_MS - 1);
}

/** The rollups of one namespace, one a day without a gap, each put after the one before. */
export class Rollups {
  readonly #namespace: Pick<Namespace, 'records'>;

  constructor(namespace: Pick<Namespace, 'records'>) {
    this.#namespace = namespace;
  }

  at(instant: number): Promise<Rollup | null> {
    return this.#one({ id: idOf(instant) });
  }

  oldest(): Promise<Rollup | null> {
    return this.#one({});
  }

  newest(): Promise<Rollup | null> {
    return this.#one({ newest_first: true });
  }

  async #one(query: Partial<RecordQuery>): Promise<Rollup | null> {
    const [record] = await this.#namespace.records({ ...query, kind: 'rollup', limit: 1 });
    return (record?.body ?? null) as Rollup | null;
  }
}

export async function putRollup(namespace: Pick<Namespace, 'put'>, rollup: Rollup): Promise<void> {
  await namespace.put({ kind: 'rollup', id: idOf(rollup.at), at: rollup.at, open: false, body: rollup });
}

function idOf(instant: number): string {
  return new Date(instant).toISOString();
}
