import assert from 'node:assert/strict';
import { MemoryStore } from '../../../src/lib/store/memory';
import { entity, settled, storeContract, T0 } from './contract';
import { leaseContract } from './lease-contract';
import { recordContract } from './record-contract';

describe('store in memory', () => {
  let store: MemoryStore;

  beforeEach(() => {
    store = new MemoryStore();
  });

  storeContract(async () => store);

  describe('shared by several', () => leaseContract(async () => store.beside()));

  describe('records', () => recordContract(async () => store));

  it('keeps the newest 10 000 facts of an instance, and every subject', async () => {
    const home = await store.namespace('home');
    await home.append([settled(entity('light.first'), 'available', T0)]);
    for (let index = 0; index < 12; index += 1) {
      const at = T0 + 1 + index;
      await home.append(Array.from({ length: 1000 }, (_, n) => settled(entity(`light.${n}`), 'stale', at, 'stale')));
    }
    const facts = await home.transitions({ limit: 20_000 });
    assert.equal(facts.length, 10_000);
    assert.equal(facts[0]?.seconds, null);
    assert.equal(facts[9_999]?.seconds, 0.001);
    assert.equal((await home.resume()).length, 1001);
  });
});
