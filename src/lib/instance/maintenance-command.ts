import { randomUUID } from 'node:crypto';
import type { MaintenanceWindow } from '../core/heal/heal';
import { maintenanceUntil } from '../core/heal/maintenance';
import { type Knowledge, type Reference, resolveCommand, resolveMany } from '../core/resolve';
import { CaretakerError } from '../error';
import { chosenOf, healingOf } from './heal-wish';
import { parseInstant, parseWindow, WEEKDAYS, type WindowOptions } from './parse-action';
import type { Member } from './roster';

/** A window as it crosses a boundary: instants are ISO 8601 UTC. */
interface WindowRecord {
  readonly window_id: string;
  readonly repeats: MaintenanceWindow['repeats'];
  /** Of one that happens once; `to` is null until it is ended. */
  readonly from: string | null;
  readonly to: string | null;
  /** Of one that comes each week, in the home's own time zone. */
  readonly weekdays: readonly string[] | null;
  readonly at: string | null;
  readonly duration_minutes: number | null;
  readonly reason: string | null;
  /** The home is worked on now because of it; null where nobody can say. */
  readonly in_force: boolean | null;
}

export interface MaintenanceAnswer {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly action: 'maintenance' | 'end_maintenance' | 'windows';
  /** What was set, what was ended, or all there are; null of a home that is not watched now. */
  readonly windows: readonly WindowRecord[] | null;
  /** The home is worked on now; null of one that is not watched now, where nobody can say. */
  readonly in_maintenance: boolean | null;
  /** Until when; null while it is not, or nobody can say. */
  readonly until: string | null;
  /** Null while it is not known. */
  readonly time_zone: string | null;
}

const MINUTE_MS = 60_000;

/**
 * Has a home left alone: once, each week, or until it is ended. In that time nothing is judged and nothing healed.
 * @param fields `from`, `to` or `for_minutes`; or `weekdays`, `at` and `duration_minutes`; or nothing; `reason`
 * @throws CaretakerError bad_input, instance_required, instance_ambiguous, instance_not_found, instance_not_ready
 */
export function maintenanceCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  now: number,
): MaintenanceAnswer {
  const window = windowOf(parseWindow(fields), now);
  const member = chosenOf(resolveCommand(visible, reference));
  const { holds } = healingOf(member);
  // A button that is pressed twice has opened it once.
  const known = isOpenEnd(window) ? inForce(member, now).find(isOpenEnd) : undefined;
  if (!known) holds.setWindow(window);
  return answer(member, 'maintenance', [known ?? window], now);
}

/**
 * Ends a window, or withdraws one that has not begun or comes each week.
 * @param fields `window_id`; without it the only one that was opened, and not for each week
 * @throws CaretakerError as `maintenanceCommand`; no_target when there is no such window
 */
export function endMaintenanceCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  now: number,
): MaintenanceAnswer {
  const { window_id } = parseWindow(fields);
  const holding: Knowledge<Member> = {
    knows: ({ instance }) => instance?.healing.holds.windows.has(window_id ?? ''),
  };
  const member = chosenOf(resolveCommand(visible, reference, window_id === undefined ? undefined : holding));
  const meant = window_id ?? openWindow(member, now);
  const ended = healingOf(member).holds.removeWindow(meant, now);
  if (!ended) throw new CaretakerError('no_target', `window_id: ${member.name} has no maintenance window '${meant}'.`);
  return answer(member, 'end_maintenance', [ended], now);
}

/**
 * All that are in force or to come; a home each.
 * @throws CaretakerError instance_required, instance_ambiguous, instance_not_found
 */
export function windowsOf(visible: readonly Member[], reference: Reference, now: number): MaintenanceAnswer[] {
  return chosenOf(resolveMany(visible, reference)).map((member) => windowsIn(member, now));
}

/** All that are in force or to come in a home. */
export function windowsIn(member: Member, now: number): MaintenanceAnswer {
  return answer(member, 'windows', member.instance ? inForce(member, now) : null, now);
}

/** As `windowsIn`, of a home that is not watched now: when one of each week is in force only its time zone tells. */
export function storedWindowsIn(
  { instance_id, name }: Member,
  stored: readonly MaintenanceWindow[],
  now: number,
): MaintenanceAnswer {
  const coming = stored.filter((window) => window.repeats === 'weekly' || window.to === null || window.to > now);
  const once = coming.filter(({ repeats }) => repeats === 'once');
  // Instants need no time zone.
  const until = maintenanceUntil(once, now, 'UTC');
  const isNow = (window: MaintenanceWindow) =>
    window.repeats === 'weekly' ? null : maintenanceUntil([window], now, 'UTC') !== null;
  return {
    instance_id,
    instance_name: name,
    action: 'windows',
    windows: coming.map((window) => windowRecord(window, isNow(window))),
    in_maintenance: until === null && coming.length > once.length ? null : until !== null,
    until: until === null ? null : isoOf(until),
    time_zone: null,
  };
}

