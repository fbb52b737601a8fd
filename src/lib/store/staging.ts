import { CaretakerError } from '../error';
import type { Answers, WriteCall } from './request';
import type { Value } from './schema';
import { statusCode } from './schema';
import { SQL } from './sql';
import type { Statements } from './statements';
import type { DumpRow } from './store';
import { recordCode } from './stored-record';

type StagingCall = Extract<WriteCall, { op: 'stage' | 'load' | 'swap' | 'unstage' | 'purge' }>;

/**
 * Puts other rows in the place of a namespace's own: they come in under a key of their own, then the keys change places
 * in one short transaction. `~new~...` and `~old~...` stand in the place of an id that no instance can have.
 */
export class Staging {
  readonly #statements: Statements;
  /** By stage: the subjects it has. */
  readonly #subjects = new Map<string, Set<number>>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  write(call: StagingCall): Answers[StagingCall['op']] {
    if (call.op === 'purge') return this.#drop(call.instance_id);
    switch (call.op) {
      case 'stage':
        this.#sql(SQL.addInstance).run(call.stage);
        return null;
      case 'load':
        return this.#load(call.stage, call.rows);
      case 'swap':
        return this.#swap(call.instance_id, call.stage);
      case 'unstage':
        this.#subjects.delete(call.stage);
        return this.#drop(call.stage);
    }
  }

  /** Deletes a slice of what nobody can reach any more; false when nothing is left. */
  sweep(): boolean {
    const key = this.#sql(SQL.dropped).get()?.['instance_key'] as number | undefined;
    if (key === undefined) return false;
    if (this.#sql(SQL.sweepTransitions).run(key, key).changes) return true;
    if (this.#sql(SQL.sweepSubjects).run(key, key).changes) return true;
    if (this.#sql(SQL.sweepRecords).run(key).changes) return true;
    for (const sql of [SQL.sweepConsumers, SQL.sweepNotes, SQL.removeInstance]) this.#sql(sql).run(key);
    return true;
  }

  #sql(text: string) {
    return this.#statements.get(text);
  }

  #load(stage: string, rows: readonly DumpRow[]): null {
    const key = this.#keyOf(stage);
    const subjects = this.#subjects.get(stage) ?? new Set();
    this.#subjects.set(stage, subjects);
    for (const row of rows) {
      if (row.table === 'transitions' && !subjects.has(row.subject_key)) {
        throw new CaretakerError(
          'store_failed',
          `The fact ${row.seq} is of the subject ${row.subject_key}, which did not come.`,
        );
      }
      this.#insert(key, row);
      if (row.table === 'subjects') subjects.add(row.subject_key);
    }
    return null;
  }

  #insert(key: number, row: DumpRow): void {
    if (row.table === 'notes') this.#sql(SQL.loadNote).run(key, row.key, row.value);
    else if (row.table === 'records') {
      const { kind, id, seq, open, body } = row;
      this.#sql(SQL.loadRecord).run(key, recordCode(kind), id, seq, open ? 1 : 0, body);
    } else if (row.table === 'subjects') {
      const { kind, id, name, domain, device_id, config_entry_id, area_id, registry_id } = row;
      const columns: Value[] = [kind, id, name, domain, device_id, config_entry_id, area_id, registry_id];
      this.#sql(SQL.loadSubject).run(key, row.subject_key, ...columns, row.forgotten ? 1 : 0);
    } else {
      const previous = row.previous_status === null ? null : statusCode(row.previous_status);
      const { seq, subject_key, since, state } = row;
      this.#sql(SQL.append).run(key, seq, subject_key, since, statusCode(row.status), previous, state);
    }
  }

  #swap(instanceId: string, stage: string): null {
    const key = this.#keyOf(stage);
    const old = this.#sql(SQL.instance).get(instanceId)?.['instance_key'] as number | undefined;
    if (old !== undefined) this.#sql(SQL.moveConsumers).run(key, old);
    this.#drop(instanceId);
    this.#sql(SQL.renameInstance).run(instanceId, stage);
    this.#subjects.delete(stage);
    return null;
  }

  #drop(id: string): null {
    const key = this.#sql(SQL.instance).get(id)?.['instance_key'] as number | undefined;
    if (key !== undefined) this.#sql(SQL.renameInstance).run(`~old~${key}`, id);
    return null;
  }

  /** Whoever opens the file drops what is staged in it: rows that come later have nowhere to go. */
  #keyOf(stage: string): number {
    const key = this.#sql(SQL.instance).get(stage)?.['instance_key'] as number | undefined;
    if (key === undefined)
      throw new CaretakerError('store_failed', 'The store was opened anew while its rows were replaced.');
    return key;
  }
}
