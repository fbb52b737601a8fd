import type { Kind, Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import { checkInstants, instantOf, nextSeq } from './seq';
import type { Namespace, Resumed, Store, TransitionQuery } from './store';

/** The newest facts kept of each instance. */
const MAX_FACTS = 10_000;

interface Row {
  subject: Subject;
  forgotten: boolean;
  last: Kept | undefined;
}

interface Kept {
  readonly row: Row;
  readonly seq: number;
  readonly settled: Settled;
  /** When the status before began; unknown when that fact is gone. */
  previousSince: number | undefined;
  next: Kept | undefined;
}

/** What a store is where this Node has no SQLite: as long-lived as the process. */
export class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #namespaces = new Map<string, MemoryNamespace>();

  async namespace(instanceId: string): Promise<Namespace> {
    const namespace = this.#namespaces.get(instanceId) ?? new MemoryNamespace(instanceId);
    this.#namespaces.set(instanceId, namespace);
    return namespace;
  }

  async close(): Promise<void> {}
}

class MemoryNamespace implements Namespace {
  readonly instance_id: string;
  /** By kind and id, in the order they came. */
  readonly #rows = new Map<string, Row>();
  #kept: Kept[] = [];
  #seq = 0;
  #displaced = 0;
  readonly #consumers = new Map<string, number>();
  readonly #notes = new Map<string, string>();

  constructor(instanceId: string) {
    this.instance_id = instanceId;
  }

  async resume(): Promise<Resumed[]> {
    const resumed: Resumed[] = [];
    for (const { subject, forgotten, last } of this.#rows.values()) {
      if (forgotten || !last) continue;
      const { status, state, since } = last.settled;
      resumed.push({ subject: { ...subject }, status, state, since });
    }
    return resumed;
  }

  async append(settled: readonly Settled[]): Promise<Fact[]> {
    for (const fact of settled) checkInstants(fact);
    const facts = settled.map((fact) => this.#keep(fact));
    for (const kept of this.#kept.splice(0, this.#kept.length - MAX_FACTS)) loosen(kept);
    return facts;
  }

  async rename(kind: Kind, from: string, to: string): Promise<void> {
    const row = this.#rows.get(handleOf(kind, from));
    if (!row || from === to) return;
    const displaced = this.#rows.get(handleOf(kind, to));
    if (displaced) {
      this.#displaced += 1;
      displaced.forgotten = true;
      this.#move(displaced, `${to}~${this.#displaced}`);
    }
    this.#move(row, to);
  }

  async forget(kind: Kind, id: string): Promise<void> {
    const row = this.#rows.get(handleOf(kind, id));
    if (row) row.forgotten = true;
  }

  async transitions(query: TransitionQuery): Promise<Fact[]> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, after = Number.NEGATIVE_INFINITY } = query;
    const found = this.#kept.filter(
      ({ seq, row: { subject } }) =>
        seq > after &&
        seq >= from * 1000 &&
        seq < to * 1000 &&
        (query.kind === undefined || query.kind === subject.kind) &&
        (query.id === undefined || query.id === subject.id),
    );
    if (query.newest_first) found.reverse();
    return found.slice(0, query.limit ?? 100).map(factOf);
  }

  async told(consumer: string): Promise<number | null> {
    return this.#consumers.get(consumer) ?? null;
  }

  async tell(consumer: string, seq: number): Promise<void> {
    this.#consumers.set(consumer, seq);
  }

  async dropConsumer(consumer: string): Promise<void> {
    this.#consumers.delete(consumer);
  }

  async note(key: string): Promise<string | null> {
    return this.#notes.get(key) ?? null;
  }

  async setNote(key: string, value: string): Promise<void> {
    this.#notes.set(key, value);
  }

  async prune(before: number): Promise<number> {
    const stays = (kept: Kept) => kept.seq >= before * 1000 || (kept.row.last === kept && !kept.row.forgotten);
    const gone = this.#kept.filter((kept) => !stays(kept));
    this.#kept = this.#kept.filter(stays);
    for (const kept of gone) {
      loosen(kept);
      if (kept.row.last === kept) this.#rows.delete(handleOf(kept.row.subject.kind, kept.row.subject.id));
    }
    return gone.length;
  }

  #keep(settled: Settled): Fact {
    const { kind, id } = settled.subject;
    const row = this.#rows.get(handleOf(kind, id)) ?? { subject: settled.subject, forgotten: false, last: undefined };
    this.#rows.set(handleOf(kind, id), row);
    row.subject = { ...settled.subject };
    row.forgotten = false;
    this.#seq = nextSeq(this.#seq, settled.at);
    const kept: Kept = { row, seq: this.#seq, settled, previousSince: row.last?.settled.since, next: undefined };
    if (row.last) row.last.next = kept;
    row.last = kept;
    this.#kept.push(kept);
    return { ...settled, subject: { ...row.subject }, at: instantOf(kept.seq), seq: kept.seq };
  }

  #move(row: Row, id: string): void {
    this.#rows.delete(handleOf(row.subject.kind, row.subject.id));
    row.subject.id = id;
    this.#rows.set(handleOf(row.subject.kind, id), row);
  }
}

/** The fact goes: the one after it no longer knows how long it lasted. */
function loosen(kept: Kept): void {
  if (kept.next) kept.next.previousSince = undefined;
}

function factOf({ row, seq, settled, previousSince }: Kept): Fact {
  const { status, previous_status, state, since } = settled;
  const seconds =
    previous_status === null || previousSince === undefined ? null : Math.max(0, since - previousSince) / 1000;
  const subject = { ...row.subject };
  return { subject, status, previous_status, state, at: instantOf(seq), since, seconds, seq };
}

function handleOf(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
