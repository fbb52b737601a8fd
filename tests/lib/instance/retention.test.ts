import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Retention } from '../../../src/lib/instance/retention';
import { MemoryStore } from '../../../src/lib/store/memory';
import { settled } from './settled';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-06-15T12:00:00Z');

describe('retention', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval', 'Date'], now: NOW }));
  afterEach(() => mock.timers.reset());

  it('deletes what is too old, and notes from when on nothing is missing', async () => {
    const namespace = await new MemoryStore().namespace('home');
    await namespace.append([settled('light.a', NOW - 3 * DAY), settled('light.a', NOW - DAY, 'available')]);
    const retention = new Retention(namespace, 2, (what) => assert.fail(what));
    mock.timers.tick(6 * HOUR);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    retention.stop();
    assert.deepEqual(
      (await namespace.transitions({})).map(({ at }) => at),
      [NOW - DAY],
    );
    assert.equal(await namespace.note('pruned_before'), String(NOW + 6 * HOUR - 2 * DAY));
  });

  it('notes nothing where nothing is too old, or nothing ever is', async () => {
    const namespace = await new MemoryStore().namespace('home');
    await namespace.append([settled('light.a', NOW - 3 * DAY)]);
    const all = [new Retention(namespace, 4, assert.fail), new Retention(namespace, 0, assert.fail)];
    mock.timers.tick(6 * HOUR);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    for (const one of all) one.stop();
    assert.equal(await namespace.note('pruned_before'), null);
  });
});
