import type { Kind } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import type { DumpRow, Namespace, PruneLimits, Resumed, TransitionQuery } from './store';
import type { NewRecord, RecordKind, RecordQuery, StoredRecord } from './stored-record';

/** A namespace in memory for one of its owners. What is checked is done in the same turn: nothing comes between. */
export class FencedNamespace implements Namespace {
  readonly instance_id: string;
  readonly #namespace: Namespace;
  readonly #check: () => void;

  /** @param check throws when the owner may not write any more */
  constructor(namespace: Namespace, check: () => void) {
    this.instance_id = namespace.instance_id;
    this.#namespace = namespace;
    this.#check = check;
  }

  resume(): Promise<Resumed[]> {
    return this.#namespace.resume();
  }

  async append(settled: readonly Settled[]): Promise<Fact[]> {
    return this.#checked().append(settled);
  }

  async rename(kind: Kind, from: string, to: string): Promise<void> {
    await this.#checked().rename(kind, from, to);
  }

  async forget(kind: Kind, id: string, absence?: NewRecord): Promise<void> {
    await this.#checked().forget(kind, id, absence);
  }

  transitions(query: TransitionQuery): Promise<Fact[]> {
    return this.#namespace.transitions(query);
  }

  async put(record: NewRecord): Promise<StoredRecord> {
    return this.#checked().put(record);
  }

  records(query: RecordQuery): Promise<StoredRecord[]> {
    return this.#namespace.records(query);
  }

  async remove(kind: RecordKind, id: string): Promise<void> {
    await this.#checked().remove(kind, id);
  }

  told(consumer: string): Promise<number | null> {
    return this.#namespace.told(consumer);
  }

  async tell(consumer: string, seq: number): Promise<void> {
    await this.#checked().tell(consumer, seq);
  }

  async dropConsumer(consumer: string): Promise<void> {
    await this.#checked().dropConsumer(consumer);
  }

  note(key: string): Promise<string | null> {
    return this.#namespace.note(key);
  }

  async setNote(key: string, value: string): Promise<void> {
    await this.#checked().setNote(key, value);
  }

  dump(): AsyncIterable<readonly DumpRow[]> {
    return this.#namespace.dump();
  }

  async replace(rows: AsyncIterable<readonly DumpRow[]>): Promise<void> {
    await this.#checked().replace(this.#checkedAtTheEnd(rows));
  }

  async purge(): Promise<void> {
    await this.#checked().purge();
  }

  async prune(before: PruneLimits): Promise<number> {
    return this.#checked().prune(before);
  }

  #checked(): Namespace {
    this.#check();
    return this.#namespace;
  }

  async *#checkedAtTheEnd(rows: AsyncIterable<readonly DumpRow[]>): AsyncGenerator<readonly DumpRow[]> {
    yield* rows;
    this.#check();
  }
}
