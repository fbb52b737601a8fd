import type { Kind, Subject } from '../core/subject';
import { type SubjectColumns, subjectOf } from './dump-row';
import type { Answers, Call, ReadCall, WriteCall } from './request';
import type { Database, Value } from './schema';
import { statusCode, statusOf } from './schema';
import { instantOf, nextSeq } from './seq';
import { SQL } from './sql';
import { NO_FACTS, SqliteFacts, wellFormed } from './sqlite-facts';
import { SqliteLeases } from './sqlite-leases';
import { SqliteRecords } from './sqlite-records';
import { Staging } from './staging';
import { Statements } from './statements';

type Of<Op extends Call['op']> = Extract<Call, { op: Op }>;

/** What is remembered of an instance between batches, so that a fact costs one insert. */
interface Instance {
  readonly key: number;
  /** The newest `seq` given out. */
  seq: number;
  /** The highest subject key given out. */
  subjects: number;
  /** By kind and id: the subject's key, and what its row says, in one string. */
  readonly known: Map<string, { readonly key: number; readonly details: string }>;
}

/** What is read of an instance that was never written. */
const NOTHING: Pick<Answers, 'resume' | 'transitions' | 'records' | 'told' | 'note' | 'size'> = {
  resume: { resumed: [], after: null },
  transitions: NO_FACTS,
  records: [],
  told: null,
  note: null,
  size: { subjects: 0, transitions: 0, newest: null },
};

/** The statements over an open file. Whoever calls it minds the transactions. */
export class Ledger {
  readonly #sql: Statements['get'];
  readonly #staging: Staging;
  readonly #leases: SqliteLeases;
  readonly #records: SqliteRecords;
  readonly #facts: SqliteFacts;
  readonly #instances = new Map<string, Instance>();
  #dataVersion: unknown;

  constructor(db: Database) {
    const statements = new Statements(db);
    this.#sql = (text) => statements.get(text);
    this.#staging = new Staging(statements);
    this.#leases = new SqliteLeases(statements);
    this.#records = new SqliteRecords(statements);
    this.#facts = new SqliteFacts(statements);
  }

  /** Forgets what it remembers when a transaction was rolled back, or another process wrote to the file. */
  reset(): void {
    this.#instances.clear();
  }

