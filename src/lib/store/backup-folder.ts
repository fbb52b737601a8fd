import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CaretakerError, describe } from '../error';
import { type BackupName, checkInstanceId, formatBackupName, isInstanceId, parseBackupName } from './backup-name';

export interface BackupInfo extends BackupName {
  readonly name: string;
  readonly bytes: number;
}

const UNFINISHED = '.unfinished';

/** The backups of one namespace. Takes plain names that it could have made itself, and leaves its folder never. */
export class BackupFolder {
  readonly instance_id: string;
  readonly path: string;

  constructor(folder: string, instanceId: string) {
    checkInstanceId(instanceId);
    this.instance_id = instanceId;
    this.path = join(folder, instanceId);
  }

  /** Newest first. */
  async list(): Promise<BackupInfo[]> {
    if (!(await this.#isThere())) return [];
    const names = await readdir(this.path).catch((error) => this.#fail('read', error));
    const found = await Promise.all(names.map((name) => this.#info(name)));
    return found.filter((info) => info !== null).sort(byAge);
  }

  async open(name: string): Promise<FileHandle> {
    await this.#existing(name);
    // Not on Windows, where a link takes special rights to make.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
    return open(join(this.path, name), flags).catch((error) => this.#fail('read', error));
  }

  async delete(name: string): Promise<void> {
    await this.#existing(name);
    await rm(join(this.path, name)).catch((error) => this.#fail('deleted', error));
  }

  /** A new file is there with all that `write` wrote, or not at all. The caller sees to it that one is made at a time. */
  async add(created_at: number, tag: string, write: (file: FileHandle) => Promise<unknown>): Promise<BackupInfo> {
    try {
      await mkdir(this.path, { recursive: true });
      await this.#isThere();
      await this.#removeUnfinished();
      const name = await this.#freeName(created_at, tag);
      await this.#write(name, write);
      return (await this.#info(name)) ?? this.#miss(name);
    } catch (error) {
      return this.#fail('written', error);
    }
  }

  async #write(name: string, write: (file: FileHandle) => Promise<unknown>): Promise<void> {
    const unfinished = join(this.path, name + UNFINISHED);
    const file = await open(unfinished, 'wx');
    try {
      await write(file);
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(unfinished, { force: true });
      throw error;
    }
    await file.close();
    await rename(unfinished, join(this.path, name));
    await this.#sync();
  }

  /** The name too is on the disk; Windows does that by itself, and opens no folder. */
  async #sync(): Promise<void> {
    const folder = await open(this.path, 'r').catch(() => null);
    await folder?.sync().catch(() => undefined);
    await folder?.close();
  }

  async #freeName(created_at: number, tag: string): Promise<string> {
    const second = Math.floor(created_at / 1000) * 1000;
    const numbers = (await this.list())
      .filter((info) => info.created_at === second && info.tag === tag)
      .map(({ number }) => number);
    const name = { instance_id: this.instance_id, created_at: second, tag, number: Math.max(0, ...numbers) + 1 };
    return formatBackupName(name);
  }

  async #removeUnfinished(): Promise<void> {
    for (const name of await readdir(this.path)) {
      const made = name.endsWith(UNFINISHED) && parseBackupName(name.slice(0, -UNFINISHED.length));
      if (made) await rm(join(this.path, name), { force: true });
    }
  }

  async #existing(name: string): Promise<BackupInfo> {
    const parsed = typeof name === 'string' ? parseBackupName(name) : null;
    if (parsed?.instance_id !== this.instance_id) {
      const shown = JSON.stringify(String(name).slice(0, 200));
      throw new CaretakerError('bad_input', `backup: ${shown} is not the name of a backup of ${this.instance_id}.`);
    }
    if (!(await this.#isThere())) return this.#miss(name);
    return (await this.#info(name)) ?? this.#miss(name);
  }

  async #info(name: string): Promise<BackupInfo | null> {
    const parsed = parseBackupName(name);
    if (parsed?.instance_id !== this.instance_id) return null;
    const file = await lstat(join(this.path, name)).catch(() => null);
    return file?.isFile() ? { ...parsed, name, bytes: file.size } : null;
  }

  /** A link in its place could lead anywhere. */
  async #isThere(): Promise<boolean> {
    const found = await lstat(this.path).catch(() => null);
    if (found && !found.isDirectory()) throw new CaretakerError('backup_failed', `${this.path} is not a folder.`);
    return found !== null;
  }

  #miss(name: string): never {
    throw new CaretakerError('backup_not_found', `There is no backup ${name} of ${this.instance_id}.`);
  }

  #fail(done: string, error: unknown): never {
    if (error instanceof CaretakerError) throw error;
    const message = `A backup in ${this.path} cannot be ${done}: ${describe(error)}. Check the disk and its rights.`;
    throw new CaretakerError('backup_failed', message, error);
  }
}

/** The ids under which there are backups, also of instances that nobody configures any more. */
export async function backedUpInstances(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const ids: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || !isInstanceId(entry.name)) continue;
    if ((await new BackupFolder(folder, entry.name).list()).length > 0) ids.push(entry.name);
  }
  return ids.sort();
}

function byAge(a: BackupInfo, b: BackupInfo): number {
  return b.created_at - a.created_at || b.number - a.number || (a.tag < b.tag ? -1 : 1);
}
