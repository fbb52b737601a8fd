import { CONDITIONS, type Condition } from '../../core/vitals';
import { maybeInstant, maybeText, oneOf, record } from '../schema';

/** One thing that can be well or not. */
export interface Component {
  readonly status: Condition;
  /** For people; null when there is nothing to say. */
  readonly message: string | null;
  /** When it was found to be so, ISO 8601 UTC; null when it was not looked at. */
  readonly last_update: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export const componentAnswer = record({
  status: oneOf(...CONDITIONS),
  message: maybeText,
  last_update: maybeInstant,
  details: { type: 'object' },
});

/** @param at epoch ms; when it was found to be so */
export function component(
  status: Condition,
  at: number | null,
  message: string | null = null,
  details: Component['details'] = {},
): Component {
  return { status, message, last_update: at === null ? null : new Date(at).toISOString(), details };
}
