import { CaretakerError } from '../error';
import { instantOf } from './seq';

/** Kinds are stored as their place in this list: add at the end, never reorder. */
export const RECORD_KINDS = ['attempt', 'incident', 'suppression', 'window', 'rollup', 'absence', 'unwatched'] as const;
/** An index of PostgreSQL must hold it. */
const MAX_ID_LENGTH = 512;
const MAX_BODY_BYTES = 1024 * 1024;

/** Facts that are not transitions, each kept as it was last put. */
export type RecordKind = (typeof RECORD_KINDS)[number];

/** What a prune takes by its own limit: sums outlive the facts they were made of. */
export function isRollup(kind: RecordKind): boolean {
  return kind === 'rollup';
}

export interface NewRecord {
  readonly kind: RecordKind;
  /** Unique among its kind in its namespace; 1 to 512 characters. */
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** It has not ended: retention leaves it. */
  readonly open: boolean;
  /** Plain data, up to 1 MiB as JSON. */
  readonly body: unknown;
}

export interface StoredRecord extends NewRecord {
  /** In one order with the transitions of its namespace; a new one each time it is put. */
  readonly seq: number;
}

export interface RecordQuery {
  readonly kind: RecordKind;
  readonly id?: string | undefined;
  readonly open?: boolean | undefined;
  /** Put in `[from, to)`, epoch ms. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Only records after this `seq`. */
  readonly after?: number | undefined;
  /** Default 100, oldest first unless `newest_first`. */
  readonly limit?: number | undefined;
  readonly newest_first?: boolean | undefined;
}

/** As it stands in a database and in a dump. */
export interface RecordRow {
  readonly kind: RecordKind;
  readonly id: string;
  readonly seq: number;
  readonly open: boolean;
  /** JSON. */
  readonly body: string;
}

/** A row that has yet to be given its place in the order; `at` is when it was put, epoch ms. */
export type NewRecordRow = Omit<RecordRow, 'seq'> & { readonly at: number };

/** @throws CaretakerError bad_input */
export function recordRow({ kind, id, at, open, body }: NewRecord): NewRecordRow {
  if (!RECORD_KINDS.includes(kind)) throw refused('kind', `there is no kind ${String(kind)}`);
  if (!isRecordId(id)) throw refused('id', `it must be a text of 1 to ${MAX_ID_LENGTH} characters`);
  if (!Number.isSafeInteger(Math.floor(at) * 1000) || at < 0) throw refused('at', `${at} is an impossible instant`);
  if (typeof open !== 'boolean') throw refused('open', 'it must be true or false');
  return { kind, id, at, open, body: jsonOf(body) };
}

export function recordOf({ kind, id, seq, open, body }: RecordRow): StoredRecord {
  return { kind, id, at: instantOf(seq), open, body: JSON.parse(body), seq };
}

export function recordCode(kind: RecordKind): number {
  return RECORD_KINDS.indexOf(kind);
}

/** Nothing that a database would keep otherwise than it came. */
export function isRecordId(id: unknown): id is string {
  return typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_LENGTH && !/[\0\p{Surrogate}]/u.test(id);
}

export function isRecordBody(text: unknown): text is string {
  if (typeof text !== 'string' || !fits(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What JSON would leave out or change is refused; it escapes NUL and half a surrogate pair by itself. */
function jsonOf(body: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(body, (key, value: unknown) => {
      if (isPlain(value)) return value;
      throw refused('body', `${key || 'it'} is no plain data`);
    });
  } catch (error) {
    if (error instanceof CaretakerError) throw error;
    throw new CaretakerError('bad_input', 'body: it cannot be written as JSON.', error);
  }
  if (text === undefined || !fits(text)) throw refused('body', `it takes up more than ${MAX_BODY_BYTES} bytes`);
  return text;
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'string' || typeof value === 'boolean' || typeof value === 'object';
}

function fits(text: string): boolean {
  // A character takes up three bytes at most.
  return text.length * 3 <= MAX_BODY_BYTES || Buffer.byteLength(text) <= MAX_BODY_BYTES;
}

function refused(field: string, why: string): CaretakerError {
  return new CaretakerError('bad_input', `${field}: ${why}.`);
}
