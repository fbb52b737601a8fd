import assert from 'node:assert/strict';
import { defaultWatchOptions } from '../../../src/lib/core/options';
import { Tracker } from '../../../src/lib/core/tracker';
import { Journal } from '../../../src/lib/instance/journal';
import { MemoryStore } from '../../../src/lib/store/memory';
import { settled } from './settled';

describe('a place among the facts', () => {
  it('is ended by whoever listens elsewhere now', async () => {
    const namespace = await new MemoryStore().namespace('home');
    const journal = new Journal(namespace, (what) => assert.fail(what));
    const told: string[] = [];
    const consumer = { id: 'm', told: ({ subject }: { subject: { id: string } }) => told.push(subject.id) };
    const detach = journal.attach(consumer);
    journal.add(settled('light.a', 1_000));
    await idle(journal);
    detach(false);
    journal.leave('m');
    journal.add(settled('light.b', 2_000));
    journal.attach(consumer);
    journal.add(settled('light.c', 3_000));
    await idle(journal);
    assert.deepEqual(told, ['light.a', 'light.c']);
    await journal.close();
  });
});

describe('what a selector can name before the registries are known', () => {
  const tracker = new Tracker(defaultWatchOptions, { settled() {}, renamed() {}, left() {}, back() {}, removed() {} });

  it('is what was stored of the subject', () => {
    const subject = {
      kind: 'entity',
      id: 'light.a',
      name: 'A',
      domain: 'light',
      area_id: 'kitchen',
      device_id: 'd1',
    } as const;
    const traits = tracker.traits(subject);
    assert.deepEqual([traits?.areas, traits?.devices, traits?.domain], [['kitchen'], ['d1'], 'light']);
    assert.deepEqual(tracker.traits({ kind: 'device', id: 'd1', name: 'Lamp' })?.devices, ['d1', 'Lamp']);
  });
});

/** Until everything asked of it so far is done. */
function idle(journal: Journal): Promise<void> {
  return new Promise((done) => {
    const detach = journal.attach({ id: 'idle', told: () => {} });
    setTimeout(() => {
      detach(true);
      done();
    }, 50);
  });
}
