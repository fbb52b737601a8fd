import type { HealGoal, Level, Step } from '../core/heal/heal';
import { problemOf } from '../core/heal/problem';
import type { Named } from '../core/subject';
import type { Tracker } from '../core/tracker';
import type { Healing } from './healing';

/** Which plans would heal a target, and what they would do. */
export interface PlanAnswer {
  readonly target: Named;
  readonly problem: {
    readonly entities: readonly string[];
    readonly integration: string | null;
    readonly problems: readonly string[];
    readonly manufacturers: readonly string[];
  };
  /** Those that fit, the best first. */
  readonly matches: readonly PlanMatched[];
  /** The name of the first with a step that can be done there; null: none, and the usual ladder is climbed. */
  readonly chosen: string | null;
}

interface PlanMatched {
  readonly plan: string;
  readonly priority: number;
  /** Null is built in. */
  readonly file: string | null;
  readonly steps: readonly PlannedStep[];
}

/** A step as it is told across a boundary. */
type PlannedStep = Pick<Step, 'level' | 'action' | 'target' | 'params'> & { readonly timeout_seconds: number };

export interface PlanQuestion {
  readonly levels?: readonly Level[];
  /** Names of the plans that may be used; null is any. */
  readonly plans?: readonly string[] | null;
}

const ALL_LEVELS: readonly Level[] = ['entity', 'device', 'integration', 'home_assistant'];

/** Asks, and does nothing; undefined when the home has no such thing. */
export function planQuery(
  { healing, tracker }: { readonly healing: Pick<Healing, 'view' | 'plansFor' | 'route'>; readonly tracker: Tracker },
  goal: HealGoal,
  { levels = ALL_LEVELS, plans = null }: PlanQuestion = {},
): PlanAnswer | undefined {
  const view = healing.view(goal);
  if (!view) return undefined;
  const matches = healing.plansFor(view, plans).map(({ name, priority, file }): PlanMatched => {
    const ask = { target: goal, levels, dry_run: true, by: 'api' as const, incident_id: null, plans: [name] };
    const { plan, steps } = healing.route(view, ask, { ok: true, levels, held: [] });
    // Without a step of its own the route is the usual one.
    return { plan: name, priority, file, steps: plan === name ? steps.map(told) : [] };
  });
  const problem = problemOf(tracker, view);
  return {
    target: view.target,
    problem: { ...problem, problems: [...problem.problems].sort() },
    matches,
    chosen: matches.find(({ steps }) => steps.length > 0)?.plan ?? null,
  };
}

function told({ level, action, target, params, timeout }: Step): PlannedStep {
  return { level, action, target, params, timeout_seconds: timeout / 1000 };
}
