import { localDay, localMinutes } from '../local-time';
import { glob } from '../selector';
import type { Named } from '../subject';
import type { Action, Level, Step } from './heal';
import { ladder, type Reachable } from './ladder';

/** A way to heal that somebody wrote down for a kind of problem. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  /** The highest goes first; of two with the same, the name. */
  readonly priority: number;
  /** The file it stands in; null is built in. */
  readonly file: string | null;
  readonly match: PlanMatch;
  readonly steps: readonly PlanStep[];
}

/** What is given has to fit, each list by any of its own; nothing given fits everything. */
export interface PlanMatch {
  /** Globs. */
  readonly entities?: readonly string[] | undefined;
  readonly integrations?: readonly string[] | undefined;
  /** A status of ours, or Home Assistant's state of an entry. */
  readonly problems?: readonly string[] | undefined;
  /** Globs. */
  readonly manufacturers?: readonly string[] | undefined;
  readonly time?: PlanTime | undefined;
}

/** In the home's own time zone; may go over midnight, and then belongs to the day it begins on. */
export interface PlanTime {
  /** `HH:MM` */
  readonly from: string;
  readonly to: string;
  /** 0 is Sunday; every day when left out. */
  readonly weekdays?: readonly number[] | undefined;
}

export interface PlanStep {
  readonly level: Level;
  readonly action: Action;
  /** Added to what the call is given; whom it concerns stays as it is. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly timeout_seconds: number | null;
}

/** What a plan looks at. */
export interface Problem {
  /** Of what is down. */
  readonly entities: readonly string[];
  readonly integration: string | null;
  readonly problems: ReadonlySet<string>;
  readonly manufacturers: readonly string[];
}

/** There is but one where a call goes to. */
const HOME: Named = { kind: 'instance', id: 'home_assistant', name: 'Home Assistant' };

/** All that fit, the best first. */
export function matchingPlans(plans: readonly Plan[], problem: Problem, now: number, timeZone: string): Plan[] {
  return plans
    .filter((plan) => plan.enabled && fits(plan.match, problem, now, timeZone))
    .sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
}

/**
 * What a plan comes to for a target: of its steps those that can work there and whose level is allowed, in its order.
 * @param timeout of a step that has none of its own, ms
 * @param reloads how many reloads and restarts there may be
 */
export function planSteps(
  plan: Plan,
  reachable: Reachable,
  levels: readonly Level[],
  timeout: number,
  reloads = Number.POSITIVE_INFINITY,
): Step[] {
  const possible = ladder(reachable, levels, timeout);
  const steps = plan.steps.flatMap(({ level, action, params, timeout_seconds }) => {
    if (!levels.includes(level)) return [];
    const own = timeout_seconds === null ? timeout : timeout_seconds * 1000;
    const meant = possible.filter((step) => step.level === level && step.action === action);
    const steps = meant.length > 0 ? meant : anywhere(level, action, reachable);
    return steps.map((step) => ({ ...step, params: { ...params, ...step.params }, timeout: own }));
  });
  let left = reloads;
  return steps.filter(({ action }) => (action !== 'reload' && action !== 'restart') || left-- > 0);
}

/** What can be done whatever the target is. */
function anywhere(level: Level, action: Action, { target }: Reachable): Step[] {
  const step = { level, action, params: {}, timeout: 0 };
  if (action === 'wait') return [{ ...step, target }];
  return action === 'restart' && level === 'home_assistant' ? [{ ...step, target: HOME }] : [];
}

function fits(match: PlanMatch, problem: Problem, now: number, timeZone: string): boolean {
  const { entities, integrations, problems, manufacturers, time } = match;
  return (
    anyGlob(entities, problem.entities) &&
    (!integrations || (problem.integration !== null && integrations.includes(problem.integration))) &&
    (!problems || problems.some((one) => problem.problems.has(one))) &&
    anyGlob(manufacturers, problem.manufacturers) &&
    (!time || isWithin(time, now, timeZone))
  );
}

function anyGlob(patterns: readonly string[] | undefined, texts: readonly string[]): boolean {
  return !patterns || patterns.map(glob).some((fitsOne) => texts.some(fitsOne));
}

function isWithin({ from, to, weekdays }: PlanTime, now: number, timeZone: string): boolean {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  const minutes = localMinutes(now, timeZone);
  const isOn = (daysBefore: number) => !weekdays || weekdays.includes(localDay(now, timeZone, daysBefore).weekday);
  if (start < end) return minutes >= start && minutes < end && isOn(0);
  return (minutes >= start && isOn(0)) || (minutes < end && isOn(1));
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
