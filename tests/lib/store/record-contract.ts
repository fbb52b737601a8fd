import assert from 'node:assert/strict';
import type { Namespace, Store } from '../../../src/lib/store/store';
import type { NewRecord, RecordQuery } from '../../../src/lib/store/stored-record';
import { comparable, dumpOf, entity, factsBefore, portionsOf, settled, T0 } from './contract';

const FACTS = ['attempt', 'incident', 'suppression', 'window'] as const;
const KINDS = [...FACTS, 'rollup'] as const;
const MIB = 1024 * 1024;

function attempt(id: string, at: number, more: Partial<NewRecord> = {}): NewRecord {
  return { kind: 'attempt', id, at, open: false, body: { id }, ...more };
}

/** What every store promises of records; `open` opens the same facts each time it is called within one test. */
export function recordContract(open: () => Promise<Store>): void {
  let store: Store;
  let home: Namespace;

  beforeEach(async () => {
    store = await open();
    home = await store.namespace('home');
  });

  afterEach(() => store.close());

  async function reopen(): Promise<void> {
    await store.close();
    store = await open();
    home = await store.namespace('home');
  }

  const ids = async (query: Partial<RecordQuery> = {}) =>
    (await home.records({ kind: 'attempt', ...query })).map(({ id }) => id);

  it('are answered as they were put', async () => {
    const body = { text: 'Küche "1" \\ 💡\n\0 \ud800', list: [1, 0.5, null, true], nested: { empty: {}, none: [] } };
    const put = await home.put({ kind: 'incident', id: 'i1', at: T0 + 0.9, open: true, body });
    assert.deepEqual(put, { kind: 'incident', id: 'i1', at: T0, open: true, body, seq: T0 * 1000 });
    assert.deepEqual(await home.records({ kind: 'incident' }), [put]);
    await reopen();
    assert.deepEqual(await home.records({ kind: 'incident' }), [put]);
    for (const text of ['', 0, false, null, [], '__proto__', [[['x']]]]) {
      const { seq } = await home.put(attempt('any', T0, { body: text }));
      const [kept] = await home.records({ kind: 'attempt', id: 'any' });
      assert.deepEqual([kept?.body, kept?.seq], [text, seq]);
    }
  });

  it('are kept as they were when they were put', async () => {
    const body = { state: 'before' };
    const put = home.put(attempt('a', T0, { body }));
    body.state = 'after';
    assert.deepEqual((await put).body, { state: 'before' });
    assert.deepEqual((await home.records({ kind: 'attempt' }))[0]?.body, { state: 'before' });
  });

  it('take the place of the one of their kind and id, and a new one in the order', async () => {
    await home.put(attempt('a', T0, { open: true, body: 1 }));
    await home.put(attempt('b', T0 + 1));
    const again = await home.put(attempt('a', T0 + 2, { body: 2 }));
    assert.deepEqual([again.at, again.open, again.body], [T0 + 2, false, 2]);
    assert.deepEqual(await ids(), ['b', 'a']);
    assert.deepEqual(await ids({ open: true }), []);
    await reopen();
    assert.deepEqual((await home.records({ kind: 'attempt', id: 'a' }))[0], again);
  });

  it('stand in one order with the transitions, also when the clock was set back, and after a restart', async () => {
    const seqs: number[] = [];
    const put = async (at: number) => seqs.push((await home.put(attempt(`a${seqs.length}`, at))).seq);
    const append = async (at: number) => {
      for (const { seq } of await home.append([settled(entity('light.a'), 'available', at)])) seqs.push(seq);
    };
    await put(T0);
    await append(T0);
    await put(T0 - 60_000);
    await reopen();
    await append(T0 - 60_000);
    await put(T0);
    await reopen();
    await append(T0);
    await Promise.all([put(T0), append(T0), put(T0)]);
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => T0 * 1000 + index),
    );
    await put(T0 + 1);
    await home.remove('attempt', 'a2');
    await append(T0);
    assert.deepEqual(seqs.slice(-2), [(T0 + 1) * 1000, (T0 + 1) * 1000 + 1]);
  });

  it('are found by time, by what came before, and by whether they have ended', async () => {
    for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) {
      await home.put(attempt(id, T0 + index, { open: index % 2 === 1 }));
      await home.put({ ...attempt(id, T0 + index), kind: 'incident' });
    }
    assert.deepEqual(await ids(), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await ids({ newest_first: true, limit: 2 }), ['d', 'c']);
    assert.deepEqual(await ids({ limit: 0 }), []);
    assert.deepEqual(await ids({ from: T0 + 1, to: T0 + 3 }), ['b', 'c']);
    assert.deepEqual(await ids({ from: T0 + 9 }), []);
    assert.deepEqual(await ids({ after: (T0 + 1) * 1000 }), ['c', 'd']);
    assert.deepEqual(await ids({ after: (T0 + 1) * 1000 - 1, to: T0 + 2 }), ['b']);
    for (const newest_first of [false, true]) {
      const ordered = (list: string[]) => (newest_first ? list.reverse() : list);
      assert.deepEqual(await ids({ open: true, newest_first }), ordered(['b', 'd']));
      assert.deepEqual(await ids({ open: false, newest_first }), ordered(['a', 'c']));
      assert.deepEqual(await ids({ open: true, after: (T0 + 1) * 1000, newest_first }), ['d']);
      assert.deepEqual(await ids({ open: true, to: T0 + 3, newest_first }), ['b']);
      assert.deepEqual(await ids({ id: 'b', newest_first }), ['b']);
    }
    assert.deepEqual(await ids({ id: 'b', open: false }), []);
    assert.deepEqual(await ids({ id: 'b', from: T0 + 2 }), []);
    assert.deepEqual(await ids({ id: 'never' }), []);
    assert.deepEqual(await ids({ kind: 'window' }), []);
    for (const id of ['', '\0', '\ud800', 'x'.repeat(5_000)]) assert.deepEqual(await ids({ id }), []);
  });

  it('are 100 unless more are asked for', async () => {
    await Promise.all(Array.from({ length: 120 }, (_, n) => home.put(attempt(`a${n}`, T0))));
    assert.equal((await ids()).length, 100);
    assert.deepEqual(
      await ids({ limit: 1_000 }),
      Array.from({ length: 120 }, (_, n) => `a${n}`),
    );
  });

  it('are removed one by one', async () => {
    for (const kind of KINDS) await home.put(attempt('same', T0, { kind }));
    await home.put(attempt('other', T0));
    await home.remove('attempt', 'same');
    await home.remove('attempt', 'never');
    await home.remove('attempt', '\0');
    await reopen();
    assert.deepEqual(await ids(), ['other']);
    for (const kind of KINDS.slice(1)) assert.deepEqual(await ids({ kind }), ['same']);
  });

  it('are refused when they cannot be kept as they are, and nothing is written', async () => {
    const loop: Record<string, unknown> = {};
    loop['loop'] = loop;
    const bodies = [undefined, { a: undefined }, [undefined], () => 1, Symbol('x'), 1n, Number.NaN, [1 / 0], loop];
    for (const body of [...bodies, 'x'.repeat(MIB - 1), 'ü'.repeat(MIB / 2), '\0'.repeat(MIB / 6 + 1)]) {
      await assert.rejects(home.put(attempt('a', T0, { body })), { code: 'bad_input', message: /^body: / });
    }
    for (const id of ['', 'x'.repeat(513), 'a\0', '\ud800', 5 as never, undefined as never]) {
      await assert.rejects(home.put(attempt(id, T0)), { code: 'bad_input', message: /^id: / });
    }
    for (const at of [Number.NaN, 1e15, Number.POSITIVE_INFINITY, -1, undefined as never]) {
      await assert.rejects(home.put(attempt('a', at)), { code: 'bad_input', message: /^at: / });
    }
    await assert.rejects(home.put(attempt('a', T0, { kind: 'toString' as never })), { code: 'bad_input' });
    await assert.rejects(home.put(attempt('a', T0, { open: 1 as never })), { code: 'bad_input' });
    assert.deepEqual(await ids(), []);
  });

  it('may be as large as that', async () => {
    const [text, id] = ['x'.repeat(MIB - 2), '💡'.repeat(256)];
    await home.put(attempt(id, T0, { body: text }));
    await reopen();
    assert.deepEqual(await home.records({ kind: 'attempt', id }), [{ ...attempt(id, T0), body: text, seq: T0 * 1000 }]);
    const rows = await dumpOf(home);
    await home.replace(portionsOf(rows));
    assert.deepEqual(await dumpOf(home), rows);
  });

  it('go when they are old and have ended', async () => {
    await home.append([settled(entity('light.a'), 'available', T0)]);
    for (const kind of KINDS) {
      await home.put(attempt('old', T0 + 1, { kind }));
      await home.put(attempt('open', T0 + 1, { kind, open: true }));
    }
    for (const kind of KINDS) await home.put(attempt('new', T0 + 10, { kind }));
    assert.equal(await home.prune(factsBefore(T0 + 9.5)), 4);
    for (const kind of FACTS) assert.deepEqual(await ids({ kind }), ['open', 'new']);
    assert.deepEqual(await ids({ kind: 'rollup' }), ['old', 'open', 'new']);
    assert.equal(await home.prune(factsBefore(T0 + 10)), 0);
    assert.equal((await home.resume()).length, 1);
    await home.put(attempt('open', T0 + 2));
    assert.equal(await home.prune(factsBefore(T0 + 11)), 5);
    await reopen();
    assert.deepEqual(await ids(), []);
  });

  it('go by a limit of their own when they are rollups, but for the newest', async () => {
    await home.append([settled(entity('light.a'), 'available', T0), settled(entity('light.a'), 'stale', T0 + 1)]);
    const rollup = (n: number) => attempt(`r${n}`, T0 + n, { kind: 'rollup' });
    for (const n of [1, 2, 3]) await home.put(rollup(n));
    await home.put(attempt('a', T0 + 1));
    await (await store.namespace('other')).put(rollup(9));
    const rollups = (before: number) => home.prune({ facts: null, rollups: before });
    assert.equal(await rollups(T0 + 1.5), 1);
    assert.deepEqual(await ids({ kind: 'rollup' }), ['r2', 'r3']);
    assert.equal(await rollups(T0 + 60_000), 1);
    assert.equal(await rollups(T0 + 60_000), 0);
    assert.deepEqual(await ids({ kind: 'rollup' }), ['r3']);
    assert.deepEqual([await ids(), (await home.transitions({})).length], [['a'], 2]);
    assert.equal(await home.prune({ facts: null, rollups: null }), 0);
    await home.put(rollup(4));
    assert.equal(await home.prune({ facts: T0 + 60_000, rollups: T0 + 60_000 }), 3);
    assert.deepEqual(await ids({ kind: 'rollup' }), ['r4']);
    await reopen();
    assert.ok((await home.put(rollup(5))).seq > (T0 + 4) * 1000);
  });

  it('go in slices when they are rollups too', async () => {
    await Promise.all(Array.from({ length: 1_300 }, (_, n) => home.put(attempt(`r${n}`, T0, { kind: 'rollup' }))));
    assert.equal(await home.prune({ facts: T0 + 60_000, rollups: T0 + 60_000 }), 1_299);
    assert.deepEqual(await ids({ kind: 'rollup' }), ['r1299']);
  });

  it('go in slices while others come', async () => {
    const many = Array.from({ length: 1_300 }, (_, n) => home.put(attempt(`a${n}`, T0, { open: n < 3 })));
    await Promise.all(many);
    const [gone] = await Promise.all([home.prune(factsBefore(T0 + 60_000)), home.put(attempt('new', T0 + 120_000))]);
    assert.equal(gone, 1_297);
    assert.deepEqual(await ids(), ['a0', 'a1', 'a2', 'new']);
  });

  it('are dumped, replaced and purged with all else, in order', async () => {
    const other = await store.namespace('other');
    await other.put(attempt('mine', T0));
    for (const kind of KINDS) {
      for (const [index, id] of ['z', 'a', 'm'].entries()) await home.put(attempt(id, T0 + index, { kind }));
    }
    const rows = await dumpOf(home);
    assert.deepEqual(
      rows.map((row) => row.table === 'records' && `${row.kind} ${row.id}`),
      KINDS.flatMap((kind) => ['z', 'a', 'm'].map((id) => `${kind} ${id}`)),
    );
    await home.put(attempt('later', T0 + 60_000));
    await home.remove('attempt', 'z');
    await home.replace(portionsOf(rows));
    assert.deepEqual(await dumpOf(home), rows);
    assert.deepEqual(await ids(), ['z', 'a', 'm']);
    const { seq } = await home.put(attempt('next', T0));
    assert.ok(rows.every((row) => row.table === 'records' && row.seq < seq));
    const twice = [...rows, ...rows.slice(0, 1)];
    const before = comparable(await dumpOf(home));
    await assert.rejects(home.replace(portionsOf(twice)), { code: 'store_failed' });
    assert.deepEqual(comparable(await dumpOf(home)), before);
    await home.purge();
    assert.deepEqual(await dumpOf(home), []);
    await reopen();
    assert.deepEqual(await ids(), []);
    assert.equal((await dumpOf(await store.namespace('other'))).length, 1);
  });

  it('of more than one portion are dumped as they were at the first', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, n) => home.put(attempt(`a${n}`, T0))));
    const before = await dumpOf(home);
    const rows = [];
    for await (const portion of home.dump()) {
      if (rows.length === 0) {
        await home.put(attempt('a129', T0 + 1, { body: 'after' }));
        await home.remove('attempt', 'a128');
      }
      rows.push(...portion);
    }
    assert.deepEqual(rows, before);
    assert.equal(rows.length, 130);
  });

  it('of one home are none of another, though all their ids are the same', async () => {
    const others = await Promise.all(['home_2', 'hom', 'home_'].map((id) => store.namespace(id)));
    const fill = async (namespace: Namespace) => {
      for (const kind of KINDS) {
        await namespace.put(attempt('same', T0, { kind, body: namespace.instance_id }));
        await namespace.put(attempt('open', T0, { kind, open: true }));
      }
    };
    for (const namespace of [home, ...others]) await fill(namespace);
    const seen = async () => JSON.stringify(await Promise.all(others.map((namespace) => dumpOf(namespace))));
    const before = await seen();
    const rows = await dumpOf(home);
    await home.put(attempt('same', T0 + 1, { body: 'changed' }));
    await home.remove('incident', 'same');
    await home.prune(factsBefore(T0 + 60_000));
    assert.equal(await seen(), before);
    await home.replace(portionsOf(rows));
    await home.purge();
    await fill(home);
    assert.deepEqual((await home.records({ kind: 'window', id: 'same' }))[0]?.body, 'home');
    assert.equal(await seen(), before);
  });

  it('are fenced as all that is written', async () => {
    const put = await home.put(attempt('a', T0));
    const claimant = { owner: 'other', session: 'other', label: 'Other' };
    await store.claim({ claimant, instance_ids: ['home'], lease_ms: 60_000, resumes: false });
    for (const write of [() => home.put(attempt('a', T0 + 1)), () => home.remove('attempt', 'a')]) {
      await assert.rejects(write(), { code: 'lease_lost' });
    }
    assert.deepEqual(await home.records({ kind: 'attempt' }), [put]);
  });

  it('are nothing in an instance never seen', async () => {
    const never = await store.namespace('never');
    for (const kind of KINDS) assert.deepEqual(await never.records({ kind }), []);
    await never.remove('attempt', 'a');
  });
}
