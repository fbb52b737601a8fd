import { instantOf, localDay } from '../local-time';
import type { MaintenanceWindow } from './heal';

const MINUTE_MS = 60_000;
const MINUTES_A_DAY = 1_440;
const DAYS_A_WEEK = 7;

/**
 * Until when the home is worked on, epoch ms: `Infinity` while nobody has closed the window; null when it is not.
 * @param timeZone the home's own
 */
export function maintenanceUntil(windows: Iterable<MaintenanceWindow>, now: number, timeZone: string): number | null {
  let latest: number | null = null;
  for (const window of windows) {
    const until = window.repeats === 'once' ? onceUntil(window, now) : weeklyUntil(window, now, timeZone);
    if (until !== null && until > (latest ?? 0)) latest = until;
  }
  return latest;
}

type Of<Repeats> = Extract<MaintenanceWindow, { repeats: Repeats }>;

function onceUntil({ from, to }: Of<'once'>, now: number): number | null {
  // Opened by hand, it is open; the clock may have been set back since.
  if (to === null) return Number.POSITIVE_INFINITY;
  return from <= now && now < to ? to : null;
}

/** Looks at each day on which a window that still lasts may have begun. */
function weeklyUntil({ weekdays, at, duration_minutes }: Of<'weekly'>, now: number, timeZone: string): number | null {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  let latest: number | null = null;
  // One day more, as some have 23 hours; what began more than a week ago has begun anew since.
  const furthest = Math.min(Math.ceil(duration_minutes / MINUTES_A_DAY) + 1, DAYS_A_WEEK);
  for (let back = 0; back <= furthest; back += 1) {
    const day = localDay(now, timeZone, back);
    if (!weekdays.includes(day.weekday)) continue;
    const from = instantOf(day, hours * 60 + minutes, timeZone);
    const until = from + duration_minutes * MINUTE_MS;
    if (from <= now && now < until && until > (latest ?? 0)) latest = until;
  }
  return latest;
}
