import type { HealGoal } from '../core/heal/heal';
import { type Reference, resolveCommand } from '../core/resolve';
import { CaretakerError } from '../error';
import { type HealAsker, healCommand } from './heal-command';
import type { HealRecord } from './heal-record';
import {
  assertKnown,
  assertPlans,
  chosenOf,
  goalsOf,
  healingOf,
  knowledgeOf,
  unknownIn,
  type Wish,
  wishOf,
} from './heal-wish';
import { endMaintenanceCommand, type MaintenanceAnswer, maintenanceCommand, windowsOf } from './maintenance-command';
import { parseHealAction, parsePlanQuestion } from './parse-action';
import { type PlanAnswer, planQuery } from './plan-query';
import type { Member } from './roster';
import { type SuppressionAnswer, suppressCommand, suppressionsOf, unsuppressCommand } from './suppress-command';

/** Which plan would match, as it crosses a boundary. */
export interface PlanRecord extends PlanAnswer {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly action: 'plan';
}

export type ActionRecord = SuppressionAnswer | MaintenanceAnswer | PlanRecord;

/**
 * All that may be asked about healing: to heal, to hold it back, to let it go on, or to say what would be done.
 * @param fields `action`, and those of that
 * @returns an answer a home, of heals and plans one a target
 * @throws CaretakerError bad_input, no_target, instance_required, instance_ambiguous, instance_not_found, instance_not_ready
 */
export async function healAction(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  asker: HealAsker,
): Promise<(HealRecord | ActionRecord)[]> {
  const now = Date.now();
  switch (parseHealAction(fields)) {
    case 'heal':
      return healCommand(visible, reference, fields, asker);
    case 'suppress':
      return [suppressCommand(visible, reference, fields, now)];
    case 'unsuppress':
      return [unsuppressCommand(visible, reference, fields, now)];
    case 'suppressions':
      return someOf(suppressionsOf(visible, reference, now));
    case 'maintenance':
      return [maintenanceCommand(visible, reference, fields, now)];
    case 'end_maintenance':
      return [endMaintenanceCommand(visible, reference, fields, now)];
    case 'windows':
      return someOf(windowsOf(visible, reference, now));
    case 'plan':
      return planCommand(visible, reference, fields, asker);
  }
}

/** Whoever asks a node of no home must not wait for an answer for ever. */
function someOf<T>(records: T[]): T[] {
  if (records.length > 0) return records;
  throw new CaretakerError('instance_not_found', 'No instance is configured. Add a caretaker-instance node.');
}

/**
 * Which plans would heal a target, and what they would do. Nothing is done.
 * @param fields as of a heal, without `dry_run`
 * @throws CaretakerError as `healAction`
 */
export async function planCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
  asker: Pick<HealAsker, 'levels' | 'plans'>,
): Promise<PlanRecord[]> {
  const options = parsePlanQuestion(fields);
  const wish = wishOf(options);
  const member = chosenOf(resolveCommand(visible, reference, knowledgeOf(wish)));
  assertKnown(member, wish);
  assertPlans(member, options.plans);
  const question = {
    levels: options.levels ? options.levels.filter((level) => asker.levels.includes(level)) : asker.levels,
    plans: options.plans ?? (asker.plans.length > 0 ? asker.plans : null),
  };
  const records: PlanRecord[] = [];
  for (const goal of asked(wish, member)) {
    await healingOf(member).learn(goal);
    const answer = member.instance && planQuery(member.instance, goal, question);
    if (answer)
      records.push({ instance_id: member.instance_id, instance_name: member.name, action: 'plan', ...answer });
  }
  if (records.length === 0) throw unknownIn(member, wish);
  return records;
}

/** Of an integration with nothing down each of its entries: what would be, if it were. */
function asked(wish: Wish, member: Member): HealGoal[] {
  const goals = goalsOf(wish, member).filter((goal) => goal !== null);
  return goals.length > 0 || wish.kind !== 'integration' ? goals : [...healingOf(member).entriesOf(wish.id)];
}
