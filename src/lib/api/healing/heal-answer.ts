import type { Attempt } from '../../core/heal/heal';
import { actionType, pastAttempt } from '../../instance/attempt-record';
import type { HealRecord } from '../../instance/heal-record';
import type { Wish } from '../../instance/heal-wish';
import type { Member } from '../../instance/roster';
import {
  instant,
  listOf,
  maybeFlag,
  maybeInstant,
  maybeNumber,
  maybeText,
  namedThing,
  type ObjectSchema,
  ofInstance,
  oneOf,
  record,
  type Schema,
  text,
} from '../schema';

const step = record({
  level: text,
  action: text,
  target: namedThing,
  at: maybeInstant,
  duration_seconds: maybeNumber,
  error: maybeText,
  context_id: maybeText,
});

/** What every answer to a heal and every row of the history have. */
export const healProperties: Readonly<Record<string, Schema>> = {
  ...ofInstance,
  attempt_id: maybeText,
  incident_id: maybeText,
  entity_id: maybeText,
  integration: maybeText,
  action_type: maybeText,
  success: maybeFlag,
  timestamp: instant,
  message: text,
  outcome: oneOf('healed', 'failed', 'refused', 'in_progress'),
  reason: maybeText,
  target: namedThing,
  until: maybeInstant,
  plan: maybeText,
  because: maybeText,
  steps: listOf(step),
  recovered: listOf(namedThing),
  still_down: listOf(namedThing),
  began: maybeInstant,
  duration_seconds: maybeNumber,
};

export const healAnswer: ObjectSchema = record(healProperties);

/** How a heal of one target ended, as an answer to who asked for it. */
export function answered(heal: HealRecord, member: Member, now: number) {
  const names = named(heal.target, member);
  return {
    ...heal,
    entity_id: names.entity_id,
    integration: names.integration,
    action_type: actionType(heal.steps),
    success: heal.outcome === 'healed',
    timestamp: heal.began ?? new Date(now).toISOString(),
  };
}

/**
 * A heal that goes on while nobody waits for it any more.
 * @param attempt the newest, which may have ended while the next has not begun; undefined when none has begun yet
 */
export function underWay(wish: Wish, member: Member, attempt: Attempt | undefined, now: number) {
  const { entity_id, integration, name } = named(wish, member);
  const goesOn = { success: null, outcome: 'in_progress' as const };
  if (attempt)
    return { ...pastAttempt(attempt, member), ...goesOn, message: `${attempt.target.name}: the heal is under way.` };
  return {
    ...goesOn,
    instance_id: member.instance_id,
    instance_name: member.name,
    attempt_id: null,
    incident_id: wish.kind === 'incident' ? wish.id : null,
    entity_id,
    integration,
    action_type: null,
    timestamp: new Date(now).toISOString(),
    message: `${name}: the heal has not begun yet.`,
    reason: null,
    target: { ...wish, name },
    until: null,
    plan: null,
    because: null,
    steps: [],
    recovered: [],
    still_down: [],
    began: null,
    duration_seconds: null,
  };
}

/** The other names a target goes by. */
function named({ kind, id }: { readonly kind: string; readonly id: string }, { instance }: Member) {
  const isThing = kind === 'entity' || kind === 'device' || kind === 'config_entry';
  const view = isThing ? instance?.healing.view({ kind, id }) : undefined;
  return {
    entity_id: kind === 'entity' ? id : null,
    integration: kind === 'integration' ? id : (view?.integration ?? null),
    name: (kind === 'incident' ? instance?.healing.incident(id)?.root.name : view?.target.name) ?? id,
  };
}
