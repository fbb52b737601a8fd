import type { Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { CaretakerError, describe } from '../error';
import type { Namespace } from '../store/store';
import type { NewRecord, StoredRecord } from '../store/stored-record';

/** Who wants to be told every fact exactly once, e.g. a monitor node. */
export interface Consumer {
  /** Stays the same over redeploys and restarts. */
  readonly id: string;
  told(fact: Fact): void;
  /** An incident as it is now; in one order with the facts. */
  recorded?(incident: StoredRecord): void;
}

interface Attached {
  readonly consumer: Consumer;
  /** The last stored fact it was told; null until read from the store. */
  cursor: number | null;
  saved: number | null;
  /** `behind`: the store failed to say what it was not told yet, and is asked again with the next fact. */
  caughtUp: 'waiting' | 'behind' | 'yes';
}

type Operation =
  | { readonly settled: Settled[] }
  | { readonly record: NewRecord; readonly stored: ((record: StoredRecord) => void) | undefined }
  | { readonly run: (namespace: Namespace) => Promise<void> };

/** What consumers are told, in the order of its `seq`. */
type Tellable = Fact | StoredRecord;

/** How long a consumer's place may be ahead of the stored one: what is told again after a crash. */
const SAVE_MS = 500;
const PAGE = 1_000;

/** As others see it: who is told, and how far it is. */
export type Telling = Pick<Journal, 'attach' | 'leave' | 'consumers' | 'failure' | 'queued' | 'written' | 'rewritten'>;

/**
 * Facts go to the store first and are told after; each consumer's place among them is stored too. So a restart tells
 * what was not told yet, and a crash tells at most the last second again.
 */
export class Journal {
  readonly #namespace: Namespace;
  readonly #trouble: (what: string) => void;
  readonly #queue: Operation[] = [];
  readonly #attached = new Map<string, Attached>();
  /** Whose place is forgotten already. */
  readonly #left = new Set<string>();
  #writing: Promise<void> | undefined;
  #saveTimer: NodeJS.Timeout | undefined;
  #closing = false;
  #written = 0;
  #rewritten = 0;
  /** Why what was to be kept last was not; null when it was. */
  failure: string | null = null;

  constructor(namespace: Namespace, trouble: (what: string) => void) {
    this.#namespace = namespace;
    this.#trouble = trouble;
  }

  /** What waits to be written, each fact by itself. */
  get queued(): number {
    return this.#queue.reduce((sum, one) => sum + ('settled' in one ? one.settled.length : 1), 0);
  }

  /** Grows with whatever was written: who has seen it grow finds something new in the store. */
  get written(): number {
    return this.#written;
  }

  /** Grows with whatever made facts of old others: a subject has another id. */
  get rewritten(): number {
    return this.#rewritten;
  }

  /** Ids of those who are told. */
  get consumers(): string[] {
    return [...this.#attached.keys()];
  }

  add(settled: Settled): void {
    const last = this.#queue.at(-1);
    if (last && 'settled' in last) last.settled.push(settled);
    else this.#enqueue({ settled: [settled] });
  }

  /** Keeps it as it is now; an incident is told. @param stored called with it once it is */
  put(record: NewRecord, stored?: (record: StoredRecord) => void): void {
    this.#enqueue({ record, stored });
  }

  rename(kind: Subject['kind'], from: string, to: string): void {
    const run = async (namespace: Namespace) => {
      await namespace.rename(kind, from, to);
      this.#rewritten += 1;
    };
    this.#enqueue({ run });
  }

  /** @param absence is kept with it */
  forget(kind: Subject['kind'], id: string, absence?: NewRecord): void {
    this.#enqueue({ run: (namespace) => namespace.forget(kind, id, absence) });
  }

  note(key: string, value: string): void {
    this.#enqueue({ run: (namespace) => namespace.setNote(key, value) });
  }

  /**
   * Tells the consumer what it has not been told yet, then every new fact. One never seen before starts with now.
   * Answers what detaches it; `forGood` also forgets its place.
   */
  attach(consumer: Consumer): (forGood: boolean) => void {
    const attached: Attached = { consumer, cursor: null, saved: null, caughtUp: 'waiting' };
    this.#attached.set(consumer.id, attached);
    this.#left.delete(consumer.id);
    // In line with the writing, so that its first own fact is the next one written.
    this.#enqueue({ run: () => this.#catchUp(attached, null) });
    return (forGood) => this.#detach(attached, forGood);
  }

  /** Forgets the place of a consumer that listens elsewhere now: should it come back, it starts with then. */
  leave(id: string): void {
    if (this.#left.has(id) || this.#closing) return;
    this.#left.add(id);
    this.#enqueue({ run: (namespace) => namespace.dropConsumer(id) });
  }

  /** Writes what is queued; tells nobody any more. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#writing;
    clearTimeout(this.#saveTimer);
    await this.#savePlaces();
  }

  #enqueue(operation: Operation): void {
    this.#queue.push(operation);
    this.#writing ??= this.#write();
  }

  /** One operation at a time, in order; what settles meanwhile becomes the next batch. */
  async #write(): Promise<void> {
    // Everything that settles in this turn belongs to the first batch.
    await Promise.resolve();
    for (let operation = this.#queue.shift(); operation; operation = this.#queue.shift()) {
      if ('settled' in operation) await this.#append(operation.settled);
      else if ('record' in operation) await this.#putNow(operation);
      else await this.#run(operation.run);
      this.#written += 1;
    }
    this.#writing = undefined;
  }

  async #append(settled: readonly Settled[]): Promise<void> {
    let facts: Fact[];
    try {
      facts = await this.#namespace.append(settled);
      this.failure = null;
    } catch (thrown) {
      this.#notStored(
        thrown,
        settled.map((one) => ({ ...one, seq: 0 })),
      );
      return;
    }
    await this.#tellAll(facts);
  }

  async #putNow({ record, stored }: Extract<Operation, { readonly record: NewRecord }>): Promise<void> {
    const isTold = record.kind === 'incident';
    try {
      const put = await this.#namespace.put(record);
      this.failure = null;
      stored?.(put);
      if (isTold) await this.#tellAll([put]);
    } catch (thrown) {
      this.#notStored(thrown, isTold ? [{ ...record, seq: 0 }] : []);
    }
  }

  async #tellAll(news: readonly Tellable[]): Promise<void> {
    const first = news[0]?.seq ?? 0;
    for (const attached of [...this.#attached.values()]) {
      if (attached.caughtUp === 'yes') for (const one of news) this.#tell(attached, one);
      if (attached.caughtUp !== 'behind') continue;
      await this.#run(() => this.#catchUp(attached, first - 1));
    }
  }

  /** Whether it could be done. */
  async #run(run: (namespace: Namespace) => Promise<void>): Promise<boolean> {
    try {
      await run(this.#namespace);
      return true;
    } catch (thrown) {
      this.#trouble(describe(thrown));
      return false;
    }
  }

  /** @param first where one never seen before starts; null is now */
  async #catchUp(attached: Attached, first: number | null): Promise<void> {
    attached.caughtUp = 'behind';
    attached.cursor ??= await this.#placeOf(attached, first);
    for (;;) {
      const { news, isLast } = await this.#newsAfter(attached.cursor);
      if (this.#attached.get(attached.consumer.id) !== attached) return;
      for (const one of news) this.#tell(attached, one);
      if (isLast || this.#closing) break;
    }
    attached.caughtUp = 'yes';
  }

  /** Facts and incidents in one order, as far as both pages reach. */
  async #newsAfter(after: number): Promise<{ news: Tellable[]; isLast: boolean }> {
    const pages: (readonly Tellable[])[] = [
      await this.#namespace.transitions({ after, limit: PAGE }),
      await this.#namespace.records({ kind: 'incident', after, limit: PAGE }),
    ];
    const full = pages.filter((page) => page.length === PAGE);
    const horizon = Math.min(...full.map((page) => page.at(-1)?.seq ?? 0));
    const news = pages.flat().filter(({ seq }) => seq <= horizon);
    return { news: news.sort((a, b) => a.seq - b.seq), isLast: full.length === 0 };
  }

  async #placeOf(attached: Attached, first: number | null): Promise<number> {
    attached.saved = await this.#namespace.told(attached.consumer.id);
    if (attached.saved !== null) return attached.saved;
    this.#saveSoon();
    if (first !== null) return first;
    const newest = { newest_first: true, limit: 1 };
    const [fact] = await this.#namespace.transitions(newest);
    const [incident] = await this.#namespace.records({ kind: 'incident', ...newest });
    return Math.max(fact?.seq ?? 0, incident?.seq ?? 0);
  }

  #notStored(thrown: unknown, news: readonly Tellable[]): void {
    this.failure = describe(thrown);
    this.#trouble(this.failure);
    // Who looks after it now sees it too, and tells.
    if (thrown instanceof CaretakerError && thrown.code === 'lease_lost') return;
    for (const attached of this.#attached.values()) this.#tellUnstored(attached, news);
  }

  /** A home whose store fails is still told about. What is not in the store moves nobody's place in it. */
  #tellUnstored(attached: Attached, news: readonly Tellable[]): void {
    if (this.#closing || attached.caughtUp === 'waiting') return;
    for (const one of news) this.#give(attached, one);
  }

  #tell(attached: Attached, one: Tellable): void {
    if (this.#closing || attached.cursor === null || one.seq <= attached.cursor) return;
    attached.cursor = one.seq;
    this.#saveSoon();
    this.#give(attached, one);
  }

  #give({ consumer }: Attached, one: Tellable): void {
    try {
      if ('body' in one) consumer.recorded?.(one);
      else consumer.told(one);
    } catch (thrown) {
      this.#trouble(describe(thrown));
    }
  }

  #detach(attached: Attached, forGood: boolean): void {
    const { id } = attached.consumer;
    if (this.#attached.get(id) !== attached) return;
    this.#attached.delete(id);
    if (this.#closing) return;
    const { cursor } = attached;
    if (forGood) this.#enqueue({ run: (namespace) => namespace.dropConsumer(id) });
    else if (cursor !== null) this.#enqueue({ run: (namespace) => namespace.tell(id, cursor) });
  }

  #saveSoon(): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined;
      this.#enqueue({ run: () => this.#savePlaces() });
    }, SAVE_MS);
  }

  async #savePlaces(): Promise<void> {
    for (const attached of this.#attached.values()) {
      const { cursor, saved, consumer } = attached;
      if (cursor === null || cursor === saved) continue;
      if (await this.#run((namespace) => namespace.tell(consumer.id, cursor))) attached.saved = cursor;
    }
  }
}
