import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { PRUNED_BEFORE } from '../../../src/lib/instance/past';
import { Retention } from '../../../src/lib/instance/retention';
import { MemoryNamespace } from '../../../src/lib/store/memory-namespace';
import { entity, settled } from '../store/contract';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-11-23T00:00:00Z');

describe('the retention of a home', () => {
  let namespace: MemoryNamespace;
  let retention: Retention | undefined;

  beforeEach(async () => {
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: NOW });
    namespace = new MemoryNamespace('home');
    // The order of time, as it is kept.
    for (const days of [800, 400, 95, 94, 1]) {
      const at = NOW - days * DAY;
      if (days < 100) await namespace.append([settled(entity('light.a'), 'stale', at, 'available')]);
      if (days === 95 || days === 94) continue;
      await namespace.put({ kind: 'rollup', id: `r${days}`, at, open: false, body: null });
      await namespace.put({ kind: 'attempt', id: `a${days}`, at, open: false, body: null });
    }
  });
  afterEach(() => {
    retention?.stop();
    mock.timers.reset();
  });

  async function after(retention_days: number, rollup_retention_days: number) {
    retention = new Retention(namespace, { retention_days, rollup_retention_days }, assert.fail);
    mock.timers.tick(6 * HOUR);
    for (let turn = 0; turn < 10; turn += 1) await new Promise((done) => setImmediate(done));
    const ids = async (kind: 'rollup' | 'attempt') => (await namespace.records({ kind })).map(({ id }) => id);
    const noted = await namespace.note(PRUNED_BEFORE);
    return [(await namespace.transitions({})).length, await ids('attempt'), await ids('rollup'), noted];
  }

  const noted = String(NOW + 6 * HOUR - 90 * DAY);
  const rows: [number, number, unknown[]][] = [
    [90, 730, [1, ['a1'], ['r400', 'r1'], noted]],
    [90, 0, [1, ['a1'], ['r800', 'r400', 'r1'], noted]],
    [0, 730, [3, ['a800', 'a400', 'a1'], ['r400', 'r1'], null]],
    [0, 0, [3, ['a800', 'a400', 'a1'], ['r800', 'r400', 'r1'], null]],
    [0, 1e-6, [3, ['a800', 'a400', 'a1'], ['r1'], null]],
    [500, 730, [3, ['a400', 'a1'], ['r400', 'r1'], null]],
  ];
  for (const [facts, rollups, expected] of rows) {
    it(`of ${facts} days for facts and ${rollups} for sums takes what is older`, async () => {
      assert.deepEqual(await after(facts, rollups), expected);
    });
  }
});
