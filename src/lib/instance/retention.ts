import { describe } from '../error';
import type { Namespace } from '../store/store';

const DAY_MS = 86_400_000;
/** How often what is past its time is looked for, ms. */
const PRUNE_MS = 6 * 3_600_000;

/** How long an instance keeps what; 0 is for ever. */
export interface RetentionDays {
  /** Facts. */
  readonly retention_days: number;
  /** Sums of facts, for figures that reach back further. */
  readonly rollup_retention_days: number;
}

/** Deletes what one namespace has kept long enough. */
export class Retention {
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(namespace: Namespace, days: RetentionDays, trouble: (what: string) => void) {
    const { retention_days, rollup_retention_days } = days;
    if (retention_days === 0 && rollup_retention_days === 0) return;
    this.#timer = setInterval(() => {
      const before = (days: number) => (days === 0 ? null : Date.now() - days * DAY_MS);
      const limits = { facts: before(retention_days), rollups: before(rollup_retention_days) };
      namespace.prune(limits).catch((thrown: unknown) => trouble(describe(thrown)));
    }, PRUNE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
