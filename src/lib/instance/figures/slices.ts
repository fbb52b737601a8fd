import { Breath } from '../breath';

/** Items between two looks at the clock. */
const UNWATCHED = 16;

/** Works through many, and gives everything else a turn in between. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  const breath = new Breath();
  let left = UNWATCHED;
  for (const item of items) {
    work(item);
    left -= 1;
    if (left > 0) continue;
    left = UNWATCHED;
    if (breath.due) await breath.take();
  }
}
