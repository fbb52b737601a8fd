import type { Settled } from '../core/transition';
import { CaretakerError } from '../error';

/** A fact's id is its instant in microseconds; facts of one millisecond, or of a clock that was set back, count on. */
export function nextSeq(last: number, at: number): number {
  return Math.max(last + 1, Math.floor(at) * 1000);
}

/** Epoch ms. */
export function instantOf(seq: number): number {
  return Math.floor(seq / 1000);
}

/** One `seq` beyond what a number holds exactly would block every later fact of its instance. */
export function checkInstants({ subject, at, since }: Settled): void {
  if (Number.isSafeInteger(Math.floor(at) * 1000) && Number.isSafeInteger(Math.floor(since))) return;
  throw new CaretakerError('store_failed', `A fact of ${subject.id} has an impossible instant: ${at}, since ${since}.`);
}
