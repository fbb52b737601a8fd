import { LocalHours } from '../local-time';
import type { Failure } from './causes';

const HOURS_A_DAY = 24;
const HOURS_A_WEEK = 168;
/** The hours on the wall begin on a Thursday, a week on a Sunday. */
const THURSDAY = 4 * HOURS_A_DAY;
/** Of failures at the same hour of the week, and of the weeks they were in. */
const WEEKLY = 3;
/** Failures that are looked at for the same hour of the day, and the days they must have been on. */
const DAILY = 4;
const DAYS = 3;
/** The share of all failures that makes it their hour. */
const SHARE = 0.6;
/** So many times its root above what chance would bring: every hour is tried. */
const BEYOND_CHANCE = 5;

/** A group that fails again and again at the same time. */
export interface Recurrence {
  readonly group: string;
  readonly every: 'week' | 'day';
  /** 0 is Sunday; null when it is every day. */
  readonly weekday: number | null;
  /** On the wall. */
  readonly hour: number;
  /** Failures at that time; of a week within an hour of it. */
  readonly count: number;
  /** In how many weeks, or on how many days. */
  readonly times: number;
  /** All its failures. */
  readonly total: number;
}

/** @param timeZone the home's own */
export class Recurrences {
  readonly #hours: LocalHours;
  /** By group: hours since a Sunday long ago. */
  readonly #failures = new Map<string, number[]>();

  constructor(timeZone: string) {
    this.#hours = new LocalHours(timeZone);
  }

  take({ group, at }: Failure): void {
    const hour = this.#hours.at(at) + THURSDAY;
    const hours = this.#failures.get(group);
    if (hours) hours.push(hour);
    else this.#failures.set(group, [hour]);
  }

  /** The strongest of each group. */
  *found(): Iterable<Recurrence> {
    for (const [group, hours] of this.#failures) {
      const week = weekly(hours);
      const day = daily(hours);
      const found = week && week.count >= SHARE * hours.length ? week : (day ?? week);
      if (found) yield { group, ...found, total: hours.length };
    }
  }
}

type Found = Omit<Recurrence, 'group' | 'total'>;

function weekly(hours: readonly number[]): Found | null {
  const byHour = grouped(hours, HOURS_A_WEEK);
  const expected = (3 * hours.length) / HOURS_A_WEEK;
  let best: (Found & { readonly exact: number }) | null = null;
  for (const [hour, exact] of byHour) {
    const near = [hour - 1, hour, hour + 1].flatMap((one) => byHour.get((one + HOURS_A_WEEK) % HOURS_A_WEEK) ?? []);
    // The first hour of a week is next to the last one of the week before.
    const times = new Set(near.map((one) => Math.floor((one - hour + HOURS_A_WEEK / 2) / HOURS_A_WEEK))).size;
    if (near.length < WEEKLY || times < WEEKLY) continue;
    if (near.length < expected + BEYOND_CHANCE * Math.sqrt(expected)) continue;
    const isBetter = !best || near.length > best.count || (near.length === best.count && exact.length > best.exact);
    if (!isBetter) continue;
    const [weekday, ofDay] = [Math.floor(hour / HOURS_A_DAY), hour % HOURS_A_DAY];
    best = { every: 'week', weekday, hour: ofDay, count: near.length, times, exact: exact.length };
  }
  if (!best) return null;
  const { exact: _exact, ...found } = best;
  return found;
}

function daily(hours: readonly number[]): Found | null {
  if (hours.length < DAILY) return null;
  for (const [hour, those] of grouped(hours, HOURS_A_DAY)) {
    if (those.length < SHARE * hours.length) continue;
    const times = new Set(those.map((one) => Math.floor(one / HOURS_A_DAY))).size;
    if (times >= DAYS) return { every: 'day', weekday: null, hour, count: those.length, times };
  }
  return null;
}

function grouped(hours: readonly number[], cycle: number): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const hour of hours) {
    const those = groups.get(hour % cycle);
    if (those) those.push(hour);
    else groups.set(hour % cycle, [hour]);
  }
  return groups;
}
