import { describe } from '../error';
import type { Namespace } from '../store/store';
import { PRUNED_BEFORE } from './past';

const DAY_MS = 86_400_000;
/** How often facts past their time are looked for, ms. */
const PRUNE_MS = 6 * 3_600_000;

/** Deletes the facts of one namespace when their time has passed. */
export class Retention {
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param days 0 keeps them for ever */
  constructor(namespace: Namespace, days: number, trouble: (what: string) => void) {
    if (days === 0) return;
    this.#timer = setInterval(() => {
      prune(namespace, Date.now() - days * DAY_MS).catch((thrown: unknown) => trouble(describe(thrown)));
    }, PRUNE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** First noted, then done: who is killed in between says less than there is rather than more. */
async function prune(namespace: Namespace, before: number): Promise<void> {
  const [old] = await namespace.transitions({ to: before, limit: 1 });
  if (old) await namespace.setNote(PRUNED_BEFORE, String(before));
  await namespace.prune(before);
}
