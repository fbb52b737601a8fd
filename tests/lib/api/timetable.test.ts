import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { parseSchedule } from '../../../src/lib/api/parse-schedule';
import { Timetable } from '../../../src/lib/api/timetable';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Monday 2026-11-23 04:05:06 UTC, epoch ms. */
const NOW = Date.UTC(2026, 10, 23, 4, 5, 6);
const MACHINE = Intl.DateTimeFormat().resolvedOptions().timeZone;

describe('a timetable', () => {
  const tables: Timetable[] = [];
  let zones: Set<string>;
  let rung: string[];
  let planned: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
    [zones, rung, planned] = [new Set(['UTC']), [], []];
  });
  afterEach(() => {
    for (const table of tables.splice(0)) table.stop();
    mock.timers.reset();
  });

  const iso = (at: number) => new Date(at).toISOString().slice(0, 16);
  const settle = () => new Promise((done) => setImmediate(done));
  const pass = async (ms: number, step = 15_000) => {
    for (let at = 0; at < ms; at += step) {
      mock.timers.tick(step);
      await settle();
    }
  };

  async function start(text: string, ring = async () => {}): Promise<Timetable> {
    const schedule = parseSchedule(text);
    assert.ok(schedule);
    const table = new Timetable({
      schedule,
      zones: async () => zones,
      ring: () => {
        rung.push(iso(Date.now()));
        return ring();
      },
      planned: (at, zone) => planned.push(`${iso(at)} ${zone}`),
    });
    tables.push(table);
    await settle();
    return table;
  }

  it('rings once when it is time, and says when it does next', async () => {
    await start('daily 07:00');
    assert.deepEqual(planned, ['2026-11-23T07:00 UTC']);
    await pass(48 * HOUR, MINUTE / 2);
    assert.deepEqual(rung, ['2026-11-23T07:00', '2026-11-24T07:00']);
    assert.equal(planned.at(-1), '2026-11-25T07:00 UTC');
  });

  it('rings every so often at whole intervals, so that a deploy moves nothing', async () => {
    for (let deploys = 0; deploys < 6; deploys += 1) {
      const table = await start('every 15 minutes');
      await pass(7 * MINUTE);
      table.stop();
    }
    assert.deepEqual(rung, ['2026-11-23T04:15', '2026-11-23T04:30', '2026-11-23T04:45']);
  });

  it('goes by the clock of its homes if they have the same one', async () => {
    zones = new Set(['Asia/Tokyo']);
    await start('daily 13:30');
    await pass(HOUR);
    assert.deepEqual(rung, ['2026-11-23T04:30']);
  });

  it('goes by the clock of the machine if its homes have several', async () => {
    zones = new Set(['Asia/Tokyo', 'Europe/Berlin']);
    await start('daily 13:30');
    assert.match(planned[0] ?? '', new RegExp(`${MACHINE}$`));
  });

  it('waits for the homes to say their zone, then plans anew; but not for ever', async () => {
    zones = new Set();
    await start('daily 13:30');
    await pass(10_000, 1_000);
    assert.deepEqual(planned, []);
    zones = new Set(['Asia/Tokyo']);
    await pass(2_000, 1_000);
    assert.deepEqual(planned, ['2026-11-23T04:30 Asia/Tokyo']);
    // It is deployed anew, and is not connected yet.
    zones = new Set();
    await pass(HOUR);
    assert.deepEqual(rung, ['2026-11-23T04:30']);

    planned = [];
    await start('daily 13:30');
    await pass(2 * MINUTE);
    assert.equal(planned.length, 1);
    assert.match(planned[0] ?? '', new RegExp(`${MACHINE}$`));
  });

  it('does not make up for what it slept through', async () => {
    await start('daily 07:00');
    mock.timers.setTime(NOW + 5 * HOUR);
    await pass(MINUTE);
    assert.deepEqual(rung, []);
    await pass(24 * HOUR, MINUTE / 2);
    assert.deepEqual(rung, ['2026-11-24T07:00']);
  });

  it('rings a moment late where the machine was busy', async () => {
    await start('daily 07:00');
    mock.timers.setTime(Date.UTC(2026, 10, 23, 7, 2));
    await pass(MINUTE);
    assert.equal(rung.length, 1);
  });

  it('does not wait for a day that comes again when the clock was set back', async () => {
    const year = 365 * 24 * HOUR;
    let ahead = year;
    const now = Date.now.bind(Date);
    const clock = mock.method(Date, 'now', () => now() + ahead);
    await start('daily 07:00');
    assert.deepEqual(planned, ['2027-11-23T07:00 UTC']);
    ahead = 0;
    await pass(MINUTE);
    assert.deepEqual(planned.slice(1), ['2026-11-23T07:00 UTC']);
    clock.mock.restore();
  });

  it('has one that takes long finish before the next, and misses what comes meanwhile', async () => {
    let end = () => {};
    await start('every 1 minute', () => new Promise((done) => (end = done)));
    await pass(5 * MINUTE);
    assert.equal(rung.length, 1);
    end();
    await pass(MINUTE);
    assert.equal(rung.length, 2);
  });

  it('rings no more once it is stopped', async () => {
    const table = await start('every 1 minute');
    table.stop();
    await pass(5 * MINUTE);
    assert.deepEqual(rung, []);
  });
});
