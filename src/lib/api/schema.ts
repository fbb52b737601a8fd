/** The part of JSON Schema that both ajv (draft 7) and OpenAPI 3.1 (2020-12) read alike. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly [keyword: string]: unknown;
}

export interface ObjectSchema extends Schema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

const orNull = (type: string, more: object = {}): Schema => ({ type: [type, 'null'], ...more });

/** The words answers are described with. */
export const text: Schema = { type: 'string' };
export const maybeText: Schema = orNull('string');
export const flag: Schema = { type: 'boolean' };
export const maybeFlag: Schema = orNull('boolean');
export const whole: Schema = { type: 'integer' };
export const number: Schema = { type: 'number' };
export const maybeWhole: Schema = orNull('integer');
export const maybeNumber: Schema = orNull('number');
export const instant: Schema = { type: 'string', format: 'date-time' };
export const maybeInstant: Schema = orNull('string', { format: 'date-time' });

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function maybeOneOf(...values: readonly string[]): Schema {
  return { type: ['string', 'null'], enum: [...values, null] };
}

export function orNothing(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** An object that has all of these; answers may grow, so it may have more. */
export function record(properties: Readonly<Record<string, Schema>>): ObjectSchema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

/** What may be asked for; whatever has no default may be left out. */
export function fields(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): ObjectSchema {
  return { type: 'object', properties, ...(required.length > 0 && { required }) };
}

/** `kind`, `id` and `name`, as a subject, a target or a cause is named. */
export const namedThing = record({ kind: text, id: text, name: text });

/** Every item says which home it is of. */
export const ofInstance = { instance_id: text, instance_name: text } as const;

/** The page of a list that is asked for. */
export const page = {
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  offset: { type: 'integer', minimum: 0, maximum: 1_000_000_000, default: 0 },
} as const;
