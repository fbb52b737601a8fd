import type { DumpRow } from './store';
import { isRecordBody, isRecordId, RECORD_KINDS } from './stored-record';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || typeof value === 'string';
const isInteger: Check = (value) => Number.isSafeInteger(value);
const isKey: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Check = (value) => typeof value === 'boolean';
const oneOf = (...words: readonly unknown[]): Check => {
  const known = new Set(words);
  return (value) => known.has(value);
};

const STATUSES = ['available', 'unavailable', 'unknown', 'stale', 'missing'];

/** Every column, and nothing else. */
const COLUMNS: Record<DumpRow['table'], readonly (readonly [string, Check])[]> = {
  subjects: [
    ['table', isText],
    ['subject_key', isKey],
    ['kind', oneOf('entity', 'device', 'config_entry', 'instance')],
    ['id', isText],
    ['name', isText],
    ['domain', isTextOrNull],
    ['device_id', isTextOrNull],
    ['config_entry_id', isTextOrNull],
    ['area_id', isTextOrNull],
    ['registry_id', isTextOrNull],
    ['forgotten', isFlag],
  ],
  transitions: [
    ['table', isText],
    ['seq', isKey],
    ['subject_key', isKey],
    ['since', isInteger],
    ['status', oneOf(...STATUSES)],
    ['previous_status', oneOf(null, ...STATUSES)],
    ['state', isText],
  ],
  notes: [
    ['table', isText],
    ['key', isText],
    ['value', isText],
  ],
  records: [
    ['table', isText],
    ['kind', oneOf(...RECORD_KINDS)],
    ['id', isRecordId],
    ['seq', isKey],
    ['open', isFlag],
    ['body', isRecordBody],
  ],
};

/** The row as a database takes it, or what is wrong with it. */
export function parseRow(value: unknown): DumpRow | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no row';
  const row = value as Record<string, unknown>;
  const table = row['table'];
  if (typeof table !== 'string' || !Object.hasOwn(COLUMNS, table)) return 'belongs to no table';
  const columns = COLUMNS[table as DumpRow['table']];
  for (const [column, check] of columns) {
    if (!Object.hasOwn(row, column) || !check(row[column])) return `has no right "${column}"`;
  }
  if (Object.keys(row).length !== columns.length) return 'has a column too many';
  return row as unknown as DumpRow;
}
