import { describe } from '../error';
import type { Keeping } from '../instance/keeping';
import { assertAwaited } from '../instance/patient';
import type { Member } from '../instance/roster';
import type { Namespace } from '../store/store';
import { askedFor, isAll, keptBy, type Reader } from './ready';

/** One whose store is open, whether it is watched or not. */
export type Kept = Member & { readonly keeping: Keeping };

/** Homes asked side by side. */
const AT_ONCE = 8;

export function namespaceOf({ instance_id, keeping }: Kept): Promise<Namespace> {
  return keeping.store.namespace(instance_id);
}

/**
 * What each home answers whose store is open, in the order they are configured. One that fails is left out of an
 * aggregate, which names it, and does not fail the others.
 * @param atOnce homes asked side by side
 * @throws CaretakerError as the resolver; instance_not_ready, and whatever fails, of one that was named; busy
 */
export async function fromEach<T>(caller: Reader, ask: (home: Kept) => Promise<T> | T, atOnce = AT_ONCE): Promise<T[]> {
  const asked = askedFor(caller);
  if (!isAll(caller, asked)) asked.forEach(keptBy);
  const homes = asked.filter((member): member is Kept => member.keeping !== null);
  const answers: T[] = [];
  const failures: unknown[] = [];
  const tried = async (home: Kept): Promise<T[]> => {
    try {
      return [await ask(home)];
    } catch (thrown) {
      assertAwaited(caller.until);
      failures.push(thrown);
      caller.leftOut?.add(home.instance_id);
      home.instance?.trouble(describe(thrown));
      return [];
    }
  };
  for (let start = 0; start < homes.length; start += atOnce) {
    assertAwaited(caller.until);
    const some = await Promise.all(homes.slice(start, start + atOnce).map(tried));
    answers.push(...some.flat(1));
  }
  // Where nobody could answer, that is the answer.
  if (failures.length > 0 && answers.length === 0) throw failures[0];
  return answers;
}
