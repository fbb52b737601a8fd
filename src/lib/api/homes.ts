import { isForAll, resolveMany } from '../core/resolve';
import { CaretakerError, describe } from '../error';
import { chosenOf } from '../instance/heal-wish';
import type { Keeping } from '../instance/keeping';
import type { Member } from '../instance/roster';
import type { Namespace } from '../store/store';
import type { Caller } from './operation';

/** A home that does not run: the promised words. */
export function notReady(): CaretakerError {
  return new CaretakerError('instance_not_ready', 'State tracker not initialized for this instance');
}

/**
 * The homes that a read of many is for.
 * @throws CaretakerError as the resolver
 */
export function homesOf({ visible, reference }: Pick<Caller, 'visible' | 'reference'>): readonly Member[] {
  return chosenOf(resolveMany(visible, reference));
}

/** Of a read of many only those that have what it needs; to have named one that has not is an error. */
export function those<T extends Member>(
  caller: Pick<Caller, 'visible' | 'reference'>,
  hasIt: (member: Member) => member is T,
): T[] {
  const homes = homesOf(caller);
  const able = homes.filter(hasIt);
  if (able.length < homes.length && !isForAll(caller.reference)) throw notReady();
  return able;
}

/** One whose store is open, whether it is watched or not. */
export type Kept = Member & { readonly keeping: Keeping };

function isKept(member: Member): member is Kept {
  return member.keeping !== null;
}

export function namespaceOf({ instance_id, keeping }: Kept): Promise<Namespace> {
  return keeping.store.namespace(instance_id);
}

/** Homes asked side by side. */
const AT_ONCE = 8;

/**
 * What each home answers whose store is open, in the order they are configured. One that fails is left out of an
 * aggregate, and does not fail the others.
 * @throws CaretakerError as the resolver; instance_not_ready, and whatever fails, of one that was named
 */
export async function fromEach<T>(
  caller: Pick<Caller, 'visible' | 'reference'>,
  ask: (home: Kept) => Promise<T> | T,
  atOnce = AT_ONCE,
): Promise<T[]> {
  const homes = those(caller, isKept);
  const answers: T[] = [];
  const failures: unknown[] = [];
  const tried = async (home: Kept): Promise<T[]> => {
    try {
      return [await ask(home)];
    } catch (thrown) {
      failures.push(thrown);
      home.instance?.trouble(describe(thrown));
      return [];
    }
  };
  for (let start = 0; start < homes.length; start += atOnce) {
    const some = await Promise.all(homes.slice(start, start + atOnce).map(tried));
    answers.push(...some.flat(1));
  }
  // Where nobody could answer, that is the answer.
  if (failures.length > 0 && answers.length === 0) throw failures[0];
  return answers;
}
