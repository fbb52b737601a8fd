import type { RefusalReason } from '../core/heal/heal';
import type { HealResult } from './healed-home';

/** How the heals of one home ended since it is watched: it only grows, and begins anew with the next deploy. */
export class HealTally {
  readonly outcomes: Record<HealResult['outcome'], number> = { healed: 0, failed: 0, refused: 0 };
  readonly refusals = new Map<RefusalReason, number>();

  take(result: HealResult): void {
    this.outcomes[result.outcome] += 1;
    if (result.outcome !== 'refused') return;
    this.refusals.set(result.reason, (this.refusals.get(result.reason) ?? 0) + 1);
  }
}
