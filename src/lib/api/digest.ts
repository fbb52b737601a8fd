import { createHash } from 'node:crypto';
import { Breath } from '../instance/breath';

/**
 * A short text that differs whenever an answer does, however long the answer is.
 * @param volatile fields, at any depth, that do not count
 */
export async function digest(body: unknown, volatile: readonly string[] = []): Promise<string> {
  const hash = createHash('sha256');
  const ignored = new Set(volatile);
  const counts = (key: string, value: unknown) => (ignored.has(key) ? undefined : value);
  const breath = new Breath();
  for (const [value, name] of pieces(body, ignored)) {
    hash.update(`${name}${JSON.stringify(value, counts)}\n`);
    if (breath.due) await breath.take();
  }
  return hash.digest('base64');
}

/** Items of lists one by one, and what stands beside them. */
function* pieces(value: unknown, ignored: ReadonlySet<string>, name = ''): Iterable<[value: unknown, name: string]> {
  if (Array.isArray(value)) {
    yield [value.length, name];
    for (const item of value) yield [item, ''];
  } else if (typeof value === 'object' && value !== null) {
    yield [null, `${name}{`];
    for (const [key, field] of Object.entries(value)) if (!ignored.has(key)) yield* pieces(field, ignored, key);
    yield [null, '}'];
  } else {
    yield [value, name];
  }
}
