import { join } from 'node:path';
import type { Plan } from '../core/heal/plan';
import { describe } from '../error';
import { faultIn, type PlacedPlan, readPlanFile } from './plan-file';
import { listPlans, readListed } from './plan-listing';
import { type PlanProblemText, type PlanReader, PlanWatch } from './plan-watch';

/** The plans of one instance. */
export interface PlanFolder {
  /** Everything was read once; before, `plans` is empty. Never rejects. */
  readonly ready: Promise<void>;
  /** Those that count, the best first; also those that are not enabled. */
  plans(): readonly Plan[];
  problems(): readonly PlanProblemText[];
  stop(): void;
}

export interface PlanFolderOptions extends PlanReader {
  readonly userDir: string;
  readonly instanceId: string;
  /** How often it is looked without having been told, ms. */
  readonly pollMs?: number;
}

/** Those that come with this package. */
const BUILT_IN = join(__dirname, '..', '..', 'plans');
const SHARED = 'caretaker/plans';

/** Whose a plan is, by where it lies. */
export function planSource(file: string | null, instanceId: string): 'built_in' | 'shared' | 'own' {
  if (file === null) return 'built_in';
  return file.startsWith(`${SHARED}/${instanceId}/`) ? 'own' : 'shared';
}

let builtIn: Promise<readonly PlacedPlan[]> | undefined;

/**
 * Built-in plans, those for all instances of a user directory, and those for one: who is nearer replaces who has the same
 * name.
 */
export function planFolder({ userDir, instanceId, log, changed, pollMs }: PlanFolderOptions): PlanFolder {
  const merged = new MergedPlans(log);
  const reader: PlanReader = { log, changed: () => merge() };
  const shared = join(userDir, 'caretaker', 'plans');
  const places = [
    { path: shared, name: SHARED, within: null },
    { path: join(shared, instanceId), name: `${SHARED}/${instanceId}`, within: shared },
  ];
  const watches = places.map((place) => PlanWatch.of(place, reader, pollMs));
  let ours: readonly PlacedPlan[] | undefined;
  let stopped = false;
  const merge = () => {
    if (!ours || stopped) return;
    merged.take([ours, ...watches.map(({ plans }) => plans)]);
    try {
      changed();
    } catch (thrown) {
      log(describe(thrown));
    }
  };
  const start = async () => {
    const [plans] = await Promise.all([builtInPlans(log), ...watches.map(({ ready }) => ready)]);
    ours = plans;
    merge();
  };
  return {
    ready: start(),
    plans: () => merged.plans,
    problems: () => [...watches.flatMap(({ problems }) => problems), ...merged.notes],
    stop: () => {
      stopped = true;
      for (const watch of watches) watch.leave(reader);
    },
  };
}

class MergedPlans {
  plans: readonly Plan[] = [];
  notes: readonly PlanProblemText[] = [];
  readonly #log: (message: string) => void;

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** @param scopes the nearest last */
  take(scopes: readonly (readonly PlacedPlan[])[]): void {
    const byName = new Map<string, Plan>();
    const notes: PlanProblemText[] = [];
    for (const placed of scopes.flat()) {
      const { plan } = placed;
      const before = byName.get(plan.name);
      byName.set(plan.name, plan);
      if (before && plan.file !== null) notes.push(replaced(placed, plan.file, before));
    }
    const known = new Set(this.notes.map(({ text }) => text));
    for (const { text } of notes) if (!known.has(text)) this.#log(text);
    this.notes = notes;
    this.plans = [...byName.values()].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
  }
}

function replaced(placed: PlacedPlan, file: string, before: Plan): PlanProblemText {
  const whose = before.file === null ? 'the built-in plan of that name' : `the one in ${before.file}`;
  const { text } = faultIn(file, placed, 'name', `${JSON.stringify(before.name)} replaces ${whose}`);
  return { kind: 'note', file, text };
}

/** They do not change: read once a process. */
function builtInPlans(log: (message: string) => void): Promise<readonly PlacedPlan[]> {
  builtIn ??= readBuiltIn();
  return builtIn.catch((thrown: unknown) => {
    builtIn = undefined;
    log(`The built-in plans cannot be read: ${describe(thrown)}`);
    return [];
  });
}

async function readBuiltIn(): Promise<readonly PlacedPlan[]> {
  const { files } = await listPlans(BUILT_IN);
  const plans: PlacedPlan[] = [];
  for (const file of files) {
    const bytes = await readListed(file);
    const read = bytes && readPlanFile(file.name, bytes);
    if (!read?.ok) throw new Error(read?.faults[0]?.text ?? `${file.name} is gone.`);
    for (const placed of read.plans) plans.push({ ...placed, plan: { ...placed.plan, file: null } });
  }
  return plans;
}
