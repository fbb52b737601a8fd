import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Settled } from '../core/transition';
import { CaretakerError, describe } from '../error';
import type { Answers, Call, Failure, Message, Outcome, ReadCall, Reply, WorkerData, WriteCall } from './request';

/** More facts than this waiting to be written: new ones are refused rather than fill the memory. */
const MAX_QUEUED_FACTS = 100_000;
/** Facts in one message: packing them holds the main loop for about a millisecond. */
const MESSAGE_FACTS = 500;

interface Waiting<Asked extends Call = Call> {
  readonly call: Asked;
  readonly facts: number;
  readonly resolve: (answer: Answers[keyof Answers]) => void;
  readonly reject: (error: CaretakerError) => void;
}

/** A file in the hands of a worker thread: calls are answered in the order they were asked. */
export class SqliteFile {
  readonly #file: string;
  readonly #log: (message: string) => void;
  #worker: Worker | undefined;
  /** The worker has the file open and takes calls. */
  #ready = false;
  #starting: Promise<boolean> | undefined;
  #suspect = false;
  /** The worker that met a damaged file lets go of it. */
  #retired: Promise<unknown> | undefined;
  /** Parts stand before the append they belong to. */
  #queue: (Waiting | { readonly part: readonly Settled[] })[] = [];
  readonly #sent = new Map<number, readonly Waiting[]>();
  #lastId = 0;
  /** Writes are with the worker: what comes meanwhile is the next batch. */
  #writing = false;
  /** A part was sent in this turn of the loop: the next message goes in the next one. */
  #pausing = false;
  #queuedFacts = 0;

  constructor(file: string, log: (message: string) => void) {
    this.#file = file;
    this.#log = log;
  }

