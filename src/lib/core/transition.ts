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

/** A subject as it was when it left its home, or came back. */
export interface Seen {
  readonly subject: Subject;
  /** As it was confirmed last. */
  readonly status: Status;
  /** Epoch ms. */
  readonly since: number;
}

/** A subject is none of its home's for some time: it was removed, or is not judged. */
export interface Absence extends Seen {
  /** Of an entity: the domain, where it was known. */
  readonly integration: string | null;
  /** When it left, epoch ms. */
  readonly from: number;
  /** When it was judged again, epoch ms; null as long as it is not. One that was removed never is: it would be a new one. */
  readonly to: number | null;
  /** Where it stands among the facts that it left, once the record stands where it came back or was removed; else null. */
  readonly left_seq: number | null;
}

/** One end of an absence, in one order with the facts. */
export interface Passage extends Seen {
  readonly passage: 'left' | 'back';
  /** Epoch ms. */
  readonly at: number;
  /** As of a fact made then. */
  readonly seq: number;
}

/** A stored transition. */
export interface Fact extends Settled {
  /** Orders the facts of an instance: `at` in microseconds, made unique and never decreasing. */
  readonly seq: number;
}
