import { describe } from '../error';
import type { Namespace, PruneLimits } from '../store/store';
import { PRUNED_BEFORE } from './past';

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

/**
 * First noted, then done: who is killed in between says less than there is rather than more. Where nothing has come of
 * age since, nothing is missing that was not missing before.
 */
async function prune(namespace: Namespace, limits: PruneLimits): Promise<void> {
  const { facts } = limits;
  if (facts !== null) {
    const noted = Number((await namespace.note(PRUNED_BEFORE)) ?? 0);
    const old = await namespace.transitions({ from: noted, to: facts, limit: 1 });
    if (old.length > 0) await namespace.setNote(PRUNED_BEFORE, String(Math.ceil(facts)));
  }
  await namespace.prune(limits);
}
