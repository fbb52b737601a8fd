import { instantOf, localDay } from './local-time';

/** When something is done by the clock, again and again. */
export type Schedule =
  | { readonly every_ms: number }
  /** `weekdays`: 0 is Sunday; `minutes` since midnight on the wall. */
  | { readonly weekdays: readonly number[]; readonly minutes: number };

/** Whatever its weekday, one of these days comes next; the day before for a time that summer time moved past midnight. */
const DAYS = [-1, 0, 1, 2, 3, 4, 5, 6, 7];

/**
 * The first time after an instant, epoch ms. An interval is counted from the epoch, so that nothing moves it.
 * @param timeZone of days and times of day
 */
export function nextRun(schedule: Schedule, after: number, timeZone: string): number {
  if ('every_ms' in schedule) return (Math.floor(after / schedule.every_ms) + 1) * schedule.every_ms;
  const { weekdays, minutes } = schedule;
  for (const ahead of DAYS) {
    const day = localDay(after, timeZone, -ahead);
    const at = weekdays.includes(day.weekday) ? instantOf(day, minutes, timeZone) : after;
    if (at > after) return at;
  }
  return Number.POSITIVE_INFINITY;
}
