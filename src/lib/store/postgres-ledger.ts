import type { Kind, Subject } from '../core/subject';
import type { Settled } from '../core/transition';
import { type SubjectColumns, subjectOf, subjectRow } from './dump-row';
import { checkToken } from './lease';
import { storable, storableId, subjectArrays, textArray, transitionArrays } from './postgres-array';
import type { Query, Row } from './postgres-server';
import { SQL } from './postgres-sql';
import { nextSeq } from './seq';
import type { PruneLimits } from './store';
import { type NewRecordRow, type RecordKind, recordCode } from './stored-record';

/** Facts in one statement: making it holds the loop for about a millisecond. */
const STATEMENT_FACTS = 500;
/** Facts looked at in one go: tens of milliseconds, so that appends come between. */
const PRUNE_SLICE = 2000;
/** The same of records, which are larger. */
const RECORD_SLICE = 500;

interface Known {
  readonly key: number;
  /** What its row says, in one string; empty when that has to be written anyway. */
  readonly details: string;
}

/** What is remembered of an instance between transactions, so that a fact costs one row of an insert. */
interface Instance {
  readonly key: number;
  /** The newest `seq` given out. */
  seq: number;
  /** The highest subject key given out. */
  subjects: number;
  readonly known: Map<string, Known>;
}

/** Writes the rows of one instance. Every method runs inside a transaction that began with `begin`. */
export class PostgresLedger {
  readonly #instanceId: string;
  readonly #writer: string;
  #instance: Instance | undefined;
  #isHeld = false;
  /** As the transaction found it, and keeps it. */
  #lease: Parameters<typeof checkToken>[1];
  #token: number | null = null;

  /** @param writer whoever shares this memory of what is in the database, and nobody else */
  constructor(instanceId: string, writer: string) {
    this.#instanceId = instanceId;
    this.#writer = writer;
  }

  /** A transaction begins: whatever it does, it does with the instance's row locked. */
  begin(): void {
    this.#isHeld = false;
  }

  /** What comes next is written under this claim, or under none. */
  under(token: number | null): void {
    this.#token = token;
  }

  /** Forgets what it remembers: a transaction was rolled back. */
  reset(): void {
    this.#isHeld = false;
    this.#instance = undefined;
  }

