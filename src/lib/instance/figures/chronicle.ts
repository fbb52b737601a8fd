import type { Household } from '../../core/figures/household';
import type { Standing } from '../../core/figures/replay';
import { StoredHousehold } from '../../core/figures/stored-household';
import { TrackedHousehold } from '../../core/figures/tracked-household';
import { keyOf } from '../../core/incident/incident';
import type { Namespace, Resumed } from '../../store/store';
import type { Instance } from '../instance';
import type { Keeping } from '../keeping';
import { openAbsences, PRUNED_BEFORE, TIME_ZONE } from '../past';
import { assertAwaited } from '../patient';
import { RecentFacts } from './recent-facts';
import { inSlices } from './slices';

/** A home whose store is open; it need not be watched. */
export interface KeptHome {
  readonly instance_id: string;
  readonly name: string;
  readonly instance: Instance | null;
  readonly keeping: Keeping;
}

/** As much of a namespace as figures are made of. */
type Past = Pick<Namespace, 'transitions' | 'records' | 'note'>;

/** What the figures of one home are replayed from. */
export interface Chronicle {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly namespace: Past;
  /** Of the home. */
  readonly timeZone: string;
  /** Nothing is missing from then on, epoch ms; null when there are no facts. */
  readonly completeSince: number | null;
  readonly household: Household;
  /** Each subject that is there now; to be asked for once the facts are read. */
  living(): Iterable<Standing>;
}

/** @param until nobody waits for its figures after it, epoch ms: then its facts are no longer read */
export async function chronicleOf(
  { instance_id, name, instance, keeping }: KeptHome,
  until?: number,
): Promise<Chronicle> {
  const stored = await keeping.store.namespace(instance_id);
  const namespace = awaited(instance ? recentPast(instance, stored) : stored, until);
  const common = {
    instance_id,
    instance_name: name,
    namespace,
    timeZone: instance?.timeZone ?? (await namespace.note(TIME_ZONE)) ?? 'UTC',
    completeSince: await completeSince(namespace),
  };
  if (instance) {
    const household = new TrackedHousehold(instance_id, instance.tracker);
    return { ...common, household, living: () => watched(instance) };
  }
  // Before the facts: what has none among them has been so all along.
  const absent = new Set((await openAbsences(stored)).map(({ absence: { subject } }) => keyOf(subject)));
  const resumed = (await stored.resume()).filter(({ subject }) => !absent.has(keyOf(subject)));
  const household = new StoredHousehold(instance_id);
  await inSlices(resumed, ({ subject }: Resumed) => household.add(subject));
  return { ...common, household, living: () => resumed };
}

function awaited(past: Past, until?: number): Past {
  const asked =
    <A, B>(ask: (given: A) => Promise<B>) =>
    async (given: A): Promise<B> => {
      assertAwaited(until);
      return ask(given);
    };
  return {
    transitions: asked((query) => past.transitions(query)),
    records: asked((query) => past.records(query)),
    note: asked((key) => past.note(key)),
  };
}

const recent = new WeakMap<Instance, RecentFacts>();

function recentPast(instance: Instance, namespace: Namespace): Past {
  const facts = recent.get(instance) ?? new RecentFacts(namespace, () => instance.journal.rewritten);
  recent.set(instance, facts);
  return {
    transitions: (query) => facts.transitions(query),
    records: (query) => namespace.records(query),
    note: (key) => namespace.note(key),
  };
}

/** Whatever is judged. What was only ever seen, and never confirmed, is nobody yet. */
function* watched({ self, tracker }: Instance): Iterable<Standing> {
  yield self;
  yield* tracker.all();
}

/** Of what retention has taken from, the last fact of each subject is left: it says nothing of its time. */
async function completeSince(namespace: Past): Promise<number | null> {
  const [[oldest], pruned] = await Promise.all([namespace.transitions({ limit: 1 }), namespace.note(PRUNED_BEFORE)]);
  return oldest ? Math.max(oldest.at, Number(pruned ?? 0)) : null;
}
