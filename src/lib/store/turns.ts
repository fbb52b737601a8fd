const last = new Map<unknown, Promise<unknown>>();

/** What asks for the same key runs one after the other, whatever becomes of the one before. */
export async function inTurn<T>(key: unknown, work: () => Promise<T>): Promise<T> {
  const before = last.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  last.set(key, mine);
  try {
    return await mine;
  } finally {
    if (last.get(key) === mine) last.delete(key);
  }
}
