import { CaretakerError } from '../error';
import { type HealAskOptions, levels, planNames, subjectFields, subjectId } from './parse';
import { ajv, parser, pick, refusal } from './parser';

export const HEAL_ACTIONS = [
  'heal',
  'suppress',
  'unsuppress',
  'suppressions',
  'maintenance',
  'end_maintenance',
  'windows',
  'plan',
] as const;

export type HealAction = (typeof HEAL_ACTIONS)[number];

/** As a message names them; their place is the number that HA's and JavaScript's calendars give them. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

type Weekday = (typeof WEEKDAYS)[number];

const MOST_MINUTES = 525_600;
const minutes = { type: 'number', exclusiveMinimum: 0, maximum: MOST_MINUTES };
const instant = { type: 'string', maxLength: 64 };
const reason = { type: 'string', maxLength: 1000 };

const actionSchema = { type: 'object', properties: { action: { enum: HEAL_ACTIONS, default: 'heal' } } };

export const suppressSchema = {
  type: 'object',
  properties: { ...subjectFields, suppression_id: subjectId, for_minutes: minutes, until: instant, reason },
};

export const windowSchema = {
  type: 'object',
  properties: {
    window_id: subjectId,
    from: instant,
    to: instant,
    for_minutes: minutes,
    weekdays: { type: 'array', minItems: 1, uniqueItems: true, items: { enum: WEEKDAYS } },
    at: { type: 'string', maxLength: 64 },
    duration_minutes: { type: 'integer', minimum: 1, maximum: 10_080 },
    reason,
  },
};

export const planSchema = {
  type: 'object',
  properties: { ...subjectFields, levels: { ...levels, minItems: 1 }, plans: planNames },
};

export interface SuppressOptions extends Omit<HealAskOptions, 'levels' | 'dry_run' | 'plans'> {
  readonly suppression_id?: string;
  readonly for_minutes?: number;
  readonly until?: string;
}

export interface WindowOptions {
  readonly window_id?: string;
  readonly from?: string;
  readonly to?: string;
  readonly for_minutes?: number;
  readonly weekdays?: readonly Weekday[];
  readonly at?: string;
  readonly duration_minutes?: number;
  readonly reason?: string;
}

export type PlanOptions = Omit<HealAskOptions, 'dry_run' | 'reason'>;

/** @throws CaretakerError bad_input, naming the field */
export function parseHealAction(fields: unknown): HealAction {
  const picked = pick(fields, ['action']);
  if (ajv.validate<{ action: HealAction }>(actionSchema, picked)) return picked.action;
  throw refusal(ajv.errors);
}

export const parseSuppress = parser<SuppressOptions>(suppressSchema);

export const parseWindow = parser<WindowOptions>(windowSchema);

export const parsePlanQuestion = parser<PlanOptions>(planSchema);

const ISO = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Epoch ms.
 * @throws CaretakerError bad_input: one without its offset would be another instant on another machine
 */
export function parseInstant(field: string, text: string): number {
  const [, year, month, day] = ISO.exec(text)?.map(Number) ?? [];
  const at = Date.parse(text);
  // A day that a month does not have becomes one of the next.
  const isDay = day !== undefined && new Date(Date.UTC(year ?? 0, (month ?? 0) - 1, day)).getUTCDate() === day;
  if (isDay && Number.isFinite(at)) return at;
  throw new CaretakerError(
    'bad_input',
    `${field}: must be a date and time with its offset, such as 2026-11-23T22:00:00Z or 2026-11-23T23:00:00+01:00.`,
  );
}
