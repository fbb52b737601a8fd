import { Ajv, type ErrorObject } from 'ajv';
import { CaretakerError } from '../error';

/** Editor fields may be numbers in text, as environment variables always are. */
// With strict numbers what is read as Infinity counts as no number, and its limits are not looked at.
export const ajv = new Ajv({
  allErrors: false,
  coerceTypes: true,
  useDefaults: true,
  strictNumbers: false,
  verbose: true,
});

/** Takes the fields of a schema out of others. What it answers throws bad_input, naming the field. */
export function parser<T>(schema: { readonly properties: object }): (fields: unknown) => T {
  const keys = Object.keys(schema.properties);
  return (fields) => {
    const picked = pick(fields, keys);
    // Compiles it the first time: all schemas at once would hold up the start of Node-RED for 0.3 s.
    if (ajv.validate<T>(schema, picked)) return picked;
    throw refusal(ajv.errors);
  };
}

export function pick(fields: unknown, keys: readonly string[]): unknown {
  const all = Object(fields) as Record<string, unknown>;
  return withoutBlanks(Object.fromEntries(keys.map((key) => [key, all[key]])));
}

/** Blank means the default. Copies, because the validation fills in defaults. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (typeof value !== 'object' || value === null) return value;
  const isBlank = (field: unknown) => field == null || (typeof field === 'string' && field.trim() === '');
  const kept = Object.entries(value).filter(([, field]) => !isBlank(field));
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutBlanks(field)]));
}

/** JSON has types of its own: there nothing is taken for something else. */
const strict = new Ajv({ verbose: true });

/** @throws CaretakerError bad_input, naming the field */
export function assertTyped(properties: Readonly<Record<string, object>>, values: object): void {
  for (const [name, value] of Object.entries(values)) {
    const schema = properties[name];
    if (schema && !strict.validate(schema, value)) throw refusal(strict.errors, `/${name}`);
  }
}

/** @param at where the value that was looked at stands, as a JSON pointer */
export function refusal(errors: readonly ErrorObject[] | null | undefined, at = ''): CaretakerError {
  const [error] = errors ?? [];
  const missing = error?.keyword === 'required' ? `/${String(error.params['missingProperty'])}` : '';
  const extra = error?.keyword === 'additionalProperties' ? `/${String(error.params['additionalProperty'])}` : '';
  const field = `${at}${error?.instancePath ?? ''}${missing}${extra}`.slice(1).replaceAll('/', '.') || 'settings';
  const allowed = error?.keyword === 'enum' ? `: ${(error.params['allowedValues'] as string[]).join(', ')}` : '';
  return new CaretakerError('bad_input', `${field}: ${rule(error)}${allowed}.`);
}

/** Where a pattern is described, in words. */
function rule(error: ErrorObject | undefined): string {
  const { description } = Object(error?.parentSchema) as { description?: string };
  if (error?.keyword === 'pattern' && description) return `must be ${description}`;
  if (error?.keyword === 'required') return 'is missing';
  return error?.message ?? 'is not valid';
}
