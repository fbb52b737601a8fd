import type { Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { describe } from '../error';
import type { Namespace } from '../store/store';

/** Who wants to be told every fact exactly once, e.g. a monitor node. */
export interface Consumer {
  /** Stays the same over redeploys and restarts. */
  readonly id: string;
  told(fact: Fact): void;
}

interface Attached {
  readonly consumer: Consumer;
  /** The last fact it was told; null until read from the store. */
  cursor: number | null;
  saved: number | null;
}

type Operation = { readonly settled: Settled[] } | { readonly run: (namespace: Namespace) => Promise<void> };

/** How long a consumer's place may be ahead of the stored one: what is told again after a crash. */
const SAVE_MS = 500;
const PAGE = 1_000;

/**
 * Facts go to the store first and are told after; each consumer's place among them is stored too. So a restart tells
 * what was not told yet, and a crash tells at most the last second again.
 */
export class Journal {
  readonly #namespace: Namespace;
  readonly #trouble: (what: string) => void;
  readonly #queue: Operation[] = [];
  readonly #attached = new Map<string, Attached>();
  #writing: Promise<void> | undefined;
  #lastSeq = 0;
  #saveTimer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(namespace: Namespace, trouble: (what: string) => void) {
    this.#namespace = namespace;
    this.#trouble = trouble;
  }

  add(settled: Settled): void {
    const last = this.#queue.at(-1);
    if (last && 'settled' in last) last.settled.push(settled);
    else this.#enqueue({ settled: [settled] });
  }

  rename(kind: Subject['kind'], from: string, to: string): void {
    this.#enqueue({ run: (namespace) => namespace.rename(kind, from, to) });
  }

  forget(kind: Subject['kind'], id: string): void {
    this.#enqueue({ run: (namespace) => namespace.forget(kind, id) });
  }

  note(key: string, value: string): void {
    this.#enqueue({ run: (namespace) => namespace.setNote(key, value) });
  }

  /**
   * Tells the consumer what it has not been told yet, then every new fact. One never seen before starts with now.
   * Answers what detaches it; `forGood` also forgets its place.
   */
  attach(consumer: Consumer): (forGood: boolean) => void {
    const attached: Attached = { consumer, cursor: null, saved: null };
    this.#attached.set(consumer.id, attached);
    // In line with the writing, so that its first own fact is the next one written.
    this.#enqueue({ run: () => this.#catchUp(attached) });
    return (forGood) => this.#detach(attached, forGood);
  }

  /** Writes what is queued; tells nobody any more. */
  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#saveTimer);
    await this.#writing;
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
      else await this.#run(operation.run);
    }
    this.#writing = undefined;
  }

  async #append(settled: readonly Settled[]): Promise<void> {
    let facts: Fact[];
    try {
      facts = await this.#namespace.append(settled);
    } catch (thrown) {
      // A home whose store fails is still told about.
      this.#trouble(describe(thrown));
      facts = settled.map((one, index) => ({ ...one, seq: Math.max(this.#lastSeq + 1 + index, one.at * 1000) }));
    }
    this.#lastSeq = facts.at(-1)?.seq ?? this.#lastSeq;
    for (const attached of this.#attached.values()) for (const fact of facts) this.#tell(attached, fact);
  }

  async #run(run: (namespace: Namespace) => Promise<void>): Promise<void> {
    try {
      await run(this.#namespace);
    } catch (thrown) {
      this.#trouble(describe(thrown));
    }
  }

  async #catchUp(attached: Attached): Promise<void> {
    const place = await this.#namespace.told(attached.consumer.id);
    if (this.#attached.get(attached.consumer.id) !== attached) return;
    if (place === null) {
      const [newest] = await this.#namespace.transitions({ newest_first: true, limit: 1 });
      attached.cursor = newest?.seq ?? 0;
      this.#saveSoon();
      return;
    }
    attached.cursor = place;
    attached.saved = place;
    for (;;) {
      const facts = await this.#namespace.transitions({ after: attached.cursor, limit: PAGE });
      if (this.#attached.get(attached.consumer.id) !== attached) return;
      for (const fact of facts) this.#tell(attached, fact);
      if (facts.length < PAGE || this.#closing) return;
    }
  }

  #tell(attached: Attached, fact: Fact): void {
    if (this.#closing || attached.cursor === null || fact.seq <= attached.cursor) return;
    attached.cursor = fact.seq;
    this.#saveSoon();
    try {
      attached.consumer.told(fact);
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
      await this.#run((namespace) => namespace.tell(consumer.id, cursor));
      attached.saved = cursor;
    }
  }
}
