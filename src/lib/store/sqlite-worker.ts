import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Settled } from '../core/transition';
import { CaretakerError } from '../error';
import { type Connection, Dumps } from './dumps';
import { Ledger } from './ledger';
import type { Answers, Message, Outcome, ReadCall, Reply, WorkerData, WriteCall } from './request';
import type { Database } from './schema';
import { migrate } from './schema';
import { SQL } from './sql';
import { loadSqlite } from './sqlite-module';
import { failureOf, isDamage } from './trouble';

/** How long another program may hold the file before we give up, ms. */
const BUSY_MS = 2000;
/** Up to this size every page of the file is checked when it is opened: some tens of milliseconds. */
const CHEAP_CHECK_BYTES = 16 * 1024 * 1024;
/** Between two slices of what is swept away the calls have their turn, ms. */
const SWEEP_PAUSE_MS = 20;

const { file, suspect } = workerData as WorkerData;
const notices: string[] = [];

function openFile(sqlite: typeof import('node:sqlite')): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  try {
    return openChecked(sqlite);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = `${file}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`;
    for (const part of ['-wal', '-shm', '']) {
      if (existsSync(file + part)) renameSync(file + part, aside + part);
    }
    notices.push(`The store ${file} was damaged. It was set aside as ${aside}, and a new one was begun.`);
    return openChecked(sqlite);
  }
}

function openChecked(sqlite: typeof import('node:sqlite')): DatabaseSync {
  const size = existsSync(file) ? statSync(file).size : 0;
  const db = new sqlite.DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    db.exec('PRAGMA journal_mode = WAL');
    // NORMAL: a commit survives the end of this process, not always a power failure; the file stays sound in both.
    // 8 000 pages between checkpoints: half as many pages written twice; this thread may stall meanwhile.
    db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 33554432');
    if (suspect || (size > 0 && size <= CHEAP_CHECK_BYTES)) check(db);
    migrate(db as Database, file);
    // A file that can only be read opens well: this finds out now, not with the first fact.
    db.exec(`BEGIN IMMEDIATE; ${SQL.dropStaged}; COMMIT`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function check(db: DatabaseSync): void {
  const row = db.prepare(`PRAGMA ${suspect ? 'integrity_check' : 'quick_check'}(1)`).get();
  const found = Object.values(row ?? {})[0];
  if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: 11 });
}

class Desk {
  readonly #db: DatabaseSync;
  readonly #ledger: Ledger;
  readonly #dumps: Dumps;
  #sweeping: NodeJS.Timeout | undefined;
  /** Facts that came ahead of the append they belong to. */
  #held: Settled[] = [];

  constructor(db: DatabaseSync, dumps: Dumps) {
    this.#db = db;
    this.#ledger = new Ledger(db as Database);
    this.#dumps = dumps;
    this.#sweepSoon();
  }

  answer(message: Message): Reply | undefined {
    if ('part' in message) {
      for (const fact of message.part) this.#held.push(fact);
      return undefined;
    }
    if ('read' in message) return { id: message.id, outcomes: [this.#try(() => this.#read(message.read))] };
    if ('writes' in message) return { id: message.id, outcomes: this.#writeAll(message.writes.map(this.#whole)) };
    clearTimeout(this.#sweeping);
    this.#dumps.endAll();
    this.#db.close();
    parentPort?.close();
    return undefined;
  }

  readonly #whole = (call: WriteCall): WriteCall => {
    if (call.op !== 'append' || !call.held) return call;
    const settled = this.#held.concat(call.settled);
    this.#held = [];
    return { ...call, settled };
  };

  /** All in one transaction; if that fails each in its own, so that what one home sent cannot cost another its facts. */
  #writeAll(calls: readonly WriteCall[]): Outcome[] {
    try {
      return this.#transaction(calls);
    } catch (error) {
      if (calls.length === 1) return [{ failure: failureOf(error, file) }];
    }
    return calls.map((call) => this.#writeAll([call])[0] as Outcome);
  }

  #transaction(calls: readonly WriteCall[]): Outcome[] {
    const outcomes = this.#whileWriting(() => calls.map((call) => ({ answer: this.#ledger.write(call) })));
    if (calls.some(({ op }) => op === 'swap' || op === 'unstage' || op === 'purge')) this.#sweepSoon();
    return outcomes;
  }

  #sweepSoon(): void {
    this.#sweeping ??= setTimeout(() => {
      this.#sweeping = undefined;
      try {
        if (this.#whileWriting(() => this.#ledger.sweep())) this.#sweepSoon();
      } catch {
        // Another program holds the file, or the disk is full: it is swept when it is opened next.
      }
    }, SWEEP_PAUSE_MS);
  }

  #whileWriting<T>(write: () => T): T {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      this.#ledger.noticeOtherWriters();
      const written = write();
      this.#db.exec('COMMIT');
      return written;
    } catch (error) {
      this.#ledger.reset();
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, as it does on a full disk.
    }
  }

  #read(call: ReadCall): Answers[ReadCall['op']] {
    return call.op === 'dump' ? this.#dumps.read(call) : this.#ledger.read(call);
  }

  #try(read: () => Extract<Outcome, { answer: unknown }>['answer']): Outcome {
    try {
      return { answer: read() };
    } catch (error) {
      return { failure: failureOf(error, file) };
    }
  }
}

function open(): Reply {
  const sqlite = loadSqlite();
  if (!sqlite) return { opened: 'no_sqlite', notices };
  try {
    const db = openFile(sqlite);
    const desk = new Desk(db, new Dumps(() => new sqlite.DatabaseSync(file, { readOnly: true }) as Connection));
    parentPort?.on('message', (message: Message) => {
      const reply = desk.answer(message);
      if (reply) parentPort?.postMessage(reply);
    });
    return { opened: 'open', notices };
  } catch (error) {
    return { opened: failureOf(error, file), notices };
  }
}

if (!parentPort) throw new CaretakerError('store_failed', 'This file is the thread of a store: open.ts starts it.');
parentPort.postMessage(open());
