import assert from 'node:assert/strict';
import { instantOf, knownTimeZone, localDay, localMinutes, wallText } from '../../../src/lib/core/local-time';

const iso = (instant: number) => new Date(instant).toISOString().slice(0, 16);

describe('local time', () => {
  const instants: [string, string, string, string][] = [
    ['Europe/Berlin', '2026-01-15 12:00', '2026-01-15T11:00', 'in winter'],
    ['Europe/Berlin', '2026-07-15 12:00', '2026-07-15T10:00', 'in summer'],
    ['Europe/Berlin', '2026-03-29 01:59', '2026-03-29T00:59', 'before the hour that is left out'],
    ['Europe/Berlin', '2026-03-29 02:30', '2026-03-29T01:30', 'in it'],
    ['Europe/Berlin', '2026-03-29 03:00', '2026-03-29T01:00', 'after it'],
    ['Europe/Berlin', '2026-10-25 01:59', '2026-10-24T23:59', 'before the hour that comes twice'],
    ['Europe/Berlin', '2026-10-25 02:30', '2026-10-25T00:30', 'the first of two'],
    ['Europe/Berlin', '2026-10-25 03:00', '2026-10-25T02:00', 'after both'],
    ['Europe/Berlin', '2026-10-25 23:59', '2026-10-25T22:59', 'the end of a day of 25 hours'],
    ['America/New_York', '2026-03-08 02:30', '2026-03-08T07:30', 'an hour that is left out'],
    ['America/New_York', '2026-11-01 01:30', '2026-11-01T05:30', 'the first of two'],
    ['America/New_York', '2026-11-01 02:00', '2026-11-01T07:00', 'after both'],
    ['Australia/Lord_Howe', '2026-10-04 02:15', '2026-10-03T15:45', 'half an hour that is left out'],
    ['Australia/Lord_Howe', '2026-04-05 01:45', '2026-04-04T14:45', 'half an hour that comes twice'],
    ['Asia/Kolkata', '2026-06-01 00:00', '2026-05-31T18:30', 'a zone of half hours'],
    ['Pacific/Kiritimati', '2026-06-01 00:00', '2026-05-31T10:00', 'as early as it gets'],
    ['Mars/Olympus_Mons', '2026-06-01 09:15', '2026-06-01T09:15', 'a zone nobody knows is UTC'],
  ];
  for (const [zone, wall, expected, name] of instants) {
    it(`${zone} ${wall}: ${name}`, () => {
      const [date = '', time = ''] = wall.split(' ');
      const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
      const [hours = 0, minutes = 0] = time.split(':').map(Number);
      const instant = instantOf({ year, month, day, weekday: 0 }, hours * 60 + minutes, zone);
      assert.equal(iso(instant), expected);
    });
  }

  it('is told in words, also in a zone nobody knows', () => {
    const at = Date.parse('2026-03-29T22:30:59Z');
    assert.deepEqual(
      ['Europe/Berlin', 'Mars/Olympus_Mons'].map((zone) => wallText(at, zone)),
      ['2026-03-30 00:30', '2026-03-29 22:30'],
    );
  });

  it('tells minute and day, and days before, also where a day has 23 or 25 hours', () => {
    const rows: [string, string, number, number, string][] = [
      ['Europe/Berlin', '2026-03-29T22:30Z', 30, 0, '2026-3-30 1'],
      ['Europe/Berlin', '2026-03-29T22:30Z', 30, 1, '2026-3-29 0'],
      ['Europe/Berlin', '2026-03-29T22:30Z', 30, 2, '2026-3-28 6'],
      ['Europe/Berlin', '2026-10-25T22:59:59.999Z', 1439, 0, '2026-10-25 0'],
      ['Europe/Berlin', '2026-10-25T23:00Z', 0, 1, '2026-10-25 0'],
      ['America/New_York', '2026-03-01T04:59Z', 1439, 0, '2026-2-28 6'],
      ['Asia/Kolkata', '2025-12-31T18:30Z', 0, 0, '2026-1-1 4'],
      ['Asia/Kolkata', '2025-12-31T18:30Z', 0, 1, '2025-12-31 3'],
      ['Nowhere', '2026-06-01T00:01Z', 1, 0, '2026-6-1 1'],
    ];
    for (const [zone, instant, minutes, before, expected] of rows) {
      const at = Date.parse(instant);
      const { year, month, day, weekday } = localDay(at, zone, before);
      assert.equal(localMinutes(at, zone), minutes, instant);
      assert.equal(`${year}-${month}-${day} ${weekday}`, expected, instant);
    }
  });

  it('believes no home that says what is no time zone', () => {
    assert.deepEqual(['Europe/Berlin', 'Mars/Olympus', 'eyJ0b2tlbg', '', undefined, 7].map(knownTimeZone), [
      'Europe/Berlin',
      'UTC',
      'UTC',
      'UTC',
      'UTC',
      'UTC',
    ]);
  });
});
