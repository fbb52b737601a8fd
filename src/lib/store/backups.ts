import type { FileHandle } from 'node:fs/promises';
import { CaretakerError, describe } from '../error';
import { type BackupContents, backupHeader, readBackup, writeBackup } from './backup-file';
import { BackupFolder, type BackupInfo } from './backup-folder';
import { checkTag } from './backup-name';
import type { DumpRow, Namespace, Store } from './store';
import { inTurn } from './turns';

const KEPT = 5;
/** The note with a home's fingerprint: it says which Home Assistant this is, so it stays with its home. */
const FINGERPRINT = 'entry_ids';

export interface BackupsOptions {
  /** `caretaker/backups` under the Node-RED user directory. */
  readonly folder: string;
  readonly namespace: Namespace;
  readonly kind: Store['kind'];
  /** How many of each tag are kept; all of them when 0. */
  readonly keep?: number | undefined;
  /** Told in a sentence what the user should know. */
  readonly log: (message: string) => void;
  /** Epoch ms. */
  readonly now?: (() => number) | undefined;
}

export interface Restored extends BackupContents {
  /** What was there before. */
  readonly safety: BackupInfo;
}

/** The backups of one namespace: what is read or written is its own, but for an import. */
export class Backups {
  readonly #own: BackupFolder;
  readonly #options: BackupsOptions;
  readonly #keep: number;

  constructor(options: BackupsOptions) {
    this.#options = options;
    this.#own = new BackupFolder(options.folder, options.namespace.instance_id);
    this.#keep = options.keep ?? KEPT;
    checkKeep(this.#keep);
  }

  /** Then prunes those of the same tag. */
  async create(tag: string): Promise<BackupInfo> {
    checkTag(tag);
    return this.#inTurn(() => this.#create(tag));
  }

  /** Newest first. */
  list(): Promise<BackupInfo[]> {
    return this.#own.list();
  }

  /** What could be imported from another namespace. */
  async listOther(instanceId: string): Promise<BackupInfo[]> {
    return this.#other(instanceId).list();
  }

  /** Reads all of it; rejects with what is wrong. @param from another namespace, whose backup it is; null is this one */
  async verify(name: string, from: string | null = null): Promise<BackupContents> {
    return reading(from === null ? this.#own : this.#other(from), name, contentsOf);
  }

  /** All or nothing: the namespace is as it was in the backup, or as it is now. */
  restore(name: string): Promise<Restored> {
    return this.#inTurn(() => reading(this.#own, name, (rows) => this.#put(rows, (all) => all, name)));
  }

  /** As `restore`, from a backup of another namespace, which is only read. What says which home this is stays. */
  async importFrom(instanceId: string, name: string): Promise<Restored> {
    const other = this.#other(instanceId);
    return this.#inTurn(async () => {
      const fingerprint = await this.#options.namespace.note(FINGERPRINT);
      const adopt = (rows: AsyncIterable<DumpRow[]>) => adopted(rows, instanceId, this.#own.instance_id, fingerprint);
      return reading(other, name, (rows) => this.#put(rows, adopt, null));
    });
  }

  /** What is there becomes what `change` makes of it, once a backup of it was made: all or nothing. */
  async rewrite(
    tag: string,
    change: (rows: AsyncIterable<readonly DumpRow[]>) => AsyncIterable<readonly DumpRow[]>,
  ): Promise<BackupInfo> {
    checkTag(tag);
    return this.#inTurn(async () => {
      const { namespace } = this.#options;
      const backup = await this.#create(tag);
      await namespace.replace(change(namespace.dump()));
      return backup;
    });
  }

  delete(name: string): Promise<void> {
    return this.#inTurn(() => this.#own.delete(name));
  }

  /** Deletes all but the newest of a tag, or of each tag; answers their names. */
  async prune(tag: string | null = null, keep: number = this.#keep): Promise<string[]> {
    if (tag !== null) checkTag(tag);
    checkKeep(keep);
    return this.#inTurn(() => this.#prune(tag, keep, []));
  }

