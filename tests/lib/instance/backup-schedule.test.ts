import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { BackupSchedule, nextBackup, nextTry } from '../../../src/lib/instance/backup-schedule';
import type { BackupInfo } from '../../../src/lib/store/backup-folder';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Monday 2026-11-23 04:05:06 UTC, epoch ms. */
const NOW = Date.UTC(2026, 10, 23, 4, 5, 6);
const ids = Array.from({ length: 100 }, (_, number) => `home_${number}`);

describe('the next scheduled backup', () => {
  const rows: [string, readonly number[], number, number][] = [
    ['an interval after the last one', [NOW - HOUR], DAY, NOW + 23 * HOUR],
    ['after the newest, whatever the order', [NOW - 3 * DAY, NOW - HOUR, NOW - 2 * DAY], DAY, NOW + 23 * HOUR],
    ['after one that was made just now', [NOW], DAY, NOW + DAY],
    ['a moment before it is late', [NOW - DAY + 1], DAY, NOW + 1],
    ['not after one of the future: the clock was set back', [NOW + DAY, NOW - HOUR], DAY, NOW + 23 * HOUR],
    ['a year after the last one', [NOW - DAY], 365 * DAY, NOW + 364 * DAY],
  ];
  for (const [what, made, interval, due] of rows) {
    it(`is ${what}`, () => assert.equal(nextBackup('home', interval, made, NOW), due));
  }

  const late: [string, readonly number[]][] = [
    ['none was made yet', []],
    ['an interval has passed', [NOW - DAY]],
    ['many have passed', [NOW - 40 * DAY]],
    ['all are of the future', [NOW + DAY]],
  ];
  for (const [what, made] of late) {
    it(`is soon where ${what}, each instance at its own moment`, () => {
      const dues = ids.map((id) => nextBackup(id, DAY, made, NOW));
      assert.ok(dues.every((due) => due >= NOW && due < NOW + 10 * MINUTE));
      assert.ok(new Set(dues).size > 95);
      const busiest = Math.max(
        ...dues.map((due) => dues.filter((other) => Math.floor(other / MINUTE) === Math.floor(due / MINUTE)).length),
      );
      assert.ok(busiest < 25, `${busiest} in one minute`);
    });
  }

  it('that is late stays where it is, however often it is asked for', () => {
    const due = nextBackup('home', DAY, [], NOW);
    for (let now = NOW; now <= due; now += 7_919) assert.equal(nextBackup('home', DAY, [], now), due);
    assert.equal(nextBackup('home', DAY, [], due), due);
  });

  for (const [interval, failures, minutes] of [
    [DAY, 1, 15],
    [DAY, 2, 30],
    [DAY, 4, 120],
    [DAY, 20, 24 * 60],
    [HOUR, 5, 60],
  ] as const) {
    it(`is tried again ${minutes} minutes after failure ${failures}`, () => {
      assert.equal(nextTry(interval, failures, NOW), NOW + minutes * MINUTE);
    });
  }
});

