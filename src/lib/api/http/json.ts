/** Longer lists are written item by item. */
const LONG = 50;
/** Further in nobody has long lists. */
const DEEPEST = 4;

/**
 * JSON in pieces, none of which takes long: whoever asks for much keeps nobody else waiting. An item of a long list is
 * one piece, however it is made: it is one record of something.
 * @param value as `JSON.stringify` takes it
 */
export function* jsonPieces(value: unknown): Generator<string> {
  if (!isLong(value, 0)) yield JSON.stringify(value) ?? 'null';
  else if (Array.isArray(value)) yield* listPieces(value);
  else yield* objectPieces(value as object);
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  let opening = '[';
  for (const item of list) {
    if (list.length > LONG) yield `${opening}${JSON.stringify(item) ?? 'null'}`;
    else {
      yield opening;
      yield* jsonPieces(item);
    }
    opening = ',';
  }
  yield opening === '[' ? '[]' : ']';
}

function* objectPieces(object: object): Generator<string> {
  let opening = '{';
  for (const [key, value] of Object.entries(object)) {
    // What JSON does not know is left out, as `JSON.stringify` does.
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') continue;
    yield `${opening}${JSON.stringify(key)}:`;
    yield* jsonPieces(value);
    opening = ',';
  }
  yield opening === '{' ? '{}' : '}';
}

function isLong(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > DEEPEST || 'toJSON' in value) return false;
  const values = Array.isArray(value) ? value : Object.values(value);
  return values.length > LONG || values.some((one) => isLong(one, depth + 1));
}
