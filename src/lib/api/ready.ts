import { resolveMany } from '../core/resolve';
import { CaretakerError } from '../error';
import { chosenOf } from '../instance/heal-wish';
import type { Instance } from '../instance/instance';
import type { Keeping } from '../instance/keeping';
import type { Member } from '../instance/roster';
import type { Caller } from './operation';

/** One that runs here. */
export type Running = Member & { readonly instance: Instance };

/** As much of a caller as says which instances a read is for. */
export type Reader = Pick<Caller, 'visible' | 'commanded' | 'reference' | 'until' | 'leftOut'>;

/**
 * The instances a read of many is for, running or not. Of two with one instance_id, the one that is named is the one
 * that was not refused; among all are both.
 * @throws CaretakerError as the resolver
 */
export function askedFor({ visible, commanded, reference }: Reader): readonly Member[] {
  const asked = chosenOf(resolveMany(commanded, reference));
  return asked === commanded ? visible : asked;
}

/** All that the caller may see were asked for, none was named. */
export function isAll({ visible }: Pick<Caller, 'visible'>, asked: readonly Member[]): boolean {
  return asked === visible;
}

/**
 * Those of them that run: of all, the others are left out.
 * @throws CaretakerError as the resolver; instance_not_ready for one that was named and does not run, or was never seen
 */
export function runningOf(caller: Reader): readonly Running[] {
  const asked = askedFor(caller);
  if (!isAll(caller, asked)) asked.forEach(assertRuns);
  return asked.filter((member): member is Running => member.instance !== null);
}

/**
 * Also that it was seen once: until then nobody knows what it has.
 * @throws CaretakerError instance_not_ready
 */
export function assertRuns(member: Member): asserts member is Running {
  if (!member.instance?.healing.known) throw notReady();
}

/** @throws CaretakerError instance_not_ready */
export function keptBy({ keeping }: Member): Keeping {
  if (keeping) return keeping;
  throw notReady();
}

function notReady(): CaretakerError {
  return new CaretakerError('instance_not_ready', 'State tracker not initialized for this instance');
}
