import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openStore } from '../../../src/lib/store/open';
import { MIGRATIONS, migrate } from '../../../src/lib/store/schema';
import { dumpOf } from './contract';

const VERSION_1 = `
  INSERT INTO instances VALUES (1, 'home'), (2, 'home_2');
  INSERT INTO subjects VALUES
    (1, 1, 'entity', 'light.a', 'A', 'light', 'd1', 'c1', 'attic', 'r1', 0),
    (1, 2, 'device', 'd1', 'Bridge', NULL, NULL, NULL, NULL, NULL, 1),
    (2, 1, 'entity', 'light.a', 'Other', NULL, NULL, NULL, NULL, NULL, 0);
  INSERT INTO transitions VALUES
    (1, 1795392000000000, 1, 1795391999000, 0, NULL, 'on'),
    (1, 1795392000001000, 2, 1795392000001, 4, 1, ''),
    (2, 1795392000000000, 1, 1795392000000, 3, 2, 'x');
  INSERT INTO consumers VALUES (1, 'monitor', 1795392000000000);
  INSERT INTO notes VALUES (1, 'entry_ids', '["c1"]');
`;

const VERSION_2 = `${VERSION_1}
  INSERT INTO leases VALUES ('home', 7, 1795392000000, 60000, 's', 'o', 'pi /data');
`;

/** One row a version: rows as that version wrote them. They are read by the newest. */
const WRITTEN: readonly { readonly version: number; readonly rows: string }[] = [
  { version: 1, rows: VERSION_1 },
  {
    version: 2,
    rows: VERSION_2,
  },
  {
    version: 3,
    rows: `${VERSION_2} INSERT INTO records VALUES (1, 1, 'i1', 1795392000002000, 1, '{"a":[]}');`,
  },
];

const nothing = { domain: null, device_id: null, config_entry_id: null, area_id: null, registry_id: null };
const light = { domain: 'light', device_id: 'd1', config_entry_id: 'c1', area_id: 'attic', registry_id: 'r1' };
const EXPECTED = {
  home: [
    { table: 'subjects', subject_key: 1, kind: 'entity', id: 'light.a', name: 'A', ...light, forgotten: false },
    { table: 'subjects', subject_key: 2, kind: 'device', id: 'd1', name: 'Bridge', ...nothing, forgotten: true },
    fact(1795392000000000, 1, 1795391999000, 'available', null, 'on'),
    fact(1795392000001000, 2, 1795392000001, 'missing', 'unavailable', ''),
    { table: 'notes', key: 'entry_ids', value: '["c1"]' },
  ],
  home_2: [
    { table: 'subjects', subject_key: 1, kind: 'entity', id: 'light.a', name: 'Other', ...nothing, forgotten: false },
    fact(1795392000000000, 1, 1795392000000, 'stale', 'unknown', 'x'),
  ],
};

const RECORD = { table: 'records', kind: 'incident', id: 'i1', seq: 1795392000002000, open: true, body: '{"a":[]}' };

function fact(seq: number, key: number, since: number, status: string, previous_status: string | null, state: string) {
  return { table: 'transitions', seq, subject_key: key, since, status, previous_status, state };
}

describe('a SQLite file of an earlier version', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-migrations-'));
    file = join(folder, 'caretaker.sqlite');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function raw<T>(path: string, use: (db: DatabaseSync) => T): T {
    const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(path);
    try {
      return use(db);
    } finally {
      db.close();
    }
  }

  const versionOf = (path: string) => raw(path, (db) => db.prepare('PRAGMA user_version').get()?.['user_version']);

  it('has a row here for each version there is', () => {
    assert.deepEqual(
      WRITTEN.map(({ version }) => version),
      MIGRATIONS.map((_, index) => index + 1),
    );
  });

  for (const { version, rows } of WRITTEN) {
    it(`version ${version} is read whole, and kept as it was before each step`, async () => {
      raw(file, (db) => {
        migrate(db, file, MIGRATIONS.slice(0, version));
        db.exec(rows);
      });
      assert.equal(versionOf(file), version);
      const store = await openStore({ file, log: () => {} });
      for (const [id, expected] of Object.entries(EXPECTED)) {
        const records = id === 'home' && version >= 3 ? [RECORD] : [];
        assert.deepEqual(await dumpOf(await store.namespace(id)), [...expected, ...records]);
      }
      const home = await store.namespace('home');
      assert.equal(await home.told('monitor'), 1795392000000000);
      assert.equal((await home.resume()).length, 1);
      const claimant = { owner: 'p', session: 't', label: 'pi' };
      const [claimed] = await store.claim({ claimant, instance_ids: ['home'], lease_ms: 1, resumes: false });
      assert.equal(claimed?.ok && claimed.token, version < 2 ? 1 : 8);
      const newer = await (await store.namespace('home_2')).put({
        kind: 'attempt',
        id: 'a',
        at: 0,
        open: true,
        body: 1,
      });
      assert.deepEqual([newer.seq, newer.body], [1795392000000001, 1]);
      await store.close();
      assert.equal(versionOf(file), MIGRATIONS.length);
      const steps = Array.from({ length: MIGRATIONS.length - version }, (_, step) => version + step);
      assert.deepEqual(readdirSync(folder), [
        'caretaker.sqlite',
        ...steps.map((from) => `caretaker.sqlite.version-${from}`),
      ]);
      for (const from of steps) assert.equal(versionOf(`${file}.version-${from}`), from);
    });
  }
});
