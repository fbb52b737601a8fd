import type { Status, Subject } from './subject';

/** A subject's confirmed status changed. The first one of a subject has no previous status. */
export interface Settled {
  readonly subject: Subject;
  readonly status: Status;
  readonly previous_status: Status | null;
  /** Home Assistant's own word: a state, an entry state, a connection state. */
  readonly state: string;
  /** When we confirmed it, epoch ms. */
  readonly at: number;
  /** When the status began, epoch ms; never later than `at`. */
  readonly since: number;
  /** How long the status before lasted; null when there was none. */
  readonly seconds: number | null;
}

/** A stored transition. */
export interface Fact extends Settled {
  /** Orders the facts of an instance: `at` in microseconds, made unique and never decreasing. */
  readonly seq: number;
}
