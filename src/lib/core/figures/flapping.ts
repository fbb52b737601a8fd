import { isDown } from '../health';
import type { Subject } from '../subject';
import type { Fact } from '../transition';

const TICK_MS = 60_000;
/** Changes between the samples that are looked at. */
const CHANGES = 20;
/** Percent at which it begins, and at which it ends. */
const HIGH = 20;
const LOW = 5;
/** Fewer changes than these never come to `HIGH`. */
const FEWEST = 4;
/** How far back the verdicts are replayed: whether one flaps between the two limits depends on what came before. */
const REPLAYED_MS = 3 * 3_600_000;

/** An entity that goes up and down. */
export interface Flap {
  readonly subject: Subject;
  /** How much it changes, newer changes more: 0 to 100. */
  readonly percent: number;
  /** In the last 20 minutes, as sampled each minute. */
  readonly changes: number;
  /** When it began, epoch ms; not before three hours ago. */
  readonly since: number;
}

/** Oldest first; true where it changed against the sample before. As Nagios weighs them: 0.75 to 1.25. */
export function flapPercent(changed: readonly boolean[]): number {
  const weights = changed.map((is, index) => (is ? 0.75 + (index * 0.5) / (CHANGES - 1) : 0));
  return (100 * weights.reduce((sum, weight) => sum + weight, 0)) / CHANGES;
}

/** Which of the entities of one home flap now, found from the facts of the last hours alone. */
export class Flapping {
  /** The facts from then on are needed, epoch ms. */
  readonly from: number;
  readonly #now: number;
  /** When each was up or down, oldest first. */
  readonly #runs = new Map<string, { readonly subject: Subject; readonly first: boolean; readonly turns: number[] }>();

  constructor(now: number) {
    this.#now = now;
    this.from = now - REPLAYED_MS - CHANGES * TICK_MS;
  }

  /** In the order they were confirmed; only facts of entities. */
  take({ subject, status, previous_status: previous, since }: Fact): void {
    const known = this.#runs.get(subject.id);
    const down = isDown(status);
    // The first sight of it is no change.
    const run = known ?? { subject, first: previous === null ? down : isDown(previous), turns: [] };
    if (!known) this.#runs.set(subject.id, run);
    if (down !== (run.turns.length % 2 === 0 ? run.first : !run.first)) run.turns.push(since);
  }

  *found(): Iterable<Flap> {
    for (const { subject, turns } of this.#runs.values()) {
      const flap = turns.length < FEWEST ? null : this.#verdict(turns);
      if (flap) yield { subject, ...flap };
    }
  }

  #verdict(turns: readonly number[]): Omit<Flap, 'subject'> | null {
    const changed = this.#changed(turns);
    let since: number | null = null;
    let percent = 0;
    for (let end = CHANGES; end <= changed.length; end += 1) {
      percent = flapPercent(changed.slice(end - CHANGES, end));
      if (percent >= HIGH) since ??= this.from + end * TICK_MS;
      else if (percent <= LOW) since = null;
    }
    const changes = changed.slice(-CHANGES).filter(Boolean).length;
    return since === null ? null : { percent, changes, since };
  }

  /** For each tick whether it was up where it had been down at the one before, or the other way round. */
  #changed(turns: readonly number[]): boolean[] {
    const changed: boolean[] = [];
    let next = 0;
    for (let tick = this.from + TICK_MS; tick <= this.#now; tick += TICK_MS) {
      let count = 0;
      for (; (turns[next] ?? Number.POSITIVE_INFINITY) <= tick; next += 1) count += 1;
      changed.push(count % 2 === 1);
    }
    return changed;
  }
}
