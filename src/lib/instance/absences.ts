import { randomUUID } from 'node:crypto';
import type { Subject } from '../core/subject';
import type { Absence, Seen } from '../core/transition';
import type { NewRecord } from '../store/stored-record';
import type { Journal } from './journal';

/** One that is not over, by its record. */
export interface OpenAbsence {
  readonly record_id: string;
  readonly absence: Absence;
}

/** Keeps when somebody left and came back: what becomes of him meanwhile counts for no figure. */
export class Absences {
  readonly #journal: Pick<Journal, 'put' | 'forget'>;
  /** By the subject itself: its id may be another one by the end. */
  readonly #open = new Map<Subject, OpenAbsence>();

  constructor(journal: Pick<Journal, 'put' | 'forget'>) {
    this.#journal = journal;
  }

  /** @param subject that the tracker goes on with */
  resume(subject: Subject, open: OpenAbsence): void {
    this.#open.set(subject, open);
  }

  left(seen: Seen, integration: string | null, now: number): void {
    const open = { record_id: randomUUID(), absence: { ...seen, integration, from: now, to: null } };
    this.#open.set(seen.subject, open);
    this.#journal.put(recordOf(open, now, true));
  }

  back({ subject, status, since }: Seen, now: number): void {
    const open = this.#open.get(subject);
    this.#open.delete(subject);
    if (!open) return;
    const absence = { ...open.absence, subject, status, since, to: now };
    this.#journal.put(recordOf({ ...open, absence }, now, false));
  }

  /** @param seen null of one that had left before */
  removed(subject: Subject, seen: Seen | null, integration: string | null, now: number): void {
    const { kind, id } = subject;
    const gone = seen && { record_id: randomUUID(), absence: { ...seen, integration, from: now, to: null } };
    const last = gone ?? this.#open.get(subject);
    this.#open.delete(subject);
    this.#journal.forget(kind, id, last && recordOf(last, now, false));
  }
}

function recordOf({ record_id: id, absence }: OpenAbsence, at: number, open: boolean): NewRecord {
  // A store takes only what is there.
  const subject = Object.fromEntries(Object.entries(absence.subject).filter(([, value]) => value !== undefined));
  return { kind: 'absence', id, at, open, body: { ...absence, subject } };
}