  /** Deletes what the namespace holds, once a backup of it was made and read again. Its backups stay. */
  purge(): Promise<BackupInfo> {
    return this.#inTurn(async () => {
      const backup = await this.#create('before-purge');
      await this.verify(backup.name);
      await this.#options.namespace.purge();
      return backup;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(this.#own.path, work);
  }

  #other(instanceId: string): BackupFolder {
    if (instanceId !== this.#own.instance_id) return new BackupFolder(this.#options.folder, instanceId);
    throw new CaretakerError('bad_input', `instance_id: ${instanceId} is this very instance: restore it instead.`);
  }

  /** `spared` is not pruned, whatever its age. */
  async #create(tag: string, spared: string | null = null): Promise<BackupInfo> {
    const { namespace, kind, now = Date.now, log } = this.#options;
    const at = now();
    const header = backupHeader(namespace.instance_id, at, tag, kind);
    const made = await this.#own.add(at, tag, (file) => writeBackup(file, header, namespace.dump()));
    // The backup is there: that an old one could not go is no reason to call it a failure.
    await this.#prune(tag, this.#keep, [made.name, spared]).catch((error) => log(describe(error)));
    return made;
  }

  async #put(
    read: () => AsyncGenerator<DumpRow[], BackupContents>,
    change: (rows: AsyncIterable<DumpRow[]>) => AsyncIterable<DumpRow[]>,
    spared: string | null,
  ): Promise<Restored> {
    const contents = await contentsOf(read);
    const safety = await this.#create('before-restore', spared);
    // Reads it once more, and throws at the end of it should it have changed meanwhile.
    await this.#options.namespace.replace(change(read()));
    return { ...contents, safety };
  }

  async #prune(tag: string | null, keep: number, spared: readonly (string | null)[]): Promise<string[]> {
    if (keep === 0) return [];
    const seen = new Map<string, number>();
    const gone: string[] = [];
    for (const info of await this.#own.list()) {
      if (tag !== null && info.tag !== tag) continue;
      const rank = (seen.get(info.tag) ?? 0) + 1;
      seen.set(info.tag, rank);
      if (rank <= keep || spared.includes(info.name)) continue;
      await this.#own.delete(info.name);
      gone.push(info.name);
    }
    return gone;
  }
}

/** The file stays the same one from its check to its last row, even if its name goes meanwhile. */
async function reading<T>(
  folder: BackupFolder,
  name: string,
  use: (read: () => AsyncGenerator<DumpRow[], BackupContents>) => Promise<T>,
): Promise<T> {
  const file: FileHandle = await folder.open(name);
  try {
    return await use(() => readBackup(file, name, folder.instance_id));
  } finally {
    await file.close();
  }
}

async function contentsOf(read: () => AsyncGenerator<DumpRow[], BackupContents>): Promise<BackupContents> {
  const rows = read();
  let step = await rows.next();
  while (!step.done) step = await rows.next();
  return step.value;
}

/** The rows of another namespace as this one's own. */
async function* adopted(
  rows: AsyncIterable<DumpRow[]>,
  from: string,
  to: string,
  fingerprint: string | null,
): AsyncGenerator<DumpRow[]> {
  for await (const portion of rows) {
    const mine = portion.filter((row) => row.table !== 'notes' || row.key !== FINGERPRINT);
    yield mine.map((row) => {
      if (row.table === 'records') return { ...row, body: rehomed(row.body, from, to) };
      const isHome = row.table === 'subjects' && row.kind === 'instance' && row.id === from;
      return isHome ? { ...row, id: to } : row;
    });
  }
  if (fingerprint !== null) yield [{ table: 'notes', key: FINGERPRINT, value: fingerprint }];
}

/** Wherever the body of a record names the home itself. */
function rehomed(body: string, from: string, to: string): string {
  if (!body.includes('"instance"')) return body;
  return JSON.stringify(JSON.parse(body), (_key, value: unknown) => {
    const { kind, id } = Object(value) as { kind?: unknown; id?: unknown };
    return kind === 'instance' && id === from ? { ...(value as object), id: to } : value;
  });
}

function checkKeep(keep: number): void {
  if (Number.isSafeInteger(keep) && keep >= 0) return;
  throw new CaretakerError('bad_input', 'keep: how many backups of a tag are kept must be 0 or more.');
}
