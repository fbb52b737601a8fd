import assert from 'node:assert/strict';
import { Client } from 'pg';
import type { Settled } from '../../../src/lib/core/transition';
import { openPostgres } from '../../../src/lib/store/postgres';
import { MIGRATIONS, migratePostgres } from '../../../src/lib/store/postgres-schema';
import { PostgresServer } from '../../../src/lib/store/postgres-server';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { describeOnPostgres, queryPostgres, startPostgres } from '../../support/postgres';
import { dumpOf, entity, factsBefore, portionsOf, settled, T0 } from './contract';

const SCHEMAS = ['caretaker', ...[2, 3, 4, 5].map((version) => `caretaker_before_${version}`)];

describeOnPostgres('schema of the store in PostgreSQL', () => {
  let url: string;
  let notices: string[];
  let stores: Store[];

  before(async () => {
    url = await (await startPostgres()).createDatabase();
  });

  beforeEach(async () => {
    await raw(`DROP SCHEMA IF EXISTS ${SCHEMAS.join()} CASCADE`);
    notices = [];
    stores = [];
  });

  afterEach(() => Promise.all(stores.map((store) => store.close())));

  const raw = (sql: string, values: readonly unknown[] = []) => queryPostgres(url, sql, values);
  const open = async (): Promise<Store> => {
    const store = await openPostgres({ url, log: (message) => notices.push(message) });
    stores.push(store);
    return store;
  };
  const fact = (id: string, at = T0): Settled => settled(entity(id), 'available', at);

  it('the instance leads every primary key and every index', async () => {
    await open();
    const indexes = await raw(`SELECT i.indexrelid::regclass::text AS index, i.indrelid::regclass::text AS table,
        i.indisprimary AS is_primary, a.attname AS first
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE n.nspname = 'caretaker'`);
    assert.ok(indexes.length >= 8);
    for (const { index, first } of indexes) assert.match(String(first), /^instance_(key|id)$/, String(index));
    const tables = await raw(`SELECT 'caretaker.' || tablename AS name FROM pg_tables WHERE schemaname = 'caretaker'`);
    const keyed = new Set(indexes.filter((row) => row['is_primary']).map((row) => row['table']));
    assert.deepEqual(
      tables.map(({ name }) => name).filter((name) => !keyed.has(name)),
      ['caretaker.caretaker_schema'],
    );
  });

  describe('finds everything by an index', () => {
    /** All that is asked of the server while `work` goes on. */
    async function queriesOf(work: () => Promise<unknown>): Promise<{ text: string; values: unknown[] }[]> {
      const asked = new Map<string, { text: string; values: unknown[] }>();
      const query = Client.prototype.query;
      Client.prototype.query = function (this: Client, ...args: [string, unknown[]]) {
        const [text, values] = args;
        // The last of each is asked when most is there.
        if (typeof text === 'string') asked.set(text, { text, values: values ?? [] });
        return (query as (...all: unknown[]) => unknown).apply(this, args);
      } as typeof query;
      try {
        await work();
      } finally {
        Client.prototype.query = query;
      }
      return [...asked.values()].filter(({ text }) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(text));
    }

    async function everything(store: Store, home: Namespace, other: Namespace): Promise<void> {
      const batch = Array.from({ length: 500 }, (_, index) => fact(`light.${index * 3}`, T0 + 60_000));
      await home.append(batch);
      await home.append([...batch, settled(entity('light.1', { name: 'New' }), 'stale', T0 + 60_000)]);
      await home.rename('entity', 'light.1', 'light.2');
      for (let index = 0; index < 50; index += 1) await home.forget('entity', `light.${index}`);
      await home.tell('monitor', 1);
      await home.told('monitor');
      await home.setNote('n', 'x');
      await home.note('n');
      await home.resume();
      for (const newest_first of [true, false]) {
        for (const range of [{}, { from: T0 + 100, to: T0 + 200 }, { after: T0 * 1000 + 5, limit: 20_000 }]) {
          for (const kind of [undefined, 'entity', 'device'] as const) {
            await home.transitions({ ...range, kind, newest_first });
            await home.transitions({ ...range, kind, newest_first, id: 'light.9' });
          }
        }
      }
      await home.dropConsumer('monitor');
      await everyRecord(home);
      const rows = await dumpOf(home);
      await other.replace(portionsOf(rows, 5_000));
      await store.sizes();
      await store.bytes();
      for (const owner of ['a', 'b']) {
        const claimant = { owner, session: owner, label: owner };
        await store.claim({ claimant, instance_ids: ['other', 'none'], lease_ms: 0, resumes: true });
      }
      await home.prune(factsBefore(T0 + 30_000));
      await other.purge();
    }

    async function everyRecord(home: Namespace): Promise<void> {
      const put = (n: number) =>
        home.put({ kind: 'attempt', id: `a${n}`, at: T0 + n, open: n % 2 === 0, body: 'x'.repeat(n) });
      await Promise.all(Array.from({ length: 200 }, (_, n) => put(n)));
      for (const newest_first of [true, false]) {
        for (const open of [undefined, true, false]) {
          await home.records({ kind: 'attempt', open, newest_first });
          await home.records({ kind: 'attempt', open, newest_first, from: T0 + 10, to: T0 + 20, after: T0 * 1000 });
          await home.records({ kind: 'attempt', open, newest_first, id: 'a9' });
        }
      }
      await home.remove('attempt', 'a9');
    }

    /** The plans, on a connection as the store makes them, in which something stands that should not. */
    async function plansOf(queries: readonly { text: string; values: unknown[] }[], wrong: RegExp): Promise<string[]> {
      const server = new PostgresServer(url);
      const missed: string[] = [];
      await server.session(async ({ query }) => {
        assert.equal((await query('SHOW enable_seqscan')).rows[0]?.['enable_seqscan'], 'on');
        for (const mode of ['force_custom_plan', 'force_generic_plan']) {
          await query(`SET plan_cache_mode = ${mode}`);
          for (const { text, values } of queries) {
            const lines = (await query(`EXPLAIN ${text}`, values)).rows;
            const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
            if (wrong.test(plan)) missed.push(`${mode}\n${text}\n${plan}`);
          }
        }
      });
      await server.end();
      return missed;
    }

    for (const statistics of ['none', 'of a small home']) {
      it(`with statistics from before (${statistics}): without sorting facts, or passing by what was not asked for`, async () => {
        const store = await open();
        await raw('ALTER TABLE caretaker.transitions SET (autovacuum_enabled = false)');
        await raw('ALTER TABLE caretaker.subjects SET (autovacuum_enabled = false)');
        await raw('ALTER TABLE caretaker.records SET (autovacuum_enabled = false)');
        const [home, small] = [await store.namespace('home'), await store.namespace('small')];
        const many = () => Array.from({ length: 10_000 }, (_, index) => fact(`light.${index % 500}`, T0 + index));
        await small.append(many());
        if (statistics !== 'none') await raw('ANALYZE caretaker.transitions, caretaker.subjects');
        for (let round = 0; round < 4; round += 1) await home.append(many());
        const queries = await queriesOf(() => everything(store, home, small));
        const byTime = await queriesOf(async () => {
          for (const newest_first of [true, false]) {
            await home.transitions({ newest_first });
            await home.transitions({ newest_first, kind: 'entity' });
          }
          await dumpOf(home);
          await home.resume();
        });
        // By its kind and id a record is one row at most.
        const passedBy = /(?<!Scan on one[\s\S]*)Filter: .*(subject_key|seq|\bid\b) (=|>|<)/;
        const missed = [
          ...(await plansOf(queries, passedBy)),
          ...(await plansOf(byTime, /Sort|Bitmap|Seq Scan on (transitions|subjects)/)),
        ];
        assert.deepEqual(missed, [], missed.join('\n\n'));
      });
    }

    for (const [title, homes, subjects] of [
      ['of many homes', 12, 3_000],
      ['of few homes', 4, 5_000],
    ] as const) {
      it(`${title}, each query that is run`, async () => {
        const store = await open();
        const rows = subjects * homes;
        await raw('INSERT INTO caretaker.instances SELECT n, $1 || n FROM generate_series(1, $2::integer) n', [
          'home',
          homes,
        ]);
        await raw(`INSERT INTO caretaker.subjects (instance_key, subject_key, kind, id, name)
          SELECT n % ${homes} + 1, n / ${homes} + 1, CASE WHEN n / ${homes} % 20 = 0 THEN 'device' ELSE 'entity' END,
            'light.' || n / ${homes}, 'A light' FROM generate_series(0, ${rows - 1}) n`);
        await raw(`INSERT INTO caretaker.transitions (instance_key, subject_key, seq, since, status, previous_status, state)
          SELECT n % ${homes} + 1, n / ${homes} % ${subjects} + 1, ${T0 * 1000} + n, ${T0}, 0, 1, 'on'
          FROM generate_series(0, ${rows * 2 - 1}) n`);
        await raw(`INSERT INTO caretaker.records (instance_key, kind, id, seq, open, body)
          SELECT n % ${homes} + 1, n / ${homes} % 2, 'r' || n, ${T0 * 1000} + n, n % 1000 < ${homes}, to_json(repeat('x', 300))
          FROM generate_series(0, ${rows - 1}) n`);
        await raw('ANALYZE caretaker.transitions, caretaker.subjects, caretaker.records, caretaker.instances');
        const [home, other] = [await store.namespace('home3'), await store.namespace('home4')];
        const queries = await queriesOf(() => everything(store, home, other));
        assert.ok(queries.length > 40, `${queries.length} queries`);
        const ofRecords = queries.filter(({ text }) => text.startsWith('SELECT id, seq, open'));
        const ofOpen = ofRecords.filter(({ text }) => text.includes('AND open'));
        assert.ok(ofOpen.length >= 3 && ofRecords.length >= 9);
        const missed = [
          ...(await plansOf(queries, /Seq Scan on (transitions|subjects|records)/)),
          ...(await plansOf(ofRecords, /Sort|Bitmap/)),
          ...(await plansOf(ofOpen, /records_by_seq/)),
        ];
        assert.deepEqual(missed, [], missed.join('\n\n'));
      }).timeout(60_000);
    }
  });

  describe('a migration', () => {
    const STEPS = [
      ...MIGRATIONS.map(() => ''),
      'ALTER TABLE caretaker.notes ADD COLUMN colour text',
      'CREATE TABLE caretaker.notes (x integer)',
    ];
    const NEXT = MIGRATIONS.length + 1;
    const COPY = `caretaker_before_${NEXT}`;
    const migrate = async (steps: readonly string[]) => {
      const server = new PostgresServer(url);
      try {
        await server.session(
          (session) => migratePostgres(session, server.place, (text) => notices.push(text), steps),
          true,
        );
      } finally {
        await server.end();
      }
    };
    const version = async () => (await raw('SELECT version FROM caretaker.caretaker_schema'))[0]?.['version'];

    it('is one transaction, after a copy of the tables that can take their place again', async () => {
      const store = await open();
      const home = await store.namespace('home');
      await home.append([fact('light.a'), fact('light.b')]);
      await home.setNote('n', 'x');
      const before = await dumpOf(home);
      await store.close();
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await assert.rejects(migrate(STEPS), { code: 'store_failed', message: /already exists/ });
        assert.equal(await version(), NEXT);
      }
      assert.equal((await raw('SELECT colour FROM caretaker.notes')).length, 1);
      assert.deepEqual(await raw(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'caretaker%' ORDER BY nspname`), [
        { nspname: 'caretaker' },
        { nspname: COPY },
      ]);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', new RegExp(`version ${NEXT}.*${COPY}`));
      await assert.rejects(open(), {
        code: 'store_newer',
        message: new RegExp(`has version ${NEXT}.*knows version ${MIGRATIONS.length}.*another database`),
      });
      await raw(`DROP SCHEMA caretaker CASCADE; ALTER SCHEMA ${COPY} RENAME TO caretaker`);
      const again = await (await open()).namespace('home');
      assert.deepEqual(await dumpOf(again), before);
      await again.append([fact('light.c')]);
      await again.replace(portionsOf(before));
      assert.equal((await again.resume()).length, 2);
    });

    for (let version = 1; version < MIGRATIONS.length; version += 1) {
      it(`from version ${version}: all is read, and kept as it was`, async () => {
        await migrate(MIGRATIONS.slice(0, version));
        await raw(`INSERT INTO caretaker.instances VALUES (1, 'home', 'x'), (2, 'home_2', NULL)`);
        await raw(`INSERT INTO caretaker.subjects VALUES (1, 1, 'entity', 'light.a', 'A', 'light'),
          (2, 1, 'entity', 'light.a', 'Other', 'light')`);
        await raw(`INSERT INTO caretaker.transitions VALUES (1, 1, ${T0}000, ${T0}, 0, NULL, 'on'),
          (2, 1, ${T0}000, ${T0}, 3, NULL, 'x')`);
        await raw(`INSERT INTO caretaker.consumers VALUES (1, 'monitor', ${T0}000)`);
        await raw(`INSERT INTO caretaker.notes VALUES (1, 'n', 'v')`);
        if (version >= 3) await raw(`INSERT INTO caretaker.records VALUES (1, 2, true, ${T0}001, 's1', '{"a":[]}')`);
        const store = await open();
        const home = await store.namespace('home');
        assert.deepEqual(
          (await dumpOf(home)).map((row) => row.table),
          ['subjects', 'transitions', 'notes', ...(version >= 3 ? ['records'] : [])],
        );
        assert.deepEqual(
          (await home.transitions({})).map(({ subject, status }) => [subject.name, status]),
          [['A', 'available']],
        );
        assert.equal(await home.told('monitor'), T0 * 1000);
        const [claimed] = await store.claim({
          claimant: { owner: 'o', session: 's', label: 'l' },
          instance_ids: ['home'],
          lease_ms: 1_000,
          resumes: false,
        });
        assert.equal(claimed?.ok, true);
        const newer = await (await store.namespace('home_2')).put({
          kind: 'attempt',
          id: 'a',
          at: 0,
          open: true,
          body: 1,
        });
        assert.equal(newer.seq, T0 * 1000 + 1);
        assert.equal((await (await store.namespace('home_2')).transitions({}))[0]?.subject.name, 'Other');
        for (const table of ['subjects', 'transitions', 'notes', 'consumers', 'instances']) {
          const copy = `caretaker_before_${version + 1}.${table}`;
          assert.ok((await raw(`SELECT 1 FROM ${copy} WHERE instance_key = 1`)).length === 1, copy);
        }
        assert.match(notices[0] ?? '', new RegExp(`version ${version + 1}.*caretaker_before_${version + 1}`));
        assert.equal(notices.length, MIGRATIONS.length - version);
      });
    }

    it('of many processes at once happens once', async () => {
      await (await open()).close();
      await Promise.all(Array.from({ length: 5 }, () => migrate(STEPS.slice(0, NEXT))));
      assert.equal(await version(), NEXT);
      assert.equal(notices.length, 1);
    });

    it('never touches what another program has there', async () => {
      await raw('CREATE SCHEMA caretaker; CREATE TABLE caretaker.recipes (name text)');
      await assert.rejects(open(), { code: 'store_failed', message: /another program/ });
      assert.deepEqual(await raw('SELECT * FROM caretaker.recipes'), []);
    });

    it('the copies count as what the store takes up', async () => {
      const store = await open();
      const home = await store.namespace('home');
      await home.append(Array.from({ length: 5_000 }, (_, index) => fact(`light.${index}`)));
      const before = await store.bytes();
      await migrate(STEPS.slice(0, NEXT));
      assert.ok((await store.bytes()) > before * 1.8);
    });
  });
});
