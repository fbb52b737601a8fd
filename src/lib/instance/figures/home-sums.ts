import { type Checkpoint, difference, isRolledBy, totalsOf } from '../../core/figures/checkpoint';
import type { Group } from '../../core/figures/groups';
import type { By } from '../../core/figures/household';
import type { Period } from '../../core/figures/replay';
import type { Incident } from '../../core/incident/incident';
import type { Chronicle } from './chronicle';
import { groupsOf, type HomeReplay, replayHome } from './home-replay';
import { type Rolled, RolledPast } from './rolled-past';
import { DAY_MS } from './rollups';

/** Up to this the facts themselves are read, ms. */
const REPLAYED_MS = 2 * DAY_MS;

/** What one home came to over a period, whether by its facts or by its rollups. */
export interface HomeSums {
  readonly chronicle: Chronicle;
  /** What it really covers. */
  readonly period: Period;
  /** Left out. */
  readonly unreachable_ms: number;
  readonly maintenance_ms: number;
  readonly incidents_opened: number;
  readonly incidents_resolved: number;
  groups(by: By): Promise<readonly Group[]>;
}

/**
 * One home over several periods, each summed up.
 * @param by all that its groups will be asked for by: rollups know integrations and the home alone
 */
export async function sumsOf(
  chronicle: Chronicle,
  wanted: readonly Period[],
  by: readonly By[],
): Promise<readonly HomeSums[]> {
  const rolled = by.every(isRolledBy) ? await rolledSums(chronicle, wanted) : wanted.map(() => null);
  const rest = wanted.filter((_, index) => !rolled[index]);
  const replayed = rest.length > 0 ? await replayHome(chronicle, rest) : [];
  const others = replayed.map(replayedSums)[Symbol.iterator]();
  return rolled.map((sums) => sums ?? (others.next().value as HomeSums));
}

async function rolledSums(chronicle: Chronicle, wanted: readonly Period[]): Promise<(HomeSums | null)[]> {
  const isLong = ({ from, to }: Period) => to - from > REPLAYED_MS;
  const { namespace, household, timeZone: time_zone } = chronicle;
  const past = wanted.some(isLong) ? await RolledPast.of({ namespace, household, time_zone }) : null;
  if (!past) return wanted.map(() => null);
  const rolled = wanted.map((period) => (isLong(period) ? past.between(period.from, period.to) : null));
  return (await Promise.all(rolled)).map((one, index) => {
    return one && reachesBack(one, chronicle, wanted[index] as Period) ? sumsBetween(chronicle, one) : null;
  });
}

/** Where facts reach back further than the rollups of a home that was rolled up late, they are read. */
function reachesBack({ from }: Rolled, { completeSince }: Chronicle, wanted: Period): boolean {
  return from.at - DAY_MS < Math.max(wanted.from, completeSince ?? 0);
}

function sumsBetween(chronicle: Chronicle, { from, to }: Rolled): HomeSums {
  const counted = (key: 'unreachable_ms' | 'maintenance_ms' | 'incidents_opened' | 'incidents_resolved') =>
    to[key] - from[key];
  return {
    chronicle,
    period: { from: Math.max(from.at, from.began), to: to.at },
    unreachable_ms: counted('unreachable_ms'),
    maintenance_ms: counted('maintenance_ms'),
    incidents_opened: counted('incidents_opened'),
    incidents_resolved: counted('incidents_resolved'),
    groups: async (by) => groupsBetween(chronicle, from, to, by),
  };
}

function groupsBetween({ household }: Chronicle, from: Checkpoint, to: Checkpoint, by: By): Group[] {
  if (!isRolledBy(by)) throw new Error(`Nothing is rolled up by ${by}.`);
  const totals = totalsOf(to, by, household);
  const all = [...difference(from, to, by, household)].map(([key, sums]) => {
    const { entities = 0, down = 0 } = totals.get(key) ?? {};
    return { key, sums, entities, down };
  });
  // What was removed long ago has nothing any more.
  return all.filter(({ entities, sums }) => entities > 0 || Object.values(sums).some((sum) => sum !== null && sum > 0));
}

function replayedSums(home: HomeReplay): HomeSums {
  const { chronicle, period, unreachable_ms, maintenance_ms, incidents } = home;
  const within = (at: number | null) => at !== null && at >= period.from && at < period.to;
  const over = ({ resolved_at, resolution }: Incident) => resolution !== 'merged' && within(resolved_at);
  return {
    ...{ chronicle, period, unreachable_ms, maintenance_ms },
    incidents_opened: incidents.filter(({ opened_at }) => within(opened_at)).length,
    incidents_resolved: incidents.filter(over).length,
    groups: (by) => groupsOf(home, by),
  };
}
