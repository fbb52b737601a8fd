import type { Member } from '../instance/roster';

/**
 * Numbers that grow and words that change, for the price of reading them: as long as all are the same, a home has
 * nothing new to tell.
 * @param followsStates what its entities say counts too, not only what is confirmed about them
 */
export function marksOf({ instance, name, refusal, standby }: Member, followsStates: boolean): unknown[] {
  if (!instance) return [name, refusal, standby];
  const { state, live, reason, journal, tracker } = instance;
  const heard = followsStates ? instance.heard : null;
  return [instance, state, live, reason?.code, journal.written, tracker.revision, tracker.down.size, heard];
}

export function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((mark, at) => mark === other[at]);
}
