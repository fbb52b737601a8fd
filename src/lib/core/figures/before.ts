import { isDown } from '../health';
import type { Subject } from '../subject';
import type { Fact, Passage } from '../transition';

/** An entity as it was at an instant. */
export interface Earlier {
  readonly subject: Subject;
  readonly down: boolean;
}

interface Seen extends Earlier {
  down: boolean;
  /** It was there at the instant. */
  readonly existed: boolean;
  /** What came next began after the instant. */
  settled: boolean;
}

/** Who of the entities that something happened to since an instant was there at it, and how. */
export class Before {
  readonly #at: number;
  readonly #seen = new Map<string, Seen>();

  constructor(at: number) {
    this.#at = at;
  }

  /** Facts of entities confirmed from the instant on, oldest first; also what began before it. */
  take({ subject, previous_status: previous, status, since }: Fact): void {
    const known = this.#seen.get(subject.id);
    const seen = known ?? {
      subject,
      down: previous !== null && isDown(previous),
      existed: previous !== null,
      settled: previous === null,
    };
    if (!known) this.#seen.set(subject.id, seen);
    seen.settled ||= since >= this.#at;
    if (!seen.settled) seen.down = isDown(status);
  }

  /** It has left since, or come back; in one order with the facts. */
  pass({ subject, status, passage }: Passage): void {
    const seen = this.#seen.get(subject.id);
    // Who has its id after this says nothing about it.
    if (seen) seen.settled = true;
    else this.#seen.set(subject.id, { subject, down: isDown(status), existed: passage === 'left', settled: true });
  }

  knows(entityId: string): boolean {
    return this.#seen.has(entityId);
  }

  *all(): Iterable<Earlier> {
    for (const seen of this.#seen.values()) if (seen.existed) yield seen;
  }
}
