import type { Status } from './subject';
import type { Tallied, TrackedEntity } from './tracked';

/** How many judged entities of a home have each status, kept up to date: nobody needs to count them. */
export class StatusCounts {
  readonly #counts: Record<Exclude<Tallied, 'no'>, number> = {
    available: 0,
    unavailable: 0,
    unknown: 0,
    stale: 0,
    missing: 0,
    unsettled: 0,
  };
  #judged = 0;

  /** All of them, those not confirmed yet too. */
  get judged(): number {
    return this.#judged;
  }

  get down(): number {
    const { unavailable, unknown, stale, missing } = this.#counts;
    return unavailable + unknown + stale + missing;
  }

  of(status: Status): number {
    return this.#counts[status];
  }

  /** Field by field, as it is done for every home in turn. */
  addTo(sums: Record<Status, number>): void {
    const { available, unavailable, unknown, stale, missing } = this.#counts;
    sums.available += available;
    sums.unavailable += unavailable;
    sums.unknown += unknown;
    sums.stale += stale;
    sums.missing += missing;
  }

  /** After an entity's status or judgement changed. */
  recount(entity: TrackedEntity): void {
    this.#move(entity, entity.judged ? (entity.status ?? 'unsettled') : 'no');
  }

  leave(entity: TrackedEntity): void {
    this.#move(entity, 'no');
  }

  #move(entity: TrackedEntity, to: Tallied): void {
    const from = entity.tallied;
    if (from === to) return;
    entity.tallied = to;
    this.#add(from, -1);
    this.#add(to, 1);
  }

  #add(tallied: Tallied, by: 1 | -1): void {
    if (tallied === 'no') return;
    this.#judged += by;
    this.#counts[tallied] += by;
  }
}
