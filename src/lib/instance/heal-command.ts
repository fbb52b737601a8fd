import type { AskedBy, Attempt, HealGoal, Step } from '../core/heal/heal';
import { type Reference, resolveCommand } from '../core/resolve';
import { type HealRecord, healRecord } from './heal-record';
import { assertPlans, chosenOf, goalsOf, knowledgeOf, knows, type Wish, whyIdle, wishOf } from './heal-wish';
import type { HealAsk, HealResult } from './healed-home';
import { type HealAskOptions, type HealNodeOptions, parseHealAsk } from './parse';
import type { Member } from './roster';

/** Who asks, and what he is allowed. */
export interface HealAsker extends Pick<HealNodeOptions, 'levels' | 'dry_run' | 'plans'> {
  readonly by: AskedBy;
  /** Told of each attempt as it begins. */
  began?(member: Member, attempt: Attempt): void;
  /** Told with each step. */
  progress?(member: Member, step: Step): void;
}

/** What is meant, in the one home it can mean. Nothing was done yet. */
export interface HealOrder {
  readonly member: Member;
  readonly wish: Wish;
  /** Never rejects: a refusal is an answer. @returns one answer a target */
  run(asker: HealAsker): Promise<HealRecord[]>;
}

/**
 * What a message or a request names.
 * @param fields `entity_id`, `device_id`, `entry_id`, `integration`, `incident_id` or a transition's `kind` and `id`;
 *   `levels`, `dry_run`, `plans`, `reason`
 * @throws CaretakerError bad_input, instance_required, instance_ambiguous, instance_not_found
 */
export function healOrder(visible: readonly Member[], reference: Reference, fields: unknown): HealOrder {
  const options = parseHealAsk(fields);
  const wish = wishOf(options);
  const member = chosenOf(resolveCommand(visible, reference, knowledgeOf(wish)));
  assertPlans(member, options.plans);
  return { member, wish, run: (asker) => run(member, wish, options, asker) };
}

/**
 * Heals what a message or a request names.
 * @returns one answer a target
 * @throws CaretakerError as `healOrder`
 */
export async function healCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  asker: HealAsker,
): Promise<HealRecord[]> {
  return healOrder(visible, reference, fields).run(asker);
}

async function run(member: Member, wish: Wish, options: HealAskOptions, asker: HealAsker): Promise<HealRecord[]> {
  const records: HealRecord[] = [];
  // One after the other: a home is healed one target at a time.
  for (const goal of goalsOf(wish, member)) {
    records.push(healRecord(await heal(member, goal, wish, options, asker), member));
  }
  return records;
}

async function heal(
  member: Member,
  goal: HealGoal | null,
  wish: Wish,
  options: HealAskOptions,
  asker: HealAsker,
): Promise<HealResult> {
  const healing = member.instance?.healing;
  if (!healing) return { ...nothing(wish, 'instance_not_ready'), why: whyIdle(member) };
  if (!goal)
    return nothing(wish, wish.kind === 'integration' && knows(healing, wish) ? 'already_available' : 'no_target');
  const ask: HealAsk = {
    target: goal,
    levels: options.levels ? options.levels.filter((level) => asker.levels.includes(level)) : asker.levels,
    dry_run: asker.dry_run || options.dry_run === true,
    by: asker.by,
    incident_id: wish.kind === 'incident' ? wish.id : null,
    plans: options.plans ?? (asker.plans.length > 0 ? asker.plans : null),
    trigger_reason: options.reason,
    began: (attempt) => asker.began?.(member, attempt),
    progress: (step) => asker.progress?.(member, step),
  };
  return healing.heal(ask);
}

function nothing({ kind, id }: Wish, reason: 'instance_not_ready' | 'already_available' | 'no_target') {
  const target = { kind, id };
  return { outcome: 'refused', target, reason, until: null, incident_id: null, route: null } as const;
}
