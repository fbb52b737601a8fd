import assert from 'node:assert/strict';
import { TestHome } from './test-home';

const SECOND = 1_700_000_000;

/** When the light last changed and was last updated, in seconds after the first sight; null is not known. */
function instants(...changes: object[]): (number | null)[] {
  const home = new TestHome().snapshot({ 'light.a': { s: 'on', lc: SECOND, lu: SECOND + 1 } }).live();
  for (const change of changes) home.ingest({ c: { 'light.a': change } });
  const light = home.tracker.entities.get('light.a');
  return [light?.lastChanged, light?.lastUpdated].map((at = Number.NaN) => (Number.isNaN(at) ? null : at - SECOND));
}

const rows: readonly (readonly [string, readonly object[], readonly (number | null)[]])[] = [
  ['as first seen', [], [0, 1]],
  ['a state', [{ '+': { s: 'off', lc: SECOND + 5 } }], [5, 5]],
  ['an attribute', [{ '+': { lu: SECOND + 6, a: { brightness: 1 } } }], [0, 6]],
  ['the same state said anew', [{ '+': { lc: SECOND + 7 } }], [7, 7]],
  ['a state, then an attribute', [{ '+': { s: 'off', lc: SECOND + 5 } }, { '+': { lu: SECOND + 8 } }], [5, 8]],
  ['an attribute that is gone', [{ '+': { lu: SECOND + 9 }, '-': { a: ['friendly_name'] } }], [0, 9]],
  ['a state without an instant', [{ '+': { s: 'off' } }], [null, null]],
  ['instants that are none', [{ '+': { s: 'off', lc: 'today', lu: {} } }], [null, null]],
];

describe('when an entity last changed and was last updated', () => {
  for (const [what, changes, expected] of rows) it(what, () => assert.deepEqual(instants(...changes), expected));
});
