import { CaretakerError } from '../error';
import { seqRange } from './seq';
import type { PruneLimits } from './store';
import { isRollup, RECORD_KINDS, type RecordKind, type RecordQuery, type RecordRow } from './stored-record';

/** The newest of each kind kept of an instance, besides the open ones. */
const MAX_ENDED = 2_000;

/** The records of one instance in memory. */
export class MemoryRecords {
  /** By kind and id, each kind in the order of `seq`. */
  readonly #kinds = new Map<RecordKind, Map<string, RecordRow>>(RECORD_KINDS.map((kind) => [kind, new Map()]));

  put(row: RecordRow): void {
    const rows = this.#of(row.kind);
    rows.delete(row.id);
    rows.set(row.id, row);
    this.#trim(rows);
  }

  /** @throws CaretakerError store_failed when it came before, or is out of order */
  load(row: RecordRow): void {
    const rows = this.#of(row.kind);
    const last = [...rows.values()].at(-1)?.seq ?? -1;
    if (rows.has(row.id) || row.seq <= last) {
      throw new CaretakerError('store_failed', `The ${row.kind} ${row.id} came twice, or out of order.`);
    }
    this.put(row);
  }

  remove(kind: RecordKind, id: string): void {
    this.#of(kind).delete(id);
  }

  /** In what names a subject. */
  rename(from: string, to: string): void {
    const [old, next] = [JSON.stringify(from), JSON.stringify(to)];
    for (const [kind, rows] of this.#kinds) {
      if (isRollup(kind)) continue;
      for (const row of rows.values()) rows.set(row.id, { ...row, body: row.body.replaceAll(old, () => next) });
    }
  }

  find(query: RecordQuery): RecordRow[] {
    const { low, high, limit } = seqRange(query);
    const found = [...this.#of(query.kind).values()].filter(
      ({ id, seq, open }) =>
        seq >= low &&
        seq < high &&
        (query.id === undefined || query.id === id) &&
        (query.open === undefined || query.open === open),
    );
    if (query.newest_first) found.reverse();
    return found.slice(0, limit);
  }

  /** Answers how many went. */
  prune(before: PruneLimits): number {
    const newest = [...this.#of('rollup').values()].at(-1);
    const isOld = (row: RecordRow) => {
      const limit = isRollup(row.kind) ? before.rollups : before.facts;
      return limit !== null && row.seq < Math.ceil(limit) * 1000 && row !== newest;
    };
    const gone = this.all().filter((row) => !row.open && isOld(row));
    for (const { kind, id } of gone) this.remove(kind, id);
    return gone.length;
  }

  /** In the order of a dump. */
  all(): RecordRow[] {
    return RECORD_KINDS.flatMap((kind) => [...this.#of(kind).values()]);
  }

  #of(kind: RecordKind): Map<string, RecordRow> {
    return this.#kinds.get(kind) ?? new Map();
  }

  #trim(rows: Map<string, RecordRow>): void {
    if (rows.size <= MAX_ENDED) return;
    for (const { id, open } of rows.values()) {
      if (rows.size <= MAX_ENDED) return;
      if (!open) rows.delete(id);
    }
  }
}
