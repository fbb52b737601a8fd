import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from '../../../src/lib/store/memory';
import { openStore } from '../../../src/lib/store/open';
import { backupContract } from './backup-contract';

describe('backups', () => {
  describe('of a store in memory', () => backupContract(async () => new MemoryStore()));

  describe('of a store in a SQLite file', () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'caretaker-store-'));
    });

    afterEach(() => rmSync(folder, { recursive: true }));

    backupContract(() => openStore({ file: join(folder, 'caretaker.sqlite'), log: () => {} }));
  });
});
