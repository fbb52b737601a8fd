import assert from 'node:assert/strict';
import type { MaintenanceWindow } from '../../../../src/lib/core/heal/heal';
import { maintenanceUntil } from '../../../../src/lib/core/heal/maintenance';
import { DAY, HOUR, MINUTE } from './heal-case';

function weekly(weekdays: number[], at: string, duration_minutes: number): MaintenanceWindow {
  return { window_id: 'w', reason: null, repeats: 'weekly', began: 0, ended: null, weekdays, at, duration_minutes };
}

function once(from: number, to: number | null): MaintenanceWindow {
  return { window_id: 'o', reason: null, repeats: 'once', from, to };
}

const iso = (instant: number | null) => instant && new Date(instant).toISOString().slice(0, 16);

describe('maintenance', () => {
  const rows: [string, string, MaintenanceWindow, string, string][] = [
    ['an evening', 'Europe/Berlin', weekly([3], '22:00', 120), '2026-07-01T20:00', '2026-07-01T22:00'],
    ['over midnight', 'Europe/Berlin', weekly([6], '23:30', 120), '2026-07-04T21:30', '2026-07-04T23:30'],
    ['at midnight', 'Europe/Berlin', weekly([1], '00:00', 60), '2026-07-05T22:00', '2026-07-05T23:00'],
    [
      'in the hour that comes twice, once',
      'Europe/Berlin',
      weekly([0], '02:30', 60),
      '2026-10-25T00:30',
      '2026-10-25T01:30',
    ],
    ['in the hour that is left out', 'Europe/Berlin', weekly([0], '02:30', 60), '2026-03-29T01:30', '2026-03-29T02:30'],
    ['two days over a change', 'Europe/Berlin', weekly([5], '18:00', 2880), '2026-03-27T17:00', '2026-03-29T17:00'],
    ['24 hours over a day of 23', 'Europe/Berlin', weekly([6], '23:59', 1440), '2026-03-28T22:59', '2026-03-29T22:59'],
    ['24 hours over a day of 25', 'Europe/Berlin', weekly([6], '23:30', 1440), '2026-10-24T21:30', '2026-10-25T21:30'],
    ['first of two in New York', 'America/New_York', weekly([0], '01:30', 30), '2026-11-01T05:30', '2026-11-01T06:00'],
    ['left out in New York', 'America/New_York', weekly([0], '02:30', 30), '2026-03-08T07:30', '2026-03-08T08:00'],
    ['half an hour twice', 'Australia/Lord_Howe', weekly([0], '01:45', 30), '2026-04-04T14:45', '2026-04-04T15:15'],
    ['half an hour left out', 'Australia/Lord_Howe', weekly([0], '02:15', 30), '2026-10-03T15:45', '2026-10-03T16:15'],
    ['a zone of half hours', 'Asia/Kolkata', weekly([1], '00:15', 30), '2026-05-31T18:45', '2026-05-31T19:15'],
    ['a zone nobody knows', 'Middle/Earth', weekly([1], '09:15', 30), '2026-06-01T09:15', '2026-06-01T09:45'],
    ['six days', 'UTC', weekly([1], '12:00', 8640), '2026-06-01T12:00', '2026-06-07T12:00'],
    ['once', 'UTC', once(Date.UTC(2026, 5, 1), Date.UTC(2026, 5, 3)), '2026-06-01T00:00', '2026-06-03T00:00'],
  ];
  for (const [name, zone, window, from, until] of rows) {
    it(`${name}: ${from} to ${until}`, () => {
      const [start, end] = [Date.parse(`${from}Z`), Date.parse(`${until}Z`)];
      const at = (instant: number) => iso(maintenanceUntil([window], instant, zone));
      assert.deepEqual([at(start - 1), at(start), at(end - 1), at(end)], [null, until, until, null]);
      for (let instant = start; instant < end; instant += HOUR) assert.equal(at(instant), until);
      // Only where the clock shows it for the first time, and not in the nights around.
      for (let instant = end; instant < end + 12 * HOUR; instant += 5 * MINUTE) assert.equal(at(instant), null);
    });
  }

  it('on several days is each of them', () => {
    const window = weekly([1, 2], '22:00', 180);
    const at = (instant: string) => iso(maintenanceUntil([window], Date.parse(instant), 'UTC'));
    assert.equal(at('2026-06-02T00:30Z'), '2026-06-02T01:00');
    assert.equal(at('2026-06-02T22:00Z'), '2026-06-03T01:00');
    assert.equal(at('2026-06-03T22:00Z'), null);
  });

  it('longer than a week is always, counted from its last beginning', () => {
    for (const minutes of [7 * 1440, 14 * 1440, 1e12]) {
      const window = weekly([1], '00:00', minutes);
      const last = Date.parse('2026-06-01T00:00Z');
      for (let now = last; now < last + 7 * DAY; now += 6 * HOUR) {
        assert.equal(maintenanceUntil([window], now, 'UTC'), last + minutes * MINUTE);
      }
    }
  });

  it('that was opened lasts until it is closed, whatever the clock says', () => {
    assert.equal(maintenanceUntil([once(1000, null)], 1000, 'UTC'), Number.POSITIVE_INFINITY);
    assert.equal(maintenanceUntil([once(1000, null)], 999, 'UTC'), Number.POSITIVE_INFINITY);
    assert.equal(maintenanceUntil([once(1000, 2000)], 2000, 'UTC'), null);
  });

  it('lasts as long as the longest of several', () => {
    const now = Date.parse('2026-06-01T09:30Z');
    const windows = [
      weekly([1], '09:00', 60),
      once(now - 1, now + 2 * HOUR),
      weekly([1], '09:00', 45),
      once(now + 1, null),
    ];
    assert.equal(maintenanceUntil(windows.slice(0, 3), now, 'UTC'), now + 2 * HOUR);
    assert.equal(maintenanceUntil(windows, now, 'UTC'), Number.POSITIVE_INFINITY);
    assert.equal(maintenanceUntil([weekly([1], '09:00', 60), weekly([1], '09:00', 45)], now, 'UTC'), now + 30 * MINUTE);
    assert.equal(maintenanceUntil([], now, 'UTC'), null);
    assert.equal(maintenanceUntil([weekly([1], '09:30', 0)], now, 'UTC'), null);
    assert.equal(maintenanceUntil([weekly([], '09:00', 60)], now, 'UTC'), null);
  });
});
