import { randomUUID } from 'node:crypto';
import type { Subject } from '../core/subject';
import type { Absence, Seen } from '../core/transition';
import type { NewRecord } from '../store/stored-record';
import type { Journal } from './journal';

/** One that is not over, by its record. */
export interface OpenAbsence {
  readonly record_id: string;
  /** Of its record; undefined until that is stored. */
  seq: number | undefined;
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
    const open = begun(seen, integration, now);
    this.#open.set(seen.subject, open);
    this.#journal.put(recordOf(open, now, true), ({ seq }) => {
      open.seq = seq;
    });
  }

  back({ subject, status, since }: Seen, now: number): void {
    const open = this.#open.get(subject);
    this.#open.delete(subject);
    if (!open) return;
    this.#journal.put(recordOf(moved(open, { subject, status, since, to: now }), now, false));
  }

  /** @param seen null of one that had left before */
  removed(subject: Subject, seen: Seen | null, integration: string | null, now: number): void {
    const { kind, id } = subject;
    const open = this.#open.get(subject);
    this.#open.delete(subject);
    const last = seen ? begun(seen, integration, now) : open && moved(open, {});
    this.#journal.forget(kind, id, last && recordOf(last, now, false));
  }
}

function begun(seen: Seen, integration: string | null, now: number): OpenAbsence {
  const absence = { ...seen, integration, from: now, to: null, left_seq: null };
  return { record_id: randomUUID(), seq: undefined, absence };
}

/** Its record is put again, and then stands elsewhere. */
function moved({ seq, absence, record_id }: OpenAbsence, change: Partial<Absence>): OpenAbsence {
  // What was confirmed in the millisecond in which it left was confirmed before.
  const left_seq = seq ?? absence.from * 1000 + 999;
  return { record_id, seq, absence: { ...absence, ...change, left_seq } };
}

function recordOf({ record_id: id, absence }: OpenAbsence, at: number, open: boolean): NewRecord {
  // A store takes only what is there.
  const subject = Object.fromEntries(Object.entries(absence.subject).filter(([, value]) => value !== undefined));
  return { kind: 'absence', id, at, open, body: { ...absence, subject } };
}