  /** The `seq` of each fact, in order. */
  async append(query: Query, settled: readonly Settled[]): Promise<number[]> {
    const instance = await this.#hold(query);
    const seqs: number[] = [];
    for (let start = 0; start < settled.length; start += STATEMENT_FACTS) {
      const facts = settled.slice(start, start + STATEMENT_FACTS);
      const keys = await this.#subjects(
        query,
        instance,
        facts.map((fact) => fact.subject),
      );
      const given = facts.map((fact) => {
        instance.seq = nextSeq(instance.seq, fact.at);
        return instance.seq;
      });
      const rows = facts.map((fact, index) => ({ ...fact, seq: given[index] ?? 0, subject_key: keys[index] ?? 0 }));
      await query(SQL.append, [instance.key, ...transitionArrays(rows)]);
      for (const seq of given) seqs.push(seq);
    }
    return seqs;
  }

  async rename(query: Query, kind: Kind, from: string, to: string): Promise<void> {
    const instance = await this.#find(query);
    const [old, next] = [storableId(from), storableId(to)];
    if (!instance || old === next) return;
    const subject = await keyOf(query, instance, kind, old);
    if (subject === undefined) return;
    const displaced = await keyOf(query, instance, kind, next);
    if (displaced !== undefined) {
      await call(query, instance, displaced, next, storableId(`${next}~${displaced}`));
      await query(SQL.forgetSubject, [instance.key, displaced]);
    }
    await call(query, instance, subject, old, next);
    instance.known.delete(handleOf(kind, old));
    instance.known.delete(handleOf(kind, next));
  }

  async forget(query: Query, kind: Kind, id: string, absence?: NewRecordRow): Promise<void> {
    if (absence) await this.put(query, absence);
    const instance = await this.#find(query);
    if (!instance) return;
    const subject = await keyOf(query, instance, kind, storableId(id));
    if (subject === undefined) return;
    await query(SQL.forgetSubject, [instance.key, subject]);
    instance.known.delete(handleOf(kind, storableId(id)));
  }

  /** Its `seq`. */
  async put(query: Query, { kind, id, at, open, body }: NewRecordRow): Promise<number> {
    const instance = await this.#hold(query);
    instance.seq = nextSeq(instance.seq, at);
    await query(SQL.putRecord, [instance.key, recordCode(kind), id, instance.seq, open, body]);
    return instance.seq;
  }

  async remove(query: Query, kind: RecordKind, id: string): Promise<void> {
    const instance = await this.#find(query);
    if (instance) await query(SQL.removeRecord, [instance.key, recordCode(kind), id]);
  }

  /** How many went in this slice; 0 when all is done. */
  async pruneRecords(query: Query, kinds: keyof PruneLimits, before: number): Promise<number> {
    const instance = await this.#find(query);
    if (!instance) return 0;
    const end = Math.min(Math.ceil(before) * 1000, Number.MAX_SAFE_INTEGER);
    const sql = kinds === 'rollups' ? SQL.pruneRollups : SQL.pruneRecords;
    return (await query(sql, [instance.key, end, RECORD_SLICE])).count;
  }

  async tell(query: Query, consumer: string, seq: number): Promise<void> {
    await query(SQL.tell, [(await this.#hold(query)).key, storableId(consumer), seq]);
  }

  async dropConsumer(query: Query, consumer: string): Promise<void> {
    const instance = await this.#find(query);
    if (instance) await query(SQL.dropConsumer, [instance.key, storableId(consumer)]);
  }

  async setNote(query: Query, key: string, value: string): Promise<void> {
    await query(SQL.setNote, [(await this.#hold(query)).key, storableId(key), storable(value)]);
  }

  /** One slice; `after` is where the next one begins, null when all is done. */
  async prune(query: Query, before: number, after: number): Promise<{ deleted: number; after: number | null }> {
    const instance = await this.#find(query);
    if (!instance) return { deleted: 0, after: null };
    const end = Math.min(Math.ceil(before) * 1000, Number.MAX_SAFE_INTEGER);
    const slice = await query(SQL.sliceEnd, [instance.key, after, end, PRUNE_SLICE - 1]);
    const cut = slice.rows[0]?.['seq'] as number | undefined;
    const { count: deleted } = await query(SQL.prune, [instance.key, after, cut ?? end - 1]);
    if (cut !== undefined) return { deleted, after: cut };
    if ((await query(SQL.dropSubjects, [instance.key])).count > 0) instance.known.clear();
    return { deleted, after: null };
  }

  /** Nobody can name its rows any more; what is written next begins anew. */
  async cutOff(query: Query): Promise<void> {
    const instance = await this.#find(query);
    if (instance) await query(SQL.cutOff, [instance.key]);
    this.reset();
  }

  async #hold(query: Query): Promise<Instance> {
    let instance = await this.#find(query);
    // The row may be cut off, or added by another process, while we wait for it.
    while (!instance) {
      await query(SQL.addInstance, [this.#instanceId]);
      instance = await this.#find(query);
    }
    return instance;
  }

  /**
   * Keeps every other writer of the instance out until the transaction ends, so `seq` goes up whoever writes. The same
   * statement brings and locks the lease: who is fenced off writes nothing.
   * @throws CaretakerError lease_lost
   */
  async #find(query: Query): Promise<Instance | undefined> {
    if (!this.#isHeld && !(await this.#lock(query))) return undefined;
    checkToken(this.#instanceId, this.#lease, this.#token);
    return this.#instance;
  }

  async #lock(query: Query): Promise<boolean> {
    const row = (await query(SQL.lockInstance, [this.#instanceId])).rows[0];
    if (!row) return false;
    this.#lease = leaseOf(row);
    const key = row['instance_key'] as number;
    const isOurs = row['writer'] === this.#writer;
    if (this.#instance?.key !== key || !isOurs) this.#instance = await look(query, key);
    if (!isOurs) await query(SQL.takeInstance, [key, this.#writer]);
    this.#isHeld = true;
    return true;
  }

  /** The key of each subject; a row is written only when something in it changed. The latest of a subject counts. */
  async #subjects(query: Query, instance: Instance, subjects: readonly Subject[]): Promise<number[]> {
    const { known } = instance;
    const latest = new Map<string, Subject>();
    const handles = subjects.map((subject) => {
      const handle = handleOf(subject.kind, storableId(subject.id));
      latest.set(handle, subject);
      return handle;
    });
    const changed = [...latest].filter(([handle, subject]) => known.get(handle)?.details !== detailsOf(subject));
    const unknown = changed.filter(([handle]) => !known.has(handle)).map(([, subject]) => subject);
    await learn(query, instance, unknown);
    await put(
      query,
      instance,
      changed.filter(([handle, subject]) => known.get(handle)?.details !== detailsOf(subject)),
    );
    return handles.map((handle) => known.get(handle)?.key ?? 0);
  }
}

/** Undefined where nobody ever had a claim. */
export function leaseOf(row: Row | undefined): Parameters<typeof checkToken>[1] {
  const token = (row?.['token'] ?? null) as number | null;
  if (token === null) return undefined;
  return { token, label: row?.['label'] as string, held: row?.['held'] as boolean };
}

async function look(query: Query, key: number): Promise<Instance> {
  const highest = async (sql: string, column: string) =>
    ((await query(sql, [key])).rows[0]?.[column] as number | null) ?? 0;
  return {
    key,
    // What a consumer was told may be gone, when older rows took its place: what is new still comes after it.
    seq: Math.max(
      await highest(SQL.lastSeq, 'seq'),
      await highest(SQL.lastTold, 'seq'),
      await highest(SQL.lastRecord, 'seq'),
    ),
    subjects: await highest(SQL.lastSubject, 'subject_key'),
    known: new Map(),
  };
}

/** In what names it, too. */
async function call(query: Query, instance: Instance, subject: number, old: string, next: string): Promise<void> {
  await query(SQL.renameSubject, [instance.key, subject, next]);
  await query(SQL.renameInRecords, [instance.key, JSON.stringify(old), JSON.stringify(next)]);
}

async function keyOf(query: Query, instance: Instance, kind: Kind, id: string): Promise<number | undefined> {
  return (await query(SQL.subject, [instance.key, kind, id])).rows[0]?.['subject_key'] as number | undefined;
}

async function learn(query: Query, instance: Instance, subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0 || instance.subjects === 0) return;
  const kinds = textArray(subjects.map(({ kind }) => kind));
  const ids = textArray(subjects.map(({ id }) => storableId(id)));
  for (const row of (await query(SQL.subjects, [instance.key, kinds, ids])).rows) {
    const subject = subjectOf(row as unknown as SubjectColumns);
    const details = row['forgotten'] ? '' : detailsOf(subject);
    instance.known.set(handleOf(subject.kind, subject.id), { key: row['subject_key'] as number, details });
  }
}

async function put(query: Query, instance: Instance, changed: readonly (readonly [string, Subject])[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(([handle, subject]) => {
    const known = instance.known.get(handle);
    if (!known) instance.subjects += 1;
    const key = known?.key ?? instance.subjects;
    instance.known.set(handle, { key, details: detailsOf(subject) });
    return subjectRow(key, subject, false);
  });
  await query(SQL.putSubjects, [instance.key, ...subjectArrays(rows)]);
}

function detailsOf({ name, domain, device_id, config_entry_id, area_id, registry_id }: Subject): string {
  return `${name}\n${domain ?? '\0'}\n${device_id ?? '\0'}\n${config_entry_id ?? '\0'}\n${area_id ?? '\0'}\n${registry_id ?? '\0'}`;
}

function handleOf(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
