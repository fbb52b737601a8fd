import type { Attempt } from '../heal/heal';
import type { Causes } from './causes';
import { type Belongs, type By, groupOf, type Household } from './household';
import type { Outage, Period, Tally } from './replay';
import { NOTHING, plus, type Sums } from './sums';

/** One integration, device, entity or home. */
export interface Group {
  readonly key: string;
  readonly sums: Sums;
  /** Entities it has now, and how many of them are down. */
  readonly entities: number;
  readonly down: number;
}

interface Open extends Group {
  sums: Sums;
  entities: number;
  down: number;
}

/** Sums up one home over a period, group by group. */
export class Groups {
  readonly #by: By;
  readonly #household: Household;
  readonly #period: Period;
  readonly #groups = new Map<string, Open>();

  constructor(by: By, household: Household, period: Period) {
    this.#by = by;
    this.#household = household;
    this.#period = period;
  }

  /** The time of one entity. */
  tally({ subject, valid_ms, down_ms, alive, down }: Tally): void {
    const group = this.#of(subject);
    if (!group) return;
    group.sums = { ...group.sums, valid_ms: group.sums.valid_ms + valid_ms, down_ms: group.sums.down_ms + down_ms };
    if (alive) group.entities += 1;
    if (down) group.down += 1;
  }

  /** An outage of an entity: a failure of its own where no incident explains it. */
  outage({ subject, since, begun }: Outage, causes: Causes): void {
    const group = begun && since !== null ? this.#of(subject) : null;
    if (!group || since === null) return;
    this.#add(group, { outage_count: 1 });
    if (!causes.of(subject, since)) this.#add(group, { failure_count: 1, last_failure: since });
  }

  incidents(causes: Causes): void {
    for (const { group, at } of causes.failures((one) => groupOf(this.#by, this.#household, one)))
      if (this.#within(at)) this.#add(this.#group(group), { failure_count: 1, last_failure: at });
  }

  heal({ target, integration, ended, outcome }: Attempt): void {
    if (ended === null || outcome === null || !this.#within(ended)) return;
    const known = this.#by === 'integration' ? integration : null;
    const group = known === null ? this.#of(target) : this.#group(known);
    if (group) this.#add(group, outcome === 'healed' ? { heals_succeeded: 1 } : { heals_failed: 1 });
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  #within(at: number): boolean {
    const { from, to } = this.#period;
    return at >= from && at < to;
  }

  #add(group: Open, more: Partial<Sums>): void {
    group.sums = plus(group.sums, { ...NOTHING, ...more });
  }

  #of(one: Belongs): Open | null {
    const key = groupOf(this.#by, this.#household, one);
    return key === null ? null : this.#group(key);
  }

  #group(key: string): Open {
    const known = this.#groups.get(key);
    if (known) return known;
    const group = { key, sums: NOTHING, entities: 0, down: 0 };
    this.#groups.set(key, group);
    return group;
  }
}
