import assert from 'node:assert/strict';
import type { Settled } from '../../../src/lib/core/transition';
import { openPostgres } from '../../../src/lib/store/postgres';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { describeOnPostgres, queryPostgres, startPostgres } from '../../support/postgres';
import { backupContract } from './backup-contract';
import { comparable, dumpOf, entity, portionsOf, settled, storeContract, T0 } from './contract';
import { leaseContract } from './lease-contract';
import { recordContract } from './record-contract';

describeOnPostgres('store in PostgreSQL', () => {
  let url: string;
  let notices: string[];
  let stores: Store[];

  before(async () => {
    url = await (await startPostgres()).createDatabase();
  });

  beforeEach(async () => {
    await raw('DROP SCHEMA IF EXISTS caretaker CASCADE');
    notices = [];
    stores = [];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    assert.deepEqual(notices, []);
  });

  const open = async (address = url): Promise<Store> => {
    const store = await openPostgres({ url: address, log: (message) => notices.push(message) });
    stores.push(store);
    return store;
  };
  /** Another Node-RED, as far as the database can tell: it shares no connection and no memory with the others. */
  const openElsewhere = (number = 1) => open(`${url}?application_name=elsewhere${number}`);
  const raw = (sql: string) => queryPostgres(url, sql);
  const fact = (id: string, at = T0): Settled => settled(entity(id), 'available', at);
  const idsOf = async (home: Namespace) => (await home.transitions({})).map(({ subject }) => subject.id);

  describe('keeps the contract', () => storeContract(() => open()));

  describe('records', () => recordContract(() => open()));

  describe('shared by several', () => {
    let others = 0;
    leaseContract(() => {
      others += 1;
      return openElsewhere(others);
    });
  });

  describe('backups', () => backupContract(() => open()));

  it('says where it is, not who opened it', async () => {
    const store = await open();
    const { port, pathname } = new URL(url);
    assert.deepEqual([store.kind, store.place], ['postgres', `127.0.0.1:${port}${pathname}`]);
  });

  it('what one home sends that cannot be written costs the others nothing', async () => {
    const store = await open();
    const [home, other] = [await store.namespace('home'), await store.namespace('other')];
    const bad = { ...fact('light.bad'), state: null as unknown as string };
    const worse = { ...fact('light.worse'), status: undefined as never };
    const outcomes = await Promise.allSettled([
      home.append([fact('light.first')]),
      home.append([fact('light.a'), bad]),
      other.append([fact('light.b')]),
      home.append([fact('light.c')]),
      home.append([worse, { ...fact('light.d'), state: 7n as never }]),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'written')),
      ['written', 'store_failed', 'written', 'written', 'store_failed'],
    );
    assert.deepEqual(await idsOf(home), ['light.first', 'light.c']);
    assert.deepEqual(await idsOf(other), ['light.b']);
    assert.deepEqual(
      (await home.resume()).map(({ subject }) => subject.id),
      ['light.first', 'light.c'],
    );
  });

  it('takes an id no index can hold', async () => {
    const home = await (await open()).namespace('home');
    const long = Array.from({ length: 20_000 }, (_, index) => (index ** 3).toString(36)).join('');
    await home.append([fact(`${long}1`), fact(`${long}2`)]);
    await home.append([settled(entity(`${long}1`), 'stale', T0 + 5)]);
    assert.deepEqual(
      (await home.transitions({ id: `${long}1` })).map(({ status }) => status),
      ['available', 'stale'],
    );
    assert.equal((await home.resume()).length, 2);
    await home.rename('entity', `${long}1`, 'light.a');
    assert.equal((await home.transitions({ id: 'light.a' })).length, 2);
  });

  it('replaces what PostgreSQL does not keep in a text', async () => {
    const home = await (await open()).namespace('home');
    await home.append([settled(entity('a\0b', { name: '\0\ud800"\\{}' }), 'available', T0, null, { state: 'NULL' })]);
    await home.append([settled(entity('a\0b', { name: '\0\ud800"\\{}' }), 'stale', T0, null, { state: '\0' })]);
    await home.setNote('n\0', '\0');
    assert.equal(await home.note('n\0'), '\ufffd');
    const facts = await home.transitions({ id: 'a\0b' });
    assert.deepEqual(
      facts.map(({ subject, state }) => [subject.id, subject.name, state]),
      ['NULL', '\ufffd'].map((state) => ['a\ufffdb', '\ufffd\ufffd"\\{}', state]),
    );
  });

  describe('two Node-REDs on one database', () => {
    it('give out every seq once, and upwards', async () => {
      const homes = await Promise.all([1, 2, 3].map(async (n) => (await openElsewhere(n)).namespace('home')));
      const written: number[][] = await Promise.all(
        homes.map(async (home, writer) => {
          const seqs: number[] = [];
          for (let round = 0; round < 40; round += 1) {
            const facts = await home.append([fact(`light.${writer}`), fact(`light.${round}`), fact('light.all')]);
            for (const { seq } of facts) seqs.push(seq);
          }
          return seqs;
        }),
      );
      for (const seqs of written) assert.deepEqual(seqs, [...seqs].sort());
      assert.equal(new Set(written.flat()).size, 360);
      const [home] = homes;
      const facts = (await home?.transitions({ limit: 1000 })) ?? [];
      assert.deepEqual(
        facts.map(({ seq }) => seq),
        facts.map((_, index) => T0 * 1000 + index),
      );
      assert.equal((await home?.resume())?.length, 41);
    });

    it('see what the other wrote, renamed, restored and purged', async () => {
      const [here, there] = [await (await open()).namespace('home'), await (await openElsewhere()).namespace('home')];
      await here.append([fact('light.a'), fact('light.b')]);
      await there.append([settled(entity('light.a', { name: 'New' }), 'stale', T0 + 1, 'available')]);
      await there.rename('entity', 'light.b', 'light.c');
      await here.append([fact('light.b', T0 + 2)]);
      const rows = await dumpOf(there);
      assert.deepEqual(
        (await here.resume()).map(({ subject }) => subject.id),
        ['light.a', 'light.c', 'light.b'],
      );
      await there.replace(portionsOf(rows.filter((row) => row.table === 'subjects')));
      await here.append([fact('light.a', T0 + 3)]);
      assert.deepEqual(await idsOf(there), ['light.a']);
      await there.purge();
      await here.append([fact('light.z', T0 + 4)]);
      assert.deepEqual(await idsOf(there), ['light.z']);
      assert.deepEqual(await raw('SELECT count(*)::integer AS subjects FROM caretaker.subjects'), [{ subjects: 1 }]);
    });

    it('migrate it once, however many start', async () => {
      const opened = await Promise.all([1, 2, 3, 4, 5].map(openElsewhere));
      await Promise.all(opened.map(async (store) => (await store.namespace('home')).append([fact('light.a')])));
      const [home] = await Promise.all(opened.map((store) => store.namespace('home')));
      assert.equal((await home?.transitions({}))?.length, 5);
    });

    it('restore the same home at once: one of the two is what is there', async () => {
      const [here, there] = [await (await open()).namespace('home'), await (await openElsewhere()).namespace('home')];
      await here.append(Array.from({ length: 500 }, (_, index) => fact(`light.${index}`)));
      const all = await dumpOf(here);
      const half = all.filter((row) => row.table === 'subjects' || (row.table === 'transitions' && row.seq % 2 === 0));
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([here.replace(portionsOf(all, 100)), there.replace(portionsOf(half, 100))]);
        const left = comparable(await dumpOf(here));
        assert.ok([all, half].some((rows) => JSON.stringify(comparable(rows)) === JSON.stringify(left)));
      }
      await eventually(async () => {
        const [rows] = await raw('SELECT count(*)::integer AS instances FROM caretaker.instances');
        assert.equal(rows?.['instances'], 1);
      });
    });
  });

  describe('opened more than once', () => {
    it('is one set of connections until the last close', async () => {
      const [one, two] = await Promise.all([open(), open()]);
      const [first, second] = [await one.namespace('home'), await two.namespace('home')];
      await first.append([fact('light.a')]);
      const [late] = await Promise.all([second.append([fact('light.b')]), one.close(), one.close()]);
      assert.equal(late?.[0]?.seq, T0 * 1000 + 1);
      for (const call of [first.resume(), first.append([]), one.sizes(), one.bytes()]) {
        await assert.rejects(call, { code: 'store_failed', message: /is closed/ });
      }
      assert.equal((await second.resume()).length, 2);
      await two.close();
      const connected = `SELECT count(*)::integer AS left FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'Caretaker'`;
      await eventually(async () => assert.deepEqual(await raw(connected), [{ left: 0 }]));
    });

    it('again while the close before is still writing', async () => {
      const store = await open();
      const home = await store.namespace('home');
      const written = home.append(Array.from({ length: 20_000 }, (_, index) => fact(`light.${index}`)));
      const read = home.resume();
      const closed = store.close();
      const next = await (await open()).namespace('home');
      assert.equal((await written).length, 20_000);
      assert.equal((await read).length, 20_000);
      await closed;
      assert.equal((await next.resume()).length, 20_000);
    });

    it('closed in the midst of a dump and a restore: they are told', async () => {
      const store = await open();
      const home = await store.namespace('home');
      await home.append(Array.from({ length: 3_000 }, (_, index) => fact(`light.${index}`)));
      const dump = home.dump()[Symbol.asyncIterator]();
      await dump.next();
      const restored = assert.rejects(home.replace(home.dump()), { code: 'store_failed', message: /is closed/ });
      await Promise.all([store.close(), restored]);
      await assert.rejects(dump.next(), { code: 'store_failed', message: /is closed/ });
      const again = await (await open()).namespace('home');
      assert.equal((await again.resume()).length, 3_000);
    });
  });

  it('refuses more than it can remember', async () => {
    const home = await (await open()).namespace('home');
    const many = () => Array.from({ length: 99_999 }, (_, index) => fact(`light.${index % 10}`));
    const full = home.append(many());
    const last = home.append([fact('light.last')]);
    await assert.rejects(home.append([fact('light.over')]), { code: 'store_failed', message: /100000 facts behind/ });
    await Promise.all([full, last]);
    assert.equal((await home.append([fact('light.after')])).length, 1);
    assert.deepEqual(await home.transitions({ id: 'light.over' }), []);
  }).timeout(60_000);
});