  /** False where this Node has no SQLite. */
  start(): Promise<boolean> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
      this.#send();
    });
    return this.#starting;
  }

  ask<Op extends Call['op']>(call: Extract<Call, { op: Op }>): Promise<Answers[Op]> {
    const facts = factsOf(call);
    if (facts > 0 && this.#queuedFacts + facts > MAX_QUEUED_FACTS) {
      const message = `The store ${this.#file} is ${this.#queuedFacts} facts behind: the disk is too slow for so many.`;
      return Promise.reject(new CaretakerError('store_failed', message));
    }
    this.#queuedFacts += facts;
    const answer = new Promise<Answers[keyof Answers]>((resolve, reject) => {
      this.#queue.push({ call: this.#split(call), facts, resolve, reject });
    });
    this.#send();
    return answer as Promise<Answers[Op]>;
  }

  /** Answers when all that was asked before is done. */
  async flush(): Promise<void> {
    if (this.#queue.length > 0 || this.#sent.size > 0) await this.ask({ op: 'note', instance_id: '', key: '' });
  }

  /** Writes what is queued, then ends the worker. */
  async end(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.flush().catch(() => undefined);
    const worker = this.#worker;
    if (!worker) return;
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    worker.postMessage({ close: true } satisfies Message);
    await gone;
  }

  /** What does not fit into one message goes ahead in parts. */
  #split(call: Call): Call {
    if (call.op !== 'append' || call.settled.length <= MESSAGE_FACTS) return call;
    let sent = 0;
    for (; call.settled.length - sent > MESSAGE_FACTS; sent += MESSAGE_FACTS) {
      this.#queue.push({ part: call.settled.slice(sent, sent + MESSAGE_FACTS) });
    }
    return { ...call, settled: call.settled.slice(sent), held: true };
  }

  #send(): void {
    if (!this.#ready) this.#wake();
    while (this.#ready && this.#queue[0] && !this.#pausing) {
      const head = this.#queue[0];
      if ('part' in head) this.#sendPart(head.part);
      else if (isRead(head)) this.#post({ id: ++this.#lastId, read: head.call }, [head]);
      else if (this.#writing) return;
      else this.#sendBatch();
    }
  }

  #wake(): void {
    // When it fails, #lose tells whoever waits.
    if (this.#queue.length > 0 && !this.#starting) this.start().catch(() => undefined);
  }

  #sendPart(part: readonly Settled[]): void {
    this.#worker?.postMessage({ part } satisfies Message);
    this.#queue.shift();
    this.#pausing = true;
    setImmediate(() => {
      this.#pausing = false;
      this.#send();
    });
  }

  #sendBatch(): void {
    const batch: Waiting<WriteCall>[] = [];
    let facts = 0;
    for (const waiting of this.#queue) {
      if ('part' in waiting || !isWrite(waiting)) break;
      facts += Math.max(1, factsOf(waiting.call));
      if (batch.length > 0 && facts > MESSAGE_FACTS) break;
      batch.push(waiting);
    }
    this.#writing = true;
    this.#post({ id: ++this.#lastId, writes: batch.map((waiting) => waiting.call) }, batch);
  }

  #post(message: Extract<Message, { id: number }>, waiting: readonly Waiting[]): void {
    this.#queue.splice(0, waiting.length);
    this.#sent.set(message.id, waiting);
    this.#worker?.ref();
    this.#worker?.postMessage(message);
  }

  #settle({ id, outcomes }: { id: number; outcomes: readonly Outcome[] }): void {
    const waiting = this.#sent.get(id) ?? [];
    this.#sent.delete(id);
    if (waiting[0] && isWrite(waiting[0])) this.#writing = false;
    for (const [index, { resolve, reject, facts }] of waiting.entries()) {
      this.#queuedFacts -= facts;
      const outcome = outcomes[index];
      if (outcome && 'answer' in outcome) resolve(outcome.answer);
      else if (outcome) reject(this.#fail(outcome.failure));
    }
    this.#send();
    // Waiting for calls alone keeps the process alive, an open file does not.
    if (this.#sent.size === 0) this.#worker?.unref();
  }

  #fail({ code, message, damaged, cause }: Failure): CaretakerError {
    const error = new CaretakerError(code, message, cause);
    if (damaged && this.#worker) {
      this.#suspect = true;
      this.#retired = this.#worker.terminate();
      this.#lose(this.#worker, error);
    }
    return error;
  }

  async #start(): Promise<boolean> {
    await this.#retired;
    const workerData: WorkerData = { file: this.#file, suspect: this.#suspect };
    try {
      const worker = new Worker(join(__dirname, 'sqlite-worker.js'), { workerData, name: 'caretaker-store' });
      this.#worker = worker;
      const isOpen = await this.#opened(worker);
      if (isOpen) this.#serve(worker);
      else this.#lose(worker, new CaretakerError('store_failed', 'This Node.js has no SQLite.'));
      return isOpen;
    } catch (error) {
      this.#lose(this.#worker, error as CaretakerError);
      throw error;
    }
  }

  #opened(worker: Worker): Promise<boolean> {
    return new Promise((resolve, reject) => {
      let thrown: unknown;
      worker.once('message', (reply: Extract<Reply, { opened: unknown }>) => {
        for (const notice of reply.notices) this.#log(notice);
        if (typeof reply.opened !== 'object') resolve(reply.opened === 'open');
        else reject(new CaretakerError(reply.opened.code, reply.opened.message, reply.opened.cause));
      });
      worker.on('error', (error) => {
        thrown = error;
      });
      worker.once('exit', () => {
        const why = thrown === undefined ? '' : `: ${describe(thrown)}`;
        const error = new CaretakerError('store_failed', `The thread of the store ${this.#file} ended${why}.`, thrown);
        reject(error);
        this.#lose(worker, error);
      });
    });
  }

  #serve(worker: Worker): void {
    this.#ready = true;
    this.#suspect = false;
    worker.on('message', (reply: Extract<Reply, { id: number }>) => this.#settle(reply));
    worker.unref();
    this.#send();
  }

  /** The worker is gone: nobody will answer what is with it; the next call starts another. */
  #lose(worker: Worker | undefined, error: CaretakerError): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#ready = false;
    this.#writing = false;
    const waiting = [...this.#sent.values(), this.#queue].flat();
    this.#sent.clear();
    this.#queue = [];
    this.#queuedFacts = 0;
    for (const entry of waiting) if ('reject' in entry) entry.reject(error);
  }
}

function factsOf(call: Call): number {
  return call.op === 'append' ? call.settled.length : 0;
}

const READS: ReadonlySet<Call['op']> = new Set<ReadCall['op']>([
  'resume',
  'transitions',
  'records',
  'told',
  'note',
  'dump',
  'size',
  'instances',
]);

function isRead(waiting: Waiting): waiting is Waiting<ReadCall> {
  return READS.has(waiting.call.op);
}

function isWrite(waiting: Waiting): waiting is Waiting<WriteCall> {
  return !isRead(waiting);
}
