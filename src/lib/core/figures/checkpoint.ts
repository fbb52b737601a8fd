import { isDown } from '../health';
import type { Subject } from '../subject';
import type { Before, Earlier } from './before';
import { type By, groupOf, type Household } from './household';
import type { Standing } from './replay';
import { NOTHING, type Sums } from './sums';

/** How many entities a group has, and how many of them are down. */
export interface Headcount {
  readonly entities: number;
  readonly down: number;
}

/** What a group has come to. */
export type Total = Sums & Headcount;

/** All that a home has come to up to an instant. The difference of two is what it came to in between. */
export interface Checkpoint {
  /** Epoch ms. */
  readonly at: number;
  /** Since when there is something to sum up, epoch ms. */
  readonly began: number;
  readonly unreachable_ms: number;
  /** Of the time in which the home could be reached. */
  readonly maintenance_ms: number;
  readonly incidents_opened: number;
  readonly incidents_resolved: number;
  /** The home could not be reached at that instant. */
  readonly is_unreachable: boolean;
  /** Over all its entities, also those of no integration. */
  readonly home: Total;
  /** Each once. */
  readonly integrations: readonly (Total & { readonly integration: string })[];
}

export const NO_TOTAL: Total = { ...NOTHING, entities: 0, down: 0 };

/**
 * Nothing has been summed up yet.
 * @param began when the first thing happened, where that is known
 */
export function beginning(at: number, began: number, is_unreachable: boolean): Checkpoint {
  const none = {
    unreachable_ms: 0,
    maintenance_ms: 0,
    incidents_opened: 0,
    incidents_resolved: 0,
    home: NO_TOTAL,
    integrations: [],
  };
  return { at, began, is_unreachable, ...none };
}

/** By the key of each group. */
export function totalsOf({ home, integrations }: Checkpoint, by: RolledBy, household: Household): Map<string, Total> {
  if (by === 'instance') return new Map([[household.instance_id, home]]);
  return new Map(integrations.map(({ integration, ...total }) => [integration, total]));
}

/** What checkpoints keep apart. */
export type RolledBy = Extract<By, 'integration' | 'instance'>;

export function isRolledBy(by: By): by is RolledBy {
  return by === 'integration' || by === 'instance';
}

/** How many of those there were at an instant are in each group. */
export function headcounts(earlier: Iterable<Earlier>, by: RolledBy, household: Household): Map<string, Headcount> {
  const counts = new Map<string, { entities: number; down: number }>();
  for (const { subject, down } of earlier) {
    const key = groupOf(by, household, subject);
    if (key === null) continue;
    const count = counts.get(key) ?? { entities: 0, down: 0 };
    counts.set(key, count);
    add(count, down);
  }
  return counts;
}

/** Entities, counted one by one: in their home, and in their integration. */
class Counting {
  readonly home = { entities: 0, down: 0 };
  readonly integrations = new Map<string, { entities: number; down: number }>();
  readonly #household: Household;

  constructor(household: Household) {
    this.#household = household;
  }

  take(subject: Subject, down: boolean): void {
    add(this.home, down);
    const integration = this.#household.integrationOf(subject);
    if (integration === null) return;
    const own = this.integrations.get(integration) ?? { entities: 0, down: 0 };
    this.integrations.set(integration, own);
    add(own, down);
  }
}

function add(count: { entities: number; down: number }, down: boolean): void {
  count.entities += 1;
  if (down) count.down += 1;
}

/**
 * The same sums, with the entities counted anew: by what they are of now, and also those whose facts are gone.
 * @param before knows all facts confirmed since its instant
 * @param standing who is there now
 */
export function recounted(
  checkpoint: Checkpoint,
  before: Before,
  standing: Iterable<Standing>,
  household: Household,
): Checkpoint {
  const counting = new Counting(household);
  for (const { subject, down } of before.all()) counting.take(subject, down);
  for (const { subject, status } of standing) {
    if (subject.kind !== 'entity' || status === null || before.knows(subject.id)) continue;
    if (household.has(subject.id)) counting.take(subject, isDown(status));
  }
  const { home, integrations: counts } = counting;
  const totals = totalsOf(checkpoint, 'integration', household);
  const keys = [...new Set([...totals.keys(), ...counts.keys()])];
  return {
    ...checkpoint,
    home: { ...checkpoint.home, ...home },
    integrations: keys.map((integration) => ({
      integration,
      ...(totals.get(integration) ?? NO_TOTAL),
      ...(counts.get(integration) ?? { entities: 0, down: 0 }),
    })),
  };
}

/** What came to be between two checkpoints of one home, a group each. */
export function difference(
  from: Checkpoint,
  to: Checkpoint,
  by: RolledBy,
  household: Household,
): ReadonlyMap<string, Sums> {
  const before = totalsOf(from, by, household);
  const sums = [...totalsOf(to, by, household)].map(([key, total]) => {
    return [key, minus(total, before.get(key) ?? NO_TOTAL, from.at)] as const;
  });
  return new Map(sums);
}

function minus(whole: Sums, part: Sums, from: number): Sums {
  return {
    valid_ms: whole.valid_ms - part.valid_ms,
    down_ms: whole.down_ms - part.down_ms,
    outage_count: whole.outage_count - part.outage_count,
    failure_count: whole.failure_count - part.failure_count,
    heals_succeeded: whole.heals_succeeded - part.heals_succeeded,
    heals_failed: whole.heals_failed - part.heals_failed,
    last_failure: whole.last_failure !== null && whole.last_failure >= from ? whole.last_failure : null,
  };
}
