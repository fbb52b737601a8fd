import assert from 'node:assert/strict';
import { judgeEntity, judgeEntry } from '../../../src/lib/core/judge';
import type { Status } from '../../../src/lib/core/subject';

const knowsItsState = [
  'binary_sensor',
  'climate',
  'cover',
  'fan',
  'light',
  'lock',
  'switch',
  'vacuum',
  'valve',
  'water_heater',
];
const mayNotKnow = ['automation', 'button', 'event', 'person', 'scene', 'sensor', 'update', 'weather', ''];

/** Without silence. Columns: restored and entry loaded: no no, no yes, yes no, yes yes. */
const states: readonly (readonly [string | undefined, readonly [Status, Status, Status, Status]])[] = [
  [undefined, ['missing', 'missing', 'missing', 'missing']],
  ['unavailable', ['unavailable', 'unavailable', 'unavailable', 'missing']],
  ['on', ['available', 'available', 'available', 'available']],
  ['off', ['available', 'available', 'available', 'available']],
  ['', ['available', 'available', 'available', 'available']],
  ['Unavailable', ['available', 'available', 'available', 'available']],
  ['None', ['available', 'available', 'available', 'available']],
];

describe('judging an entity', () => {
  for (const domain of [...knowsItsState, ...mayNotKnow]) {
    const unknown = knowsItsState.includes(domain) ? 'unknown' : 'available';
    for (const [state, expected] of [...states, ['unknown', [unknown, unknown, unknown, unknown]] as const]) {
      it(`${domain || 'no domain'}: ${state ?? 'no state'}`, () => {
        for (const silent of [false, true]) {
          const judged = [0, 1, 2, 3].map((column) =>
            judgeEntity({ domain, state, restored: column >= 2, entryLoaded: column % 2 === 1, silent }),
          );
          const want = silent ? expected.map((status) => (status === 'available' ? 'stale' : status)) : expected;
          assert.deepEqual(judged, want, `silent: ${silent}`);
        }
      });
    }
  }
});

describe('judging a config entry', () => {
  const rows: readonly (readonly [string, Status | null])[] = [
    ['loaded', 'available'],
    ['setup_error', 'unavailable'],
    ['setup_retry', 'unavailable'],
    ['migration_error', 'unavailable'],
    ['failed_unload', 'unavailable'],
    ['not_loaded', 'unavailable'],
    ['setup_in_progress', null],
    ['unload_in_progress', null],
  ];
  for (const [state, status] of rows) {
    it(`${state}: ${status ?? 'says nothing yet'}`, () => assert.equal(judgeEntry(state), status));
  }
});
