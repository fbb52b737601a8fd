import type { Subject } from '../core/subject';
import type { DumpRow } from './store';

type SubjectRow = Extract<DumpRow, { table: 'subjects' }>;

export type SubjectColumns = Omit<SubjectRow, 'table' | 'subject_key' | 'forgotten'>;

const DETAILS = ['domain', 'device_id', 'config_entry_id', 'area_id', 'registry_id'] as const;

/** What a row says of its subject: nothing is not there rather than null. */
export function subjectOf(row: SubjectColumns): Subject {
  const subject: Subject = { kind: row.kind, id: row.id, name: row.name };
  for (const field of DETAILS) if (row[field] !== null) subject[field] = row[field];
  return subject;
}

export function subjectRow(subject_key: number, subject: Subject, forgotten: boolean): SubjectRow {
  const { kind, id, name, domain = null, device_id = null, config_entry_id = null } = subject;
  const { area_id = null, registry_id = null } = subject;
  return {
    table: 'subjects',
    subject_key,
    kind,
    id,
    name,
    domain,
    device_id,
    config_entry_id,
    area_id,
    registry_id,
    forgotten,
  };
}
