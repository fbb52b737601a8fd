import assert from 'node:assert/strict';
import { readPast } from '../../../src/lib/instance/past';
import { MemoryStore } from '../../../src/lib/store/memory';

describe('what an instance resumes from', () => {
  const suppression = { suppression_id: 's', kind: 'entity', id: 'light.a', began: 1, until: null, reason: null };

  it('has what is in force, and not what has ended', async () => {
    const namespace = await new MemoryStore().namespace('home');
    await namespace.put({ kind: 'suppression', id: 's', at: 1, open: true, body: suppression });
    await namespace.put({ kind: 'suppression', id: 't', at: 2, open: false, body: { ...suppression, until: 2 } });
    const past = await readPast(namespace, assert.fail);
    assert.equal(past.isKnown, true);
    assert.deepEqual(past.suppressions, [suppression]);
  });

  it('is unknown, and that is told, when the store fails', async () => {
    const namespace = await new MemoryStore().namespace('home');
    const told: string[] = [];
    namespace.records = () => Promise.reject(new Error('no disk'));
    const past = await readPast(namespace, (what) => told.push(what));
    assert.deepEqual([past.isKnown, past.suppressions, told], [false, [], ['no disk']]);
  });
});
