import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { CaretakerError } from '../error';
import { isTag, namespaceOf } from './backup-name';
import { parseRow } from './backup-row';
import type { DumpRow, Store } from './store';
import type { RecordKind, RecordRow } from './stored-record';

/** Of the format, see docs/backup-format.md. */
const VERSION = 2;
/** The first one that has records. */
const WITH_RECORDS = 2;
/** A line longer than this is none of ours, bytes. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

export interface BackupHeader {
  readonly format: 'caretaker-backup';
  readonly version: number;
  readonly instance_id: string;
  readonly namespace: string;
  /** ISO 8601, UTC. */
  readonly created_at: string;
  readonly tag: string;
  readonly source: { readonly kind: Store['kind'] };
}

export type RowCounts = Record<DumpRow['table'], number>;

export interface BackupContents {
  readonly header: BackupHeader;
  readonly rows: RowCounts;
}

export function backupHeader(
  instance_id: string,
  created_at: number,
  tag: string,
  kind: Store['kind'],
  version = VERSION,
): BackupHeader {
  return {
    format: 'caretaker-backup',
    version,
    instance_id,
    namespace: namespaceOf(instance_id),
    created_at: new Date(created_at).toISOString(),
    tag,
    source: { kind },
  };
}

/** Streams the rows into an open file. */
export async function writeBackup(
  file: FileHandle,
  header: BackupHeader,
  rows: AsyncIterable<readonly DumpRow[]>,
): Promise<RowCounts> {
  const counts: RowCounts = { subjects: 0, transitions: 0, notes: 0, records: 0 };
  async function* lines(): AsyncGenerator<string> {
    const hash = createHash('sha256');
    const hashed = (text: string) => {
      hash.update(text);
      return text;
    };
    yield hashed(`${JSON.stringify(header)}\n`);
    for await (const portion of rows) {
      for (const { table } of portion) counts[table] += 1;
      yield hashed(portion.map(lineOf).join(''));
    }
    yield `${JSON.stringify({ rows: counts, sha256: hash.digest('hex') })}\n`;
  }
  // Not its own stream: left open, that would never let go of the file.
  await finished(Readable.from(lines()), createGzip(), async (packed: AsyncIterable<Buffer>) => {
    for await (const chunk of packed) await file.writeFile(chunk);
  });
  return counts;
}

