import type { Named } from '../subject';
import type { HealTarget } from './heal';

/** One of the group as it was and as it is now. */
export interface Witness {
  readonly subject: Named;
  readonly wasDown: boolean;
  /** By what is seen, confirmed or not. */
  readonly isUp: boolean;
  /** When it last reported, ms by the clock of `acted`; null where nobody can say. */
  readonly reported: number | null;
}

export interface Proof {
  readonly healed: boolean;
  readonly recovered: readonly Named[];
  readonly still_down: readonly Named[];
}

/** Of the group, the share that has to be up again. */
export const SHARE = 0.8;

/**
 * Whether an action healed its target. A call that was answered proves nothing: what was down has to be up, and to have
 * said so after the action. What was up before only has to be up.
 * @param group the target's own entities, itself if it is one
 * @param targetUp for a target that is no entity: what is known of it besides its group, e.g. that its entry is loaded
 * @param acted ms, by whichever clock
 */
export function prove(target: HealTarget, targetUp: boolean, group: readonly Witness[], acted: number): Proof {
  const recovered: Named[] = [];
  const still_down: Named[] = [];
  let up = 0;
  let targetIsUp = targetUp;
  for (const witness of group) {
    const isUp = isBack(witness, acted);
    if (isUp) up += 1;
    if (!isUp) still_down.push(witness.subject);
    else if (witness.wasDown) recovered.push(witness.subject);
    if (!isUp && witness.subject.kind === target.kind && witness.subject.id === target.id) targetIsUp = false;
  }
  return { healed: targetIsUp && up >= group.length * SHARE, recovered, still_down };
}

function isBack({ wasDown, isUp, reported }: Witness, acted: number): boolean {
  return isUp && (!wasDown || (reported !== null && reported >= acted));
}
