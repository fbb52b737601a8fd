import type { Attempt, RefusalReason, Step, StepTaken } from '../core/heal/heal';
import type { Named } from '../core/subject';
import type { HealResult, Route } from './healed-home';

/** A step as it crosses a boundary; of a dry run without instant and duration. */
interface StepRecord {
  readonly level: Step['level'];
  readonly action: Step['action'];
  readonly target: Named;
  readonly at: string | null;
  readonly duration_seconds: number | null;
  readonly error: string | null;
  readonly context_id: string | null;
}

/** A heal's answer as it crosses a boundary: instants are ISO 8601 UTC. */
export interface HealRecord {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly attempt_id: string | null;
  readonly incident_id: string | null;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly outcome: 'healed' | 'failed' | 'refused';
  readonly reason: string | null;
  /** For people: what happened, and what to do next. */
  readonly message: string;
  /** From when it may be tried; null when time alone does not help. */
  readonly until: string | null;
  readonly plan: string | null;
  readonly because: string | null;
  readonly steps: readonly StepRecord[];
  readonly recovered: readonly Named[];
  readonly still_down: readonly Named[];
  readonly began: string | null;
  readonly duration_seconds: number;
}

export type Home = { readonly instance_id: string; readonly name: string };

export function healRecord(result: HealResult, home: Home): HealRecord {
  return result.outcome === 'refused' ? refusedRecord(result, home) : attemptRecord(result.attempt, home);
}

/** An attempt that was cut short by the end of this program failed when it was last heard of. */
export function attemptRecord(attempt: Attempt, { instance_id, name }: Home): HealRecord {
  const { target, steps, recovered, still_down, began, plan, because } = attempt;
  const outcome = attempt.outcome ?? 'failed';
  const reason = attempt.outcome === null ? 'interrupted' : attempt.reason;
  return {
    instance_id,
    instance_name: name,
    attempt_id: attempt.attempt_id,
    incident_id: attempt.incident_id,
    target,
    outcome,
    reason,
    message: messageOf({ ...attempt, outcome, reason }),
    until: null,
    plan,
    because,
    steps: steps.map(takenRecord),
    recovered,
    still_down,
    began: new Date(began).toISOString(),
    // The clock may have been set back meanwhile.
    duration_seconds: Math.max(0, (attempt.ended ?? began) - began) / 1000,
  };
}

function refusedRecord(result: Extract<HealResult, { outcome: 'refused' }>, home: Home): HealRecord {
  const { target, reason, until, incident_id, route } = result;
  const name = target.name ?? target.id;
  return {
    instance_id: home.instance_id,
    instance_name: home.name,
    attempt_id: null,
    incident_id,
    target: { kind: target.kind, id: target.id, name },
    outcome: 'refused',
    reason,
    message: `${name}: ${result.why ?? REFUSED[reason]}${route ? ` ${rehearsed(route)}` : ''}`,
    until: until === null ? null : new Date(until).toISOString(),
    plan: route?.plan ?? null,
    because: route?.because ?? null,
    steps: (route?.steps ?? []).map(plannedRecord),
    recovered: [],
    still_down: [],
    began: null,
    duration_seconds: 0,
  };
}

function takenRecord({ at, ...step }: StepTaken): StepRecord {
  return { ...step, at: new Date(at).toISOString() };
}

function plannedRecord({ level, action, target }: Step): StepRecord {
  return { level, action, target, at: null, duration_seconds: null, error: null, context_id: null };
}

function messageOf(attempt: Attempt): string {
  // Whoever took it over from HA Boss knows what that did.
  if (attempt.by === 'ha_boss') return attempt.message ?? '';
  return attempt.outcome === 'healed' ? healedMessage(attempt) : failedMessage(attempt, attempt.reason);
}

function healedMessage({ target, steps, recovered }: Attempt): string {
  const { action = 'wait', duration_seconds = 0 } = steps.at(-1) ?? {};
  const back = recovered.length === 1 ? `${recovered[0]?.name} is back` : `${recovered.length} entities are back`;
  return `${target.name}: healed by ${action} in ${duration_seconds.toFixed(1)} s, ${back}.`;
}

function failedMessage({ target, still_down, message }: Attempt, reason: string | null): string {
  if (reason === 'not_admin') return `${target.name}: ${REFUSED.not_admin}`;
  if (reason === 'not_recoverable') return `${target.name}: ${REFUSED.not_recoverable}`;
  if (reason === 'interrupted') return `${target.name}: the heal was cut short. It counts as a try.`;
  const names = still_down.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = still_down.length > names.length ? ` and ${still_down.length - names.length} more` : '';
  const down = names.length > 0 ? ` Still down: ${names.join(', ')}${more}.` : '';
  const end = isRefusal(reason) ? ` No further step was taken: ${REFUSED[reason]}` : '';
  return `${target.name}: not healed${message ? ` (${message})` : ''}.${down}${end}`;
}

function isRefusal(reason: string | null): reason is RefusalReason {
  return reason !== null && Object.hasOwn(REFUSED, reason);
}

function rehearsed({ steps }: Route): string {
  return `Would do: ${steps.map(({ action, target }) => `${action} ${target.name}`).join(', then ')}.`;
}

const MOST_NAMED = 5;

const REFUSED: Readonly<Record<RefusalReason, string>> = {
  healing_disabled: 'healing is switched off for this home. Switch it on in its caretaker-instance node.',
  suppressed: 'healing is suppressed for it. Lift the suppression to have it healed.',
  maintenance: 'the home is in maintenance. Nothing is healed until the window ends.',
  cooldown: 'it was tried a short while ago. It is left alone until its cooldown has passed.',
  circuit_open: 'too many tries in a row have failed. It is left alone for a while; look into the cause.',
  budget_exhausted: 'this home has had its reloads for this hour (reloads_per_hour).',
  in_progress: 'another heal is under way in this home. Try again when it has ended.',
  already_available: 'it is not down.',
  not_recoverable: 'no reload can mend it: sign in again, or restart Home Assistant.',
  ha_is_retrying: 'Home Assistant is trying to set it up by itself.',
  storm: 'too much of this home is down at once for one integration to be the cause. Check its network and power.',
  attempts_exhausted: 'it was tried as often as max_attempts allows for one incident. It needs a person now.',
  not_admin: 'the token is not an administrator’s, and only they may heal. Enter another token.',
  instance_not_ready: 'its Home Assistant is not connected or not running, or its store does not answer.',
  no_target: 'there is nothing that could be done to it: unknown, disabled, or no step of the allowed levels fits.',
  dry_run: 'only rehearsed, nothing was done.',
};
