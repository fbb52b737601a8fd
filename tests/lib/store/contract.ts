import assert from 'node:assert/strict';
import type { Status, Subject } from '../../../src/lib/core/subject';
import type { Settled } from '../../../src/lib/core/transition';
import type { DumpRow, Namespace, PruneLimits, Store } from '../../../src/lib/store/store';
import type { NewRecord } from '../../../src/lib/store/stored-record';

/** Monday 2026-11-23 00:00 UTC, epoch ms. */
export const T0 = Date.UTC(2026, 10, 23);
const MINUTE = 60_000;

export function entity(id: string, more: Partial<Subject> = {}): Subject {
  return { kind: 'entity', id, name: id, ...more } as Subject;
}

export function settled(
  subject: Subject,
  status: Status,
  at: number,
  previous: Status | null = null,
  more: Partial<Settled> = {},
): Settled {
  return { subject, status, previous_status: previous, state: status, at, since: at, seconds: null, ...more };
}

/** Epoch ms. */
export function factsBefore(facts: number): PruneLimits {
  return { facts, rollups: null };
}

export async function dumpOf(namespace: Namespace): Promise<DumpRow[]> {
  const rows: DumpRow[] = [];
  for await (const portion of namespace.dump()) rows.push(...portion);
  return rows;
}

