/** Longer lists are written item by item. */
const LONG = 50;
/** Further in nobody has long lists. */
const DEEPEST = 4;

/**
 * JSON in pieces, none of which takes long: whoever asks for much keeps nobody else waiting.
 * @param value as `JSON.stringify` takes it
 */
export function* jsonPieces(value: unknown): Generator<string> {
  if (!isLong(value, 0)) yield JSON.stringify(value) ?? 'null';
  else if (Array.isArray(value)) yield* listPieces(value);
  else yield* objectPieces(value as object);
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (const [at, item] of list.entries()) {
    yield at === 0 ? '[' : ',';
    yield* jsonPieces(item);
  }
  yield list.length === 0 ? '[]' : ']';
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

/** Asked of every record of a page: nothing is made for it. */
function isLong(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > DEEPEST || 'toJSON' in value) return false;
  if (Array.isArray(value)) return value.length > LONG || value.some((one) => isLong(one, depth + 1));
  let count = 0;
  for (const key in value) {
    count += 1;
    if (count > LONG || isLong((value as Record<string, unknown>)[key], depth + 1)) return true;
  }
  return false;
}
