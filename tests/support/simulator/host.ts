import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import type { Faults } from './faults';
import type { User, Users } from './users';

/** One call this home got, over either wire. No token is ever kept. */
export interface RecordedCall {
  readonly via: 'ws' | 'rest';
  /** The command, or method and path. */
  readonly type: string;
  readonly payload: unknown;
  readonly who: User['group'] | null;
  /** Epoch ms. */
  readonly at: number;
}

/** What sessions and REST answers draw from. */
export interface Host {
  readonly core: SimulatedCore;
  readonly entries: Entries;
  readonly users: Users;
  readonly faults: Faults;
  readonly calls: RecordedCall[];
  /** Messages that may wait for a client that does not read; with one more it is put out. */
  readonly maxPending: number;
  restartSoon(): void;
}
