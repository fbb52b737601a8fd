import { realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CaretakerError } from '../error';
import { MemoryStore } from './memory';
import type { Ask } from './namespace';
import { SqliteNamespace } from './namespace';
import type { Call } from './request';
import { SqliteFile } from './sqlite';
import type { Claim, Claimed, Namespace, NamespaceSize, Store } from './store';

interface StoreOptions {
  readonly file: string;
  /** Told in a sentence what the user should know, e.g. that a damaged file was set aside. */
  readonly log: (message: string) => void;
}

/** A file of this process, or the memory that stands in for it, and who has it open. */
interface Shared {
  readonly backend: Promise<SqliteFile | MemoryStore>;
  readonly owners: Set<StoreOptions['log']>;
  ending?: Promise<void>;
}

const open = new Map<string, Shared>();
/** Kept when it is closed: a deploy closes everything before it opens it again. */
const memories = new Map<string, MemoryStore>();

/** The same file opened twice is one worker; the last close ends it. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const file = realPath(options.file);
  let shared = open.get(file);
  while (shared?.ending !== undefined) {
    await shared.ending;
    shared = open.get(file);
  }
  if (!shared) {
    const owners: Shared['owners'] = new Set();
    shared = { owners, backend: startBackend(file, (message) => [...owners][0]?.(message)) };
    open.set(file, shared);
  }
  const owner = (message: string) => options.log(message);
  shared.owners.add(owner);
  try {
    const backend = await shared.backend;
    const release = () => releaseShared(file, shared, owner);
    return backend instanceof MemoryStore ? backend : new SqliteStore(file, backend, release);
  } catch (error) {
    shared.owners.delete(owner);
    if (open.get(file) === shared) open.delete(file);
    throw error;
  }
}

async function startBackend(path: string, log: (message: string) => void): Promise<SqliteFile | MemoryStore> {
  const file = new SqliteFile(path, log);
  if (await file.start()) return file;
  const memory = memories.get(path) ?? new MemoryStore();
  memories.set(path, memory);
  return memory;
}

async function releaseShared(path: string, shared: Shared, owner: StoreOptions['log']): Promise<void> {
  shared.owners.delete(owner);
  const backend = await shared.backend;
  if (backend instanceof MemoryStore) return;
  if (shared.owners.size > 0) return backend.flush();
  shared.ending ??= backend.end().finally(() => {
    if (open.get(path) === shared) open.delete(path);
  });
  await shared.ending;
}

/** Two spellings of one file are one file; its folder need not exist yet. */
function realPath(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPath(folder), basename(path));
  }
}

/** What a row takes up with its place in the indexes, bytes: only their ratio counts. */
const SUBJECT_BYTES = 160;
const TRANSITION_BYTES = 60;

/** One owner's view of a shared file. */
class SqliteStore implements Store {
  readonly kind = 'sqlite';
  readonly place: string;
  readonly #file: SqliteFile;
  readonly #release: () => Promise<void>;
  /** What ends each dump and each replacement that is under way. */
  readonly #begun = new Map<string, Call>();
  /** By instance: the claim it is written under. */
  readonly #tokens = new Map<string, number | null>();
  #closing: Promise<void> | undefined;

  constructor(path: string, file: SqliteFile, release: () => Promise<void>) {
    this.place = path;
    this.#file = file;
    this.#release = release;
  }

  async namespace(instanceId: string): Promise<Namespace> {
    return new SqliteNamespace(instanceId, this.#ask);
  }

  claim(claim: Claim): Promise<Claimed[]> {
    return this.#ask<'claim'>({ op: 'claim', instance_id: '', claim });
  }

  fence(instanceId: string, token: number | null): void {
    this.#tokens.set(instanceId, token);
  }

  async sizes(): Promise<NamespaceSize[]> {
    const { ids, bytes } = await this.#ask<'instances'>({ op: 'instances', instance_id: '' });
    const sizes: Omit<NamespaceSize, 'bytes'>[] = [];
    for (const instance_id of ids) {
      sizes.push({ instance_id, ...(await this.#ask<'size'>({ op: 'size', instance_id })) });
    }
    const weigh = (size: (typeof sizes)[number]) => size.subjects * SUBJECT_BYTES + size.transitions * TRANSITION_BYTES;
    const all = sizes.reduce((sum, size) => sum + weigh(size), 0) || 1;
    // What stands under another name is on its way out.
    const reachable = sizes.filter(({ instance_id }) => !instance_id.startsWith('~'));
    return reachable.map((size) => ({ ...size, bytes: Math.round((bytes * weigh(size)) / all) }));
  }

  async bytes(): Promise<number> {
    const parts = ['', '-wal', '-shm'].map((part) => stat(this.place + part).catch(() => null));
    return (await Promise.all(parts)).reduce((sum, part) => sum + (part?.size ?? 0), 0);
  }

  close(): Promise<void> {
    if (!this.#closing) {
      // Whoever is in the midst of something cannot end it any more, and the file may stay open for others.
      for (const call of this.#begun.values()) this.#file.ask(call).catch(() => undefined);
      this.#closing = this.#release();
    }
    return this.#closing;
  }

  readonly #ask: Ask = (call) => {
    if (!this.#closing) {
      this.#note(call);
      const token = this.#tokens.get(call.instance_id);
      return this.#file.ask(token === undefined ? call : { ...call, token });
    }
    return Promise.reject(new CaretakerError('store_failed', `The store ${this.place} is closed.`));
  };

  #note(call: Call): void {
    if (call.op === 'stage') this.#begun.set(call.stage, { ...call, op: 'unstage' });
    if (call.op === 'swap' || call.op === 'unstage') this.#begun.delete(call.stage);
    if (call.op === 'dump' && call.step === 'open') this.#begun.set(call.dump, { ...call, step: 'close' });
    if (call.op === 'dump' && call.step === 'close') this.#begun.delete(call.dump);
  }
}
