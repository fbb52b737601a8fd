import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { describe } from '../error';
import type { Store } from '../store/store';

/** Where the facts of an instance rest: the file, or `host:port/database`; never a user or a password. */
interface StorePlace {
  readonly kind: 'sqlite' | 'postgres';
  readonly place: string;
}

/** An instance that began anew in another store than it had before. */
export interface Moved {
  readonly from: StorePlace;
  readonly to: StorePlace;
}

interface Home {
  readonly instance_id: string;
  /** The Node-RED user directory. */
  readonly userDir: string;
  readonly log: (what: string) => void;
}

/**
 * Remembers over restarts in which store an instance has its facts, and says so when it starts with another one.
 * Facts in memory alone are nowhere: they say nothing, and what is remembered stays.
 */
export function rememberStore({ instance_id, userDir, log }: Home, { kind, place }: Store): Moved | null {
  if (kind === 'memory') return null;
  const folder = join(userDir, 'caretaker', 'stores');
  const file = join(folder, `${instance_id}.json`);
  const to: StorePlace = { kind, place };
  const from = remembered(file, userDir);
  if (from && from.kind === to.kind && from.place === to.place) return null;
  // Before it is written down: who is killed in between is told twice rather than never.
  if (from) log(sentence(from, to));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(within(userDir, to))}\n`);
    renameSync(`${file}.new`, file);
  } catch (thrown) {
    log(`Where its facts rest cannot be remembered: ${describe(thrown)}.`);
  }
  return from ? { from, to } : null;
}

function sentence(from: StorePlace, to: StorePlace): string {
  return (
    `Its facts up to now rest in ${named(from)} and nothing was copied to ${named(to)}, where it goes on without them: ` +
    'to take them along choose the former store again and deploy, create a backup, choose the new store and deploy, ' +
    'and restore that backup; backups belong to the instance, whatever its store.'
  );
}

function named({ kind, place }: StorePlace): string {
  return `${kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${place}`;
}

/** What cannot be read is as good as nothing: it will be written anew. */
function remembered(file: string, userDir: string): StorePlace | null {
  try {
    const { kind, place } = Object(JSON.parse(readFileSync(file, 'utf8'))) as Record<string, unknown>;
    if (typeof place !== 'string' || place === '') return null;
    if (kind === 'postgres') return { kind, place };
    return kind === 'sqlite' ? { kind, place: resolve(real(userDir), place) } : null;
  } catch {
    return null;
  }
}

/** A file in the user directory is remembered by its place there, and so may move with it. */
function within(userDir: string, { kind, place }: StorePlace): StorePlace {
  if (kind === 'postgres') return { kind, place };
  const path = relative(real(userDir), place);
  const outside = isAbsolute(path) || path.split(sep)[0] === '..';
  return { kind, place: outside ? place : path };
}

/** As a store names its file. */
function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
