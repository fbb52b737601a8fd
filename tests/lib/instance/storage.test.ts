import assert from 'node:assert/strict';
import { join } from 'node:path';
import { backupFolder, storageOf } from '../../../src/lib/instance/storage';

describe('a store as it is configured', () => {
  const rows: [object, object][] = [
    [
      {},
      {
        kind: 'sqlite',
        file: '/u/caretaker/caretaker.sqlite',
        retention_days: 90,
        rollup_retention_days: 730,
        backup_keep: 5,
        backup_interval_hours: 0,
      },
    ],
    [
      { backup_keep: '', backup_interval_hours: ' ', retention_days: null },
      { backup_keep: 5, backup_interval_hours: 0, retention_days: 90 },
    ],
    [
      { backup_keep: 0, backup_interval_hours: 0, retention_days: 0 },
      { backup_keep: 0, backup_interval_hours: 0, retention_days: 0 },
    ],
    [
      { backup_keep: '0', backup_interval_hours: '0.5' },
      { backup_keep: 0, backup_interval_hours: 0.5 },
    ],
    [{ file: 'mine.sqlite' }, { file: '/u/mine.sqlite' }],
    [{ file: '/elsewhere/mine.sqlite' }, { file: '/elsewhere/mine.sqlite' }],
  ];
  for (const [fields, expected] of rows) {
    it(`${JSON.stringify(fields)} is understood`, () => {
      const storage = storageOf(fields, '', '/u');
      assert.deepEqual({ ...storage, ...expected }, storage);
    });
  }

  for (const fields of [
    { backup_interval_hours: -1 },
    { backup_interval_hours: 8761 },
    { backup_interval_hours: 'daily' },
    { backup_interval_hours: '1e999' },
    { backup_keep: 1.5 },
    { kind: 'postgres' },
  ]) {
    it(`${JSON.stringify(fields)} is refused, naming the field`, () => {
      const [field] = Object.keys(fields);
      const message = new RegExp(`^${field === 'kind' ? 'url' : field}: `);
      assert.throws(() => storageOf(fields, '', '/u'), { code: 'bad_input', message });
    });
  }

  it('has its backups under the Node-RED user directory, whatever the store', () => {
    assert.equal(backupFolder('/u'), join('/u', 'caretaker', 'backups'));
  });
});
