/**
 * When a state last changed, and when it or an attribute was last updated. Small whole numbers, which lie within their
 * entity: an instant with its fraction would lie apart, and with each event be fetched from there.
 */
export interface Stamps {
  /** Seconds since `BASE_S`, or `UNKNOWN`. */
  changedSeconds: number;
  updatedSeconds: number;
  /** The milliseconds of both, the first times `SHIFT`. */
  fractions: number;
}

/** The start of 2020, epoch seconds. */
const BASE_S = 1_577_836_800;
/** How far from there an instant may be and still be a small number: to 2088. */
const REACH_S = 2 ** 31;
const SHIFT = 1_000;
/** What a number of this size may be off by; Home Assistant counts in microseconds, ms. */
const SLACK_MS = 0.001;

export const UNKNOWN = -REACH_S;

/** Both are the same. @param seconds as Home Assistant sends it, epoch seconds */
export function stampChange(stamps: Stamps, seconds: unknown): void {
  const since = sinceBase(seconds);
  const whole = floor(since);
  stamps.changedSeconds = whole;
  stamps.updatedSeconds = whole;
  stamps.fractions = (SHIFT + 1) * millis(since - whole);
}

export function stampUpdate(stamps: Stamps, seconds: unknown): void {
  const since = sinceBase(seconds);
  const whole = floor(since);
  stamps.updatedSeconds = whole;
  stamps.fractions += millis(since - whole) - (stamps.fractions % SHIFT);
}

/** Epoch ms; null when it is not known. */
export function changedAt({ changedSeconds, fractions }: Stamps): number | null {
  return instantOf(changedSeconds, Math.trunc(fractions / SHIFT));
}

/** Epoch ms; null when it is not known. */
export function updatedAt({ updatedSeconds, fractions }: Stamps): number | null {
  return instantOf(updatedSeconds, fractions % SHIFT);
}

function instantOf(seconds: number, ms: number): number | null {
  return seconds === UNKNOWN ? null : (BASE_S + seconds) * 1000 + ms;
}

/** A home may say anything. */
function sinceBase(seconds: unknown): number {
  if (typeof seconds !== 'number') return UNKNOWN;
  const since = seconds - BASE_S;
  return since > UNKNOWN && since < REACH_S ? since : UNKNOWN;
}

/** Of a number within reach, as a small number from the start. */
function floor(since: number): number {
  const whole = since | 0;
  return since < whole ? whole - 1 : whole;
}

function millis(fraction: number): number {
  return Math.min(SHIFT - 1, (fraction * 1000 + SLACK_MS) | 0);
}
