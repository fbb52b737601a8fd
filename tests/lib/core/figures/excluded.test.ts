import assert from 'node:assert/strict';
import { maintenanceSpans } from '../../../../src/lib/core/figures/excluded';
import { Spans } from '../../../../src/lib/core/figures/spans';
import type { MaintenanceWindow } from '../../../../src/lib/core/heal/heal';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Weekly = Partial<Extract<MaintenanceWindow, { repeats: 'weekly' }>>;

/** Each Saturday from 23:00 on, for three hours. */
function weekly(more: Weekly = {}): MaintenanceWindow {
  return {
    ...{ window_id: 'w', reason: null, repeats: 'weekly', began: 0, ended: null },
    ...{ weekdays: [6], at: '23:00', duration_minutes: 180, ...more },
  };
}

describe('the time in which a home is worked on', () => {
  // 2026-03-28 and 2026-10-24 are Saturdays, before the nights in which summer time begins and ends.
  const rows: [string, MaintenanceWindow, string, string, string, number][] = [
    ['lies within', weekly(), 'UTC', '2026-06-20T20:00Z', '2026-06-21T12:00Z', 180],
    ['reaches in from the day before', weekly(), 'UTC', '2026-06-21T01:00Z', '2026-06-21T12:00Z', 60],
    ['reaches beyond the end', weekly(), 'UTC', '2026-06-20T12:00Z', '2026-06-20T23:30Z', 30],
    ['is over', weekly(), 'UTC', '2026-06-21T02:00Z', '2026-06-21T12:00Z', 0],
    ['is on the day of the home', weekly(), 'Pacific/Kiritimati', '2026-06-20T00:00Z', '2026-06-20T12:00Z', 180],
    ['lasts for days', weekly({ duration_minutes: 3 * 1440 }), 'UTC', '2026-06-23T12:00Z', '2026-06-24T00:00Z', 660],
    ['lasts as long when summer time begins', weekly(), 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-29T12:00Z', 180],
    ['lasts as long when it ends', weekly(), 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-25T12:00Z', 180],
    [
      'was set in the middle of it',
      weekly({ began: Date.parse('2026-06-21T00:00Z') }),
      ...(['UTC', '2026-06-20T12:00Z', '2026-06-21T12:00Z', 120] as const),
    ],
    [
      'was lifted in the middle of it',
      weekly({ ended: Date.parse('2026-06-21T00:00Z') }),
      ...(['UTC', '2026-06-20T12:00Z', '2026-06-21T12:00Z', 60] as const),
    ],
    [
      'is not closed yet',
      { window_id: 'w', reason: null, repeats: 'once', from: Date.parse('2026-06-20T12:00Z'), to: null },
      ...(['UTC', '2026-06-20T10:00Z', '2026-06-20T14:00Z', 120] as const),
    ],
  ];
  for (const [name, window, zone, from, to, minutes] of rows) {
    it(`${name}: ${minutes} minutes`, () => {
      const [low, high] = [Date.parse(from), Date.parse(to)];
      const spans = new Spans(maintenanceSpans([window], low, high, zone));
      assert.equal((spans.until(high) - spans.until(low)) / MINUTE, minutes);
    });
  }

  it('is counted once where windows overlap, or lie within each other', () => {
    const spans = new Spans([
      { from: 6 * HOUR, to: 7 * HOUR },
      { from: HOUR, to: 4 * HOUR },
      { from: 2 * HOUR, to: 3 * HOUR },
      { from: 4 * HOUR, to: 5 * HOUR },
      { from: 9 * HOUR, to: 9 * HOUR },
    ]);
    const hours = [0, 1, 2.5, 5, 6, 6.5, 7, 20].map((hour) => spans.until(hour * HOUR) / HOUR);
    assert.deepEqual(hours, [0, 0, 1.5, 4, 4, 4.5, 5, 5]);
  });
});
