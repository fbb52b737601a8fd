import { describe } from '../error';
import type { Namespace } from '../store/store';

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
      namespace.prune(Date.now() - days * DAY_MS).catch((thrown: unknown) => trouble(describe(thrown)));
    }, PRUNE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
