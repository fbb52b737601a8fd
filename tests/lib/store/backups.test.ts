import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MemoryStore } from '../../../src/lib/store/memory';
import { openStore } from '../../../src/lib/store/open';
import { backupContract } from './backup-contract';

/** Backs up, verifies and restores facts that come as they are asked for and go as they are given. */
const LARGE = `
  const { parentPort, workerData: { file, folder, facts } } = require('node:worker_threads');
  const { Backups } = require(file);
  async function* dump() {
    yield [{ table: 'subjects', subject_key: 1, kind: 'entity', id: 'light.a', name: 'A', domain: null, device_id: null,
      config_entry_id: null, area_id: null, registry_id: null, forgotten: false }];
    for (let seq = 0; seq < facts; seq += 1000) {
      yield Array.from({ length: 1000 }, (_, at) => ({ table: 'transitions', seq: seq + at, subject_key: 1, since: seq,
        status: 'available', previous_status: 'unavailable', state: String(seq + at).padStart(200, 'x') }));
    }
  }
  const put = { rows: 0 };
  const replace = async (rows) => { for await (const portion of rows) put.rows += portion.length; };
  const namespace = { instance_id: 'home', note: async () => null, dump, replace };
  const backups = new Backups({ folder, namespace, kind: 'sqlite', log: () => {} });
  (async () => {
    const { name } = await backups.create('large');
    await backups.verify(name);
    await backups.restore(name);
    parentPort.postMessage(put.rows);
  })();
`;

describe('backups', () => {
  it('of more than fits into memory are streamed', async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'caretaker-backups-'));
    const facts = 200_000;
    const file = require.resolve('../../../src/lib/store/backups');
    // All rows at once would take up more than three times of this.
    const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 };
    const worker = new Worker(LARGE, { eval: true, workerData: { file, folder, facts }, resourceLimits });
    try {
      const [rows] = await once(worker, 'message');
      assert.equal(rows, facts + 1);
    } finally {
      await worker.terminate();
      rmSync(folder, { recursive: true });
    }
  });

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
