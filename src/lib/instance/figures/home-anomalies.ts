import type { Causes } from '../../core/figures/causes';
import { baselineDays, type UnusualRate, unusualRates } from '../../core/figures/failure-rate';
import { failuresOf } from '../../core/figures/failures';
import { type Recurrence, Recurrences } from '../../core/figures/recurrence';
import type { Outage } from '../../core/figures/replay';
import { type Companions, type Fall, Together } from '../../core/figures/together';
import type { HomeReplay } from './home-replay';
import { inSlices } from './slices';

/** What is out of the ordinary in one home. */
export interface HomeAnomalies {
  readonly rates: readonly UnusualRate[];
  /** Days that the last one was compared with. */
  readonly baseline_days: number;
  readonly recurrences: readonly Recurrence[];
  readonly together: readonly Companions[];
  /** More went down at once than was compared with each other. */
  readonly capped: boolean;
}

export async function anomaliesOf(home: HomeReplay): Promise<HomeAnomalies> {
  const { chronicle, period, valid, replay, causes } = home;
  const failures = failuresOf({ by: 'integration', household: chronicle.household, period }, replay.outages, causes);
  const recurrences = new Recurrences(chronicle.timeZone);
  const all: { group: string; at: number }[] = [];
  await inSlices(failures, (failure) => {
    all.push(failure);
    recurrences.take(failure);
  });
  const found: Recurrence[] = [];
  await inSlices(recurrences.found(), (one) => found.push(one));
  const baseline = baselineDays(period, valid);
  const together = await togetherIn(home);
  return {
    rates: unusualRates(all, period, baseline),
    baseline_days: baseline.length,
    recurrences: found,
    together: together.found(),
    capped: together.capped,
  };
}

async function togetherIn({ chronicle, replay, causes }: HomeReplay): Promise<Together> {
  const { household } = chronicle;
  const deviceOf = (id: string) => household.deviceOf({ kind: 'entity', id });
  // Those of one device are up and down as it is.
  const together = new Together((one, other) => deviceOf(one) !== null && deviceOf(one) === deviceOf(other));
  const falls: Fall[] = [];
  await inSlices(replay.outages, (outage) => {
    const fall = fallOf(outage, causes);
    if (fall && household.has(fall.id)) falls.push(fall);
  });
  falls.sort((one, other) => one.at - other.at);
  await inSlices(falls, (fall) => together.count(fall));
  await inSlices(falls, (fall) => together.pair(fall));
  return together;
}

/** Of those for which a cause is known nobody needs to be told that they have something in common. */
function fallOf({ subject, since, begun }: Outage, causes: Causes): Fall | null {
  if (!begun || since === null) return null;
  const root = causes.of(subject, since)?.root.kind;
  return root === undefined || root === 'entity' || root === 'area' ? { id: subject.id, at: since } : null;
}
