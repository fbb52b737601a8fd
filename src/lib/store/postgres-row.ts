import type { Subject } from '../core/subject';
import type { Fact } from '../core/transition';
import { type SubjectColumns, subjectOf } from './dump-row';
import type { Row } from './postgres-server';
import { statusOf } from './schema';
import { instantOf } from './seq';
import type { DumpRow, Resumed } from './store';
import type { RecordKind, RecordRow } from './stored-record';

type Of<Table extends DumpRow['table']> = Extract<DumpRow, { table: Table }>;

export function resumedOf(row: Row): Resumed {
  return {
    subject: subjectOf(row as unknown as SubjectColumns),
    status: statusOf(row['status']),
    state: row['state'] as string,
    since: row['since'] as number,
  };
}

export function subjectRowOf(row: Row): Of<'subjects'> {
  return { table: 'subjects', ...(row as Omit<Of<'subjects'>, 'table'>) };
}

export function transitionRowOf(row: Row): Of<'transitions'> {
  return {
    table: 'transitions',
    seq: row['seq'] as number,
    subject_key: row['subject_key'] as number,
    since: row['since'] as number,
    status: statusOf(row['status']),
    previous_status: row['previous_status'] === null ? null : statusOf(row['previous_status']),
    state: row['state'] as string,
  };
}

export function noteRowOf(row: Row): Of<'notes'> {
  return { table: 'notes', key: row['key'] as string, value: row['value'] as string };
}

export function recordRowOf(kind: RecordKind, row: Row): RecordRow {
  const { id, seq, open, body } = row as unknown as RecordRow;
  return { kind, id, seq, open, body };
}

/** One object a subject: facts of the same one share it. */
export function factsOf(rows: readonly Row[]): Fact[] {
  const subjects = new Map<unknown, Subject>();
  return rows.map((row) => {
    const subject = subjects.get(row['subject_key']) ?? subjectOf(row as unknown as SubjectColumns);
    subjects.set(row['subject_key'], subject);
    return factOf(row, subject);
  });
}

function factOf(row: Row, subject: Subject): Fact {
  const [seq, since] = [row['seq'] as number, row['since'] as number];
  const previousSince = row['previous_since'] as number | null;
  return {
    subject,
    status: statusOf(row['status']),
    previous_status: row['previous_status'] === null ? null : statusOf(row['previous_status']),
    state: row['state'] as string,
    at: instantOf(seq),
    since,
    // Nobody knows once retention took the fact before.
    seconds: previousSince === null ? null : Math.max(0, since - previousSince) / 1000,
    seq,
  };
}
