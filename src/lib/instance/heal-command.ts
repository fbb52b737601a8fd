import type { AskedBy, HealTarget, Step } from '../core/heal';
import { type Knowledge, type Reference, resolveCommand } from '../core/resolve';
import { CaretakerError } from '../error';
import { type HealRecord, healRecord } from './heal-record';
import type { HealAsk, HealGoal, HealResult } from './healed-home';
import type { Healing } from './healing';
import { type HealAskOptions, type HealNodeOptions, parseHealAsk } from './parse';
import type { Member } from './roster';

/** What somebody wants healed: one subject, or what an incident or an integration comes to in the home it is in. */
type Wish =
  | { readonly kind: HealTarget['kind']; readonly id: string }
  | { readonly kind: 'integration' | 'incident' | 'instance'; readonly id: string };

/** Who asks, and what he is allowed. */
export interface HealAsker extends Pick<HealNodeOptions, 'levels' | 'dry_run' | 'plans'> {
  readonly by: AskedBy;
  /** Told with each step. */
  progress?(member: Member, step: Step): void;
}

const FIELDS = ['entity_id', 'device_id', 'entry_id', 'integration', 'incident_id'] as const;
const KIND_OF = {
  entity_id: 'entity',
  device_id: 'device',
  entry_id: 'config_entry',
  integration: 'integration',
  incident_id: 'incident',
} as const;

/**
 * Heals what a message or a request names, in the one home it can mean. A refusal is an answer.
 * @param fields `entity_id`, `device_id`, `entry_id`, `integration`, `incident_id` or a transition's `kind` and `id`;
 *   `levels`, `dry_run`, `plans`
 * @returns one answer a target
 * @throws CaretakerError bad_input, instance_required, instance_ambiguous, instance_not_found
 */
export async function healCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  asker: HealAsker,
): Promise<HealRecord[]> {
  const options = parseHealAsk(fields);
  const wish = wishOf(options);
  const resolved = resolveCommand(visible, reference, knowledgeOf(wish));
  if (!resolved.ok) throw new CaretakerError(resolved.refusal.code, resolved.refusal.message);
  const member = resolved.value;
  const records: HealRecord[] = [];
  // One after the other: a home is healed one target at a time.
  for (const goal of goalsOf(wish, member)) {
    records.push(healRecord(await heal(member, goal, wish, options, asker), member));
  }
  return records;
}

/** @throws CaretakerError bad_input */
function wishOf(options: HealAskOptions): Wish {
  const { kind, id } = options;
  // A transition also says to which device and incident it belongs.
  if (kind !== undefined && id !== undefined) return { kind, id };
  const given = FIELDS.filter((field) => options[field] !== undefined);
  const [field, other] = given;
  if (other) throw new CaretakerError('bad_input', `${field}, ${other}: set only one of them.`);
  if (field) return { kind: KIND_OF[field], id: options[field] as string };
  throw new CaretakerError(
    'bad_input',
    `entity_id: is missing. Set one of ${FIELDS.join(', ')} in msg.payload, or wire a caretaker-monitor in.`,
  );
}

/** Which homes know what is wished for; undefined while one has not synced. */
function knowledgeOf(wish: Wish): Knowledge<Member> {
  return { knows: ({ instance }) => (instance?.healing.known ? knows(instance.healing, wish) : undefined) };
}

function knows(healing: Healing, { kind, id }: Wish): boolean {
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

/** Nothing to heal is one answer, too. */
function goalsOf(wish: Wish, { instance }: Member): (HealGoal | null)[] {
  const { kind, id } = wish;
  const healing = instance?.healing;
  if (kind === 'integration') return orNull(healing?.fallenEntriesOf(id));
  if (kind === 'incident') return orNull(healing?.goalsOf(id));
  return [kind === 'instance' ? null : { kind, id }];
}

function orNull(goals: readonly HealGoal[] | undefined): (HealGoal | null)[] {
  return goals && goals.length > 0 ? [...goals] : [null];
}

async function heal(
  member: Member,
  goal: HealGoal | null,
  wish: Wish,
  options: HealAskOptions,
  asker: HealAsker,
): Promise<HealResult> {
  const healing = member.instance?.healing;
  if (!healing) return nothing(wish, 'instance_not_ready');
  if (!goal)
    return nothing(wish, wish.kind === 'integration' && knows(healing, wish) ? 'already_available' : 'no_target');
  const ask: HealAsk = {
    target: goal,
    levels: options.levels ? options.levels.filter((level) => asker.levels.includes(level)) : asker.levels,
    dry_run: asker.dry_run || options.dry_run === true,
    by: asker.by,
    incident_id: wish.kind === 'incident' ? wish.id : null,
    plans: options.plans ?? (asker.plans.length > 0 ? asker.plans : null),
    progress: (step) => asker.progress?.(member, step),
  };
  return healing.heal(ask);
}

function nothing({ kind, id }: Wish, reason: 'instance_not_ready' | 'already_available' | 'no_target'): HealResult {
  return { outcome: 'refused', target: { kind, id }, reason, until: null, incident_id: null, route: null };
}
