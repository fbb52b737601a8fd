import { isAbsolute, join } from 'node:path';
import { CaretakerError } from '../error';
import { openStore } from '../store/open';
import { openPostgres } from '../store/postgres';
import type { Store } from '../store/store';
import { parseStorageOptions } from './parse';

/** Where the facts of an instance rest, and for how long. */
export interface Storage {
  readonly kind: 'sqlite' | 'postgres';
  /** Of SQLite: absolute. */
  readonly file: string;
  /** Of PostgreSQL; holds a password. */
  readonly url: string;
  /** Facts older than this are deleted; 0 keeps them for ever. */
  readonly retention_days: number;
  /** The same of the sums made of them. */
  readonly rollup_retention_days: number;
  /** How many backups of each tag are kept; 0 keeps all. */
  readonly backup_keep: number;
  /** How often each instance is backed up by the clock; 0 is never. */
  readonly backup_interval_hours: number;
}

const DEFAULT_FILE = join('caretaker', 'caretaker.sqlite');

/** Where the backups are, whatever the store: each instance has a folder in it. */
export function backupFolder(userDir: string): string {
  return join(userDir, 'caretaker', 'backups');
}

/**
 * A `caretaker-store` as Node-RED hands it over; without one the default store.
 * @throws CaretakerError bad_input, naming the field
 */
export function storageOf(fields: object, url: string, userDir: string): Storage {
  const { file, ...options } = parseStorageOptions(fields);
  if (options.kind === 'postgres' && !/^postgres(ql)?:\/\//.test(url)) {
    throw new CaretakerError('bad_input', 'url: must look like postgres://user:password@host:5432/database.');
  }
  const named = file ?? DEFAULT_FILE;
  return { ...options, file: isAbsolute(named) ? named : join(userDir, named), url };
}

/** @throws CaretakerError store_failed, store_newer */
export function openStorage({ kind, file, url }: Storage, log: (message: string) => void): Promise<Store> {
  return kind === 'postgres' ? openPostgres({ url, log }) : openStore({ file, log });
}
