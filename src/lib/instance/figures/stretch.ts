import { setImmediate as nextTurn } from 'node:timers/promises';
import { Advance } from '../../core/figures/advance';
import type { Checkpoint } from '../../core/figures/checkpoint';
import { maintenanceSpans, unreachableSpans } from '../../core/figures/excluded';
import type { Household } from '../../core/figures/household';
import type { Standing } from '../../core/figures/replay';
import { type Span, Spans } from '../../core/figures/spans';
import { ValidTime } from '../../core/figures/valid-time';
import type { Fact, Passage } from '../../core/transition';
import type { Namespace } from '../../store/store';
import type { Circumstances } from './circumstances';
import { factPages } from './reading';

/** A home whose past is looked at. */
export interface PastHome {
  readonly namespace: Pick<Namespace, 'transitions' | 'records' | 'note'>;
  readonly household: Household;
  /** Its own. */
  readonly time_zone: string;
}

/** A time that goes on from a checkpoint. */
interface Stretch {
  readonly from: Checkpoint;
  /** Epoch ms. */
  readonly to: number;
  /** Facts of entities and of the home itself, and who left and came back, oldest first. */
  readonly past: AsyncIterable<readonly (Fact | Passage)[]> | Iterable<readonly (Fact | Passage)[]>;
  /** Those of the home itself. */
  readonly own: readonly Fact[];
  readonly circumstances: Circumstances;
}

/** Sums up a stretch, a little in each turn of the loop. */
export async function sumUp({ household, time_zone }: PastHome, stretch: Stretch): Promise<Checkpoint> {
  const { from, to, past, circumstances } = stretch;
  const windows = circumstances.windows.map(({ body }) => body);
  const valid = new ValidTime(
    unreachable(stretch),
    maintenanceSpans(windows, from.at, to, time_zone),
    circumstances.unwatched,
  );
  const advance = new Advance(from, to, valid, household);
  for await (const page of past) {
    for (const one of page) {
      if ('passage' in one) advance.pass(one);
      else advance.take(one);
    }
    await nextTurn();
  }
  const finish = advance.finish(
    circumstances.incidents.map(({ body }) => body),
    circumstances.attempts.map(({ body }) => body),
  );
  for (;;) {
    const step = finish.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}

/** Of the home itself, from an instant on. */
export async function ownFacts({ namespace }: Pick<PastHome, 'namespace'>, from: number, to?: number): Promise<Fact[]> {
  const all: Fact[] = [];
  for await (const page of factPages(namespace, { kind: 'instance', from, to })) all.push(...page);
  return all;
}

/** Whether a home could not be reached at an instant, by what it said of itself since. */
export function isUnreachable(at: number, own: readonly Fact[], present: Standing | null): boolean {
  const spans = new Spans(unreachableSpans(own, present));
  return spans.until(at + 1) > spans.until(at);
}

function unreachable({ from, own }: Stretch): readonly Span[] {
  if (own.length > 0) return unreachableSpans(own, null);
  return from.is_unreachable ? [{ from: from.at, to: Number.POSITIVE_INFINITY }] : [];
}
