/**
 * Until when something that happened holds, epoch ms; 0 once it does not. What lies further ahead than it lasts was
 * noted by a clock that has been set back since: nobody knows when it was, and it must not hold for years.
 * @param lasts ms
 */
export function heldUntil(at: number, lasts: number, now: number): number {
  return now < at + lasts && at <= now + lasts ? at + lasts : 0;
}
