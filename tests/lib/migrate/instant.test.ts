import assert from 'node:assert/strict';
import { instantFrom } from '../../../src/lib/migrate/instant';

const NOON = Date.UTC(2026, 0, 31, 12) * 1000;

describe('an instant of HA Boss', () => {
  const ROWS: readonly (readonly [text: string | null, micros: number | null])[] = [
    ['2026-01-31 12:00:00.123456', NOON + 123_456],
    ['2026-01-31 12:00:00', NOON],
    ['2026-01-31T12:00:00.5', NOON + 500_000],
    ['2026-01-31T12:00:00.1234567Z', NOON + 123_456],
    ['2026-01-31 13:00:00+01:00', NOON],
    ['2026-01-31 06:30:00-0530', NOON],
    ['2026-02-30 12:00:00', null],
    ['2026-13-01 12:00:00', null],
    ['2026-01-31 24:00:00', null],
    ['1969-12-31 23:59:59', null],
    ['2026-01-31', null],
    ['1769860800', null],
    ['now', null],
    ['', null],
    [null, null],
  ];
  for (const [text, micros] of ROWS) it(`${text} is ${micros}`, () => assert.equal(instantFrom(text), micros));
});
