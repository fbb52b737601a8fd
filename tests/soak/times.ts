/** The graces of a soak, ms: Caretaker's defaults, about fifteen times as fast. */
export const GRACE = { down: 2_000, back: 800, startup: 4_000 } as const;
/** The longest anything may wait before it is told: a lost entity is looked at longer, how long is not promised. */
export const LONGEST_GRACE = 5_000;
/** What comes nearer to the end of a grace than this may count either way, ms. */
export const MARGIN = 400;
/** How far an instant that only Caretaker can know may be from the one its home saw, ms. */
export const SIGHT = { early: 250, late: 700 } as const;
/** What comes back with one entry does so one after the other, within this on a busy machine, ms. */
export const TOGETHER = 20;
/** A minute of life, ms of this clock. */
export const LIFE_MINUTE = 20_000;
/** What a batch of events and the quiet after it take, about, ms. */
export const BATCH = 14_000;
/** What may be told again after kill -9, ms before it. */
export const REPEATABLE = 1_000;

/** An instant or a duration as far as it is certain. */
export interface Span {
  readonly lo: number;
  readonly hi: number;
}

export function at(lo: number, hi = lo): Span {
  return { lo, hi };
}

export function plus({ lo, hi }: Span, ms: number): Span {
  return { lo: lo + ms, hi: hi + ms };
}

/** The later of two. */
export function later(a: Span, b: Span): Span {
  return { lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
}
