import assert from 'node:assert/strict';
import type { Fact } from '../../../src/lib/core/transition';
import { CaretakerError } from '../../../src/lib/error';
import { Journal } from '../../../src/lib/instance/journal';
import { MemoryStore } from '../../../src/lib/store/memory';
import type { Namespace } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { settled } from './settled';

/** A namespace whose calls fail while they are told to. */
class Moody {
  readonly failing = new Set<keyof Namespace>();
  readonly namespace: Namespace;

  constructor(namespace: Namespace) {
    this.namespace = new Proxy(namespace, {
      get: (target, key: keyof Namespace) => {
        const value = target[key];
        if (typeof value !== 'function') return value;
        return async (...inputs: never[]) => {
          if (this.failing.has(key)) throw new CaretakerError('store_failed', `${key}: the disk is full`);
          return (value as (...inputs: never[]) => unknown).apply(target, inputs);
        };
      },
    });
  }
}

describe('the journal', () => {
  let store: Moody;
  let journal: Journal;
  let trouble: string[];
  let told: string[];
  const listener = (id = 'monitor:1') => ({ id, told: (fact: Fact) => void told.push(fact.subject.id) });
  const restart = () => {
    journal = new Journal(store.namespace, (what) => trouble.push(what));
    return journal;
  };
  const add = (...ids: string[]) => {
    for (const id of ids) journal.add(settled(id, 1_000));
  };
  /** Until everything asked for so far was done. */
  const done = async () => {
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
  };

  beforeEach(async () => {
    store = new Moody(await new MemoryStore().namespace('home'));
    trouble = [];
    told = [];
    restart();
  });
  afterEach(() => journal.close());

  it('tells one never seen before what happens from now on, in order, once', async () => {
    add('past');
    await done();
    journal.attach(listener());
    add('a', 'b');
    await done();
    add('c');
    await done();
    assert.deepEqual(told, ['a', 'b', 'c']);
  });

  it('keeps the order of facts, renames and removals', async () => {
    add('a');
    journal.rename('entity', 'a', 'b');
    add('b');
    journal.forget('entity', 'b');
    add('c');
    journal.note('key', 'value');
    await journal.close();
    const facts = await store.namespace.transitions({});
    assert.deepEqual(
      facts.map(({ subject }) => subject.id),
      ['b', 'b', 'c'],
    );
    assert.deepEqual(
      (await store.namespace.resume()).map(({ subject }) => subject.id),
      ['c'],
    );
    assert.equal(await store.namespace.note('key'), 'value');
  });

  it('tells several consumers, and none for the other', async () => {
    const others: string[] = [];
    journal.attach(listener('one'));
    journal.attach({ id: 'other', told: (fact) => void others.push(fact.subject.id) })(true);
    journal.attach({
      id: 'bad',
      told: () => {
        throw new Error('no');
      },
    });
    add('a', 'b');
    await done();
    assert.deepEqual([told, others, trouble], [['a', 'b'], [], ['no', 'no']]);
  });

  it('tells one that was away what it missed, once, also over a redeploy while facts are written', async () => {
    const detach = journal.attach(listener());
    add('a');
    await done();
    detach(false);
    add('b');
    await done();
    assert.deepEqual(told, ['a']);
    const again = journal.attach(listener());
    add('c');
    again(false);
    add('d');
    journal.attach(listener());
    add('e');
    await done();
    assert.deepEqual(told, ['a', 'b', 'c', 'd', 'e']);
  });

  it('tells after a clean restart only what was not told yet', async () => {
    journal.attach(listener());
    add('a');
    await done();
    add('b');
    await journal.close();
    assert.deepEqual(told, ['a'], 'it is closing');
    restart().attach(listener());
    await done();
    assert.deepEqual(told, ['a', 'b']);
    await journal.close();
    restart().attach(listener());
    await done();
    assert.deepEqual(told, ['a', 'b']);
  });

  it('tells again after a crash what was told in its last second, with the same since, and loses nothing', async () => {
    const since: number[] = [];
    const consumer = { id: 'monitor:1', told: (fact: Fact) => void since.push(fact.since) };
    journal.attach(consumer);
    journal.add(settled('a', 1_000));
    await eventually(async () => assert.equal(await store.namespace.told('monitor:1'), 1_000_000), 1_500);
    journal.add(settled('b', 2_000));
    await done();
    assert.deepEqual(since, [970, 1_970]);
    const crashed = journal;
    restart().attach(consumer);
    journal.add(settled('c', 3_000));
    await done();
    assert.deepEqual(since, [970, 1_970, 1_970, 2_970]);
    await crashed.close();
  });

  it('starts one anew that was removed for good', async () => {
    const detach = journal.attach(listener());
    add('a');
    await done();
    detach(true);
    detach(false);
    add('b');
    await done();
    journal.attach(listener());
    add('c');
    await done();
    assert.deepEqual(told, ['a', 'c']);
  });

  it('pages through a long absence', async () => {
    journal.attach(listener())(false);
    await done();
    await store.namespace.tell('monitor:1', 0);
    add(...Array.from({ length: 2_500 }, (_, n) => `n${n}`));
    await done();
    journal.attach(listener());
    await done();
    assert.equal(told.length, 2_500);
    assert.deepEqual(told.slice(-2), ['n2498', 'n2499']);
  });

  it('still tells when the store fails, all of a batch, and what is stored after', async () => {
    journal.attach(listener());
    add('stored');
    await done();
    store.failing.add('append');
    add('a', 'b', 'c');
    await done();
    assert.deepEqual(told, ['stored', 'a', 'b', 'c']);
    assert.deepEqual(trouble, ['append: the disk is full']);
    store.failing.clear();
    add('d', 'e');
    await done();
    assert.deepEqual(told, ['stored', 'a', 'b', 'c', 'd', 'e']);
    await journal.close();
    restart().attach(listener());
    await done();
    assert.equal(told.length, 6, 'and not again');
  });

  it('whose store cannot say what was told yet catches up when it can, and tells meanwhile what it cannot store', async () => {
    journal.attach(listener());
    add('a');
    await journal.close();
    await store.namespace.tell('monitor:1', 0);
    store.failing.add('told').add('append');
    restart().attach(listener());
    add('b');
    await done();
    assert.deepEqual(told, ['b']);
    store.failing.delete('append');
    add('c');
    await done();
    store.failing.delete('told');
    store.failing.add('transitions');
    add('d');
    await done();
    assert.deepEqual(told, ['b']);
    store.failing.clear();
    add('e');
    await done();
    assert.deepEqual(told, ['b', 'a', 'c', 'd', 'e']);
  });

  it('whose store failed when one never seen before came tells it all since', async () => {
    add('past');
    await done();
    store.failing.add('told');
    journal.attach(listener());
    await done();
    store.failing.clear();
    add('a', 'b');
    add('c');
    await done();
    assert.deepEqual(told, ['a', 'b', 'c']);
  });

  it('keeps a place that could not be stored for the next time', async () => {
    journal.attach(listener());
    await done();
    store.failing.add('tell');
    add('a');
    await done();
    await eventually(() => assert.ok(trouble.length > 0), 1_500);
    store.failing.clear();
    await journal.close();
    restart().attach(listener());
    await done();
    assert.deepEqual(told, ['a']);
  });

  it('one taken away while its place is being read is told nothing', async () => {
    journal.attach(listener())(false);
    journal.attach(listener('other'));
    add('a');
    await done();
    assert.deepEqual(told, ['a']);
  });
});
