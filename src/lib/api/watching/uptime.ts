import type { Member } from '../../instance/roster';

/** When the first of those that run began to, epoch ms; null when none does. */
export function startOf(members: readonly Member[]): number | null {
  const starts = members.flatMap(({ instance }) => instance?.startedAt ?? []);
  return starts.length > 0 ? Math.min(...starts) : null;
}

/** @param now epoch ms */
export function uptimeOf(members: readonly Member[], now: number): number {
  return Math.max(0, now - (startOf(members) ?? now)) / 1000;
}
