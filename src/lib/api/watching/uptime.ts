import type { Member } from '../../instance/roster';

/** When the first of those that run began to, epoch ms; null when none does. */
export function startOf(members: readonly Member[]): number | null {
  const first = Math.min(...members.map(({ instance }) => instance?.startedAt ?? Number.POSITIVE_INFINITY));
  return first === Number.POSITIVE_INFINITY ? null : first;
}

/** @param start when the first began, epoch ms; @param now epoch ms */
export function uptimeOf(start: number | null, now: number): number {
  return Math.max(0, now - (start ?? now)) / 1000;
}
