// biome-ignore-all lint/style/noRestrictedGlobals: Date is the calendar here, never the clock

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** A calendar day in some time zone; `month` from 1, `weekday` 0 is Sunday. */
export interface LocalDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

/** Making one costs a hundred times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** A time zone nobody knows is UTC: a home's clock must not stop what looks after it. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = makeFormat(timeZone) ?? makeFormat('UTC');
  if (!format) throw new Error('There is no time zone UTC.');
  formats.set(timeZone, format);
  return format;
}

/** What a home says is its time zone, if there is such a one; else UTC. */
export function knownTimeZone(said: unknown): string {
  return typeof said === 'string' && makeFormat(said) ? said : 'UTC';
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  const numeric = 'numeric';
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
  } catch {
    return null;
  }
}

/** The clock on the wall at an instant, as if it were UTC, epoch ms. */
function wallClock(instant: number, timeZone: string): number {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** The day an instant falls on, or so many days before. */
export function localDay(instant: number, timeZone: string, daysBefore = 0): LocalDay {
  return dayOf(wallClock(instant, timeZone) - daysBefore * DAY_MS);
}

/** Minutes since midnight on the wall. */
export function localMinutes(instant: number, timeZone: string): number {
  const date = new Date(wallClock(instant, timeZone));
  return date.getUTCHours() * 60 + date.getUTCMinutes();
}

/** Date and time as on the wall, to the minute: `2026-11-28 07:00`. */
export function wallText(instant: number, timeZone: string): string {
  return new Date(wallClock(instant, timeZone)).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * When the clock on the wall shows that time on that day, epoch ms. A time that summer time leaves out is the same
 * stretch after the change; of one that comes twice, the first.
 */
export function instantOf({ year, month, day }: LocalDay, minutes: number, timeZone: string): number {
  const wall = Date.UTC(year, month - 1, day) + minutes * MINUTE_MS;
  const offsetAt = (instant: number) => wallClock(instant, timeZone) - instant;
  // The offsets on both sides of any change of this day.
  const [before, after] = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
  const candidates = [wall - before, wall - after].filter((instant) => wallClock(instant, timeZone) === wall);
  return candidates.length > 0 ? Math.min(...candidates) : wall - before;
}

/** So many days later; earlier when negative. */
export function laterDay({ year, month, day }: LocalDay, days: number): LocalDay {
  return dayOf(Date.UTC(year, month - 1, day + days));
}

/** So many calendar days before, when the clock on the wall showed the same, epoch ms. */
export function daysBefore(instant: number, days: number, timeZone: string): number {
  const day = localDay(instant, timeZone, days);
  return instantOf(day, localMinutes(instant, timeZone), timeZone) + (instant % MINUTE_MS);
}

/** The hours that the clock on the wall shows, for many instants: it is asked twice for each day. */
export class LocalHours {
  readonly #timeZone: string;
  /** How far it is ahead over a whole day of UTC, ms; null on a day on which that changes. */
  readonly #offsets = new Map<number, number | null>();

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** Hours since the beginning of 1970, a Thursday, as the wall has it. */
  at(instant: number): number {
    const day = Math.floor(instant / DAY_MS);
    const known = this.#offsets.get(day);
    const offset = known === undefined ? this.#offsetOf(day) : known;
    return Math.floor((offset === null ? wallClock(instant, this.#timeZone) : instant + offset) / HOUR_MS);
  }

  #offsetOf(day: number): number | null {
    const [begin, end] = [day * DAY_MS, (day + 1) * DAY_MS].map((at) => wallClock(at, this.#timeZone) - at);
    const offset = begin === end && begin !== undefined ? begin : null;
    this.#offsets.set(day, offset);
    return offset;
  }
}

/** @param wall the clock on the wall as if it were UTC, epoch ms */
function dayOf(wall: number): LocalDay {
  const date = new Date(wall);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
}
