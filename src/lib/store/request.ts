import type { Kind } from '../core/subject';
import type { Settled } from '../core/transition';
import type { Claim, Claimed, DumpRow, NamespaceSize, PruneLimits, Resumed, TransitionQuery } from './store';
import type { NewRecordRow, RecordKind, RecordQuery, RecordRow } from './stored-record';

/** What the main thread asks of the worker that holds the file; `instance_id` names the one namespace it may touch. */
export type Call = WriteCall | ReadCall;

/** `token` is that of the claim it is written under. */
export type WriteCall = Write & { readonly token?: number | null };

type Write =
  /** `held`: the facts sent before as `part` belong to this call and come first. */
  | {
      readonly op: 'append';
      readonly instance_id: string;
      readonly settled: readonly Settled[];
      readonly held: boolean;
    }
  | {
      readonly op: 'rename';
      readonly instance_id: string;
      readonly kind: Kind;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly op: 'forget';
      readonly instance_id: string;
      readonly kind: Kind;
      readonly id: string;
      readonly absence: NewRecordRow | undefined;
    }
  | { readonly op: 'put'; readonly instance_id: string; readonly record: NewRecordRow }
  | { readonly op: 'remove'; readonly instance_id: string; readonly kind: RecordKind; readonly id: string }
  | { readonly op: 'tell'; readonly instance_id: string; readonly consumer: string; readonly seq: number }
  | { readonly op: 'dropConsumer'; readonly instance_id: string; readonly consumer: string }
  | { readonly op: 'setNote'; readonly instance_id: string; readonly key: string; readonly value: string }
  | { readonly op: 'prune'; readonly instance_id: string; readonly before: number; readonly after: number }
  | {
      readonly op: 'pruneRecords';
      readonly instance_id: string;
      readonly kinds: keyof PruneLimits;
      readonly before: number;
    }
  /** Begins a set of rows that nobody can reach before `swap` puts it in the place of the namespace's own. */
  | { readonly op: 'stage'; readonly instance_id: string; readonly stage: string }
  | {
      readonly op: 'load';
      readonly instance_id: string;
      readonly stage: string;
      readonly rows: readonly DumpRow[];
    }
  | { readonly op: 'swap'; readonly instance_id: string; readonly stage: string }
  | { readonly op: 'unstage'; readonly instance_id: string; readonly stage: string }
  | { readonly op: 'purge'; readonly instance_id: string }
  /** Of the instances it names itself. */
  | { readonly op: 'claim'; readonly instance_id: ''; readonly claim: Claim };

export type ReadCall =
  | { readonly op: 'resume'; readonly instance_id: string; readonly after: number; readonly limit: number }
  | { readonly op: 'transitions'; readonly instance_id: string; readonly query: TransitionQuery }
  | { readonly op: 'records'; readonly instance_id: string; readonly query: RecordQuery }
  | { readonly op: 'told'; readonly instance_id: string; readonly consumer: string }
  | { readonly op: 'note'; readonly instance_id: string; readonly key: string }
  /** `open` begins to read under a name, with the first rows; none are left when none come. */
  | {
      readonly op: 'dump';
      readonly instance_id: string;
      readonly dump: string;
      readonly step: 'open' | 'next' | 'close';
    }
  | { readonly op: 'size'; readonly instance_id: string }
  /** Asked of the file, not of a namespace. */
  | { readonly op: 'instances'; readonly instance_id: '' };

export interface Answers {
  /** The `seq` of each fact, in order. */
  append: Float64Array;
  rename: null;
  forget: null;
  /** Its `seq`. */
  put: number;
  remove: null;
  tell: null;
  dropConsumer: null;
  setNote: null;
  /** `after` is where the next slice begins; null when all is done. */
  prune: { readonly deleted: number; readonly after: number | null };
  /** How many went in this slice; 0 when all is done. */
  pruneRecords: number;
  /** `after` is where the next page begins; null when all is read. */
  resume: { readonly resumed: Resumed[]; readonly after: number | null };
  /** As `factsOf` takes them. */
  transitions: string;
  records: RecordRow[];
  told: number | null;
  note: string | null;
  stage: null;
  load: null;
  swap: null;
  unstage: null;
  purge: null;
  claim: Claimed[];
  dump: DumpRow[];
  size: Pick<NamespaceSize, 'subjects' | 'transitions' | 'newest'>;
  /** Unreachable ones too; `bytes` is what all rows and indexes take up. */
  instances: { readonly ids: string[]; readonly bytes: number };
}

/** Writes that come together are one transaction; a part waits in the worker for the append it belongs to. */
export type Message =
  | { readonly id: number; readonly writes: readonly WriteCall[] }
  | { readonly id: number; readonly read: ReadCall }
  | { readonly part: readonly Settled[] }
  | { readonly close: true };

export interface Failure {
  readonly code: 'store_failed' | 'store_newer' | 'lease_lost';
  readonly message: string;
  /** The file itself is damaged: it must be checked before it is used again. */
  readonly damaged: boolean;
  readonly cause: unknown;
}

export type Outcome = { readonly answer: Answers[keyof Answers] } | { readonly failure: Failure };

export type Reply =
  | { readonly opened: 'open' | 'no_sqlite' | Failure; readonly notices: readonly string[] }
  | { readonly id: number; readonly outcomes: readonly Outcome[] };

export interface WorkerData {
  readonly file: string;
  /** SQLite called the file damaged before: look at every page. */
  readonly suspect: boolean;
}
