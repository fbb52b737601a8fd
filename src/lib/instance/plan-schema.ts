import { Ajv, type ErrorObject } from 'ajv';
import type { Action, Level } from '../core/heal/heal';

/** A plan as somebody wrote it. */
export interface WrittenPlan {
  readonly name: string;
  readonly description?: string;
  readonly enabled?: boolean;
  readonly priority?: number;
  readonly match?: WrittenMatch;
  readonly steps: readonly WrittenStep[];
}

interface WrittenMatch {
  readonly entities?: readonly string[];
  readonly integrations?: readonly string[];
  readonly problems?: readonly string[];
  readonly manufacturers?: readonly string[];
  readonly time?: { readonly from: string; readonly to: string; readonly weekdays?: readonly Weekday[] };
}

interface WrittenStep {
  readonly level: Level;
  readonly action: Action;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly timeout_seconds?: number;
}

/** Something in a plan that is not allowed. */
export interface PlanFault {
  /** Keys and places in lists, from the plan down. */
  readonly at: readonly string[];
  /** The key itself is wrong, not what it says. */
  readonly key: boolean;
  readonly message: string;
}

/** Sunday is 0. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** What can be done at each level. */
const ACTIONS: Readonly<Record<Level, readonly Action[]>> = {
  entity: ['update_entity', 'wait'],
  device: ['press_button', 'zwave_ping', 'zha_reconfigure', 'wait'],
  integration: ['reload', 'wait'],
  home_assistant: ['restart'],
};

const PROBLEMS = [
  ...['unavailable', 'unknown', 'stale', 'missing'],
  ...['setup_error', 'setup_retry', 'not_loaded', 'migration_error', 'failed_unload'],
];

const MOST_NAMES = 100;
const MOST_STEPS = 20;
const MOST_PARAMS = 20;
/** Who has so many has another kind of file in his hands. */
export const MOST_FAULTS = 20;

/** What a step is done to follows from the target that is healed: no plan may turn it on something else. */
const AIMS = ['entity_id', 'device_id', 'area_id', 'floor_id', 'label_id', 'ieee', 'target'];

// Each `description` is what is said when it is broken.
const list = (items: object, what: string) => ({
  type: 'array',
  minItems: 1,
  maxItems: MOST_NAMES,
  items,
  description: `must be a list of 1 to ${MOST_NAMES} ${what}`,
});
const glob = { type: 'string', minLength: 1, maxLength: 255, description: 'must be a text of 1 to 255 characters' };
const time = {
  type: 'string',
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  description: 'must be a time from 00:00 to 23:59, with two digits for the hour',
};
const oneOf = (allowed: readonly string[]) => ({ enum: allowed, description: `must be one of ${allowed.join(', ')}` });
const plain = {
  type: ['string', 'number', 'boolean'],
  maxLength: 1000,
  description: 'must be a text, number, true or false',
};

const matchSchema = {
  type: 'object',
  description: 'must be a map',
  additionalProperties: false,
  properties: {
    entities: list(glob, 'globs of entity ids, such as climate.*'),
    integrations: list(
      {
        type: 'string',
        pattern: '^[a-z0-9_]{1,64}$',
        description: 'must be the domain of an integration, such as zha',
      },
      'integrations',
    ),
    problems: list(oneOf(PROBLEMS), 'problems'),
    manufacturers: list(glob, 'globs of manufacturers'),
    time: {
      type: 'object',
      description: 'must be a map',
      required: ['from', 'to'],
      additionalProperties: false,
      properties: { from: time, to: time, weekdays: list(oneOf(WEEKDAYS), 'weekdays') },
    },
  },
};

const paramsSchema = {
  type: 'object',
  maxProperties: MOST_PARAMS,
  propertyNames: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,63}$', not: { enum: AIMS } },
  additionalProperties: plain,
  description: `must be a map of at most ${MOST_PARAMS} texts, numbers and booleans, none of them ${AIMS.join(', ')}`,
};

const stepSchema = (level: Level) => ({
  required: ['level', 'action'],
  additionalProperties: false,
  properties: {
    level: { const: level },
    action: { enum: ACTIONS[level], description: `must, at level ${level}, be one of ${ACTIONS[level].join(', ')}` },
    // A reload and a restart are given nothing that could be added to.
    ...(level === 'entity' || level === 'device' ? { params: paramsSchema } : {}),
    timeout_seconds: { type: 'number', minimum: 1, maximum: 3600, description: 'must be a number from 1 to 3600' },
  },
});

const LEVELS = Object.keys(ACTIONS) as Level[];

const planSchema = {
  type: 'object',
  description: 'must be a map: a plan',
  required: ['name', 'steps'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      maxLength: 100,
      pattern: '^\\S(.*\\S)?$',
      description: 'must be a text of 1 to 100 characters, in quotes if it looks like a number',
    },
    description: { type: 'string', maxLength: 1000, description: 'must be a text of at most 1000 characters' },
    enabled: { type: 'boolean', description: 'must be true or false' },
    priority: { type: 'integer', minimum: 0, maximum: 1000, description: 'must be a whole number from 0 to 1000' },
    match: matchSchema,
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_STEPS,
      description: `must be a list of 1 to ${MOST_STEPS} steps`,
      items: {
        type: 'object',
        description: 'must be a map: a step',
        discriminator: { propertyName: 'level' },
        oneOf: LEVELS.map(stepSchema),
      },
    },
  },
};

// What is validated is bounded already, so all faults may be told at once.
const ajv = new Ajv({
  allErrors: true,
  verbose: true,
  discriminator: true,
  allowUnionTypes: true,
  strictRequired: false,
});

export function isPlan(value: unknown): value is WrittenPlan {
  return ajv.validate<WrittenPlan>(planSchema, value);
}

/** What keeps a value from being a plan; none if it is one. */
export function planFaults(value: unknown): PlanFault[] {
  if (isPlan(value)) return [];
  // A key that is not allowed is told by its name, and again by the rule for all names.
  const errors = (ajv.errors ?? []).filter(({ keyword, propertyName }) => keyword === 'propertyNames' || !propertyName);
  return errors.slice(0, MOST_FAULTS).map(faultOf);
}

function faultOf({ keyword, instancePath, params, parentSchema }: ErrorObject): PlanFault {
  const at = instancePath.split('/').slice(1).map(unescaped);
  const { description, properties } = Object(parentSchema) as { description?: string; properties?: object };
  switch (keyword) {
    case 'required':
      return { at, key: false, message: `needs ${String(params['missingProperty'])}` };
    case 'additionalProperties': {
      const allowed = Object.keys(properties ?? {}).join(', ');
      return {
        at: [...at, String(params['additionalProperty'])],
        key: true,
        message: `is unknown; allowed: ${allowed}`,
      };
    }
    case 'propertyNames':
      return {
        at: [...at, String(params['propertyName'])],
        key: true,
        message: `is not allowed; params ${description}`,
      };
    case 'discriminator':
      return { at: [...at, 'level'], key: false, message: `must be one of ${LEVELS.join(', ')}` };
    default:
      return { at, key: false, message: description ?? 'is not allowed' };
  }
}

/** A part of a JSON pointer. */
function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