describe('a schedule of backups', () => {
  const schedules: BackupSchedule[] = [];
  let told: string[];
  let disk: Map<string, number[]>;
  let broken: Set<string>;
  let making: number;
  let most: number;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
    [told, disk, broken, making, most] = [[], new Map(), new Set(), 0, 0];
  });
  afterEach(() => {
    for (const schedule of schedules.splice(0)) schedule.stop();
    mock.timers.reset();
  });

  /** Lets what was promised meanwhile come about. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
  };
  const pass = async (ms: number, step = MINUTE) => {
    for (let at = 0; at < ms; at += step) {
      mock.timers.tick(step);
      await settle();
    }
  };
  const made = (id = 'home') => disk.get(id) ?? [];

  async function start(id = 'home', intervalHours = 6): Promise<BackupSchedule> {
    const info = (at: number) => ({ tag: 'scheduled', created_at: at, instance_id: id }) as BackupInfo;
    const schedule = new BackupSchedule({
      place: 'one store',
      instance_id: id,
      intervalHours,
      log: (message) => told.push(message),
      backups: {
        list: async () => [{ ...info(NOW - 1), tag: 'manual' }, ...made(id).map(info)],
        create: async (tag) => {
          assert.equal(tag, 'scheduled');
          most = Math.max(most, ++making);
          await new Promise((done) => setImmediate(done));
          making -= 1;
          if (broken.has(id)) throw new Error('The disk is full.');
          disk.set(id, [Math.floor(Date.now() / 1000) * 1000, ...made(id)]);
          return info(Date.now());
        },
      },
    });
    schedules.push(schedule);
    await settle();
    return schedule;
  }

  it('makes one now and then one each interval', async () => {
    await start();
    await pass(10 * MINUTE);
    assert.equal(made().length, 1);
    await pass(24 * HOUR, 5 * MINUTE);
    assert.equal(made().length, 5);
    const gaps = made()
      .slice(1)
      .map((at, index) => ((made()[index] ?? 0) - at) / HOUR);
    for (const gap of gaps) assert.ok(gap >= 6 && gap < 6.2, String(gap));
    assert.deepEqual(told, []);
  });

  it('neither skips nor repeats one over restarts', async () => {
    let schedule = await start();
    for (let minutes = 0; minutes < 24 * 60; minutes += 4) {
      await pass(4 * MINUTE);
      schedule.stop();
      schedule = await start();
    }
    assert.equal(made().length, 4);
  });

  it('of a hundred instances makes one at a time', async () => {
    for (const id of ids) await start(id);
    // The machine slept: all are due at once.
    mock.timers.tick(11 * MINUTE);
    for (let turn = 0; turn < 30; turn += 1) await settle();
    assert.ok(ids.every((id) => made(id).length === 1));
    assert.equal(most, 1);
  });

  it('tells a failure and tries again later, not at once; others go on', async () => {
    broken.add('home');
    await start();
    await start('cabin');
    while (told.length === 0) await pass(MINUTE);
    assert.match(told[0] ?? '', /was not made: The disk is full\. It is tried again in 15 minutes\./);
    await pass(14 * MINUTE);
    assert.equal(told.length, 1);
    assert.equal(made('cabin').length, 1);
    await pass(2 * MINUTE);
    assert.equal(told.length, 2);
    assert.match(told[1] ?? '', /in 30 minutes/);
    broken.clear();
    await pass(31 * MINUTE);
    assert.equal(made().length, 1);
    assert.equal(told.length, 2);
  });

  it('makes none once it is stopped, also one that waits for its turn', async () => {
    const schedule = await start();
    schedule.stop();
    await pass(8 * HOUR, 10 * MINUTE);
    assert.equal(made().length, 0);
    const all = await Promise.all(ids.map((id) => start(id)));
    mock.timers.tick(11 * MINUTE);
    for (const one of all) one.stop();
    for (let turn = 0; turn < 30; turn += 1) await settle();
    assert.ok(ids.filter((id) => made(id).length > 0).length <= 1);
  });

  it('does not tell of what failed because it was stopped', async () => {
    const schedule = await start();
    broken.add('home');
    mock.timers.tick(11 * MINUTE);
    for (let turn = 0; turn < 20 && making === 0; turn += 1) await Promise.resolve();
    assert.equal(making, 1);
    schedule.stop();
    await pass(2 * HOUR);
    assert.deepEqual([told, making, made()], [[], 0, []]);
  });

  it('takes an interval under a quarter of an hour for one', async () => {
    await start('home', 0.001);
    await pass(2 * HOUR);
    assert.ok(made().length <= 8 && made().length >= 7, String(made().length));
  });

  it('that is longer than a timer can be still comes', async () => {
    disk.set('home', [NOW]);
    await start('home', 24 * 60);
    await pass(60 * DAY + HOUR, 30 * MINUTE);
    assert.equal(made().length, 2);
  });
});
