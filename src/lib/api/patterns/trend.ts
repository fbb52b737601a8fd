import { figuresOf, type Sums } from '../../core/figures/sums';
import { listOf, maybeNumber, oneOf, record, text } from '../schema';

/** Percentage points of availability that are a change. */
const POINTS = 0.5;
/** Where availability is as it was: the share by which failures must differ, and the least number of them. */
const SHARE = 25;
const FAILURES = 2;

/** A window against the one before it. */
export interface Compared {
  readonly instance_id: string;
  readonly now: Sums;
  readonly before: Sums;
}

export const trendAnswer = record({
  verdict: oneOf('improved', 'degraded', 'stable', 'new'),
  failures_before: maybeNumber,
  failures_change_percent: maybeNumber,
  availability_before: maybeNumber,
  availability_change: maybeNumber,
  instances: listOf({ ...text, description: 'Those whose facts reach back over the whole window before' }),
});

/** @param sums of the homes that can be compared; null when none can be */
export function trendOf(sums: { readonly now: Sums; readonly before: Sums } | null, instances: readonly string[]) {
  const now = sums && figuresOf(sums.now).reliability_percent;
  const before = sums && figuresOf(sums.before).reliability_percent;
  const change = now === null || before === null ? null : now - before;
  const [failed = 0, failedBefore = 0] = [sums?.now.failure_count, sums?.before.failure_count];
  const percent = failedBefore > 0 ? (100 * (failed - failedBefore)) / failedBefore : null;
  return {
    verdict: change === null ? 'new' : verdictOf(change, failed, failedBefore),
    failures_before: sums ? failedBefore : null,
    failures_change_percent: sums && percent,
    availability_before: before,
    availability_change: change,
    instances,
  };
}

function verdictOf(change: number, failed: number, failedBefore: number): 'improved' | 'degraded' | 'stable' {
  if (Math.abs(change) >= POINTS) return change > 0 ? 'improved' : 'degraded';
  const more = failed - failedBefore;
  if (Math.abs(more) < FAILURES || Math.abs(more) * 100 < SHARE * Math.max(failedBefore, 1)) return 'stable';
  return more < 0 ? 'improved' : 'degraded';
}
