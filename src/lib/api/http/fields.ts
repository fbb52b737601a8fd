import type { Reference } from '../../core/resolve';
import { CaretakerError } from '../../error';
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

/** A name nobody knows is a slip of the pen: `instance=home` must not be answered with all homes. */
function valuesOf(query: URLSearchParams, { properties }: ObjectSchema): Fields {
  const known = [...REFERENCE_FIELDS, ...Object.keys(properties)];
  const values: Record<string, unknown> = {};
  for (const name of new Set(query.keys())) {
    assertName(name);
    if (!known.includes(name))
      throw new CaretakerError('bad_input', `${name}: is no parameter here. There are: ${known.join(', ')}.`);
    const given = query.getAll(name);
    const schema = properties[name];
    if (given.length > 1 && !takesList(schema))
      throw new CaretakerError('bad_input', `${name}: is given more than once.`);
    values[name] = given.length > 1 || isList(schema) ? given : given[0];
  }
  return values;
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
