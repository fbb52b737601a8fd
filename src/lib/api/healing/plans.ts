import type { Level } from '../../core/heal/heal';
import type { Plan } from '../../core/heal/plan';
import { planCommand } from '../../instance/heal-action';
import { planSchema, WEEKDAYS } from '../../instance/parse-action';
import { planSource } from '../../instance/plan-folder';
import { fromEach, type Kept } from '../kept';
import { operation } from '../operation';
import { fields, flag, listOf, maybeText, namedThing, number, ofInstance, oneOf, page, record, text } from '../schema';

const level = oneOf('entity', 'device', 'integration', 'home_assistant');
const params = { type: 'object' };
const maybeTexts = { type: ['array', 'null'], items: text };

export const plans = operation<{ readonly limit: number; readonly offset: number }>({
  name: 'plans',
  summary: 'The plans homes are healed by, best first, and what is wrong with those that are not used, by home.',
  access: 'read',
  fields: fields(page),
  answer: listOf(
    record({
      ...ofInstance,
      plans: listOf(
        record({
          name: text,
          description: text,
          enabled: flag,
          priority: number,
          source: oneOf('built_in', 'shared', 'own'),
          file: maybeText,
          match: record({
            entities: maybeTexts,
            integrations: maybeTexts,
            problems: maybeTexts,
            manufacturers: maybeTexts,
            time: {
              type: ['object', 'null'],
              properties: { from: text, to: text, weekdays: maybeTexts },
              required: ['from', 'to', 'weekdays'],
            },
          }),
          steps: listOf(record({ level, action: text, params, timeout_seconds: { type: ['number', 'null'] } })),
        }),
      ),
      problems: listOf(record({ kind: oneOf('error', 'note'), file: text, text })),
    }),
  ),
  run: async (caller, { limit, offset }) => {
    const all = await fromEach(caller, plansOf);
    return { body: all.slice(offset, offset + limit), total: all.length };
  },
});

export const plan = operation<{ readonly levels?: readonly Level[] }>({
  name: 'plan',
  summary: 'Which plans would heal something, and what they would do; nothing is done.',
  access: 'read',
  fields: fields(planSchema.properties),
  answer: listOf(
    record({
      ...ofInstance,
      action: oneOf('plan'),
      target: namedThing,
      problem: record({
        entities: listOf(text),
        integration: maybeText,
        problems: listOf(text),
        manufacturers: listOf(text),
      }),
      matches: listOf(
        record({
          plan: text,
          priority: number,
          file: maybeText,
          steps: listOf(record({ level, action: text, target: namedThing, params, timeout_seconds: number })),
        }),
      ),
      chosen: maybeText,
    }),
  ),
  run: async ({ commanded, reference }, asked) => {
    const levels = asked.levels ?? ['entity', 'device', 'integration', 'home_assistant'];
    return { body: await planCommand(commanded, reference, asked, { levels, plans: [] }) };
  },
});

function plansOf({ instance_id, name, plans }: Kept) {
  return {
    instance_id,
    instance_name: name,
    plans: (plans?.plans() ?? []).map((plan) => planRecord(plan, instance_id)),
    problems: (plans?.problems() ?? []).map(({ kind, file, text }) => ({ kind, file, text })),
  };
}

function planRecord({ match, steps, ...plan }: Plan, instanceId: string) {
  const { entities = null, integrations = null, problems = null, manufacturers = null, time } = match;
  const weekdays = time?.weekdays?.map((day) => WEEKDAYS[day] as string) ?? null;
  return {
    ...plan,
    source: planSource(plan.file, instanceId),
    match: {
      ...{ entities, integrations, problems, manufacturers },
      time: time ? { from: time.from, to: time.to, weekdays } : null,
    },
    steps,
  };
}
