import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { RecentFacts } from '../../../../src/lib/instance/figures/recent-facts';
import { MemoryNamespace } from '../../../../src/lib/store/memory-namespace';
import type { TransitionQuery } from '../../../../src/lib/store/store';
import { entity, settled } from '../../store/contract';

const T0 = Date.parse('2026-11-28T00:00:00Z');
const MINUTE = 60_000;

describe('the recent facts of a home', () => {
  let namespace: MemoryNamespace;
  let rewritten: number;
  let recent: RecentFacts;
  let end: number;

  /** One a minute, of three entities in turn and now and then of the home itself. */
  async function happens(times: number): Promise<void> {
    const facts = Array.from({ length: times }, (_, n) => {
      const at = end + n * MINUTE;
      const subject =
        n % 7 === 6 ? ({ kind: 'instance', id: 'home', name: 'Home' } as const) : entity(`light.${n % 3}`);
      return settled(subject, n % 2 === 0 ? 'available' : 'unavailable', at, n < 7 ? null : 'unknown');
    });
    await namespace.append(facts);
    end += times * MINUTE;
  }

  beforeEach(async () => {
    namespace = new MemoryNamespace('home');
    [rewritten, end] = [0, T0];
    recent = new RecentFacts(namespace, () => rewritten);
    await happens(100);
  });

  const same = async (query: TransitionQuery) =>
    assert.deepEqual(await recent.transitions(query), await namespace.transitions(query));

  /** How many facts are read from the store while something is asked. */
  async function read(work: () => Promise<unknown>): Promise<number> {
    const transitions = mock.method(namespace, 'transitions');
    await work();
    const pages = await Promise.all(transitions.mock.calls.map(({ result }) => result ?? []));
    mock.restoreAll();
    return pages.flat().length;
  }

  const all = (from: number) => recent.transitions({ kind: 'entity', from, limit: 10_000 });

  it('are answered as the store answers, whatever is asked', async () => {
    let seed = 5;
    const random = (most: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    for (let n = 0; n < 400; n += 1) {
      if (random(9) === 0) await happens(random(5));
      const from = T0 + random(120) * MINUTE - random(2);
      const after = random(3) === 0 ? (T0 + random(120) * MINUTE) * 1000 : undefined;
      const to = random(3) === 0 ? from + random(60) * MINUTE : undefined;
      const kind = random(4) === 0 ? undefined : 'entity';
      // A page that is not the first is asked for after the first.
      if (after !== undefined) await recent.transitions({ kind, from, limit: 1 });
      await same({ kind, from, after, to, limit: 1 + random(150), newest_first: random(8) === 0 });
    }
    await same({ kind: 'instance', from: T0, limit: 100 });
    await same({ kind: 'entity', id: 'light.1', from: T0, limit: 100 });
    await same({ limit: 1 });
  });

  it('are read once, and then only what came since', async () => {
    const from = T0 + 20 * MINUTE;
    assert.equal(await read(() => all(from)), 80);
    assert.equal(await read(() => all(from + MINUTE)), 0);
    await happens(3);
    assert.equal(await read(() => all(from)), 3);
    assert.equal(await read(() => Promise.all([all(from), all(from), all(from)])), 0);
  });

  it('are read anew from further back, and when old ones have become others', async () => {
    await all(T0 + 50 * MINUTE);
    assert.equal(await read(() => all(T0)), 100);
    await namespace.rename('entity', 'light.1', 'light.moved');
    rewritten += 1;
    assert.equal(await read(() => all(T0)), 100);
    assert.ok((await all(T0)).some(({ subject }) => subject.id === 'light.moved'));
  });

  it('are not kept when they are too many, unless fewer are asked for', async () => {
    await all(T0);
    await happens(4_990);
    const entities = 5_090 - 14 - 712;
    assert.equal((await all(T0)).length, entities);
    assert.equal(await read(() => all(T0)), entities);
    const late = end - 100 * MINUTE;
    assert.equal(await read(() => all(late)), 100);
    assert.equal(await read(() => all(late)), 0);
    // Neither is in the other's way.
    assert.equal(await read(() => all(T0)), entities);
    assert.equal(await read(() => all(late)), 0);
  });

  it('fail as the store fails, and are there again when it is', async () => {
    mock.method(namespace, 'transitions', () => Promise.reject(new Error('the disk is full')));
    await assert.rejects(all(T0), /full/);
    mock.restoreAll();
    assert.equal((await all(T0)).length, 86);
  });
});
