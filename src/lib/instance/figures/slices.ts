import { setImmediate as turn } from 'node:timers/promises';

/** How long the loop may be held in one go, ms: sockets wait meanwhile. */
const HELD_MS = 2;
/** Items between two looks at the clock. */
const UNWATCHED = 16;

/** Works through many, and gives everything else a turn in between. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let since = performance.now();
  let left = UNWATCHED;
  for (const item of items) {
    work(item);
    left -= 1;
    if (left > 0) continue;
    left = UNWATCHED;
    if (performance.now() - since < HELD_MS) continue;
    await turn();
    since = performance.now();
  }
}