  /** Call it inside a write transaction: then nobody else can write any more. */
  noticeOtherWriters(): void {
    const version = this.#sql('PRAGMA data_version').get()?.['data_version'];
    if (version !== this.#dataVersion) this.reset();
    this.#dataVersion = version;
  }

  /** @throws CaretakerError lease_lost */
  write(call: WriteCall): Answers[WriteCall['op']] {
    if (call.op === 'claim') return this.#leases.claim(call.claim);
    // Rows that nobody can reach are nobody's yet.
    if (call.op !== 'load' && call.op !== 'unstage') this.#leases.check(call.instance_id, call.token ?? null);
    switch (call.op) {
      case 'append':
        return this.#append(call);
      case 'rename':
        return this.#rename(call);
      case 'forget':
        return this.#forget(call);
      case 'put':
        return this.#put(call);
      case 'remove':
        this.#records.remove(this.#instance(call.instance_id).key, call.kind, call.id);
        return null;
      case 'pruneRecords':
        return this.#pruneRecords(call);
      case 'tell':
        this.#sql(SQL.tell).run(this.#instance(call.instance_id).key, call.consumer, call.seq);
        return null;
      case 'dropConsumer':
        this.#sql(SQL.dropConsumer).run(this.#instance(call.instance_id).key, call.consumer);
        return null;
      case 'setNote':
        this.#sql(SQL.setNote).run(this.#instance(call.instance_id).key, call.key, call.value);
        return null;
      case 'prune':
        return this.#prune(call);
      default:
        // Another key may stand for the instance now.
        this.reset();
        return this.#staging.write(call);
    }
  }

  /** Deletes a slice of what nobody can reach any more; false when nothing is left. */
  sweep(): boolean {
    return this.#staging.sweep();
  }

  read(call: Exclude<ReadCall, { op: 'dump' }>): Answers[ReadCall['op']] {
    if (call.op === 'instances') return this.#listed();
    const key = this.#sql(SQL.instance).get(call.instance_id)?.['instance_key'] as number | undefined;
    if (key === undefined) return NOTHING[call.op];
    switch (call.op) {
      case 'resume':
        return this.#resume(key, call);
      case 'transitions':
        return this.#facts.transitions(key, call.query);
      case 'records':
        return this.#records.find(key, call.query);
      case 'told':
        return (this.#sql(SQL.told).get(key, call.consumer)?.['seq'] as number) ?? null;
      case 'note':
        return (this.#sql(SQL.note).get(key, call.key)?.['value'] as string) ?? null;
      case 'size':
        return this.#size(key);
    }
  }

  #size(key: number): Answers['size'] {
    const seq = this.#sql(SQL.lastSeq).get(key)?.['seq'] as number | null;
    return {
      subjects: this.#sql(SQL.countSubjects).get(key)?.['rows'] as number,
      transitions: this.#sql(SQL.countTransitions).get(key)?.['rows'] as number,
      newest: seq === null ? null : instantOf(seq),
    };
  }

  #listed(): Answers['instances'] {
    const pragma = (name: string) => this.#sql(`PRAGMA ${name}`).get()?.[name] as number;
    const bytes = (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
    const ids = this.#sql(SQL.instances).all();
    return { ids: ids.map((row) => row['instance_id'] as string), bytes };
  }

  #instance(id: string): Instance {
    const remembered = this.#instances.get(id);
    if (remembered) return remembered;
    this.#sql(SQL.addInstance).run(id);
    const key = this.#sql(SQL.instance).get(id)?.['instance_key'] as number;
    const instance = {
      key,
      // What a consumer was told may be gone, when older rows took its place: what is new still comes after it.
      seq: Math.max(this.#highest(SQL.lastSeq, key), this.#highest(SQL.lastTold, key), this.#records.lastSeq(key)),
      subjects: (this.#sql(SQL.lastSubject).get(key)?.['subject_key'] as number | null) ?? 0,
      known: new Map(),
    };
    this.#instances.set(id, instance);
    return instance;
  }

  #highest(sql: string, key: number): number {
    return (this.#sql(sql).get(key)?.['seq'] as number | null) ?? 0;
  }

  #append({ instance_id, settled }: Of<'append'>): Float64Array {
    const instance = this.#instance(instance_id);
    const insert = this.#sql(SQL.append);
    const seqs = new Float64Array(settled.length);
    for (const [index, fact] of settled.entries()) {
      const subjectKey = this.#subject(instance, fact.subject);
      instance.seq = nextSeq(instance.seq, fact.at);
      seqs[index] = instance.seq;
      insert.run(
        instance.key,
        instance.seq,
        subjectKey,
        Math.floor(fact.since),
        statusCode(fact.status),
        fact.previous_status === null ? null : statusCode(fact.previous_status),
        fact.state,
      );
    }
    return seqs;
  }

  #put({ instance_id, record: { at, ...row } }: Pick<Of<'put'>, 'instance_id' | 'record'>): number {
    const instance = this.#instance(instance_id);
    instance.seq = nextSeq(instance.seq, at);
    this.#records.put(instance.key, { ...row, seq: instance.seq });
    return instance.seq;
  }

  /** The subject's key; its row is written only when something in it changed. */
  #subject(instance: Instance, subject: Subject): number {
    const id = wellFormed(subject.id);
    const handle = handleOf(subject.kind, id);
    const details = detailsOf(subject);
    const known = instance.known.get(handle);
    if (known?.details === details) return known.key;
    const row = known ? undefined : this.#sql(SQL.subject).get(instance.key, subject.kind, id);
    let key = known?.key ?? (row?.['subject_key'] as number | undefined);
    if (key === undefined) {
      instance.subjects += 1;
      key = instance.subjects;
      this.#sql(SQL.addSubject).run(instance.key, key, subject.kind, id, ...columnsOf(subject));
    } else if (known || row?.['forgotten'] !== 0 || detailsOf(subjectOf(row as SubjectColumns)) !== details) {
      this.#sql(SQL.setSubject).run(...columnsOf(subject), instance.key, key);
    }
    instance.known.set(handle, { key, details });
    return key;
  }

