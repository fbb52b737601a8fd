import { type Candidate, candidates, isFree } from './candidate';
import type { CoverOptions, Fallen } from './fallen';
import type { Root } from './incident';
import type { Atom, Group } from './risk-groups';

export interface Cause {
  /** Null: a single atom. */
  readonly group: Group | null;
  readonly explained: readonly Fallen[];
  /** The cause itself is seen to have failed. */
  readonly certain: boolean;
  /** Share of the group that went down, among what could. */
  readonly hitRatio: number;
  /** A guess: parts of an entry failed together, though not the most of it. */
  readonly partial: boolean;
  /** A wider cause is not likely enough yet, and may be with what is late. */
  readonly early: boolean;
}

/**
 * SCORE: takes the group that explains most, then the one that explains most of the rest, and so on. A group pays for
 * its members that stayed up, so that chance company does not make a wider cause win. What no group explains is on
 * its own. Only causes of something that nothing explains yet are looked for.
 */
export function cover(down: ReadonlyMap<Atom, Fallen>, options: CoverOptions): Cause[] {
  const free = [...down.values()].filter(isFree);
  const covered = new Set<Fallen>();
  const all = candidates(free, down, options);
  const queue = all.filter((candidate) => candidate.weigh(covered));
  const near = nearOf(all, new Set(queue));
  const causes: Cause[] = [];
  queue.sort(worseFirst);
  for (let best = queue.pop(); best; best = queue.pop()) {
    const before = best.gain;
    if (!best.weigh(covered)) continue;
    if (best.gain < before) {
      insert(queue, best);
      continue;
    }
    if (!best.stands(queue)) continue;
    for (const fallen of best.claim) covered.add(fallen);
    const { group, claim: explained, seen: certain, hitRatio } = best;
    const early = group.kind === 'device' && explained.some((fallen) => near.has(fallen));
    causes.push({ group, explained, certain, hitRatio, partial: false, early });
  }
  const single = (fallen: Fallen): Cause => {
    const early = near.has(fallen);
    return { group: null, explained: [fallen], certain: false, hitRatio: 1, partial: false, early };
  };
  return [...together(causes, options), ...free.filter((fallen) => !covered.has(fallen)).map(single)];
}

/** What would be explained by groups that are not likely enough yet. */
function nearOf(all: readonly Candidate[], likely: ReadonlySet<Candidate>): Set<Fallen> {
  const near = new Set<Fallen>();
  for (const candidate of all) {
    if (likely.has(candidate) || !candidate.isNear) continue;
    for (const fallen of candidate.claim) near.add(fallen);
  }
  return near;
}

export function rootOf({ group, explained }: Cause): Root {
  return group?.root ?? (explained[0] as Fallen).atom.subject;
}

const PARTIAL_DEVICES = 3;
const PARTIAL_SHARE = 0.3;

/** Three or more whole devices of one entry at once, and a fair share of them, are rather one fault than three. */
function together(causes: readonly Cause[], options: CoverOptions): Cause[] {
  const kept = new Set(causes);
  for (const [group, parts] of devicesByEntry(causes)) {
    if (!isOne(group, parts, options)) continue;
    for (const cause of parts) kept.delete(cause);
    const explained = parts.flatMap((cause) => cause.explained);
    kept.add({
      group,
      explained,
      certain: false,
      hitRatio: parts.length / group.parts.size,
      partial: true,
      early: false,
    });
  }
  return [...kept];
}

function devicesByEntry(causes: readonly Cause[]): Map<Group, Cause[]> {
  const byEntry = new Map<Group, Cause[]>();
  for (const cause of causes) {
    const entry = cause.group?.kind === 'device' && !cause.certain ? cause.explained[0]?.atom.entry : undefined;
    if (entry) byEntry.set(entry, [...(byEntry.get(entry) ?? []), cause]);
  }
  return byEntry;
}

function isOne(entry: Group, parts: readonly Cause[], { window }: CoverOptions): boolean {
  if (parts.length < PARTIAL_DEVICES || parts.length < PARTIAL_SHARE * entry.parts.size) return false;
  const starts = parts.map((cause) => Math.min(...cause.explained.map((fallen) => fallen.since)));
  return Math.max(...starts) - Math.min(...starts) <= window;
}

function worseFirst(one: Candidate, other: Candidate): number {
  return one.gain - other.gain || one.rank - other.rank || (one.group.key < other.group.key ? 1 : -1);
}

function insert(queue: Candidate[], candidate: Candidate): void {
  let low = 0;
  let high = queue.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (worseFirst(queue[middle] as Candidate, candidate) < 0) low = middle + 1;
    else high = middle;
  }
  queue.splice(low, 0, candidate);
}