function lineOf(row: DumpRow): string {
  const line = `${JSON.stringify(row)}\n`;
  // What could not be read again is no backup. A character takes up three bytes at most.
  if (line.length * 3 < MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  throw new CaretakerError('backup_failed', `A row of ${row.table} is longer than ${MAX_LINE_BYTES} bytes.`);
}

/**
 * Streams the rows of an open file, and answers at its end what it holds. Throws at whatever is wrong with it: then no
 * row that came before may be used.
 */
export async function* readBackup(
  file: FileHandle,
  name: string,
  instanceId: string,
): AsyncGenerator<DumpRow[], BackupContents> {
  const reading = new Reading(name, instanceId);
  try {
    for await (const lines of linesOf(file, reading)) {
      const rows = reading.rowsOf(lines);
      if (rows.length > 0) yield rows;
    }
    return reading.contents();
  } catch (error) {
    if (error instanceof CaretakerError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw reading.damage(`it cannot be unpacked (${message})`);
    throw new CaretakerError('backup_failed', `The backup ${name} cannot be read: ${message}.`, error);
  }
}

/** The lines in portions, but the last one: that is told apart. */
async function* linesOf(file: FileHandle, reading: Reading): AsyncGenerator<string[]> {
  // What goes wrong in it comes out of the loop.
  const unpacked = pipeline(Readable.from(chunksOf(file)), createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
  // The last line that is complete, as another one may follow or not, and what came of the next.
  let rest: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of unpacked) {
    rest.push(chunk);
    bytes += chunk.length;
    if (bytes > 2 * MAX_LINE_BYTES) throw reading.damage('it has a line that is too long');
    if (!chunk.includes(NEWLINE)) continue;
    const text = Buffer.concat(rest);
    const end = text.subarray(0, text.lastIndexOf(NEWLINE)).lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      reading.hash.update(text.subarray(0, end));
      yield text.toString('utf8', 0, end - 1).split('\n');
    }
    rest = [text.subarray(end)];
    bytes = text.length - end;
  }
  reading.last = Buffer.concat(rest).toString();
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** One file being read: what came, and what must still come. */
class Reading {
  readonly hash = createHash('sha256');
  last = '';
  readonly #name: string;
  readonly #instanceId: string;
  #header: BackupHeader | undefined;
  #line = 0;
  readonly #rows: RowCounts = { subjects: 0, transitions: 0, notes: 0, records: 0 };
  readonly #subjects = new Set<number>();
  #seq = -1;
  readonly #records = new Map<RecordKind, { readonly ids: Set<string>; seq: number }>();

  constructor(name: string, instanceId: string) {
    this.#name = name;
    this.#instanceId = instanceId;
  }

  damage(what: string): CaretakerError {
    return new CaretakerError('backup_damaged', `The backup ${this.#name} is damaged: ${what}.`);
  }

  rowsOf(lines: readonly string[]): DumpRow[] {
    const rows: DumpRow[] = [];
    for (const text of lines) {
      this.#line += 1;
      if (this.#header) rows.push(this.#row(text));
      else this.#header = this.#headerOf(this.#parse(text));
    }
    return rows;
  }

  contents(): BackupContents {
    this.#line += 1;
    if (!this.#header || !this.last.endsWith('\n')) throw this.damage('it ends too early');
    const footer = this.#parse(this.last);
    const { records: _, ...rows } = this.#rows;
    const expected = {
      rows: this.#header.version < WITH_RECORDS ? rows : this.#rows,
      sha256: this.hash.digest('hex'),
    };
    if (!isSame(footer, expected)) throw this.damage('its last line does not fit the lines before');
    return { header: this.#header, rows: this.#rows };
  }

  #row(text: string): DumpRow {
    const row = parseRow(this.#parse(text));
    if (typeof row === 'string') throw this.damage(`line ${this.#line} ${row}`);
    this.#rows[row.table] += 1;
    if (row.table === 'subjects') this.#noteSubject(row.subject_key);
    if (row.table === 'transitions') this.#noteFact(row.subject_key, row.seq);
    if (row.table === 'records') this.#noteRecord(row);
    return row;
  }

  #noteSubject(key: number): void {
    if (this.#subjects.has(key)) throw this.damage(`line ${this.#line} has a "subject_key" that came before`);
    this.#subjects.add(key);
  }

  #noteFact(subject: number, seq: number): void {
    if (!this.#subjects.has(subject)) throw this.damage(`line ${this.#line} is of a subject that did not come before`);
    if (seq <= this.#seq) throw this.damage(`line ${this.#line} has a "seq" that is not above the one before`);
    this.#seq = seq;
  }

  #noteRecord({ kind, id, seq }: RecordRow): void {
    if ((this.#header?.version ?? 0) < WITH_RECORDS) throw this.damage(`line ${this.#line} belongs to no table`);
    const before = this.#records.get(kind) ?? { ids: new Set(), seq: -1 };
    this.#records.set(kind, before);
    if (before.ids.has(id)) throw this.damage(`line ${this.#line} has an "id" that came before`);
    if (seq <= before.seq) throw this.damage(`line ${this.#line} has a "seq" that is not above the one before`);
    before.ids.add(id);
    before.seq = seq;
  }

  #headerOf(value: unknown): BackupHeader {
    const header = (value ?? {}) as BackupHeader;
    if (header.format !== 'caretaker-backup') throw this.damage('it is no backup of Caretaker');
    if (Number.isSafeInteger(header.version) && header.version > VERSION) {
      const message = `The backup ${this.#name} has version ${header.version}; this Caretaker knows version ${VERSION}. Update Caretaker.`;
      throw new CaretakerError('backup_newer', message);
    }
    const at = Date.parse(String(header.created_at));
    const kind = ({ sqlite: 'sqlite', postgres: 'postgres', memory: 'memory' } as const)[header.source?.kind];
    const { tag, version } = header;
    const isKnown = Number.isSafeInteger(version) && version >= 1;
    if (
      Number.isNaN(at) ||
      !kind ||
      !isTag(tag) ||
      !isKnown ||
      !isSame(header, backupHeader(this.#instanceId, at, tag, kind, version))
    ) {
      throw this.damage(`its first line does not fit a backup of ${this.#instanceId}`);
    }
    return header;
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.damage(`line ${this.#line} is no JSON`);
    }
  }
}

/** Order of fields apart. */
function isSame(value: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return value === expected;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields = Object.entries(expected);
  const found = value as Record<string, unknown>;
  if (Object.keys(found).length !== fields.length) return false;
  return fields.every(([field, wanted]) => Object.hasOwn(found, field) && isSame(found[field], wanted));
}
