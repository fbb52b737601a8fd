import { describe } from '../error';
import type { Namespace, PruneLimits } from '../store/store';
import { FACTS_FROM } from './past';

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
      prune(namespace, limits).catch((thrown: unknown) => trouble(describe(thrown)));
    }, PRUNE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** What may be gone is noted first: figures must not take a time without facts for one in which nothing happened. */
async function prune(namespace: Namespace, limits: PruneLimits): Promise<void> {
  if (limits.facts !== null) {
    const noted = Number((await namespace.note(FACTS_FROM)) ?? 0);
    await namespace.setNote(FACTS_FROM, String(Math.max(noted, Math.ceil(limits.facts))));
  }
  await namespace.prune(limits);
}
