import { existsSync, renameSync, rmSync } from 'node:fs';
import type { Status } from '../core/subject';
import { CaretakerError } from '../error';

/** What we use of `node:sqlite`, which only the worker may import. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
}

export interface Statement {
  run(...values: Value[]): { changes: number | bigint };
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
}

/** Node 22 binds neither booleans nor undefined. */
export type Value = string | number | null;
export type Row = Record<string, unknown>;

/** Statuses are stored as their place in this list: add at the end, never reorder. */
const STATUSES = ['available', 'unavailable', 'unknown', 'stale', 'missing'] as const;

export function statusCode(status: Status): number {
  return STATUSES.indexOf(status);
}

export function statusOf(code: unknown): Status {
  return STATUSES[code as number] ?? 'unknown';
}

/**
 * Migration n brings a file from version n to n + 1; never change one that was released.
 * The instance leads every key and index, so a query of one namespace cannot meet the rows of another.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE instances (
    instance_key INTEGER PRIMARY KEY,
    instance_id TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE subjects (
    instance_key INTEGER NOT NULL,
    subject_key INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    domain TEXT,
    device_id TEXT,
    config_entry_id TEXT,
    area_id TEXT,
    registry_id TEXT,
    forgotten INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (instance_key, subject_key)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX subjects_by_id ON subjects (instance_key, kind, id);
  CREATE TABLE transitions (
    instance_key INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    subject_key INTEGER NOT NULL,
    since INTEGER NOT NULL,
    status INTEGER NOT NULL,
    previous_status INTEGER,
    state TEXT NOT NULL,
    PRIMARY KEY (instance_key, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX transitions_by_subject ON transitions (instance_key, subject_key, seq);
  CREATE TABLE consumers (
    instance_key INTEGER NOT NULL,
    consumer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (instance_key, consumer)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE notes (
    instance_key INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (instance_key, key)
  ) STRICT, WITHOUT ROWID;
  `,
  // By id: a purge or a restore gives the instance another key, and its tokens must still grow.
  `
  CREATE TABLE leases (
    instance_id TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    renewed INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL,
    session TEXT NOT NULL,
    owner TEXT NOT NULL,
    label TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // With row ids: bodies are long, and must not be in the way of those who look for the next one.
  `
  CREATE TABLE records (
    instance_key INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    open INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (instance_key, kind, id)
  ) STRICT;
  CREATE UNIQUE INDEX records_by_seq ON records (instance_key, kind, seq);
  CREATE INDEX records_open ON records (instance_key, kind, seq) WHERE open = 1;
  `,
];

/** Brings an open file to the newest version, each step in its own transaction and after a copy of what was. */
export function migrate(db: Database, file: string, migrations: readonly string[] = MIGRATIONS): void {
  const version = versionOf(db);
  if (version > migrations.length) {
    throw new CaretakerError(
      'store_newer',
      `The store ${file} has version ${version}, written by a newer Caretaker; this one knows version ${migrations.length}. Update Caretaker, or choose another file.`,
    );
  }
  if (version === 0 && db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'] !== 0) {
    throw new CaretakerError(
      'store_failed',
      `${file} is a database of another program. Choose another file for the store.`,
    );
  }
  for (const [from, sql] of migrations.entries()) {
    if (from < version) continue;
    // A new file has nothing to lose.
    if (version > 0) backUp(db, `${file}.version-${from}`);
    db.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${from + 1}; COMMIT`);
  }
}

function versionOf(db: Database): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** One copy a version: a migration that fails at every start must not fill the disk. */
function backUp(db: Database, copy: string): void {
  const unfinished = `${copy}.unfinished`;
  if (existsSync(unfinished)) rmSync(unfinished);
  db.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, copy);
}
