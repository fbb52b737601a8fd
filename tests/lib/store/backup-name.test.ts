import assert from 'node:assert/strict';
import { formatBackupName, parseBackupName } from '../../../src/lib/store/backup-name';

const AT = Date.UTC(2026, 10, 23, 4, 5, 6);
const STAMP = '2026-11-23_04-05-06';

describe('name of a backup', () => {
  const names: [string, string, number, string][] = [
    ['home', 'manual', 1, `caretaker_home_${STAMP}_manual.ndjson.gz`],
    ['home', 'manual', 2, `caretaker_home_${STAMP}_manual-2.ndjson.gz`],
    ['home', 'manual-2', 1, `caretaker_home_${STAMP}_manual-2-1.ndjson.gz`],
    ['home', 'manual-2', 3, `caretaker_home_${STAMP}_manual-2-3.ndjson.gz`],
    ['home', 'manual-02', 1, `caretaker_home_${STAMP}_manual-02.ndjson.gz`],
    ['home_2', 'before-restore', 1, `caretaker_home_2_${STAMP}_before-restore.ndjson.gz`],
    ['home_2026', '7', 1, `caretaker_home_2026_${STAMP}_7.ndjson.gz`],
    ['h', '-', 1, `caretaker_h_${STAMP}_-.ndjson.gz`],
    ['h', '-5', 1, `caretaker_h_${STAMP}_-5.ndjson.gz`],
    ['h', '--5', 1, `caretaker_h_${STAMP}_--5-1.ndjson.gz`],
    ['caretaker', 'a-1', 2, `caretaker_caretaker_${STAMP}_a-1-2.ndjson.gz`],
  ];
  for (const [instance_id, tag, number, name] of names) {
    it(`${name} says ${instance_id}, ${tag}, ${number}`, () => {
      const parts = { instance_id, created_at: AT, tag, number };
      assert.equal(formatBackupName(parts), name);
      assert.deepEqual(parseBackupName(name), parts);
    });
  }

  const others = [
    '',
    'caretaker.sqlite',
    `caretaker_home_${STAMP}_manual.ndjson.gz.unfinished`,
    `caretaker_home_${STAMP}_manual.ndjson`,
    `caretaker_home_${STAMP}_manual-1.ndjson.gz`,
    `caretaker_home_${STAMP}_.ndjson.gz`,
    `caretaker_home_${STAMP}_a_b.ndjson.gz`,
    `caretaker_home_${STAMP}_${'a'.repeat(65)}.ndjson.gz`,
    `caretaker_Home_${STAMP}_manual.ndjson.gz`,
    `Caretaker_home_${STAMP}_manual.ndjson.gz`,
    `caretaker_home_${STAMP}_Manual.ndjson.gz`,
    `caretaker_home_${STAMP}_manual.NDJSON.gz`,
    `caretaker_2home_${STAMP}_manual.ndjson.gz`,
    `caretaker_all_${STAMP}_manual.ndjson.gz`,
    `caretaker_${'h'.repeat(33)}_${STAMP}_manual.ndjson.gz`,
    'caretaker_home_2026-02-30_04-05-06_manual.ndjson.gz',
    'caretaker_home_2026-11-23_24-05-06_manual.ndjson.gz',
    'caretaker_home_2026-11-23_04-65-06_manual.ndjson.gz',
    `caretaker_home_${STAMP}_x.ndjson.gz_${STAMP}_manual.ndjson.gz`,
    `../caretaker_home_${STAMP}_manual.ndjson.gz`,
    `/etc/caretaker_home_${STAMP}_manual.ndjson.gz`,
    `caretaker_home_${STAMP}_manual.ndjson.gz\0`,
    `caretaker_home_${STAMP}_manual.ndjson.gz\n`,
    ` caretaker_home_${STAMP}_manual.ndjson.gz`,
  ];
  for (const name of others) {
    it(`${JSON.stringify(name)} is none`, () => assert.equal(parseBackupName(name), null));
  }
});