/** Keys of subjects mean something within one dump alone: here their kind and id stand for them. */
export function comparable(rows: readonly DumpRow[]): unknown[] {
  const names = new Map(rows.flatMap((row) => (row.table === 'subjects' ? [[row.subject_key, row]] : [])));
  const named = rows.map((row) => {
    if (row.table === 'notes' || row.table === 'records') return row;
    const subject = names.get(row.subject_key);
    return { ...row, subject_key: `${subject?.kind} ${subject?.id}` };
  });
  const rank = (row: (typeof named)[number]) => {
    if (row.table === 'notes') return `notes ${row.key}`;
    if (row.table === 'records') return `records ${row.kind} ${row.id}`;
    return row.table === 'subjects' ? row.subject_key : `transitions ${row.seq}`;
  };
  return named.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

export async function* portionsOf(rows: readonly DumpRow[], size = 2): AsyncGenerator<readonly DumpRow[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

/** What every store promises; `open` opens the same facts each time it is called within one test. */
export function storeContract(open: () => Promise<Store>): void {
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

  const ids = async (query: Parameters<Namespace['transitions']>[0]) =>
    (await home.transitions(query)).map((fact) => fact.subject.id);

  describe('append', () => {
    it('answers the facts with a seq that is their instant in microseconds', async () => {
      const facts = await home.append([settled(entity('light.a'), 'available', T0)]);
      assert.deepEqual(facts, [{ ...settled(entity('light.a'), 'available', T0), seq: T0 * 1000 }]);
    });

    it('counts on within a millisecond, and when the clock was set back', async () => {
      const at = [T0, T0, T0 - MINUTE, T0 + 1];
      const facts = await home.append(at.map((instant) => settled(entity('light.a'), 'available', instant)));
      assert.deepEqual(
        facts.map((fact) => fact.seq - T0 * 1000),
        [0, 1, 2, 1000],
      );
      assert.deepEqual(
        facts.map((fact) => fact.at),
        [T0, T0, T0, T0 + 1],
      );
      await reopen();
      const [later] = await home.append([settled(entity('light.a'), 'unavailable', T0 - MINUTE)]);
      assert.equal(later?.seq, T0 * 1000 + 1001);
    });

    it('answers nothing to nothing', async () => {
      assert.deepEqual(await home.append([]), []);
    });

    it('keeps every field of a fact and of its subject', async () => {
      const subject = entity('light.a', {
        name: 'Küche "1" 💡',
        domain: 'light',
        device_id: 'd1',
        config_entry_id: 'c1',
        area_id: 'kitchen',
        registry_id: 'r1',
      });
      await home.append([settled(subject, 'available', T0)]);
      await home.append([settled(subject, 'unknown', T0 + 90_500, 'available', { since: T0 + 60_000, state: '' })]);
      await reopen();
      assert.deepEqual(await home.transitions({}), [
        { ...settled(subject, 'available', T0), seq: T0 * 1000 },
        {
          ...settled(subject, 'unknown', T0 + 90_500, 'available', { since: T0 + 60_000, state: '', seconds: 60 }),
          seq: (T0 + 90_500) * 1000,
        },
      ]);
    });

    it('tells every kind and every status apart', async () => {
      const kinds = ['entity', 'device', 'config_entry', 'instance'] as const;
      const statuses = ['available', 'unavailable', 'unknown', 'stale', 'missing'] as const;
      for (const kind of kinds) {
        await home.append(statuses.map((status) => settled({ kind, id: 'x', name: kind }, status, T0)));
      }
      const facts = await home.transitions({ id: 'x' });
      assert.deepEqual(
        facts.map((fact) => `${fact.subject.kind} ${fact.subject.name} ${fact.status}`),
        kinds.flatMap((kind) => statuses.map((status) => `${kind} ${kind} ${status}`)),
      );
    });

    it('keeps the latest that is known of a subject', async () => {
      await home.append([settled(entity('light.a', { name: 'Old', area_id: 'attic' }), 'available', T0)]);
      await home.append([settled(entity('light.a', { name: 'New' }), 'unavailable', T0 + 1, 'available')]);
      await reopen();
      assert.deepEqual((await home.resume())[0]?.subject, entity('light.a', { name: 'New' }));
      assert.deepEqual((await home.transitions({}))[0]?.subject, entity('light.a', { name: 'New' }));
    });

    it('takes a subject as it was when append was called', async () => {
      const subject = entity('light.a');
      const written = home.append([settled(subject, 'available', T0)]);
      subject.id = 'light.b';
      await written;
      assert.deepEqual(await ids({}), ['light.a']);
    });

    it('keeps the order of calls that were not waited for', async () => {
      const appends = Array.from({ length: 300 }, (_, index) =>
        home.append([settled(entity(`light.${index}`), 'available', T0)]),
      );
      const facts = (await Promise.all(appends)).flat();
      assert.deepEqual(
        facts.map((fact) => fact.seq),
        facts.map((_, index) => T0 * 1000 + index),
      );
      assert.deepEqual(
        await ids({ limit: 1000 }),
        facts.map((fact) => fact.subject.id),
      );
    });

    it('writes one call with very many facts', async () => {
      const many = Array.from({ length: 5_321 }, (_, index) => settled(entity(`light.${index}`), 'available', T0));
      const [facts, after] = await Promise.all([home.append(many), home.append([settled(entity('z'), 'stale', T0)])]);
      assert.equal(facts.length, 5_321);
      assert.equal(facts[5_320]?.subject.id, 'light.5320');
      assert.equal(after[0]?.seq, T0 * 1000 + 5_321);
      assert.equal((await home.transitions({ limit: 10_000 })).length, 5_322);
    });

    it('takes what Home Assistant could send as text', async () => {
      const names = ["'; DROP TABLE transitions; --", 'a\u0007b', '', 'x'.repeat(100_000), '__proto__', '\ud800 half'];
      await home.append(names.map((name, index) => settled(entity(`${name}${index}`, { name }), 'available', T0)));
      const kept = (await home.transitions({})).map((fact) => fact.subject.name);
      assert.deepEqual(
        kept.map((name) => name.replace(/\p{Surrogate}/gu, '\ufffd')),
        names.map((name) => name.replace(/\p{Surrogate}/gu, '\ufffd')),
      );
      await home.append([settled(entity('\ud800'), 'available', T0), settled(entity('\ud801'), 'available', T0)]);
    });

    it('refuses an instant that cannot be stored, and goes on', async () => {
      for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 1e15]) {
        await assert.rejects(home.append([settled(entity('light.a'), 'available', at)]), { code: 'store_failed' });
      }
      await home.append([settled(entity('light.a'), 'available', T0 + 0.7)]);
      assert.deepEqual(
        (await home.transitions({})).map((fact) => fact.at),
        [T0],
      );
    });
  });

  describe('transitions', () => {
    beforeEach(async () => {
      const device: Subject = { kind: 'device', id: 'd1', name: 'Bridge' };
      await home.append([
        settled(entity('light.a'), 'available', T0),
        settled(device, 'available', T0 + 1),
        settled(entity('light.b'), 'available', T0 + 2),
        settled(entity('light.a'), 'unavailable', T0 + 3, 'available'),
        settled(device, 'unavailable', T0 + 4, 'available'),
      ]);
    });

    it('answers the oldest first, or the newest', async () => {
      assert.deepEqual(await ids({}), ['light.a', 'd1', 'light.b', 'light.a', 'd1']);
      assert.deepEqual(await ids({ newest_first: true, limit: 2 }), ['d1', 'light.a']);
      assert.deepEqual(await ids({ limit: 0 }), []);
    });

    it('answers facts of [from, to)', async () => {
      assert.deepEqual(await ids({ from: T0 + 1, to: T0 + 3 }), ['d1', 'light.b']);
      assert.deepEqual(await ids({ from: T0 + 4 }), ['d1']);
      assert.deepEqual(await ids({ to: T0 + 1 }), ['light.a']);
      assert.deepEqual(await ids({ from: T0 + 0.5, to: T0 + 1.5 }), ['d1']);
      assert.deepEqual(await ids({ from: T0 + 9 }), []);
    });

    it('answers facts after a seq', async () => {
      const seq = (T0 + 2) * 1000;
      assert.deepEqual(await ids({ after: seq }), ['light.a', 'd1']);
      assert.deepEqual(await ids({ after: seq - 1 }), ['light.b', 'light.a', 'd1']);
      assert.deepEqual(await ids({ after: seq, from: T0 + 4 }), ['d1']);
    });

    it('answers one kind or one subject', async () => {
      assert.deepEqual(await ids({ kind: 'device' }), ['d1', 'd1']);
      assert.deepEqual(await ids({ kind: 'entity', newest_first: true }), ['light.a', 'light.b', 'light.a']);
      assert.deepEqual(await ids({ kind: 'entity', id: 'light.a', from: T0 + 1 }), ['light.a']);
      assert.deepEqual(await ids({ id: 'd1', limit: 1 }), ['d1']);
      assert.deepEqual(await ids({ kind: 'device', id: 'light.a' }), []);
      assert.deepEqual(await ids({ id: 'light.never' }), []);
    });

    it('says how long the status before lasted', async () => {
      const facts = await home.transitions({ newest_first: true });
      assert.deepEqual(
        facts.map((fact) => fact.seconds),
        [0.003, 0.003, null, null, null],
      );
    });
  });

  describe('resume', () => {
    it('answers every subject with its last fact after a restart', async () => {
      await home.append([
        settled(entity('light.a'), 'available', T0),
        settled(entity('light.b'), 'available', T0),
        settled(entity('light.a'), 'unavailable', T0 + 60_000, 'available', { since: T0 + 30_000 }),
      ]);
      await reopen();
      assert.deepEqual(await home.resume(), [
        { subject: entity('light.a'), status: 'unavailable', state: 'unavailable', since: T0 + 30_000 },
        { subject: entity('light.b'), status: 'available', state: 'available', since: T0 },
      ]);
    });

    it('answers more subjects than fit into one page', async () => {
      const many = Array.from({ length: 2_000 }, (_, index) => settled(entity(`light.${index}`), 'available', T0));
      await home.append(many);
      const resumed = await home.resume();
      assert.equal(new Set(resumed.map(({ subject }) => subject.id)).size, 2_000);
    });

    it('is empty for an instance never seen', async () => {
      const other = await store.namespace('never');
      assert.deepEqual(await other.resume(), []);
      assert.deepEqual(await other.transitions({}), []);
      assert.equal(await other.told('m'), null);
      assert.equal(await other.note('n'), null);
      assert.equal(await other.prune(factsBefore(T0)), 0);
    });
  });

  describe('rename', () => {
    it('keeps the history', async () => {
      await home.append([settled(entity('light.a'), 'available', T0)]);
      await home.rename('entity', 'light.a', 'light.z');
      await home.append([settled(entity('light.z'), 'unavailable', T0 + 5_000, 'available')]);
      await reopen();
      const facts = await home.transitions({ kind: 'entity', id: 'light.z' });
      assert.deepEqual(
        facts.map((fact) => [fact.subject.id, fact.seconds]),
        [
          ['light.z', null],
          ['light.z', 5],
        ],
      );
      assert.deepEqual(await ids({ id: 'light.a' }), []);
      assert.equal((await home.resume()).length, 1);
    });

    it('onto an id in use: the renamed one has it, the other is forgotten and keeps its facts', async () => {
      await home.append([
        settled(entity('light.a', { name: 'A' }), 'available', T0),
        settled(entity('light.b', { name: 'B' }), 'stale', T0 + 1),
      ]);
      await home.rename('entity', 'light.a', 'light.b');
      await home.append([settled(entity('light.b', { name: 'A' }), 'unavailable', T0 + 2, 'available')]);
      assert.deepEqual(
        (await home.transitions({ id: 'light.b' })).map((fact) => fact.status),
        ['available', 'unavailable'],
      );
      assert.deepEqual(
        (await home.resume()).map(({ subject, status }) => [subject.id, subject.name, status]),
        [['light.b', 'A', 'unavailable']],
      );
      const all = await home.transitions({});
      assert.deepEqual(
        all.map((fact) => fact.subject.name),
        ['A', 'B', 'A'],
      );
      assert.notEqual(all[1]?.subject.id, 'light.b');
    });

    it('goes for what names it as well: causes and attempts are still its own', async () => {
      await home.append([
        settled(entity('light.a'), 'available', T0),
        settled(entity('light.b'), 'available', T0),
        settled(entity('light.a_2'), 'available', T0),
      ]);
      const other = await store.namespace('other');
      await other.append([settled(entity('light.a'), 'available', T0)]);
      const body = {
        root: { id: 'hub' },
        explained: ['light.a', 'light.b', 'light.a_2'].map((id) => ({ id })),
        of: '"light.a"',
      };
      for (const where of [home, other]) {
        await where.put({ kind: 'incident', id: 'light.a', at: T0, open: false, body });
        await where.put({ kind: 'attempt', id: 'x', at: T0, open: true, body: { target: { id: 'light.a' } } });
      }
      const [before] = await home.records({ kind: 'incident' });
      await home.rename('entity', 'light.a', 'light.b');
      await reopen();
      const [incident] = await home.records({ kind: 'incident' });
      assert.ok(incident);
      const kept = incident.body as typeof body;
      const named = kept.explained.map(({ id }) => id);
      assert.deepEqual([named[0], named[2]], ['light.b', 'light.a_2']);
      assert.notEqual(named[1], 'light.b', 'whoever had the id before is somebody else');
      assert.deepEqual([incident.id, incident.seq, kept.of], ['light.a', before?.seq, body.of]);
      const [attempt] = await home.records({ kind: 'attempt' });
      assert.deepEqual(attempt?.body, { target: { id: 'light.b' } });
      for (const kind of ['incident', 'attempt'] as const) {
        const [theirs] = await (await store.namespace('other')).records({ kind });
        assert.match(JSON.stringify(theirs?.body), /"light\.a"/);
      }
    });

    it('of what is not there, or onto itself, changes nothing', async () => {
      await home.append([settled(entity('light.a'), 'available', T0)]);
      await home.rename('entity', 'light.x', 'light.a');
      await home.rename('entity', 'light.a', 'light.a');
      await home.rename('device', 'light.a', 'light.b');
      assert.deepEqual(await ids({}), ['light.a']);
      assert.equal((await home.resume()).length, 1);
    });

    it('swaps two over a third name', async () => {
      await home.append([
        settled(entity('light.a', { name: 'A' }), 'available', T0),
        settled(entity('light.b', { name: 'B' }), 'available', T0),
      ]);
      await home.rename('entity', 'light.a', 'light.tmp');
      await home.rename('entity', 'light.b', 'light.a');
      await home.rename('entity', 'light.tmp', 'light.b');
      const resumed = await home.resume();
      assert.deepEqual(Object.fromEntries(resumed.map(({ subject }) => [subject.name, subject.id])), {
        A: 'light.b',
        B: 'light.a',
      });
    });
  });

  describe('forget', () => {
    it('is not resumed, its facts stay', async () => {
      await home.append([settled(entity('light.a'), 'available', T0), settled(entity('light.b'), 'available', T0)]);
      await home.forget('entity', 'light.a');
      await home.forget('entity', 'light.never');
      await reopen();
      assert.deepEqual(
        (await home.resume()).map(({ subject }) => subject.id),
        ['light.b'],
      );
      assert.deepEqual(await ids({ id: 'light.a' }), ['light.a']);
    });

    it('keeps its end with it, or neither', async () => {
      await home.append([settled(entity('light.a'), 'available', T0)]);
      const absence: NewRecord = { kind: 'absence', id: 'x', at: T0 + 1, open: false, body: { was: 'light.a' } };
      await assert.rejects(home.forget('entity', 'light.a', { ...absence, id: '' }), { code: 'bad_input' });
      assert.equal((await home.resume()).length, 1);
      await home.forget('entity', 'light.a', absence);
      await reopen();
      assert.equal((await home.resume()).length, 0);
      assert.deepEqual(await home.records({ kind: 'absence' }), [{ ...absence, seq: (T0 + 1) * 1000 }]);
    });

    it('comes back with its history', async () => {
      await home.append([settled(entity('light.a'), 'available', T0)]);
      await home.forget('entity', 'light.a');
      await home.append([settled(entity('light.a'), 'unavailable', T0 + 1)]);
      assert.equal((await home.resume()).length, 1);
      assert.deepEqual(await ids({ id: 'light.a' }), ['light.a', 'light.a']);
    });
  });

  describe('consumers and notes', () => {
    it('remembers what a consumer was told until it is dropped', async () => {
      assert.equal(await home.told('monitor'), null);
      await home.tell('monitor', T0 * 1000);
      await home.tell('monitor', T0 * 1000 + 1);
      await reopen();
      assert.equal(await home.told('monitor'), T0 * 1000 + 1);
      assert.equal(await home.told('another'), null);
      await home.dropConsumer('monitor');
      await home.dropConsumer('never');
      assert.equal(await home.told('monitor'), null);
    });

    it('keeps the last note of a key', async () => {
      assert.equal(await home.note('entries'), null);
      await home.setNote('entries', '["a"]');
      await home.setNote('entries', '["b"]');
      await reopen();
      assert.equal(await home.note('entries'), '["b"]');
    });
  });

  describe('prune', () => {
    it('takes what is old but keeps the last fact of each subject', async () => {
      await home.append([
        settled(entity('light.a'), 'available', T0),
        settled(entity('light.b'), 'available', T0 + 1),
        settled(entity('light.a'), 'unavailable', T0 + 2, 'available'),
        settled(entity('light.a'), 'available', T0 + 10, 'unavailable'),
      ]);
      assert.equal(await home.prune(factsBefore(T0 + 10)), 2);
      assert.deepEqual(await ids({}), ['light.b', 'light.a']);
      assert.equal((await home.resume()).length, 2);
      assert.equal(await home.prune(factsBefore(T0 + 10)), 0);
    });

    it('no longer knows how long the status before lasted when its fact is gone', async () => {
      await home.append([
        settled(entity('light.a'), 'available', T0),
        settled(entity('light.a'), 'unavailable', T0 + 10, 'available'),
      ]);
      await home.prune(factsBefore(T0 + 10));
      const [fact] = await home.transitions({});
      assert.deepEqual([fact?.previous_status, fact?.seconds], ['available', null]);
    });

    it('takes the last fact of a forgotten subject too', async () => {
      await home.append([settled(entity('light.a'), 'available', T0), settled(entity('light.b'), 'available', T0)]);
      await home.forget('entity', 'light.a');
      assert.equal(await home.prune(factsBefore(T0 + 1)), 1);
      await home.append([settled(entity('light.a', { name: 'Again' }), 'unavailable', T0 + 5)]);
      assert.deepEqual(await ids({}), ['light.b', 'light.a']);
      assert.equal((await home.resume()).length, 2);
    });

    it('goes on over many slices while facts come in', async () => {
      const old = Array.from({ length: 6_500 }, (_, index) => settled(entity(`light.${index % 10}`), 'stale', T0));
      await home.append(old);
      const [gone] = await Promise.all([
        home.prune(factsBefore(T0 + MINUTE)),
        home.append([settled(entity('light.new'), 'available', T0 + 2 * MINUTE)]),
      ]);
      assert.equal(gone, 6_490);
      assert.equal((await home.transitions({ limit: 20_000 })).length, 11);
    });
  });

  /** Something in every column, and every table. */
  async function fill(namespace: Namespace, name = 'Home'): Promise<void> {
    const full = { domain: 'light', device_id: 'd1', config_entry_id: 'c1', area_id: 'attic', registry_id: 'r1' };
    await namespace.append([
      settled(entity('light.a', { name, ...full }), 'available', T0),
      settled(entity('light.b', { name: 'Küche "1" 💡\n' }), 'stale', T0 + 1),
      settled({ kind: 'device', id: 'd1', name: 'Bridge' }, 'missing', T0 + 1, null, { state: '' }),
      settled(entity('light.gone'), 'unknown', T0 + 2),
      settled(entity('light.a', { name, ...full }), 'unavailable', T0 + 90_000, 'available', { since: T0 + 60_000 }),
    ]);
    await namespace.rename('entity', 'light.b', 'light.c');
    await namespace.forget('entity', 'light.gone');
    await namespace.setNote('n', name);
    await namespace.put({ kind: 'attempt', id: 'a1', at: T0 + 3, open: false, body: { name } });
    await namespace.put({ kind: 'attempt', id: 'a2', at: T0 + 3, open: true, body: { text: '"\\\0\ud800' } });
    await namespace.put({ kind: 'window', id: 'a1', at: T0 + 4, open: true, body: null });
    await namespace.tell('monitor', (T0 + 90_000) * 1000);
  }

  /** All that can be seen of a namespace. */
  async function seen(namespace: Namespace): Promise<string> {
    return JSON.stringify([
      await dumpOf(namespace),
      await namespace.transitions({}),
      await namespace.resume(),
      await namespace.told('monitor'),
      await namespace.note('n'),
      await namespace.records({ kind: 'attempt' }),
      await namespace.records({ kind: 'window', id: 'a1' }),
      (await store.sizes()).find(({ instance_id }) => instance_id === namespace.instance_id)?.transitions,
    ]);
  }

  describe('dump', () => {
    it('answers every row with every field, subjects before the transitions that name them', async () => {
      await fill(home);
      await reopen();
      const rows = await dumpOf(home);
      const keys = new Map(rows.flatMap((row) => (row.table === 'subjects' ? [[row.id, row.subject_key]] : [])));
      const [a, c, device, gone] = ['light.a', 'light.c', 'd1', 'light.gone'].map((id) => keys.get(id));
      const nothing = { domain: null, device_id: null, config_entry_id: null, area_id: null, registry_id: null };
      const light = { domain: 'light', device_id: 'd1', config_entry_id: 'c1', area_id: 'attic', registry_id: 'r1' };
      const expected = [
        { table: 'subjects', subject_key: a, kind: 'entity', id: 'light.a', name: 'Home', ...light, forgotten: false },
        { ...{ table: 'subjects', subject_key: c, kind: 'entity', id: 'light.c', name: 'Küche "1" 💡\n' }, ...nothing },
        { table: 'subjects', subject_key: device, kind: 'device', id: 'd1', name: 'Bridge', ...nothing },
        { table: 'subjects', subject_key: gone, kind: 'entity', id: 'light.gone', name: 'light.gone', ...nothing },
      ].map((row) => ({ ...row, forgotten: row.id === 'light.gone' }));
      const facts: [number, number | undefined, number, string, string | null, string][] = [
        [T0 * 1000, a, T0, 'available', null, 'available'],
        [(T0 + 1) * 1000, c, T0 + 1, 'stale', null, 'stale'],
        [(T0 + 1) * 1000 + 1, device, T0 + 1, 'missing', null, ''],
        [(T0 + 2) * 1000, gone, T0 + 2, 'unknown', null, 'unknown'],
        [(T0 + 90_000) * 1000, a, T0 + 60_000, 'unavailable', 'available', 'unavailable'],
      ];
      const records = [
        { kind: 'attempt', id: 'a1', open: false, body: '{"name":"Home"}' },
        { kind: 'attempt', id: 'a2', open: true, body: '{"text":"\\"\\\\\\u0000\\ud800"}' },
        { kind: 'window', id: 'a1', open: true, body: 'null' },
      ];
      const expectedRows = [
        ...expected,
        ...facts.map(([seq, subject_key, since, status, previous_status, state]) => {
          return { table: 'transitions', seq, subject_key, since, status, previous_status, state };
        }),
        { table: 'notes', key: 'n', value: 'Home' },
        ...records.map((row, index) => ({ table: 'records', ...row, seq: (T0 + 90_000) * 1000 + index + 1 })),
      ];
      assert.deepEqual(comparable(rows), comparable(expectedRows as DumpRow[]));
      const seqs = rows.flatMap((row) => (row.table === 'transitions' ? row.seq : []));
      assert.deepEqual(
        seqs,
        [...seqs].sort((one, other) => one - other),
      );
      const known = new Set<number>();
      for (const row of rows) {
        if (row.table === 'subjects') known.add(row.subject_key);
        if (row.table === 'transitions') assert.ok(known.has(row.subject_key));
      }
    });

    it('is as it was at the first portion, while writes go on', async () => {
      await home.append(Array.from({ length: 3_000 }, (_, n) => settled(entity(`light.${n % 700}`), 'stale', T0)));
      await home.setNote('n', 'before');
      const before = comparable(await dumpOf(home));
      const rows: DumpRow[] = [];
      for await (const portion of home.dump()) {
        assert.ok(portion.length > 0 && portion.length <= 1000, `a portion of ${portion.length}`);
        if (rows.length === 0) {
          await home.append([
            settled(entity('light.new'), 'available', T0 + 1),
            settled(entity('light.1'), 'missing', T0),
          ]);
          await home.rename('entity', 'light.699', 'light.renamed');
          await home.setNote('n', 'after');
          await home.prune(factsBefore(T0 + 1));
        }
        rows.push(...portion);
      }
      assert.deepEqual(comparable(rows), before);
      assert.equal(await home.note('n'), 'after');
    });

    it('may be left early, and may be many at once', async () => {
      await home.append(Array.from({ length: 3_000 }, (_, n) => settled(entity(`light.${n}`), 'stale', T0)));
      for (let round = 0; round < 20; round += 1) {
        for await (const portion of home.dump()) {
          assert.ok(portion.length > 0);
          break;
        }
      }
      const [one, two] = await Promise.all([dumpOf(home), dumpOf(home)]);
      assert.deepEqual(one, two);
      assert.equal(one.length, 6_000);
    });

    it('is empty for an instance never seen', async () => {
      assert.deepEqual(await dumpOf(await store.namespace('never')), []);
    });
  });

  describe('replace', () => {
    it('puts back what was dumped, in another namespace too', async () => {
      await fill(home);
      const rows = await dumpOf(home);
      const told = await home.told('monitor');
      await home.append([settled(entity('light.new'), 'available', T0 + 100_000)]);
      await home.setNote('later', 'x');
      const other = await store.namespace('other');
      await other.append([settled(entity('light.mine'), 'available', T0)]);
      await other.tell('monitor', 5);
      await home.replace(portionsOf(rows));
      await other.replace(portionsOf(rows, 1000));
      await reopen();
      const again = await store.namespace('other');
      assert.deepEqual(comparable(await dumpOf(home)), comparable(rows));
      assert.deepEqual(comparable(await dumpOf(again)), comparable(rows));
      assert.deepEqual(await again.transitions({}), await home.transitions({}));
      assert.equal(await home.note('later'), null);
      assert.deepEqual([await home.told('monitor'), await again.told('monitor')], [told, 5]);
    });

    it('goes on after it: subjects are known, facts come after what consumers were told', async () => {
      await fill(home);
      const rows = await dumpOf(home);
      await home.append([settled(entity('light.d'), 'available', T0 + 200_000)]);
      await home.tell('monitor', (T0 + 200_000) * 1000);
      await home.replace(portionsOf(rows));
      const facts = await home.append([
        settled(entity('light.a'), 'available', T0 + 95_000, 'unavailable'),
        settled(entity('light.d'), 'available', T0 + 95_000),
      ]);
      for (const { seq } of facts) assert.ok(seq > (T0 + 200_000) * 1000);
      assert.equal((await home.transitions({ kind: 'entity', id: 'light.a' })).length, 3);
      await reopen();
      assert.equal((await home.resume()).length, 4);
      assert.deepEqual(await home.transitions({ after: (await home.told('monitor')) ?? 0 }), [
        { ...facts[0], seconds: 35 },
        facts[1],
      ]);
    });

    it('by nothing leaves nothing but the places of consumers', async () => {
      await fill(home);
      await home.replace(portionsOf([]));
      assert.deepEqual(await dumpOf(home), []);
      assert.deepEqual(await home.resume(), []);
      assert.equal(await home.told('monitor'), (T0 + 90_000) * 1000);
    });

    it('changes nothing when the rows throw, or cannot be written', async () => {
      await fill(home);
      const before = await seen(home);
      const rows = await dumpOf(home);
      async function* broken(): AsyncGenerator<readonly DumpRow[]> {
        yield* portionsOf(rows);
        throw new Error('The disk is gone.');
      }
      await assert.rejects(home.replace(broken()), /The disk is gone/);
      const orphan = rows.filter(({ table }) => table !== 'subjects');
      await assert.rejects(home.replace(portionsOf(orphan)), { code: 'store_failed' });
      await assert.rejects(home.replace(portionsOf([...rows, ...rows])), { code: 'store_failed' });
      assert.equal(await seen(home), before);
      await reopen();
      assert.equal(await seen(home), before);
      assert.equal((await store.sizes()).length, 1);
    });

    it('is not seen before it is done, and takes the place of what was written meanwhile', async () => {
      await fill(home);
      const rows = await dumpOf(home);
      async function* slow(): AsyncGenerator<readonly DumpRow[]> {
        yield* portionsOf(rows);
        await home.append([settled(entity('light.meanwhile'), 'available', T0 + 100_000)]);
        assert.equal((await home.transitions({})).length, 6);
      }
      await home.replace(slow());
      assert.deepEqual(comparable(await dumpOf(home)), comparable(rows));
    });

    it('takes more rows than fit into one message', async () => {
      await home.append(Array.from({ length: 6_000 }, (_, n) => settled(entity(`light.${n % 900}`), 'stale', T0 + n)));
      const rows = await dumpOf(home);
      await home.replace(portionsOf(rows, 5_000));
      assert.deepEqual(comparable(await dumpOf(home)), comparable(rows));
      await home.replace(portionsOf(rows, 333));
      assert.equal((await home.transitions({ limit: 10_000 })).length, 6_000);
    });
  });

  describe('purge', () => {
    it('deletes all of it, and begins anew', async () => {
      await fill(home);
      await home.purge();
      const never = await store.namespace('never');
      assert.equal(await seen(home), await seen(never));
      await home.append([settled(entity('light.a'), 'available', T0)]);
      await reopen();
      assert.deepEqual(await ids({}), ['light.a']);
      assert.equal((await dumpOf(home)).length, 2);
      await never.purge().catch(() => undefined);
      await (await store.namespace('never')).purge();
    });
  });

  describe('size', () => {
    it('tells of every namespace, and of the whole', async () => {
      assert.deepEqual(await store.sizes(), []);
      assert.ok(store.place.length > 0);
      await fill(home);
      const other = await store.namespace('home_2');
      await other.append(Array.from({ length: 50 }, (_, n) => settled(entity(`light.${n}`), 'stale', T0 + n)));
      await reopen();
      const sizes = (await store.sizes()).sort((a, b) => (a.instance_id < b.instance_id ? -1 : 1));
      assert.deepEqual(
        sizes.map(({ bytes, ...size }) => size),
        [
          { instance_id: 'home', subjects: 4, transitions: 5, newest: T0 + 90_000 },
          { instance_id: 'home_2', subjects: 50, transitions: 50, newest: T0 + 49 },
        ],
      );
      for (const { bytes } of sizes) assert.ok(Number.isInteger(bytes) && bytes > 0, String(bytes));
      const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.ok((await store.bytes()) >= all);
      await home.purge();
      assert.deepEqual(
        (await store.sizes()).map(({ instance_id }) => instance_id),
        ['home_2'],
      );
    });
  });

  it('leaves homes with the same ids and like names byte for byte, whatever happens to one', async () => {
    const others = await Promise.all(['home_2', 'hom', 'home_'].map((id) => store.namespace(id)));
    for (const namespace of [home, ...others]) await fill(namespace, 'Same');
    const rows = await dumpOf(home);
    const all = async () => (await Promise.all(others.map(seen))).join('\n');
    const before = await all();
    const operations: [string, () => Promise<unknown>][] = [
      ['dump', () => dumpOf(home)],
      ['replace', () => home.replace(portionsOf(rows.filter(({ table }) => table !== 'notes')))],
      ['replace that fails', () => assert.rejects(home.replace(portionsOf(rows.slice(4))))],
      ['prune', () => home.prune(factsBefore(T0 + MINUTE))],
      ['purge', () => home.purge()],
      ['append', () => home.append([settled(entity('light.a'), 'missing', T0)])],
      ['replace after purge', () => home.replace(portionsOf(rows))],
      ['sizes', () => store.sizes()],
      ['purge again', () => home.purge()],
    ];
    for (const [name, operation] of operations) {
      await operation();
      assert.equal(await all(), before, name);
    }
  });

  it('keeps instances apart though all their ids are the same', async () => {
    const other = await store.namespace('other');
    const fill = async (namespace: Namespace, name: string) => {
      await namespace.append([
        settled(entity('light.a', { name }), 'available', T0),
        settled(entity('light.b', { name }), 'available', T0),
        settled(entity('light.a', { name }), 'unavailable', T0 + 1, 'available'),
      ]);
      await namespace.tell('monitor', 1);
      await namespace.setNote('n', name);
    };
    const dump = async (namespace: Namespace) =>
      JSON.stringify([
        await namespace.transitions({}),
        await namespace.resume(),
        await namespace.told('monitor'),
        await namespace.note('n'),
      ]);
    await Promise.all([fill(home, 'Home'), fill(other, 'Other')]);
    const before = await dump(other);
    await home.append([settled(entity('light.a', { name: 'X' }), 'missing', T0 + 2, 'unavailable')]);
    await home.rename('entity', 'light.a', 'light.b');
    await home.forget('entity', 'light.b');
    await home.tell('monitor', 9);
    await home.setNote('n', 'changed');
    await home.prune(factsBefore(T0 + MINUTE));
    await home.dropConsumer('monitor');
    assert.equal(await dump(other), before);
    assert.ok(!before.includes('Home'));
  });
}
