import { setTimeout as pause } from 'node:timers/promises';
import type { PruneLimits } from './store';

/** Between two slices the appends have their turn, ms. */
const PAUSE_MS = 20;

/** How a database deletes one slice of what is older than an instant. */
interface Slices {
  /** `after` is where the next slice begins; null when all is done. */
  transitions(before: number, after: number): Promise<{ readonly deleted: number; readonly after: number | null }>;
  /** How many went; 0 when all is done. */
  records(kinds: keyof PruneLimits, before: number): Promise<number>;
}

/** Answers how many went. */
export async function pruneInSlices({ facts, rollups }: PruneLimits, slices: Slices): Promise<number> {
  let total = 0;
  if (facts !== null) {
    total += await transitions(facts, slices);
    total += await records('facts', facts, slices);
  }
  if (rollups !== null) total += await records('rollups', rollups, slices);
  return total;
}

async function transitions(before: number, slices: Slices): Promise<number> {
  let total = 0;
  let after: number | null = -1;
  while (after !== null) {
    if (after >= 0) await rest();
    const slice: Awaited<ReturnType<Slices['transitions']>> = await slices.transitions(before, after);
    total += slice.deleted;
    after = slice.after;
  }
  return total;
}

async function records(kinds: keyof PruneLimits, before: number, slices: Slices): Promise<number> {
  let total = 0;
  for (let deleted = 1; deleted > 0; total += deleted) {
    deleted = await slices.records(kinds, before);
    if (deleted > 0) await rest();
  }
  return total;
}

function rest(): Promise<void> {
  return pause(PAUSE_MS, undefined, { ref: false });
}
