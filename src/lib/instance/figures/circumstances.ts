import type { Rollup } from '../../core/figures/rollup';
import type { Span } from '../../core/figures/spans';
import type { Attempt, MaintenanceWindow } from '../../core/heal/heal';
import type { Incident } from '../../core/incident/incident';
import { instantOf } from '../../store/seq';
import type { Namespace } from '../../store/store';
import type { RecordKind, StoredRecord } from '../../store/stored-record';
import { allRecords, once } from '../record-pages';
import { unwatchedSince } from './unwatched';

type Kept<Body> = Pick<StoredRecord, 'seq' | 'open'> & { readonly body: Body };

/** What else there is to know about a time than the transitions in it. */
export interface Circumstances {
  readonly incidents: readonly Kept<Incident>[];
  readonly attempts: readonly Kept<Attempt>[];
  readonly windows: readonly Kept<MaintenanceWindow>[];
  /** When nobody watched. */
  readonly unwatched: readonly Span[];
}

type Records = Pick<Namespace, 'records'>;

/**
 * All that reaches into the time from an instant on.
 * @param next the rollup that ends this time: what it knew of is enough; null for all there is
 */
export async function circumstancesSince(records: Records, from: number, next: Rollup | null): Promise<Circumstances> {
  const to = next ? instantOf(next.seq) + 1 : undefined;
  const put = (kind: RecordKind) => allRecords(records, { kind, from, to });
  const rest = async (kind: RecordKind, ids: readonly string[] | undefined) => {
    if (!ids) return allRecords(records, { kind, open: true });
    return (await Promise.all(ids.map((id) => records.records({ kind, id })))).flat();
  };
  const [attempts, windows, openWindows, unwatched, incidents, openIncidents] = await Promise.all([
    put('attempt'),
    put('window'),
    rest('window', next?.windows),
    unwatchedSince(records, from),
    put('incident'),
    rest(
      'incident',
      next?.incidents.map(({ incident_id }) => incident_id),
    ),
  ]);
  return {
    attempts: attempts as Kept<Attempt>[],
    windows: once([...windows, ...openWindows]) as Kept<MaintenanceWindow>[],
    unwatched,
    incidents: await withCauses(records, once([...incidents, ...openIncidents]) as Kept<Incident>[]),
  };
}

/** With what each of them has become part of. */
async function withCauses(records: Records, found: readonly Kept<Incident>[]): Promise<Kept<Incident>[]> {
  const all = new Map(found.map((one) => [one.body.incident_id, one]));
  for (const { body } of all.values()) {
    const { merged_into: id } = body;
    if (id === null || all.has(id)) continue;
    // A map tells what is added while it is gone through.
    for (const record of await records.records({ kind: 'incident', id })) all.set(id, record as Kept<Incident>);
  }
  return [...all.values()];
}
