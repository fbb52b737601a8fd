import { setImmediate as turn } from 'node:timers/promises';

/** What a slice is made of at most: some milliseconds of work. */
const SLICE = 2_000;

/** Works through many, and gives everything else a turn in between. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void, slice = SLICE): Promise<void> {
  let left = slice;
  for (const item of items) {
    work(item);
    left -= 1;
    if (left > 0) continue;
    left = slice;
    await turn();
  }
}
