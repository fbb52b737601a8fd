import type { Level } from '../../core/heal/heal';
import { CaretakerError } from '../../error';
import { pastAttempt } from '../../instance/attempt-record';
import { type HealOrder, healOrder } from '../../instance/heal-command';
import { assertKnown, knows } from '../../instance/heal-wish';
import { healAskSchema } from '../../instance/parse';
import { type Caller, operation, type Reply } from '../operation';
import { assertRuns } from '../ready';
import { fields, listOf, maybeFlag, maybeText, ofInstance, oneOf, record, text } from '../schema';
import { answered, healAnswer, underWay } from './heal-answer';
import { type HealRun, runHeal } from './heal-run';

interface HealFields {
  readonly levels?: readonly Level[];
  readonly wait_seconds: number;
  readonly [field: string]: unknown;
}

const { entity_id, levels, dry_run, plans, reason } = healAskSchema.properties;

const wait_seconds = {
  type: 'number',
  minimum: 0,
  maximum: 600,
  default: 30,
  description: 'How long to wait for its end. Then the answer is 202, and the heal goes on.',
};

export const healEntity = operation<HealFields & { readonly entity_id: string }>({
  name: 'heal_entity',
  summary: 'Heal an entity, and prove that it is healed.',
  access: 'write',
  fields: fields({ entity_id, levels, dry_run, plans, reason, wait_seconds }, ['entity_id']),
  answer: healAnswer,
  statuses: [202],
  run: async (caller, asked) => {
    const order = healOrder(caller.commanded, caller.reference, asked);
    assertRuns(order.member);
    const { healing } = order.member.instance;
    if (!knows(healing, order.wish)) {
      const { instance_id } = order.member;
      throw new CaretakerError('not_found', `Entity '${asked.entity_id}' not found in instance '${instance_id}'`);
    }
    const run = await started(order, caller, asked);
    const [only] = run.records ?? [];
    const { member, wish } = order;
    if (only) return { body: answered(only, member, caller.now) };
    return { status: 202, body: underWay(wish, member, run.attempts.at(-1), caller.now) };
  },
});

export const heal = operation<HealFields>({
  name: 'heal',
  summary: 'Heal what a body names as the payload of a message to a caretaker-heal does.',
  access: 'write',
  fields: fields({ action: { enum: ['heal'] }, ...healAskSchema.properties, wait_seconds }),
  answer: record({
    ...ofInstance,
    success: maybeFlag,
    outcome: oneOf('healed', 'failed', 'refused', 'in_progress'),
    attempt_id: maybeText,
    message: text,
    results: listOf(healAnswer),
  }),
  statuses: [202],
  run: async (caller, asked) => {
    const order = healOrder(caller.commanded, caller.reference, asked);
    assertRuns(order.member);
    return together(order, await started(order, caller, asked), caller.now);
  },
});

function started(order: HealOrder, { by }: Caller, { levels, wait_seconds }: HealFields): Promise<HealRun> {
  assertKnown(order.member, order.wish);
  return runHeal(order, by, levels ?? null, wait_seconds);
}

/** One answer for all targets: healed are they together. */
function together({ member, wish }: HealOrder, { records, attempts }: HealRun, now: number): Reply {
  const newest = attempts.at(-1);
  const of = { instance_id: member.instance_id, instance_name: member.name, attempt_id: newest?.attempt_id ?? null };
  if (!records) {
    const { success, outcome, message } = underWay(wish, member, newest, now);
    const results = attempts.map((attempt) => pastAttempt(attempt, member));
    return { status: 202, body: { ...of, success, outcome, message, results } };
  }
  const outcomes = records.map(({ outcome }) => outcome);
  const outcome = (['failed', 'refused'] as const).find((one) => outcomes.includes(one)) ?? 'healed';
  const healed = outcomes.filter((one) => one === 'healed').length;
  const [only, another] = records;
  const message = only && !another ? only.message : `${healed} of ${records.length} healed.`;
  const results = records.map((one) => answered(one, member, now));
  return { body: { ...of, success: outcome === 'healed', outcome, message, results } };
}
