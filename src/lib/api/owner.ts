import { resolveOne } from '../core/resolve';
import { CaretakerError } from '../error';
import { chosenOf } from '../instance/heal-wish';
import type { Member } from '../instance/roster';
import type { Caller } from './operation';
import { askedFor, isAll } from './ready';

interface Thing {
  /** E.g. `Entity`. */
  readonly what: string;
  readonly id: string;
  /** Whether an instance has it; of one that cannot tell, false. */
  has(member: Member): boolean | Promise<boolean>;
  /** Throws for one that cannot tell; asked of one that was named. */
  assertTells(member: Member): void;
}

/**
 * The instance that has a thing which is read.
 * @throws CaretakerError as the resolver; not_found; what kept one from telling, when nobody has it
 */
export async function ownerOf(caller: Caller, { what, id, has, assertTells }: Thing): Promise<Member> {
  const asked = askedFor(caller);
  const isNamed = !isAll(caller, asked);
  if (isNamed) asked.forEach(assertTells);
  const answers = await Promise.allSettled(asked.map(async (member) => has(member)));
  const owners = new Set(asked.filter((_, n) => isTrue(answers[n])));
  const owner = chosenOf(resolveOne(caller.commanded, caller.reference, (member) => owners.has(member)));
  if (owner) return owner;
  const failed = answers.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const where = isNamed ? asked.map(({ instance_id }) => ` in instance '${instance_id}'`).join('') : '';
  throw new CaretakerError('not_found', `${what} '${id}' not found${where}`);
}

function isTrue(answer: PromiseSettledResult<boolean> | undefined): boolean {
  return answer?.status === 'fulfilled' && answer.value;
}
