import type { Waiting } from './deadlines';
import type { Status, Subject } from './subject';
import type { Settled } from './transition';

/** One subject's confirmed status, and what may become of it once its grace has run out. Updated in place. */
export interface Health extends Waiting {
  readonly subject: Subject;
  /** Confirmed; null until first known. */
  status: Status | null;
  /** When the confirmed status began, epoch ms. */
  since: number;
  /** Seen, not yet confirmed. */
  pending: Status | null;
  pendingSince: number;
  /** Home Assistant's own word for what was last seen. */
  state: string;
}

export interface Verdict {
  readonly status: Status;
  readonly state: string;
  /** When it began, epoch ms: Home Assistant's last_changed, else when first seen. */
  readonly since: number;
}

export interface Graces {
  /** Before down counts, ms. */
  readonly down: number;
  /** Before back counts, ms. */
  readonly back: number;
}

export function newHealth(subject: Subject): Health {
  const never = Number.POSITIVE_INFINITY;
  return { subject, status: null, since: 0, pending: null, pendingSince: 0, state: '', due: never, queued: never };
}

/**
 * Takes note of a verdict. Answers the instant at which it counts if nothing changes until then: `now` or earlier
 * means at once, Infinity that there is nothing to wait for.
 * A subject that goes from one bad status to another has been down all along: its run keeps its start and deadline.
 * @param notBefore no subject is called down before this instant (start-up grace), epoch ms
 */
export function observe(health: Health, seen: Verdict, now: number, graces: Graces, notBefore: number): number {
  health.state = seen.state;
  if (seen.status === health.status) {
    health.pending = null;
    return Number.POSITIVE_INFINITY;
  }
  if (health.pending !== null && isDown(health.pending) && isDown(seen.status)) {
    health.pending = seen.status;
    return health.due;
  }
  if (health.pending === seen.status) return health.due;
  health.pending = seen.status;
  health.pendingSince = seen.since;
  if (isDown(seen.status)) return Math.max(now + graces.down, notBefore);
  return health.status === null ? now : now + graces.back;
}

/** Makes the pending status the confirmed one. */
export function settle(health: Health, now: number): Settled | null {
  const { pending, status: previous, since: before } = health;
  if (pending === null) return null;
  // Home Assistant's clock may be ahead of ours; a status cannot begin before the one it follows.
  const since = Math.max(Math.min(health.pendingSince, now), previous === null ? 0 : before);
  health.status = pending;
  health.since = since;
  health.pending = null;
  // Home Assistant counts in microseconds; nobody reads them.
  const seconds = previous === null ? null : Math.round(since - before) / 1000;
  return {
    subject: { ...health.subject },
    status: pending,
    previous_status: previous,
    state: health.state,
    // Ours may have been set back.
    at: Math.max(now, since),
    since,
    seconds,
  };
}

export function isDown(status: Status): boolean {
  return status !== 'available';
}
