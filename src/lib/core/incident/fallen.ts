import type { Atom } from './risk-groups';

/** An atom that is down. */
export interface Fallen {
  readonly atom: Atom;
  /** Epoch ms. */
  readonly since: number;
  /** The open incident that explains it; null when none does. */
  readonly owner: Owner | null;
  /** It may not be explained now, e.g. it is in maintenance. */
  readonly blocked: boolean;
}

/** An open incident, as far as it matters here. */
export interface Owner {
  /** How many atoms it explains. */
  readonly size: number;
  /** How many it could. */
  readonly reach: number;
}

export interface CoverOptions {
  /** ms */
  readonly window: number;
  /** ms */
  readonly trickle: number;
  /** ms */
  readonly effect: number;
  readonly hitRatio: number;
}
