import type { Status, Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';

/** Where facts rest. One store may hold many instances; whoever uses it sees one namespace at a time. */
export interface Store {
  /** How it is kept: a file, or memory alone where this Node has no SQLite. */
  readonly kind: 'sqlite' | 'memory';
  namespace(instanceId: string): Promise<Namespace>;
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
  /** Deletes facts older than the instant, in small batches; a subject's last fact stays. Answers how many went. */
  prune(before: number): Promise<number>;
}

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
