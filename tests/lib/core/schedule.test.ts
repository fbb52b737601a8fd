import assert from 'node:assert/strict';
import { nextRun, type Schedule } from '../../../src/lib/core/schedule';

const MINUTE = 60_000;
const daily = (minutes: number): Schedule => ({ weekdays: [0, 1, 2, 3, 4, 5, 6], minutes });
const weekly = (weekdays: readonly number[], minutes: number): Schedule => ({ weekdays, minutes });
const every = (minutes: number): Schedule => ({ every_ms: minutes * MINUTE });

describe('the next time of a schedule', () => {
  const rows: readonly (readonly [string, Schedule, string, string, string])[] = [
    ['today', daily(7 * 60), 'UTC', '2026-11-23T06:59:59.999Z', '2026-11-23T07:00Z'],
    ['tomorrow, once it is now', daily(7 * 60), 'UTC', '2026-11-23T07:00:00.000Z', '2026-11-24T07:00Z'],
    ['at midnight', daily(0), 'UTC', '2026-12-31T12:00Z', '2027-01-01T00:00Z'],
    ['by the clock of the home', daily(7 * 60), 'Europe/Berlin', '2026-11-23T05:00Z', '2026-11-23T06:00Z'],
    ['of a home that is a day ahead', daily(7 * 60), 'Pacific/Kiritimati', '2026-11-23T16:00Z', '2026-11-23T17:00Z'],
    ['of a home that is a day behind', daily(20 * 60), 'Pacific/Pago_Pago', '2026-11-23T06:00Z', '2026-11-23T07:00Z'],
    ['on the last day of winter time', daily(7 * 60), 'Europe/Berlin', '2026-03-28T07:00Z', '2026-03-29T05:00Z'],
    ['on the last day of summer time', daily(7 * 60), 'Europe/Berlin', '2026-10-24T07:00Z', '2026-10-25T06:00Z'],
    ['an hour later where it is left out', daily(150), 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-29T01:30Z'],
    ['the first of two', daily(150), 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T00:30Z'],
    ['not the second of two', daily(150), 'Europe/Berlin', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ['where midnight is left out', daily(0), 'America/Santiago', '2026-09-05T12:00Z', '2026-09-06T04:00Z'],
    ['on the next Thursday', weekly([1, 4], 420), 'UTC', '2026-11-23T07:00Z', '2026-11-26T07:00Z'],
    ['on the next Monday', weekly([1, 4], 420), 'UTC', '2026-11-26T07:00Z', '2026-11-30T07:00Z'],
    ['in a week', weekly([1], 420), 'UTC', '2026-11-23T07:00Z', '2026-11-30T07:00Z'],
    ['on the weekday of the home', weekly([1], 30), 'Europe/Berlin', '2026-11-22T20:00Z', '2026-11-22T23:30Z'],
    ['a day that was left out, but once', daily(60), 'Pacific/Apia', '2011-12-29T23:00Z', '2011-12-30T11:00Z'],
    ['a whole interval on', every(15), 'UTC', '2026-11-23T07:00Z', '2026-11-23T07:15Z'],
    ['where an interval ends', every(15), 'UTC', '2026-11-23T07:14:59.999Z', '2026-11-23T07:15Z'],
    ['an interval on, whatever the clocks do', every(60), 'Europe/Berlin', '2026-10-25T00:00Z', '2026-10-25T01:00Z'],
  ];
  for (const [what, schedule, zone, after, expected] of rows) {
    it(`is ${what}: ${expected} ${zone}`, () => {
      assert.equal(nextRun(schedule, Date.parse(after), zone), Date.parse(expected));
    });
  }

  it('comes once a day all year, however the clocks are set', () => {
    const DAY = 24 * 60 * MINUTE;
    for (const zone of [
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Africa/Casablanca',
      'Asia/Beirut',
    ]) {
      for (const minutes of [0, 150]) {
        let at = Date.UTC(2026, 0, 1);
        for (let days = 0; days < 365; days += 1) {
          const next = nextRun(daily(minutes), at, zone);
          assert.ok(next - at >= DAY - 61 * MINUTE || days === 0, `${zone} ${minutes} ${new Date(next).toISOString()}`);
          assert.ok(next - at <= DAY + 61 * MINUTE);
          at = next;
        }
      }
    }
  });
});
