import { createHash } from 'node:crypto';
import { statusCode } from './schema';
import type { DumpRow } from './store';
import { type RecordRow, recordCode } from './stored-record';

type Of<Table extends DumpRow['table']> = Extract<DumpRow, { table: Table }>;

/** An entry of an index holds 2 704 bytes, a character up to 4; Home Assistant's longest ids have 255 characters. */
const MAX_ID_LENGTH = 600;

/** PostgreSQL keeps neither NUL nor half a surrogate pair. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** An id as it stands in the database: one too long for an index is cut, and told apart by its hash. */
export function storableId(id: string): string {
  const text = storable(id);
  if (text.length <= MAX_ID_LENGTH) return text;
  const hash = createHash('sha256').update(text).digest('hex');
  return `${storable(text.slice(0, MAX_ID_LENGTH - hash.length - 1))}~${hash}`;
}

/** The columns of many rows, to be taken apart by `unnest`: one parameter each, however many rows. */
export function subjectArrays(rows: readonly Omit<Of<'subjects'>, 'table'>[]): string[] {
  return [
    numberArray(rows.map((row) => row.subject_key)),
    textArray(rows.map((row) => row.kind)),
    textArray(rows.map((row) => storableId(row.id))),
    textArray(rows.map((row) => row.name)),
    textArray(rows.map((row) => row.domain)),
    textArray(rows.map((row) => row.device_id)),
    textArray(rows.map((row) => row.config_entry_id)),
    textArray(rows.map((row) => row.area_id)),
    textArray(rows.map((row) => row.registry_id)),
    `{${rows.map((row) => row.forgotten).join()}}`,
  ];
}

export function transitionArrays(rows: readonly Omit<Of<'transitions'>, 'table'>[]): string[] {
  return [
    numberArray(rows.map((row) => row.seq)),
    numberArray(rows.map((row) => row.subject_key)),
    numberArray(rows.map((row) => Math.floor(row.since))),
    numberArray(rows.map((row) => statusCode(row.status))),
    numberArray(rows.map((row) => (row.previous_status === null ? null : statusCode(row.previous_status)))),
    textArray(rows.map((row) => row.state)),
  ];
}

export function recordArrays(rows: readonly RecordRow[]): string[] {
  return [
    numberArray(rows.map(({ kind }) => recordCode(kind))),
    textArray(rows.map(({ id }) => id)),
    numberArray(rows.map(({ seq }) => seq)),
    `{${rows.map(({ open }) => open).join()}}`,
    textArray(rows.map(({ body }) => body)),
  ];
}

function numberArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join()}}`;
}

export function textArray(values: readonly (string | null)[]): string {
  const items = values.map((value) => (value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`));
  return storable(`{${items.join()}}`);
}
