import type { HealGoal, HealTarget } from '../core/heal/heal';
import type { Knowledge, Resolved } from '../core/resolve';
import { CaretakerError } from '../error';
import type { Healing } from './healing';
import type { HealAskOptions } from './parse';
import type { Member } from './roster';

/** What somebody wants healed: one subject, or what an incident or an integration comes to in the home it is in. */
export type Wish =
  | { readonly kind: HealTarget['kind']; readonly id: string }
  | { readonly kind: 'integration' | 'incident' | 'instance'; readonly id: string };

const FIELDS = ['entity_id', 'device_id', 'entry_id', 'integration', 'incident_id'] as const;
const KIND_OF = {
  entity_id: 'entity',
  device_id: 'device',
  entry_id: 'config_entry',
  integration: 'integration',
  incident_id: 'incident',
} as const;

/** @throws CaretakerError bad_input */
export function wishOf(options: Pick<HealAskOptions, (typeof FIELDS)[number] | 'kind' | 'id'>): Wish {
  const { kind, id } = options;
  // A transition also says to which device and incident it belongs.
  if (kind !== undefined && id !== undefined) return { kind, id };
  const given = FIELDS.filter((field) => options[field] !== undefined);
  const [field, other] = given;
  if (other) throw new CaretakerError('bad_input', `${field}, ${other}: set only one of them.`);
  if (field) return { kind: KIND_OF[field], id: options[field] as string };
  throw new CaretakerError(
    'bad_input',
    `entity_id: is missing. Set one of ${FIELDS.join(', ')}, or pass on a record of a caretaker-monitor.`,
  );
}

/** Which homes know what is wished for; undefined while one has not synced. */
export function knowledgeOf(wish: Wish): Knowledge<Member> {
  return { knows: ({ instance }) => (instance?.healing.known ? knows(instance.healing, wish) : undefined) };
}

export function knows(healing: Healing, { kind, id }: Wish): boolean {
  switch (kind) {
    case 'integration':
      return healing.entriesOf(id).length > 0;
    case 'incident':
      return healing.incident(id) !== undefined;
    case 'instance':
      return false;
    default:
      return healing.has({ kind, id });
  }
}

/** @throws CaretakerError instance_required, instance_ambiguous, instance_not_found */
export function chosenOf<T>(resolved: Resolved<T>): T {
  if (resolved.ok) return resolved.value;
  throw new CaretakerError(resolved.refusal.code, resolved.refusal.message);
}

/**
 * What heals a home that is watched.
 * @throws CaretakerError instance_not_ready
 */
export function healingOf(member: Member): Healing {
  if (member.instance) return member.instance.healing;
  throw new CaretakerError('instance_not_ready', `Instance '${member.instance_id}' is not ready: ${whyIdle(member)}`);
}

/** Why a home is not watched here, in a sentence. */
export function whyIdle({ refusal, standby }: Member): string {
  const why = refusal ?? standby ?? 'it has not started yet. Try again in a moment';
  return `${why.replace(/\.$/, '')}.`;
}

/** What holds it back, and what would be done, is known of a home that was seen once. @throws CaretakerError no_target */
export function assertKnown(member: Member, wish: Wish): void {
  const healing = healingOf(member);
  if (knows(healing, wish)) return;
  if (!healing.known)
    throw new CaretakerError(
      'instance_not_ready',
      `Instance '${member.instance_id}' is not ready: it has not been seen yet.`,
    );
  throw unknownIn(member, wish);
}

/** A slip of the pen must not heal by whatever there is. @throws CaretakerError bad_input */
export function assertPlans({ name, plans, instance }: Member, asked: readonly string[] = []): void {
  // Before it is watched they may not have been read.
  const names = instance && plans?.plans().map((plan) => plan.name);
  const unknown = asked.find((one) => names?.includes(one) === false);
  if (!names || unknown === undefined) return;
  throw new CaretakerError('bad_input', `plans: ${name} has no plan '${unknown}'. There are: ${names.join(', ')}.`);
}

export function unknownIn({ name }: Member, wish: Wish): CaretakerError {
  return new CaretakerError('no_target', `${fieldOf(wish)}: ${name} has no '${wish.id}'.`);
}

/** Which field names it. */
export function fieldOf({ kind }: Wish): string {
  return FIELDS.find((field) => KIND_OF[field] === kind) ?? 'id';
}

/** Nothing to heal is one answer, too. */
export function goalsOf(wish: Wish, { instance }: Member): (HealGoal | null)[] {
  const { kind, id } = wish;
  const healing = instance?.healing;
  if (kind === 'integration') return orNull(healing?.fallenEntriesOf(id));
  if (kind === 'incident') return orNull(healing?.goalsOf(id));
  return [kind === 'instance' ? null : { kind, id }];
}

function orNull(goals: readonly HealGoal[] | undefined): (HealGoal | null)[] {
  return goals && goals.length > 0 ? [...goals] : [null];
}
