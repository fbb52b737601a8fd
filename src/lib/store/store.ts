import type { Status, Subject } from '../core/subject';
import type { Fact, Settled } from '../core/transition';
import type { NewRecord, RecordKind, RecordQuery, RecordRow, StoredRecord } from './stored-record';

/** Where facts rest. One store may hold many instances; whoever uses it sees one namespace at a time. */
export interface Store {
  /** How it is kept: a file, a server, or memory alone where this Node has no SQLite. */
  readonly kind: 'sqlite' | 'postgres' | 'memory';
  /** The file, or `host:port/database`; never a user or a password. */
  readonly place: string;
  namespace(instanceId: string): Promise<Namespace>;
  /** Claims namespaces, or renews the claims, by the store's own clock. One answer for each, in order. */
  claim(claim: Claim): Promise<Claimed[]>;
  /**
   * From now on what is written of the instance by way of this very store is refused with `lease_lost`, within the
   * transaction that would write it, unless the claim with this token is the newest. Without a token, or with none
   * ever set, it is refused while anybody has a claim. Reads need none.
   */
  fence(instanceId: string, token: number | null): void;
  /** Every namespace there is, also those of instances that nobody configures any more. */
  sizes(): Promise<NamespaceSize[]>;
  /** All that it takes up, in bytes. */
  bytes(): Promise<number>;
  /** Writes what is queued, then lets go of the file. */
  close(): Promise<void>;
}

/** A Node-RED, as far as those that share its store must know it. */
export interface Claimant {
  /** The same over its restarts. */
  readonly owner: string;
  /** One life of it: two that have the same `owner`, e.g. by a copied user directory, are still told apart. */
  readonly session: string;
  /** Shown to the users of the others; no secret. */
  readonly label: string;
}

export interface Claim {
  readonly claimant: Claimant;
  readonly instance_ids: readonly string[];
  /** How long it lasts unless renewed; next to nothing gives it up. */
  readonly lease_ms: number;
  /** Takes over at once what an earlier life of the same owner still has. */
  readonly resumes: boolean;
}

/** `until` is when the claim runs out, epoch ms by the store's clock. */
export type Claimed =
  /**
   * `token` grows whenever the namespace changes hands. `idle_ms` is for how long nobody has looked after it before; null
   * where nobody ever did.
   */
  | {
      readonly instance_id: string;
      readonly ok: true;
      readonly token: number;
      readonly until: number;
      readonly idle_ms: number | null;
    }
  /** `label` is that of who has it. */
  | { readonly instance_id: string; readonly ok: false; readonly label: string; readonly until: number };

/** The facts of one instance. Nothing here can name another instance. Who may write is said by `Store.fence`. */
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
  /**
   * No subject of the home any more: not resumed; its facts stay until retention takes them.
   * @param absence is put with it, or neither is
   */
  forget(kind: Subject['kind'], id: string, absence?: NewRecord): Promise<void>;
  transitions(query: TransitionQuery): Promise<Fact[]>;
  /**
   * Inserts it, or replaces the one of its kind and id. Once it is answered it is as safe as a transition; `at` in the
   * answer is that of its `seq`, and its body what JSON made of it.
   * Rejects with `bad_input` for a body that is no plain data, or above 1 MiB.
   */
  put(record: NewRecord): Promise<StoredRecord>;
  records(query: RecordQuery): Promise<StoredRecord[]>;
  remove(kind: RecordKind, id: string): Promise<void>;
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
  /**
   * Deletes what is older than its limit, in small batches; a subject's last fact stays, and so do open records and the
   * newest rollup, which the next one goes on from. Answers how many went.
   */
  prune(before: PruneLimits): Promise<number>;
}

/** Epoch ms; null keeps them for ever. */
export interface PruneLimits {
  /** Of transitions, and of records of every kind but rollups. */
  readonly facts: number | null;
  readonly rollups: number | null;
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
  | { readonly table: 'notes'; readonly key: string; readonly value: string }
  /** Those of one kind in the order of their `seq`. */
  | ({ readonly table: 'records' } & RecordRow);

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
