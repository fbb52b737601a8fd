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

/** What a query asks for: `[low, high)` of `seq`, and how many. */
export function seqRange(query: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}): { readonly low: number; readonly high: number; readonly limit: number } {
  const low = Math.max(0, Math.ceil(query.from ?? 0) * 1000, (query.after ?? -1) + 1);
  const high = query.to === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(query.to) * 1000;
  const limit = Math.max(0, Math.floor(query.limit ?? 100));
  return { low: bounded(low), high: bounded(high), limit: bounded(limit) };
}

function bounded(value: number): number {
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

/** One `seq` beyond what a number holds exactly would block every later fact of its instance. */
export function checkInstants({ subject, at, since }: Settled): void {
  if (Number.isSafeInteger(Math.floor(at) * 1000) && Number.isSafeInteger(Math.floor(since))) return;
  throw new CaretakerError('store_failed', `A fact of ${subject.id} has an impossible instant: ${at}, since ${since}.`);
}
