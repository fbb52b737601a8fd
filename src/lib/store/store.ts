import type { Status, Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';

/** Where facts rest. One store may hold many instances; whoever uses it sees one namespace at a time. */
export interface Store {
  /** How it is kept: a file, a server, or memory alone where this Node has no SQLite. */
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** The file, or `host:port/database`; never a user or a password. */
  readonly place: string;
  namespace(instanceId: string): Promise<Namespace>;
  /** Every namespace there is, also those of instances that nobody configures any more. */
  sizes(): Promise<NamespaceSize[]>;
  /** All that it takes up, in bytes. */
  bytes(): Promise<number>;
  /** Writes what is queued, then lets go of the file. */
  close(): Promise<void>;
}

/** The facts of one instance. Nothing here can name another instance. */
export interface Namespace {
  readonly instance_id: string;
  /** Every subject that was not forgotten, with its last fact: what a restart resumes from. */
  resume(): Promise<Resumed[]>;
  /**
   * Queues facts for the next batch and answers them with their `seq`, once they are safe against the end of this
   * process. Batches itself: a call while a batch is being written joins the next one.
   * Rejects with `store_failed`; then nothing of that batch was written.
   */
  append(settled: readonly Settled[]): Promise<Fact[]>;
  /** The subject goes on under another id; its facts stay its own. */
  rename(kind: Subject['kind'], from: string, to: string): Promise<void>;
  /** Removed in Home Assistant: not resumed any more; its facts stay until retention takes them. */
  forget(kind: Subject['kind'], id: string): Promise<void>;
  transitions(query: TransitionQuery): Promise<Fact[]>;
  /** The last fact a consumer (a monitor node) was told; null for one never seen. */
  told(consumer: string): Promise<number | null>;
  tell(consumer: string, seq: number): Promise<void>;
  dropConsumer(consumer: string): Promise<void>;
  /** Small notes of an instance on itself, e.g. the config entry ids it was last seen with. */
  note(key: string): Promise<string | null>;
  setNote(key: string, value: string): Promise<void>;
  /**
   * Everything of this namespace but the consumers' places, in portions, as it was at the first portion. Subjects come
   * before the transitions that name them. May be left early.
   */
  dump(): AsyncIterable<readonly DumpRow[]>;
  /**
   * Replaces all of it but the consumers' places by these rows: all or nothing, also when this process is killed
   * half-way. `rows` may be larger than memory, and may throw: then nothing has changed.
   */
  replace(rows: AsyncIterable<readonly DumpRow[]>): Promise<void>;
  /** Deletes all of it, the consumers' places too. */
  purge(): Promise<void>;
  /** Deletes facts older than the instant, in small batches; a subject's last fact stays. Answers how many went. */
  prune(before: number): Promise<number>;
}

export interface NamespaceSize {
  readonly instance_id: string;
  readonly subjects: number;
  readonly transitions: number;
  /** Estimated where rows of several namespaces share a table. */
  readonly bytes: number;
  /** When the newest fact was confirmed, epoch ms. */
  readonly newest: number | null;
}

/** One row of a dump, as it stands in a backup file. Column names as in the database; `subject_key` holds within one dump. */
export type DumpRow =
  | {
      readonly table: 'subjects';
      readonly subject_key: number;
      readonly kind: Subject['kind'];
      readonly id: string;
      readonly name: string;
      readonly domain: string | null;
      readonly device_id: string | null;
      readonly config_entry_id: string | null;
      readonly area_id: string | null;
      readonly registry_id: string | null;
      readonly forgotten: boolean;
    }
  | {
      readonly table: 'transitions';
      readonly seq: number;
      readonly subject_key: number;
      readonly since: number;
      readonly status: Status;
      readonly previous_status: Status | null;
      readonly state: string;
    }
  | { readonly table: 'notes'; readonly key: string; readonly value: string };

export interface Resumed {
  readonly subject: Subject;
  readonly status: Status;
  readonly state: string;
  readonly since: number;
}

export interface TransitionQuery {
  readonly kind?: Subject['kind'] | undefined;
  readonly id?: string | undefined;
  /** Facts confirmed in `[from, to)`, epoch ms. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Only facts after this `seq`. */
  readonly after?: number | undefined;
  /** Default 100, oldest first unless `newest_first`. */
  readonly limit?: number | undefined;
  readonly newest_first?: boolean | undefined;
}
