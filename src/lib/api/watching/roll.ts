import type { TrackedEntity } from '../../core/tracked';
import type { Tracker } from '../../core/tracker';
import type { Breath } from '../../instance/breath';

type Ids = readonly TrackedEntity[];

const rolls = new WeakMap<Tracker, { readonly population: number; readonly ordered: Promise<Ids> }>();
/** As many as are put in order in one go: a millisecond's work. */
const RUN = 2_000;

/**
 * The entities of a home in the order of their ids. Put in order once, until somebody moves in or out; who has moved
 * out meanwhile may still be in it.
 */
export function rollOf(tracker: Tracker, breath: Breath): Promise<Ids> {
  const { population } = tracker;
  const known = rolls.get(tracker);
  if (known?.population === population) return known.ordered;
  const ordered = inOrder([...tracker.entities.values()], breath);
  rolls.set(tracker, { population, ordered });
  return ordered;
}

/** Runs are sorted, then merged two by two; the loop has its turns in between. */
export async function inOrder(all: Ids, breath: Breath): Promise<Ids> {
  let runs: Ids[] = [];
  for (let at = 0; at < all.length; at += RUN) {
    if (breath.due) await breath.take();
    runs.push(all.slice(at, at + RUN).sort(byId));
  }
  while (runs.length > 1) {
    const merged: Ids[] = [];
    for (let n = 0; n < runs.length; n += 2) merged.push(await merge(runs[n] ?? [], runs[n + 1] ?? [], breath));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(one: Ids, other: Ids, breath: Breath): Promise<Ids> {
  const merged: TrackedEntity[] = [];
  for (let a = 0, b = 0; a < one.length || b < other.length; ) {
    if (merged.length % RUN === 0 && breath.due) await breath.take();
    const [left, right] = [one[a], other[b]];
    if (left && (!right || byId(left, right) <= 0)) {
      merged.push(left);
      a += 1;
    } else if (right) {
      merged.push(right);
      b += 1;
    }
  }
  return merged;
}

function byId(one: TrackedEntity, other: TrackedEntity): number {
  if (one.subject.id === other.subject.id) return 0;
  return one.subject.id < other.subject.id ? -1 : 1;
}
