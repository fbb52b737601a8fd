import type { Plan, PlanMatch } from '../core/heal/plan';
import { isPlan, MOST_FAULTS, planFaults, WEEKDAYS, type WrittenPlan } from './plan-schema';
import { type Place, type PlanDocument, readText } from './plan-text';

/** What a file of plans comes to: its plans, or all that keeps it from having any. */
export type PlanFile =
  | { readonly ok: true; readonly plans: readonly PlacedPlan[] }
  | { readonly ok: false; readonly faults: readonly PlanFileFault[] };

/** A plan and where it stands. */
export interface PlacedPlan extends Place {
  readonly plan: Plan;
}

export interface PlanFileFault extends Place {
  readonly file: string;
  /** Such as `steps[0].action`; empty for the file or the whole plan. */
  readonly path: string;
  readonly message: string;
  /** All of it in one line. */
  readonly text: string;
}

const DEFAULT_PRIORITY = 50;

/**
 * Reads a file of plans, one each document. A file with any fault has no plans: half of what somebody meant is not what
 * he meant.
 * @param file as it is to be called
 */
export function readPlanFile(file: string, bytes: Uint8Array): PlanFile {
  const { documents, faults: unreadable } = readText(bytes);
  const faults = unreadable.slice(0, MOST_FAULTS).map(({ message, ...place }) => faultIn(file, place, '', message));
  const plans: PlacedPlan[] = [];
  for (const document of faults.length > 0 ? [] : documents) {
    const { value } = document;
    if (isPlan(value)) plans.push({ plan: planOf(value, file), ...document.place(['name'], false) });
    else faults.push(...faultsIn(file, document));
  }
  faults.push(...twice(file, plans));
  return faults.length > 0 ? { ok: false, faults: faults.slice(0, MOST_FAULTS) } : { ok: true, plans };
}

export function faultIn(file: string, { line, column }: Place, path: string, message: string): PlanFileFault {
  const text = `${file}:${line}:${column}: ${path === '' ? '' : `${path} `}${message}.`;
  return { file, line, column, path, message, text: text.replace(/\s+/g, ' ') };
}

function faultsIn(file: string, { value, place }: PlanDocument): PlanFileFault[] {
  return planFaults(value).map(({ at, key, message }) => faultIn(file, place(at, key), pathOf(at), message));
}

/** A key that was made to look like lines of a log does not. */
export function pathOf(at: readonly string[]): string {
  const parts = at.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${shown(part)}`));
  return parts.join('').replace(/^\./, '');
}

function shown(key: string): string {
  return /^\w{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64));
}

function twice(file: string, plans: readonly PlacedPlan[]): PlanFileFault[] {
  const seen = new Map<string, number>();
  return plans.flatMap(({ plan: { name }, line, column }) => {
    const before = seen.get(name);
    seen.set(name, before ?? line);
    if (before === undefined) return [];
    return [faultIn(file, { line, column }, 'name', `${JSON.stringify(name)} is already in line ${before}`)];
  });
}

function planOf(written: WrittenPlan, file: string): Plan {
  return {
    name: written.name,
    description: written.description ?? '',
    enabled: written.enabled ?? true,
    priority: written.priority ?? DEFAULT_PRIORITY,
    file,
    match: matchOf(written.match ?? {}),
    steps: written.steps.map(({ level, action, params, timeout_seconds }) => {
      return { level, action, params: { ...params }, timeout_seconds: timeout_seconds ?? null };
    }),
  };
}

function matchOf({ time, ...lists }: NonNullable<WrittenPlan['match']>): PlanMatch {
  if (!time) return lists;
  const { from, to, weekdays } = time;
  if (!weekdays) return { ...lists, time: { from, to } };
  return { ...lists, time: { from, to, weekdays: weekdays.map((day) => WEEKDAYS.indexOf(day)) } };
}
