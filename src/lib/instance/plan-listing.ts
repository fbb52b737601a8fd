import { constants } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { CaretakerError } from '../error';
import { MOST_BYTES } from './plan-text';

export interface PlanListing {
  readonly files: readonly ListedFile[];
  /** What looks like a file of plans and is not read. */
  readonly refused: readonly { readonly name: string; readonly message: string }[];
}

export interface ListedFile {
  readonly name: string;
  /** Without links. */
  readonly path: string;
  /** Another one when the file was written or replaced. */
  readonly mark: string;
}

export interface RealFolder {
  readonly path: string;
  /** Another one when the folder was replaced. */
  readonly mark: string;
}

const MOST_FILES = 100;

/**
 * A folder without links; null when there is none.
 * @param within null: it may lie anywhere
 * @throws CaretakerError bad_input when it lies elsewhere
 */
export async function realFolder(folder: string, within: string | null): Promise<RealFolder | null> {
  try {
    const path = await realpath(folder);
    const { ino, birthtimeMs } = await stat(path);
    if (within !== null && !isWithin(path, await realpath(within))) {
      throw new CaretakerError('bad_input', 'it is a link to somewhere else');
    }
    return { path, mark: `${path}:${ino}:${birthtimeMs}` };
  } catch (thrown) {
    if (isGone(thrown)) return null;
    throw thrown;
  }
}

/** @param folder without links */
export async function listPlans(folder: string): Promise<PlanListing> {
  const all = await readdir(folder).catch((thrown: unknown) => {
    if (isGone(thrown)) return [];
    throw thrown;
  });
  const names = all.filter((name) => /^[^.].*\.ya?ml$/i.test(name)).sort();
  const files: ListedFile[] = [];
  const refused = names.slice(MOST_FILES).map((name) => ({ name, message: `is one more than ${MOST_FILES} files` }));
  for (const name of names.slice(0, MOST_FILES)) {
    const found = await examined(folder, name);
    if (typeof found === 'string') refused.push({ name, message: found });
    else if (found) files.push(found);
  }
  return { files, refused };
}

/** @returns why it is not read; null when it is gone meanwhile */
async function examined(folder: string, name: string): Promise<ListedFile | string | null> {
  const own = join(folder, name);
  try {
    const isLink = (await lstat(own)).isSymbolicLink();
    const path = isLink ? await realpath(own) : own;
    if (!isWithin(path, folder)) return 'is a link out of its folder';
    const found = await stat(path);
    if (!found.isFile()) return 'is no file';
    const { ino, size, mtimeMs, ctimeMs } = found;
    return { name, path, mark: `${path}:${ino}:${size}:${mtimeMs}:${ctimeMs}` };
  } catch (thrown) {
    if (isGone(thrown)) return null;
    throw thrown;
  }
}

/** Not more of it than shows that it is too long; null when it is gone meanwhile. */
export async function readListed({ path }: ListedFile): Promise<Uint8Array | null> {
  // Should it have become a link or a pipe since, it is not followed, nor waited for. Windows has neither flag.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((thrown: unknown) => {
    if (isGone(thrown)) return null;
    throw thrown;
  });
  if (!file) return null;
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } finally {
    await file.close();
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function isGone(thrown: unknown): boolean {
  const { code } = Object(thrown) as { code?: unknown };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
