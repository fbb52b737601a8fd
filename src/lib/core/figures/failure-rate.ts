import type { Failure } from './causes';
import type { Period } from './replay';
import type { ValidTime } from './valid-time';

const DAY_MS = 86_400_000;
/** So much shorter a week is in which summer time begins, ms. */
const DST_MS = 3_600_000;
/** Fewer days than these say nothing of what is usual. */
const ENOUGH = 7;
/** Beyond that it is no chance (Iglewicz and Hoaglin). */
const LIMIT = 3.5;
/** Makes the median deviation of chance its standard deviation. */
const CONSISTENCY = 0.6745;
/** Where as good as all days are alike, one failure more is still no news. */
const LEAST_DEVIATION = 0.5;

/** A group that failed more often in the last day than it does. */
export interface UnusualRate {
  readonly group: string;
  /** In the last 24 hours. */
  readonly failures: number;
  /** The median of a day. */
  readonly usual: number;
  /** How many days it was compared with. */
  readonly days: number;
  /** Robust z. */
  readonly score: number;
}

/** What is usual: the 24 hours before each other, as far as most of them counted. */
export function baselineDays({ from, to }: Period, valid: ValidTime): readonly number[] {
  const days: number[] = [];
  for (let back = 1; to - (back + 1) * DAY_MS >= from - DST_MS; back += 1) {
    const end = to - back * DAY_MS;
    if (valid.between(end - DAY_MS, end) >= DAY_MS / 2) days.push(back);
  }
  return days;
}

/** Those that failed more often in the last day than is usual; none where there is nothing to compare with. */
export function unusualRates(failures: Iterable<Failure>, period: Period, baseline: readonly number[]): UnusualRate[] {
  if (baseline.length < ENOUGH) return [];
  const counts = new Map<string, number[]>();
  for (const { group, at } of failures) {
    const days = counts.get(group) ?? [];
    counts.set(group, days);
    const back = Math.floor((period.to - 1 - at) / DAY_MS);
    days[back] = (days[back] ?? 0) + 1;
  }
  return [...counts].flatMap(([group, days]) => {
    const past = baseline.map((back) => days[back] ?? 0);
    const usual = median(past);
    const failed = days[0] ?? 0;
    const score = (CONSISTENCY * (failed - usual)) / deviation(past, usual);
    return score > LIMIT ? [{ group, failures: failed, usual, days: past.length, score }] : [];
  });
}

/** What happens at random varies by its root. */
function deviation(counts: readonly number[], usual: number): number {
  const spread = median(counts.map((count) => Math.abs(count - usual)));
  return Math.max(spread, CONSISTENCY * Math.sqrt(usual), LEAST_DEVIATION);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}
