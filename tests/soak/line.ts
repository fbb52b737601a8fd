import { at, GRACE, LONGEST_GRACE, later, MARGIN, plus, type Span } from './times';

export type Status = 'available' | 'unavailable' | 'unknown' | 'missing';
export type Kind = 'entity' | 'device' | 'config_entry' | 'instance';

/** A message that has to come. */
export interface Expected {
  readonly kind: Kind;
  readonly id: string;
  readonly status: Status;
  readonly previous: Status | null;
  readonly since: Span;
  readonly seconds: Span | null;
  /** When it has to be confirmed. */
  readonly due: Span;
}

/** What truly is, as far as Caretaker can see it. */
export interface Sight {
  readonly status: Status;
  readonly since: Span;
}

/** A confirmed change, also one that is not worth a message. */
interface Change {
  readonly at: number;
  readonly status: Status;
  readonly since: Span;
  readonly isTold: boolean;
}

/** One way things may have gone. There is more than one only where something came too near to the end of a grace. */
export interface Course {
  status: Status | null;
  since: Span;
  pending: { status: Status; since: Span; due: Span } | null;
  told: Expected[];
  changes: Change[];
}

/** One subject's life as section 4 of the design wants it told. */
export class Line {
  courses: Course[] = [{ status: null, since: at(0), pending: null, told: [], changes: [] }];
  /** Every id it had since the last check: a rename keeps the line. */
  readonly ids: Set<string>;
  /** Removed from its registry: forgotten without a message. */
  isGone = false;

  constructor(
    readonly kind: Kind,
    public id: string,
    /** What else its messages say of it. */
    readonly belongs: Readonly<Record<string, unknown>> = {},
  ) {
    this.ids = new Set([id]);
  }

  get isPending(): boolean {
    return this.courses.some(({ pending }) => pending !== null);
  }

  rename(id: string, now: number): void {
    // Told just before, or just after under its new name.
    this.#branch(at(now), () => true);
    this.id = id;
    this.ids.add(id);
  }

  /** @param notBefore nothing is called down before it (start-up grace) */
  observe(now: Span, sight: Sight, notBefore: Span = at(0)): void {
    this.#branch(now, (pending) => pending.status !== sight.status);
    for (const course of this.courses) this.#see(course, now, sight, notBefore);
  }

  /** It is not judged, or cannot be seen, from now on: what waited is off. */
  dark(now: Span): void {
    this.#branch(now, () => true);
    for (const course of this.courses) course.pending = null;
  }

  /** Confirms whatever is certain to have been confirmed. */
  advance(now: number): void {
    for (const course of this.courses) {
      if (course.pending && course.pending.due.hi + MARGIN <= now) this.#settle(course);
    }
  }

  /** This is how it went. */
  keep(course: Course): void {
    this.courses = [{ ...course, told: [], changes: [] }];
    this.ids.clear();
    this.ids.add(this.id);
  }

  /** Where the end of a grace is too near to `now` both may be true: it ended before, or it did not. */
  #branch(now: Span, ends: (pending: NonNullable<Course['pending']>) => boolean): void {
    this.advance(now.lo);
    for (const course of [...this.courses]) {
      const { pending } = course;
      if (!pending || !ends(pending) || pending.due.lo - MARGIN >= now.hi) continue;
      const other = structuredClone(course);
      this.#settle(other);
      this.courses.push(other);
    }
  }

  #see(course: Course, now: Span, sight: Sight, notBefore: Span): void {
    const { pending } = course;
    if (sight.status === course.status) {
      course.pending = null;
    } else if (pending && isDown(pending.status) && isDown(sight.status)) {
      // Down all along: its run keeps its deadline, and has begun with the first bad status at the earliest.
      if (pending.status === sight.status) return;
      pending.status = sight.status;
      pending.since = at(pending.since.lo, Math.max(pending.since.hi, sight.since.hi));
    } else if (pending?.status !== sight.status) {
      course.pending = { ...sight, due: dueOf(course, now, sight.status, notBefore) };
      if (course.pending.due.hi <= now.lo) this.#settle(course);
    }
  }

  #settle(course: Course): void {
    const { pending, status: previous } = course;
    if (!pending) return;
    const { status, due } = pending;
    const since = previous === null ? pending.since : later(pending.since, course.since);
    const seconds = {
      lo: Math.max(0, since.lo - course.since.hi) / 1000,
      hi: Math.max(0, since.hi - course.since.lo) / 1000,
    };
    // The first sight of something healthy is no news.
    const isTold = previous !== null || isDown(status);
    const { kind, id } = this;
    if (isTold)
      course.told.push({ kind, id, status, previous, since, seconds: previous === null ? null : seconds, due });
    course.changes.push({ at: due.lo, status, since, isTold });
    Object.assign(course, { status, since, pending: null });
  }
}

function dueOf(course: Course, now: Span, status: Status, notBefore: Span): Span {
  if (!isDown(status)) return course.status === null ? now : plus(now, GRACE.back);
  const due = later(plus(now, GRACE.down), notBefore);
  return status === 'missing' ? at(due.lo, Math.max(due.hi, now.hi + LONGEST_GRACE)) : due;
}

export function isDown(status: Status): boolean {
  return status !== 'available';
}
