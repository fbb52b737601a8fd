/** What adds up over homes, and over periods that follow each other. */
export interface Sums {
  /** Time that counts, over all its entities, ms. */
  readonly valid_ms: number;
  readonly down_ms: number;
  /** Times that an entity went down, whatever the cause. */
  readonly outage_count: number;
  /** Failures of its own, one for each cause. */
  readonly failure_count: number;
  readonly heals_succeeded: number;
  readonly heals_failed: number;
  /** When the last of its failures began, epoch ms. */
  readonly last_failure: number | null;
}

/** What they come to; null where there is nothing to divide by. */
export interface Figures {
  readonly reliability_percent: number | null;
  readonly mtbf_seconds: number | null;
  readonly mttr_seconds: number | null;
  readonly heal_success_percent: number | null;
}

export const NOTHING: Sums = {
  valid_ms: 0,
  down_ms: 0,
  outage_count: 0,
  failure_count: 0,
  heals_succeeded: 0,
  heals_failed: 0,
  last_failure: null,
};

export function plus(one: Sums, other: Sums): Sums {
  return {
    valid_ms: one.valid_ms + other.valid_ms,
    down_ms: one.down_ms + other.down_ms,
    outage_count: one.outage_count + other.outage_count,
    failure_count: one.failure_count + other.failure_count,
    heals_succeeded: one.heals_succeeded + other.heals_succeeded,
    heals_failed: one.heals_failed + other.heals_failed,
    last_failure: later(one.last_failure, other.last_failure),
  };
}

export function figuresOf({ valid_ms, down_ms, failure_count, heals_succeeded, heals_failed }: Sums): Figures {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  const uptime = valid_ms - down_ms;
  const percent = (value: number | null) => value && 100 * value;
  return {
    reliability_percent: percent(share(uptime, valid_ms)),
    mtbf_seconds: share(uptime / 1000, failure_count),
    mttr_seconds: share(down_ms / 1000, failure_count),
    heal_success_percent: percent(share(heals_succeeded, heals_succeeded + heals_failed)),
  };
}

export function later(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.max(one, other);
}
