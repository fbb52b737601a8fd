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

/** A subject is none of its home's any more: it was removed, or is not judged. Should it come back, it is a new one. */
export interface Ended {
  readonly subject: Subject;
  /** What it was at last, and since when, epoch ms. */
  readonly status: Status;
  readonly since: number;
  /** Of an entity: the domain, where it was known. */
  readonly integration: string | null;
}

/** A stored end. */
export interface Ending extends Ended {
  readonly ended: true;
  /** Epoch ms. */
  readonly at: number;
  /** In one order with the facts. */
  readonly seq: number;
}

/** A stored transition. */
export interface Fact extends Settled {
  /** Orders the facts of an instance: `at` in microseconds, made unique and never decreasing. */
  readonly seq: number;
}
