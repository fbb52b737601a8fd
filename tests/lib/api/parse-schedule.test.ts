import assert from 'node:assert/strict';
import { parseSchedule } from '../../../src/lib/api/parse-schedule';

const MINUTE = 60_000;
const EACH = [0, 1, 2, 3, 4, 5, 6];

describe('a schedule as a text', () => {
  const rows: readonly (readonly [unknown, object | null])[] = [
    [undefined, null],
    [null, null],
    ['', null],
    ['  ', null],
    ['every 15 minutes', { every_ms: 15 * MINUTE }],
    ['every 1 minute', { every_ms: MINUTE }],
    ['every 2 hours', { every_ms: 120 * MINUTE }],
    ['every 672 hours', { every_ms: 28 * 24 * 60 * MINUTE }],
    [' Every  1 HOUR ', { every_ms: 60 * MINUTE }],
    ['daily 07:00', { weekdays: EACH, minutes: 420 }],
    ['daily 7:05', { weekdays: EACH, minutes: 425 }],
    ['daily 23:59', { weekdays: EACH, minutes: 1_439 }],
    ['weekly mon 00:00', { weekdays: [1], minutes: 0 }],
    ['weekly mon,thu 07:00', { weekdays: [1, 4], minutes: 420 }],
    ['Weekly Sun, Sat 18:30', { weekdays: [0, 6], minutes: 1_110 }],
  ];
  for (const [text, expected] of rows) {
    it(`${JSON.stringify(text)} is read`, () => assert.deepEqual(parseSchedule(text), expected));
  }

  const wrong: readonly unknown[] = [
    'every 0 minutes',
    'every -1 minutes',
    'every 1.5 hours',
    'every 673 hours',
    'every 10 seconds',
    'every minute',
    'daily',
    'daily 24:00',
    'daily 07:60',
    'daily 7',
    'weekly 07:00',
    'weekly monday 07:00',
    'weekly mon,xyz 07:00',
    'weekly mon,,thu 07:00',
    'weekly mon thu 07:00',
    '0 7 * * *',
    '${SCHEDULE}',
    15,
    {},
    ['daily 07:00', 'daily 08:00'],
  ];
  for (const text of wrong) {
    it(`${JSON.stringify(text)} is none`, () => {
      assert.throws(() => parseSchedule(text), { code: 'bad_input', message: /^schedule: must be such as / });
    });
  }
});
