import { randomUUID } from 'node:crypto';
import { CaretakerError, describe } from '../error';
import { sweepUnreachable } from './postgres-copy';
import { claimLeases } from './postgres-leases';
import { PostgresLedger } from './postgres-ledger';
import { PostgresNamespace } from './postgres-namespace';
import { type Backlog, PostgresQueue } from './postgres-queue';
import { migratePostgres } from './postgres-schema';
import { PostgresServer } from './postgres-server';
import { SQL } from './postgres-sql';
import { instantOf } from './seq';
import type { Claim, Claimed, Namespace, NamespaceSize, Store } from './store';

/** Rows counted by one statement. */
const COUNT_SLICE = 50_000;

interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; it never shows in a message. */
  readonly url: string;
  /** Told in a sentence what the user should know, e.g. that the tables were migrated. */
  readonly log: (message: string) => void;
}

/** A database of this process, and who has it open. */
interface Shared {
  readonly backend: Promise<Backend>;
  readonly owners: Set<PostgresOptions['log']>;
  ending?: Promise<void>;
}

const open = new Map<string, Shared>();

/** The same URL opened twice is one set of connections; the last close ends it. */
export async function openPostgres({ url, log }: PostgresOptions): Promise<Store> {
  let shared = open.get(url);
  while (shared?.ending !== undefined) {
    await shared.ending;
    shared = open.get(url);
  }
  if (!shared) {
    const owners: Shared['owners'] = new Set();
    shared = { owners, backend: Backend.start(url, (message) => [...owners][0]?.(message)) };
    open.set(url, shared);
  }
  const owner = (message: string) => log(message);
  shared.owners.add(owner);
  try {
    return new PostgresStore(await shared.backend, () => release(url, shared, owner));
  } catch (error) {
    shared.owners.delete(owner);
    if (open.get(url) === shared) open.delete(url);
    throw error;
  }
}

async function release(url: string, shared: Shared, owner: PostgresOptions['log']): Promise<void> {
  shared.owners.delete(owner);
  const backend = await shared.backend;
  if (shared.owners.size > 0) return;
  shared.ending ??= backend.end().finally(() => {
    if (open.get(url) === shared) open.delete(url);
  });
  await shared.ending;
}

/** What all owners of one database share. */
class Backend {
  readonly server: PostgresServer;
  readonly #log: (message: string) => void;
  readonly #queues = new Map<string, PostgresQueue>();
  readonly #backlog: Backlog = { facts: 0 };
  readonly #writer = randomUUID();
  #isEnding = false;
  #sweeping: Promise<void> = Promise.resolve();

  private constructor(server: PostgresServer, log: (message: string) => void) {
    this.server = server;
    this.#log = log;
  }

  static async start(url: string, log: (message: string) => void): Promise<Backend> {
    const server = new PostgresServer(url);
    const backend = new Backend(server, log);
    try {
      await server.session((session) => migratePostgres(session, server.place, log), true);
    } catch (error) {
      await server.end();
      throw error;
    }
    void backend.sweep();
    return backend;
  }

  sweep(): Promise<void> {
    const sweep = async () => {
      if (!this.#isEnding) await sweepUnreachable(this.server, () => this.#isEnding);
    };
    this.#sweeping = this.#sweeping.then(sweep).catch((error) => {
      if (!this.#isEnding)
        this.#log(`What a restore or purge left over is deleted when the store is opened next: ${describe(error)}`);
    });
    return this.#sweeping;
  }

  queue(instanceId: string): PostgresQueue {
    let queue = this.#queues.get(instanceId);
    if (!queue) {
      queue = new PostgresQueue(this.server, new PostgresLedger(instanceId, this.#writer), this.#backlog);
      this.#queues.set(instanceId, queue);
    }
    return queue;
  }

  async caughtUp(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.caughtUp()));
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#sweeping;
    await this.server.end();
  }
}

/** One owner's view of a shared database. */
class PostgresStore implements Store {
  readonly kind = 'postgres';
  readonly place: string;
  readonly #backend: Backend;
  readonly #release: () => Promise<void>;
  readonly #used = new Set<PostgresQueue>();
  /** By instance: the claim it is written under. */
  readonly #tokens = new Map<string, number | null>();
  #closing: Promise<void> | undefined;

  constructor(backend: Backend, release: () => Promise<void>) {
    this.place = backend.server.place;
    this.#backend = backend;
    this.#release = release;
  }

  async namespace(instanceId: string): Promise<Namespace> {
    const queue = () => {
      this.#checkOpen();
      const queue = this.#backend.queue(instanceId);
      this.#used.add(queue);
      return queue;
    };
    return new PostgresNamespace(instanceId, {
      server: this.#backend.server,
      queue,
      token: () => this.#tokens.get(instanceId) ?? null,
      sweep: () => this.#backend.sweep(),
    });
  }

  async claim(claim: Claim): Promise<Claimed[]> {
    this.#checkOpen();
    return claimLeases(this.#backend.server, claim);
  }

  fence(instanceId: string, token: number | null): void {
    this.#tokens.set(instanceId, token);
  }

  async sizes(): Promise<NamespaceSize[]> {
    this.#checkOpen();
    await this.#backend.caughtUp();
    const { server } = this.#backend;
    const counted = [];
    for (const { instance_key, instance_id } of await server.query(SQL.instances)) {
      const subjects = await this.#count(SQL.countSubjects, instance_key);
      const transitions = await this.#count(SQL.countTransitions, instance_key);
      counted.push({ instance_id: instance_id as string, subjects, transitions });
    }
    const [bytes] = await server.query(SQL.tableBytes);
    const all = { subjects: 0, transitions: 0 };
    for (const { subjects, transitions } of counted) {
      all.subjects += subjects.rows;
      all.transitions += transitions.rows;
    }
    const share = (table: 'subjects' | 'transitions', rows: number) =>
      rows === 0 ? 0 : (Number(bytes?.[table]) * rows) / all[table];
    return counted.map(({ instance_id, subjects, transitions }) => ({
      instance_id,
      subjects: subjects.rows,
      transitions: transitions.rows,
      bytes: Math.round(share('subjects', subjects.rows) + share('transitions', transitions.rows)),
      newest: transitions.last === null ? null : instantOf(transitions.last),
    }));
  }

  async bytes(): Promise<number> {
    this.#checkOpen();
    const [row] = await this.#backend.server.query(SQL.bytes);
    return row?.['bytes'] as number;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([...this.#used].map((queue) => queue.caughtUp())).then(() => this.#release());
    return this.#closing;
  }

  async #count(sql: string, key: unknown): Promise<{ rows: number; last: number | null }> {
    let rows = 0;
    let last: number | null = null;
    for (;;) {
      const [slice] = await this.#backend.server.query(sql, [key, last ?? -1, COUNT_SLICE]);
      const count = slice?.['rows'] as number;
      rows += count;
      if (count > 0) last = slice?.['last'] as number;
      if (count < COUNT_SLICE) return { rows, last };
    }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new CaretakerError('store_failed', `The store ${this.place} is closed.`);
  }
}
