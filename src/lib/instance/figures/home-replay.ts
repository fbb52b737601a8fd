import { Causes } from '../../core/figures/causes';
import { maintenanceSpans, unreachableSpans } from '../../core/figures/excluded';
import { failuresOf } from '../../core/figures/failures';
import { FormerHousehold } from '../../core/figures/former';
import { type Group, Groups } from '../../core/figures/groups';
import type { By } from '../../core/figures/household';
import { type Period, Replay, type Standing } from '../../core/figures/replay';
import { ValidTime } from '../../core/figures/valid-time';
import type { Attempt, MaintenanceWindow } from '../../core/heal/heal';
import type { Incident } from '../../core/incident/incident';
import type { Kind } from '../../core/subject';
import type { Fact, Passage } from '../../core/transition';
import { recordsOf } from '../past';
import type { Chronicle } from './chronicle';
import { passagesSince, pastPages, recordsSince } from './reading';
import { inSlices } from './slices';
import { ownFacts } from './stretch';
import { unwatchedSince } from './unwatched';

/** One home over a period. */
export interface HomeReplay {
  readonly chronicle: Chronicle;
  /** What it really covers: never before the facts of the home are complete. */
  readonly period: Period;
  readonly valid: ValidTime;
  /** Left out. */
  readonly unreachable_ms: number;
  readonly maintenance_ms: number;
  readonly replay: Replay;
  readonly incidents: readonly Incident[];
  readonly causes: Causes;
  readonly attempts: readonly Attempt[];
}

/** Which subjects are replayed. */
export interface Which {
  readonly kind: Kind;
  readonly id?: string | undefined;
}

const ENTITIES: Which = { kind: 'entity' };

/** Replays one home over several periods, in one reading. */
export async function replayHome<const Wanted extends readonly Period[]>(
  chronicle: Chronicle,
  wanted: Wanted,
  which: Which = ENTITIES,
): Promise<{ [Index in keyof Wanted]: HomeReplay }> {
  const { namespace } = chronicle;
  const periods = wanted.map((period) => covered(period, chronicle.completeSince));
  const from = Math.min(...periods.map((period) => period.from));
  const to = Math.max(...periods.map((period) => period.to));
  const [{ passages, absences }, valid, incidents, attempts] = await Promise.all([
    passagesSince(namespace, from),
    validTime(chronicle, from, to),
    recordsSince<Incident>(namespace, 'incident', from),
    recordsSince<Attempt>(namespace, 'attempt', from),
  ]);
  const replays = periods.map((period) => new Replay(period, valid));
  for await (const page of pastPages(namespace, { ...which, from }, passages))
    for (const one of page) take(one, periods, replays);
  await inSlices(living(chronicle, which), (one) => {
    for (const replay of replays) replay.living(one);
  });
  const causes = new Causes();
  await inSlices(incidents, (incident) => causes.add(incident));
  const household = new FormerHousehold(chronicle.household, absences);
  const common = { chronicle: { ...chronicle, household }, valid, incidents, causes, attempts };
  const homes = periods.map((period, index) => ({
    ...common,
    period,
    replay: replays[index] as Replay,
    unreachable_ms: valid.unreachable(period.from, period.to),
    maintenance_ms: valid.maintenance(period.from, period.to),
  }));
  return homes as unknown as { [Index in keyof Wanted]: HomeReplay };
}

/** Its sums, group by group. */
export async function groupsOf(home: HomeReplay, by: By): Promise<Group[]> {
  const { chronicle, period, replay, causes, attempts } = home;
  const look = { by, household: chronicle.household, period };
  const groups = new Groups(look);
  await inSlices(replay.tallies(), (tally) => groups.tally(tally));
  await inSlices(replay.outages, (outage) => groups.outage(outage));
  await inSlices(failuresOf(look, replay.outages, causes), (failure) => groups.failure(failure));
  for (const attempt of attempts) groups.heal(attempt);
  return groups.all();
}

function covered({ from, to }: Period, completeSince: number | null): Period {
  return { from: Math.min(to, Math.max(from, completeSince ?? to)), to };
}

function take(one: Fact | Passage, periods: readonly Period[], replays: readonly Replay[]): void {
  for (const [index, { from }] of periods.entries()) {
    if (one.at < from) continue;
    if ('passage' in one) replays[index]?.pass(one);
    else replays[index]?.take(one);
  }
}

function* living(chronicle: Chronicle, { kind, id }: Which): Iterable<Standing> {
  for (const one of chronicle.living())
    if (one.subject.kind === kind && (id === undefined || one.subject.id === id)) yield one;
}

async function validTime(chronicle: Chronicle, from: number, to: number): Promise<ValidTime> {
  const { namespace, instance_id, timeZone } = chronicle;
  const [own, windows, unwatched] = await Promise.all([
    ownFacts(chronicle, from),
    recordsOf<MaintenanceWindow>(namespace, 'window'),
    unwatchedSince(namespace, from),
  ]);
  const [self = null] = living(chronicle, { kind: 'instance', id: instance_id });
  return new ValidTime(unreachableSpans(own, self), maintenanceSpans(windows, from, to, timeZone), unwatched);
}
