import type { MaintenanceWindow } from '../heal/heal';
import { isDown } from '../health';
import { instantOf, laterDay, localDay } from '../local-time';
import type { Fact } from '../transition';
import type { Standing } from './replay';
import type { Span } from './spans';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

/**
 * When a home could not be reached.
 * @param facts of the home itself, oldest first
 * @param present how it is after them; null when it is not known
 */
export function unreachableSpans(facts: readonly Fact[], present: Standing | null): Span[] {
  const spans: Span[] = [];
  const [first] = facts;
  if (!first) return present?.status && isDown(present.status) ? [{ from: present.since, to: FOR_EVER }] : [];
  let from = first.previous_status && isDown(first.previous_status) ? 0 : null;
  for (const { status, since } of facts) {
    if (isDown(status)) from ??= since;
    else if (from !== null) {
      spans.push({ from, to: since });
      from = null;
    }
  }
  return from === null ? spans : [...spans, { from, to: FOR_EVER }];
}

/**
 * When somebody worked on a home, as far as it reaches into `[from, to)`.
 * @param timeZone the home's own
 */
export function maintenanceSpans(
  windows: Iterable<MaintenanceWindow>,
  from: number,
  to: number,
  timeZone: string,
): Span[] {
  const spans: Span[] = [];
  for (const window of windows) {
    if (window.repeats === 'once') spans.push({ from: window.from, to: window.to ?? FOR_EVER });
    else spans.push(...weeklySpans(window, from, to, timeZone));
  }
  return spans;
}

type Weekly = Extract<MaintenanceWindow, { repeats: 'weekly' }>;

function weeklySpans(window: Weekly, from: number, to: number, timeZone: string): Span[] {
  const { weekdays, at, duration_minutes, began, ended } = window;
  const duration = duration_minutes * MINUTE_MS;
  const [low, high] = [Math.max(from, began), Math.min(to, ended ?? to)];
  if (low >= high) return [];
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const spans: Span[] = [];
  // One day more on both sides: which day it is depends on the zone, and some have 23 hours.
  const days = Math.ceil((high - low + duration) / DAY_MS) + 2;
  const first = localDay(low - duration - DAY_MS, timeZone);
  for (let day = first, count = 0; count <= days + 1; count += 1, day = laterDay(day, 1)) {
    if (!weekdays.includes(day.weekday)) continue;
    const begins = instantOf(day, hours * 60 + minutes, timeZone);
    spans.push({ from: Math.max(begins, began), to: Math.min(begins + duration, ended ?? FOR_EVER) });
  }
  return spans;
}
