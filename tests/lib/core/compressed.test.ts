import assert from 'node:assert/strict';
import { changedAt, updatedAt } from '../../../src/lib/core/stamps';
import { TestHome } from './test-home';

const SECOND = 1_700_000_000;

/** When the light last changed and was last updated, in seconds after the first sight; null is not known. */
function instants(...changes: object[]): (number | null)[] {
  const home = new TestHome().snapshot({ 'light.a': { s: 'on', lc: SECOND, lu: SECOND + 1 } }).live();
  for (const change of changes) home.ingest({ c: { 'light.a': change } });
  const light = home.tracker.entities.get('light.a');
  assert.ok(light);
  return [changedAt(light), updatedAt(light)].map((at) => at && (at - 1000 * SECOND) / 1000);
}

const rows: readonly (readonly [string, readonly object[], readonly (number | null)[]])[] = [
  ['as first seen', [], [0, 1]],
  ['a state', [{ '+': { s: 'off', lc: SECOND + 5 } }], [5, 5]],
  ['an attribute', [{ '+': { lu: SECOND + 6, a: { brightness: 1 } } }], [0, 6]],
  ['the same state said anew', [{ '+': { lc: SECOND + 7 } }], [7, 7]],
  ['a state, then an attribute', [{ '+': { s: 'off', lc: SECOND + 5 } }, { '+': { lu: SECOND + 8 } }], [5, 8]],
  ['an attribute that is gone', [{ '+': { lu: SECOND + 9 }, '-': { a: ['friendly_name'] } }], [0, 9]],
  ['a fraction, to the millisecond', [{ '+': { s: 'off', lc: SECOND + 5.123456 } }], [5.123, 5.123]],
  ['another fraction', [{ '+': { s: 'off', lc: SECOND + 5.25 } }, { '+': { lu: SECOND + 8.999999 } }], [5.25, 8.999]],
  ['a state without an instant', [{ '+': { s: 'off' } }], [null, null]],
  [
    'instants out of this world',
    [{ '+': { s: 'off', lc: 1e300 } }, { '+': { lu: Number.NEGATIVE_INFINITY } }],
    [null, null],
  ],
  ['an instant before all of this', [{ '+': { s: 'off', lc: 0.25 } }], [0.25 - SECOND, 0.25 - SECOND]],
  ['instants that are none', [{ '+': { s: 'off', lc: 'today', lu: {} } }], [null, null]],
];

describe('when an entity last changed and was last updated', () => {
  for (const [what, changes, expected] of rows) it(what, () => assert.deepEqual(instants(...changes), expected));
});
