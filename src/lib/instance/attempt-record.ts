import type { Attempt } from '../core/heal/heal';
import { attemptRecord, type HealRecord, type Home } from './heal-record';

/** An attempt as it stands in the history: it may still be under way. */
export interface AttemptRecord extends Omit<HealRecord, 'outcome' | 'duration_seconds'> {
  readonly outcome: 'healed' | 'failed' | 'in_progress';
  /** Null while it is under way. */
  readonly success: boolean | null;
  readonly duration_seconds: number | null;
  /** Null when the target is no entity. */
  readonly entity_id: string | null;
  readonly integration: string | null;
  readonly action_type: string | null;
  /** When it began. */
  readonly timestamp: string;
  /** In the words of who asked; else who that was, and of a heal by itself `incident`. */
  readonly trigger_reason: string;
  readonly error_message: string | null;
  /** Null of one from before that was counted. */
  readonly attempt_number: number | null;
  readonly by: Attempt['by'];
}

/** In the history, or as an answer, this is what an attempt did. */
export function actionType(steps: readonly { readonly action: string }[]): string | null {
  const action = steps.at(-1)?.action ?? null;
  // The name that clients of the API know it by.
  return action === 'reload' ? 'integration_reload' : action;
}

export function pastAttempt(attempt: Attempt, home: Home): AttemptRecord {
  const { target, integration, steps, by, began, message, incident_id } = attempt;
  const record = attemptRecord(attempt, home);
  const underWay = attempt.outcome === null;
  return {
    ...record,
    ...(underWay && { reason: null, message: `${target.name}: the heal is under way.`, duration_seconds: null }),
    outcome: underWay ? 'in_progress' : record.outcome === 'healed' ? 'healed' : 'failed',
    success: underWay ? null : record.outcome === 'healed',
    entity_id: target.kind === 'entity' ? target.id : null,
    integration,
    action_type: actionType(steps),
    timestamp: new Date(began).toISOString(),
    trigger_reason: attempt.trigger_reason ?? (by === 'auto' && incident_id !== null ? 'incident' : by),
    error_message: attempt.outcome === 'failed' ? (message ?? record.message) : null,
    attempt_number: attempt.number ?? null,
    by,
  };
}
