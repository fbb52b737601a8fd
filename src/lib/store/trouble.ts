import { CaretakerError, describe } from '../error';
import type { Failure } from './request';

/** SQLite's primary result codes. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const REMEDIES = new Map([
  [BUSY, 'Another program holds it: end that program, or choose another file.'],
  [LOCKED, 'Another program holds it: end that program, or choose another file.'],
  [READONLY, 'It can only be read: let the user that runs Node-RED write the file and its folder.'],
  [IOERR, 'The disk does not do as told: check the disk and the free space on it.'],
  [CORRUPT, 'The file is damaged: it is checked, and set aside if need be, when it is opened next.'],
  [FULL, 'The disk is full: free some space.'],
  [CANTOPEN, 'It cannot be opened: see that its folder exists and that the user that runs Node-RED may write there.'],
  [NOTADB, 'The file is damaged: it is checked, and set aside if need be, when it is opened next.'],
]);

export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === CORRUPT || code === NOTADB;
}

/** What went wrong with the file, and what to do about it. */
export function failureOf(error: unknown, file: string): Failure {
  if (error instanceof CaretakerError) {
    const { code, message } = error;
    if (code === 'store_failed' || code === 'store_newer' || code === 'lease_lost') {
      return { code, message, damaged: false, cause: undefined };
    }
  }
  const remedy = REMEDIES.get(resultCode(error) ?? -1) ?? remedyOfFolder(error);
  const message = `The store ${file} failed: ${describe(error)}.${remedy ? ` ${remedy}` : ''}`;
  return { code: 'store_failed', message, damaged: isDamage(error), cause: error };
}

function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  // The upper bytes of an extended code tell the kind of the same trouble.
  return Number(error.errcode) & 0xff;
}

/** An error of the file system rather than of SQLite: the folder could not be made, or the file not be set aside. */
function remedyOfFolder(error: unknown): string | undefined {
  const isSystem = typeof error === 'object' && error !== null && 'syscall' in error;
  return isSystem ? REMEDIES.get(CANTOPEN) : undefined;
}