function inForce(member: Member, now: number): MaintenanceWindow[] {
  const { holds } = healingOf(member);
  holds.expire(now);
  return [...holds.windows.values()];
}

/** One of each week is only withdrawn by its id: it would not come again. */
function openWindow(member: Member, now: number): string {
  const all = inForce(member, now);
  const open = all.filter((window) => window.repeats === 'once' && maintenanceUntil([window], now, 'UTC') !== null);
  const [only, another] = open;
  if (only && !another) return only.window_id;
  const ids = (another ? open : all).map((window) => window.window_id).join(', ');
  if (!ids) throw new CaretakerError('no_target', `window_id: ${member.name} has no maintenance window.`);
  throw new CaretakerError('bad_input', `window_id: is missing. Set it to one of: ${ids}.`);
}

function isOpenEnd(window: MaintenanceWindow): boolean {
  return window.repeats === 'once' && window.to === null;
}

const ONCE = ['from', 'to', 'for_minutes'] as const;
const WEEKLY = ['weekdays', 'at', 'duration_minutes'] as const;

function windowOf(options: WindowOptions, now: number): MaintenanceWindow {
  const common = { window_id: randomUUID(), reason: options.reason ?? null };
  const [once] = ONCE.filter((field) => options[field] !== undefined);
  const [weekly] = WEEKLY.filter((field) => options[field] !== undefined);
  if (once && weekly)
    throw new CaretakerError('bad_input', `${once}, ${weekly}: a window is for once or for each week, not for both.`);
  if (weekly) return { ...common, repeats: 'weekly', began: now, ended: null, ...weeklyOf(options) };
  return { ...common, repeats: 'once', ...onceOf(options, now) };
}

function weeklyOf({ weekdays, at, duration_minutes }: WindowOptions) {
  const numbers = required('weekdays', weekdays).map((day) => WEEKDAYS.indexOf(day));
  const time = required('at', at);
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time))
    throw new CaretakerError('bad_input', 'at: must be a time of day, such as 02:30.');
  return { weekdays: numbers, at: time, duration_minutes: required('duration_minutes', duration_minutes) };
}

function required<T>(field: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new CaretakerError('bad_input', `${field}: is missing. A window of each week needs ${WEEKLY.join(', ')}.`);
}

function onceOf({ from, to, for_minutes }: WindowOptions, now: number) {
  if (to !== undefined && for_minutes !== undefined)
    throw new CaretakerError('bad_input', 'to, for_minutes: set only one of them.');
  if (from !== undefined && to === undefined && for_minutes === undefined)
    throw new CaretakerError('bad_input', 'to: is missing. Set to or for_minutes.');
  const begins = from === undefined ? now : parseInstant('from', from);
  const ends = to === undefined ? endOf(begins, for_minutes) : parseInstant('to', to);
  if (ends !== null && ends <= begins) throw new CaretakerError('bad_input', 'to: must be after from.');
  if (ends !== null && ends <= now) throw new CaretakerError('bad_input', 'to: is over already.');
  return { from: begins, to: ends };
}

function endOf(begins: number, minutes: number | undefined): number | null {
  return minutes === undefined ? null : Math.round(begins + minutes * MINUTE_MS);
}

function answer(
  member: Member,
  action: MaintenanceAnswer['action'],
  windows: readonly MaintenanceWindow[] | null,
  now: number,
): MaintenanceAnswer {
  const { instance_id, name, instance } = member;
  const until = instance?.healing.maintenanceUntil(now) ?? null;
  const time_zone = instance?.info?.time_zone ?? null;
  const isNow = (window: MaintenanceWindow) =>
    instance?.healing.holds.windows.has(window.window_id) === true &&
    maintenanceUntil([window], now, instance.timeZone) !== null;
  return {
    instance_id,
    instance_name: name,
    action,
    windows: windows?.map((window) => windowRecord(window, isNow(window))) ?? null,
    in_maintenance: until !== null,
    until: until === null ? null : isoOf(until),
    time_zone,
  };
}

function windowRecord(window: MaintenanceWindow, in_force: boolean | null): WindowRecord {
  const { window_id, repeats, reason } = window;
  const weekly = window.repeats === 'weekly' ? window : null;
  return {
    window_id,
    repeats,
    from: window.repeats === 'once' ? isoOf(window.from) : null,
    to: window.repeats === 'once' && window.to !== null ? isoOf(window.to) : null,
    weekdays: weekly?.weekdays.map((day) => WEEKDAYS[day] as string) ?? null,
    at: weekly?.at ?? null,
    duration_minutes: weekly?.duration_minutes ?? null,
    reason,
    in_force,
  };
}

/** What is open has no end that could be told. */
function isoOf(at: number): string | null {
  return Number.isFinite(at) ? new Date(at).toISOString() : null;
}
