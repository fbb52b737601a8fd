import type { Reference } from '../../core/resolve';
import { CaretakerError } from '../../error';
import { assertTyped } from '../../instance/parser';
import type { ObjectSchema, Schema } from '../schema';
import { assertName } from './body';

type Fields = Readonly<Record<string, unknown>>;

/** What every route takes besides its own fields. */
export const REFERENCE_FIELDS = ['instance_id', 'instance_name'] as const;

export interface Asked {
  readonly reference: Reference;
  readonly fields: Fields;
}

/**
 * Everything a request asks for: what stands in its path, its query and its body. The same may be said twice, another
 * thing may not.
 * @throws CaretakerError bad_input, naming the field
 */
export function askedBy(schema: ObjectSchema, params: Fields, query: URLSearchParams, body: Fields): Asked {
  const fields: Record<string, unknown> = { ...params };
  if (!isRecord(body)) {
    assertMeant(body, schema);
    assertTyped(schema.properties, body);
  }
  for (const from of [valuesOf(query, schema), body]) {
    for (const [name, value] of Object.entries(from)) {
      if (Object.hasOwn(fields, name) && !isSame(fields[name], value))
        throw new CaretakerError('bad_input', `${name}: is given twice, and not the same.`);
      fields[name] ??= value;
    }
  }
  const reference: Reference = {
    instance_id: fields['instance_id'],
    instance_name: fields['instance_name'],
    field: 'instance_id',
  };
  return { reference, fields };
}

function valuesOf(query: URLSearchParams, schema: ObjectSchema): Fields {
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    assertName(name);
    const given = query.getAll(name);
    const field = schema.properties[name];
    assertMeant({ [name]: given[0] }, schema);
    if (given.length > 1 && !takesList(field))
      throw new CaretakerError('bad_input', `${name}: is given more than once.`);
    values[name] = given.length > 1 || isList(field) ? given : given[0];
  }
  return values;
}

/**
 * A name nobody knows, or one with nothing behind it, is a slip of the pen: `instance=home` must not be answered with
 * all homes, nor `dryrun` heal.
 */
function assertMeant(given: Fields, { properties }: ObjectSchema): void {
  const known = [...REFERENCE_FIELDS, ...Object.keys(properties)];
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name))
      throw new CaretakerError('bad_input', `${name}: is no parameter here. There are: ${known.join(', ')}.`);
    // Of an empty home the resolver tells.
    if (typeof value === 'string' && value.trim() === '' && Object.hasOwn(properties, name))
      throw new CaretakerError('bad_input', `${name}: is empty. Set it, or leave it out.`);
  }
}

/** Of a caretaker-monitor: it names what is meant, and much besides. */
function isRecord({ event }: Fields): boolean {
  return event !== undefined;
}

function isList(schema: Schema | undefined): boolean {
  return schema?.type === 'array';
}

/** Also where one alone would do. */
function takesList(schema: Schema | undefined): boolean {
  const anyOf = (schema?.['anyOf'] ?? []) as readonly Schema[];
  return isList(schema) || anyOf.some(isList);
}

/** A number in a query is a text. */
function isSame(one: unknown, other: unknown): boolean {
  const plain = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return plain(one) === plain(other);
}
