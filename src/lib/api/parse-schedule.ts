import type { Schedule } from '../core/schedule';
import { CaretakerError } from '../error';
import { WEEKDAYS } from '../instance/parse-action';

const MINUTE_MS = 60_000;
const UNITS = { minute: MINUTE_MS, hour: 60 * MINUTE_MS } as const;
/** Four weeks. */
const MOST_MS = 28 * 24 * 60 * MINUTE_MS;
const EVERY = /^every (\d{1,5}) (minute|hour)s?$/;
const DAILY = /^daily ([01]?\d|2[0-3]):([0-5]\d)$/;
const NAMES: readonly string[] = WEEKDAYS;
const WEEKLY = /^weekly ([a-z]{3}(?: ?, ?[a-z]{3})*) ([01]?\d|2[0-3]):([0-5]\d)$/;

/**
 * `every 15 minutes`, `every 2 hours`, `daily 07:00` or `weekly mon,thu 07:00`; null when it is blank.
 * @throws CaretakerError bad_input
 */
export function parseSchedule(given: unknown): Schedule | null {
  const text = String(given ?? '')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ');
  if (text === '') return null;
  const schedule = everyOf(text) ?? dailyOf(text) ?? weeklyOf(text);
  if (schedule) return schedule;
  throw new CaretakerError(
    'bad_input',
    'schedule: must be such as "every 15 minutes", "every 2 hours", "daily 07:00" or "weekly mon,thu 07:00", at most every 4 weeks.',
  );
}

function everyOf(text: string): Schedule | null {
  const [, number, unit] = EVERY.exec(text) ?? [];
  const every_ms = Number(number) * UNITS[unit as keyof typeof UNITS];
  return every_ms > 0 && every_ms <= MOST_MS ? { every_ms } : null;
}

function dailyOf(text: string): Schedule | null {
  const [, hours, minutes] = DAILY.exec(text) ?? [];
  return hours === undefined ? null : { weekdays: WEEKDAYS.map((_, day) => day), minutes: minutesOf(hours, minutes) };
}

function weeklyOf(text: string): Schedule | null {
  const [, names = '', hours, minutes] = WEEKLY.exec(text) ?? [];
  const weekdays = names.split(/ ?, ?/).map((name) => NAMES.indexOf(name));
  return hours === undefined || weekdays.includes(-1) ? null : { weekdays, minutes: minutesOf(hours, minutes) };
}

function minutesOf(hours: string, minutes: string | undefined): number {
  return Number(hours) * 60 + Number(minutes);
}
