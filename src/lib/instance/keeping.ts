import type { Backups } from '../store/backups';
import type { Store } from '../store/store';

/** What an instance keeps on disk, for whoever looks after that. */
export interface Keeping {
  readonly store: Store;
  readonly backups: Backups;
  /** The folder with the backups of all instances. */
  readonly folder: string;
  /** The backups of another namespace of the same store. */
  backupsOf(instanceId: string): Promise<Backups>;
  /** Runs work that replaces the facts while nobody watches; then watching begins anew from what is stored. */
  withoutWatching<T>(work: () => Promise<T>): Promise<T>;
}
