import { CaretakerError } from '../../error';

const MOST_BYTES = 1_048_576;
const MOST_VALUES = 20_000;
const DEEPEST = 32;
/** Names by which an object could be made to be something else. */
const POISON = new Set(['__proto__', 'constructor', 'prototype']);
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

export interface Incoming {
  readonly headers: Readonly<Record<string, unknown>>;
  /** As Node-RED's parsers left it. */
  readonly body?: unknown;
}

/**
 * The fields of a body; none when there is no body.
 * @throws CaretakerError bad_input, body_too_large, unsupported_media_type
 */
export function fieldsOfBody({ headers, body }: Incoming): Readonly<Record<string, unknown>> {
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
  if (isEmpty(body)) return {};
  const type = String(headers['content-type'] ?? '');
  // A form of any page may be posted here by the browser of somebody who looks at that page.
  if (!JSON_TYPE.test(type))
    throw new CaretakerError('unsupported_media_type', 'Content-Type: must be application/json.');
  const parsed = typeof body === 'string' || Buffer.isBuffer(body) ? parse(String(body)) : body;
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new CaretakerError('bad_input', 'body: must be an object.');
  assertHarmless(parsed);
  return parsed as Readonly<Record<string, unknown>>;
}

/** @throws CaretakerError bad_input */
export function assertName(name: string): void {
  if (POISON.has(name)) throw new CaretakerError('bad_input', `${name}: is not a name for a field.`);
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null || body === '') return true;
  if (Buffer.isBuffer(body)) return body.length === 0;
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CaretakerError('bad_input', 'body: is not JSON.');
  }
}

/** What is packed or comes in chunks may be larger than its headers say, and deeper than anything that looks at it. */
function assertHarmless(body: object): void {
  let level: readonly object[] = [body];
  const size = { values: 0, bytes: 0 };
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === DEEPEST) throw new CaretakerError('bad_input', `body: is nested more than ${DEEPEST} deep.`);
    size.values += level.reduce((sum, one) => sum + Object.keys(one).length, 0);
    if (size.values > MOST_VALUES) throw tooLarge();
    const entries = level.flatMap(entriesOf);
    size.bytes += entries.reduce((sum, entry) => sum + lengthOf(entry), 0);
    if (size.bytes > MOST_BYTES) throw tooLarge();
    level = entries.map(([, value]) => value).filter(isObject);
  }
}

function lengthOf([name, value]: [string, unknown]): number {
  return name.length + (typeof value === 'string' ? value.length : 1);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entriesOf(value: object): [string, unknown][] {
  if (Array.isArray(value)) return value.map((item) => ['', item]);
  for (const name of Object.keys(value)) assertName(name);
  return Object.entries(value);
}

function tooLarge(): CaretakerError {
  return new CaretakerError('body_too_large', 'body: is larger than 1 MiB, or has more than 20000 values.');
}