  #rename({ instance_id, kind, from, to }: Of<'rename'>): null {
    const instance = this.#instance(instance_id);
    const [old, next] = [wellFormed(from), wellFormed(to)];
    const row = this.#sql(SQL.subject).get(instance.key, kind, old);
    if (!row || old === next) return null;
    const displaced = this.#sql(SQL.subject).get(instance.key, kind, next)?.['subject_key'] as number | undefined;
    if (displaced !== undefined) {
      this.#call(instance, displaced, next, `${next}~${displaced}`);
      this.#sql(SQL.forgetSubject).run(instance.key, displaced);
    }
    this.#call(instance, row['subject_key'] as number, old, next);
    instance.known.delete(handleOf(kind, old));
    instance.known.delete(handleOf(kind, next));
    return null;
  }

  /** In what names it, too. */
  #call(instance: Instance, subject: number, old: string, next: string): void {
    this.#sql(SQL.renameSubject).run(next, instance.key, subject);
    const [from, to] = [JSON.stringify(old), JSON.stringify(next)];
    this.#sql(SQL.renameInRecords).run(from, to, instance.key, from);
  }

  #forget({ instance_id, kind, id, absence }: Of<'forget'>): null {
    const instance = this.#instance(instance_id);
    const row = this.#sql(SQL.subject).get(instance.key, kind, wellFormed(id));
    if (row) this.#sql(SQL.forgetSubject).run(instance.key, row['subject_key'] as number);
    instance.known.delete(handleOf(kind, wellFormed(id)));
    if (absence) this.#put({ instance_id, record: absence });
    return null;
  }

  #prune({ instance_id, before, after }: Of<'prune'>): Answers['prune'] {
    const instance = this.#instance(instance_id);
    const end = Math.ceil(before) * 1000;
    const cut = this.#sql(SQL.sliceEnd).get(instance.key, after, end)?.['seq'] as number | undefined;
    const { changes } = this.#sql(SQL.prune).run(instance.key, after, cut ?? end - 1);
    if (cut !== undefined) return { deleted: Number(changes), after: cut };
    if (this.#sql(SQL.dropSubjects).run(instance.key).changes) this.reset();
    return { deleted: Number(changes), after: null };
  }

  #pruneRecords({ instance_id, kinds, before }: Of<'pruneRecords'>): number {
    return this.#records.prune(this.#instance(instance_id).key, kinds, Math.ceil(before) * 1000);
  }

  #resume(key: number, { after, limit }: Of<'resume'>): Answers['resume'] {
    const rows = this.#sql(SQL.resume).all(key, after, limit);
    const resumed = rows.map((row) => ({
      subject: subjectOf(row as SubjectColumns),
      status: statusOf(row['status']),
      state: row['state'] as string,
      since: row['since'] as number,
    }));
    return { resumed, after: rows.length < limit ? null : (rows.at(-1)?.['subject_key'] as number) };
  }
}

function columnsOf(subject: Subject): Value[] {
  const { name, domain, device_id, config_entry_id, area_id, registry_id } = subject;
  return [name, domain ?? null, device_id ?? null, config_entry_id ?? null, area_id ?? null, registry_id ?? null];
}

function detailsOf({ name, domain, device_id, config_entry_id, area_id, registry_id }: Subject): string {
  return `${name}\n${domain ?? '\0'}\n${device_id ?? '\0'}\n${config_entry_id ?? '\0'}\n${area_id ?? '\0'}\n${registry_id ?? '\0'}`;
}

function handleOf(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
