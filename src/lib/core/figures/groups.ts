import type { Attempt } from '../heal/heal';
import type { Failure } from './causes';
import type { Look } from './failures';
import { type Belongs, groupOf } from './household';
import type { Outage, Tally } from './replay';
import { later, NOTHING, type Sums } from './sums';

/** One integration, device, entity or home. */
export interface Group {
  readonly key: string;
  readonly sums: Readonly<Sums>;
  /** Entities it has at the end of the period, and how many of them are down. */
  readonly entities: number;
  readonly down: number;
}

interface Open extends Group {
  readonly sums: { -readonly [Sum in keyof Sums]: Sums[Sum] };
  entities: number;
  down: number;
}

/** Sums up one home over a period, group by group. */
export class Groups {
  readonly #look: Look;
  readonly #groups = new Map<string, Open>();

  constructor(look: Look) {
    this.#look = look;
  }

  /** The time of one entity. */
  tally({ subject, valid_ms, down_ms, alive, down }: Tally): void {
    const group = this.#of(subject);
    if (!group) return;
    group.sums.valid_ms += valid_ms;
    group.sums.down_ms += down_ms;
    if (alive) group.entities += 1;
    if (down) group.down += 1;
  }

  outage({ subject, begun }: Outage): void {
    const group = begun ? this.#of(subject) : null;
    if (group) group.sums.outage_count += 1;
  }

  failure({ group: key, at }: Failure): void {
    const { sums } = this.#group(key);
    sums.failure_count += 1;
    sums.last_failure = later(sums.last_failure, at);
  }

  /** Counts when it ended. */
  heal({ target, integration, ended, outcome }: Attempt): void {
    const { by, period } = this.#look;
    if (ended === null || outcome === null || ended < period.from || ended >= period.to) return;
    const known = by === 'integration' ? integration : null;
    const group = known === null ? this.#of(target) : this.#group(known);
    if (!group) return;
    if (outcome === 'healed') group.sums.heals_succeeded += 1;
    else group.sums.heals_failed += 1;
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  #of(one: Belongs): Open | null {
    const key = groupOf(this.#look.by, this.#look.household, one);
    return key === null ? null : this.#group(key);
  }

  #group(key: string): Open {
    const known = this.#groups.get(key);
    if (known) return known;
    const group = { key, sums: { ...NOTHING }, entities: 0, down: 0 };
    this.#groups.set(key, group);
    return group;
  }
}
