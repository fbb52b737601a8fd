import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What tells this Node-RED from others that share its store: the same over restarts, kept under the user directory. */
export function ownerId(userDir: string): string {
  const folder = join(userDir, 'caretaker');
  const file = join(folder, 'owner');
  const fresh = randomUUID();
  try {
    mkdirSync(folder, { recursive: true });
    // Whoever else is about to write it: one of us is the first.
    writeFileSync(file, `${fresh}\n`, { flag: 'wx' });
    return fresh;
  } catch {
    return remembered(file) ?? renewed(file, fresh);
  }
}

/** A crash may have left it empty. */
function renewed(file: string, fresh: string): string {
  try {
    writeFileSync(file, `${fresh}\n`);
  } catch {
    // Then each restart has another one.
  }
  return fresh;
}

/** Where it can be neither written nor read, a restart after a crash waits for its own lease to run out. */
function remembered(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
