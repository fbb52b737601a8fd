import type { Settled } from '../core/transition';
import { CaretakerError, describe } from '../error';
import type { PostgresLedger } from './postgres-ledger';
import { IDLE_IN_WRITING_MS, type PostgresServer, type Query } from './postgres-server';
import { PostgresError } from './postgres-trouble';

/** More facts than this waiting to be written: new ones are refused rather than fill the memory. */
const MAX_QUEUED_FACTS = 100_000;
/** Facts in one transaction, unless one call brings more. */
const BATCH_FACTS = 5_000;

export type Write<T> = (ledger: PostgresLedger, query: Query) => Promise<T>;

interface Waiting {
  readonly work: { readonly settled: readonly Settled[] } | { readonly write: Write<unknown> };
  readonly facts: number;
  /** That of the claim it is written under. */
  readonly token: number | null;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How far all queues of one store are behind, in facts. */
export interface Backlog {
  facts: number;
}

/** The writes of one namespace, in the order they were asked. What comes while a batch is written is the next batch. */
export class PostgresQueue {
  readonly #server: PostgresServer;
  readonly #ledger: PostgresLedger;
  readonly #backlog: Backlog;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** Ends with the last call that was asked. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(server: PostgresServer, ledger: PostgresLedger, backlog: Backlog) {
    this.#server = server;
    this.#ledger = ledger;
    this.#backlog = backlog;
  }

  append(settled: readonly Settled[], token: number | null): Promise<number[]> {
    const facts = settled.length;
    if (this.#backlog.facts + facts > MAX_QUEUED_FACTS) {
      const message = `The store ${this.#server.place} is ${this.#backlog.facts} facts behind: the server is too slow for so many.`;
      return Promise.reject(new CaretakerError('store_failed', message));
    }
    return this.#ask({ settled }, facts, token) as Promise<number[]>;
  }

  write<T>(write: Write<T>, token: number | null): Promise<T> {
    return this.#ask({ write }, 0, token) as Promise<T>;
  }

  /** Answers when all that was asked before is done. */
  async caughtUp(): Promise<void> {
    await this.#tail;
  }

  #ask(work: Waiting['work'], facts: number, token: number | null): Promise<unknown> {
    this.#backlog.facts += facts;
    const answer = new Promise((resolve, reject) => {
      this.#waiting.push({ work, facts, token, resolve, reject });
    }).finally(() => {
      this.#backlog.facts -= facts;
    });
    this.#tail = answer.catch(() => undefined);
    if (!this.#isRunning) void this.#run();
    return answer;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is asked in the same turn goes along.
    await undefined;
    while (this.#waiting.length > 0) await this.#writeBatch(this.#takeBatch());
    this.#isRunning = false;
  }

  #takeBatch(): Waiting[] {
    let facts = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      facts += Math.max(1, waiting.facts);
      if (count > 0 && facts > BATCH_FACTS) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** All in one transaction; if that fails each in its own, so that a call that cannot be written costs only itself. */
  async #writeBatch(batch: readonly Waiting[], isAgain = false): Promise<void> {
    const begun = performance.now();
    let isUnwritten = true;
    try {
      const answers = await this.#server.transaction(async (query) => {
        const written = await this.#writeAll(batch, query);
        isUnwritten = false;
        return written;
      });
      for (const [index, waiting] of batch.entries()) waiting.resolve(answers[index]);
    } catch (thrown) {
      this.#ledger.reset();
      // Who stood still in the midst of it asks again: it may be another's by now, and then that is the answer.
      const stoodStill = isUnwritten && performance.now() - begun >= IDLE_IN_WRITING_MS;
      if (stoodStill && !isAgain) await this.#writeBatch(batch, true);
      else await this.#giveUp(batch, thrown);
    }
  }

  async #giveUp(batch: readonly Waiting[], thrown: unknown): Promise<void> {
    const isLost = thrown instanceof PostgresError && thrown.lost;
    for (const waiting of batch) {
      if (batch.length === 1 || isLost) waiting.reject(storeFailed(thrown, this.#server.place));
      else await this.#writeBatch([waiting]);
    }
  }

  /** Facts of calls that follow one another go together: a statement for each would take longer than its rows. */
  async #writeAll(batch: readonly Waiting[], query: Query): Promise<unknown[]> {
    this.#ledger.begin();
    const answers: unknown[] = [];
    let appends: (readonly Settled[])[] = [];
    const append = async () => {
      if (appends.length === 0) return;
      const seqs = await this.#ledger.append(query, appends.flat());
      let start = 0;
      for (const { length } of appends) {
        answers.push(seqs.slice(start, start + length));
        start += length;
      }
      appends = [];
    };
    let under: number | null | undefined;
    for (const { work, token } of batch) {
      if (token !== under) {
        await append();
        under = token;
        this.#ledger.under(token);
      }
      if ('settled' in work) appends.push(work.settled);
      else {
        await append();
        answers.push(await work.write(this.#ledger, query));
      }
    }
    await append();
    return answers;
  }
}

function storeFailed(thrown: unknown, place: string): CaretakerError {
  if (thrown instanceof CaretakerError) return thrown;
  return new CaretakerError('store_failed', `The store ${place} failed: ${describe(thrown)}.`, thrown);
}
