import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import workerThreads from 'node:worker_threads';
import type { Settled } from '../../../src/lib/core/transition';
import { openStore } from '../../../src/lib/store/open';
import { MIGRATIONS, migrate } from '../../../src/lib/store/schema';
import { recordsSql, SQL, transitionsSql } from '../../../src/lib/store/sql';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { entity, factsBefore, settled, storeContract, T0 } from './contract';
import { leaseContract } from './lease-contract';
import { recordContract } from './record-contract';

describe('store in a SQLite file', () => {
  let folder: string;
  let file: string;
  let notices: string[];
  let stores: Store[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-store-'));
    file = join(folder, 'caretaker.sqlite');
    notices = [];
    stores = [];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  const open = async (path = file): Promise<Store> => {
    const store = await openStore({ file: path, log: (message) => notices.push(message) });
    stores.push(store);
    return store;
  };

  /** The file as another program sees it. */
  function raw<T>(use: (db: DatabaseSync) => T): T {
    const sqlite = process.getBuiltinModule('node:sqlite');
    const db = new sqlite.DatabaseSync(file);
    try {
      return use(db);
    } finally {
      db.close();
    }
  }

  const fact = (id: string, at = T0): Settled => settled(entity(id), 'available', at);
  const idsOf = async (home: Namespace) => (await home.transitions({})).map(({ subject }) => subject.id);

  describe('keeps the contract', () => storeContract(() => open()));

  describe('records', () => recordContract(() => open()));

  describe('shared by several', () => leaseContract(() => open()));

  it('makes the folder of its file', async () => {
    file = join(folder, 'a', 'b', 'caretaker.sqlite');
    assert.equal((await open()).kind, 'sqlite');
  });

  describe('isolation', () => {
    it('leaves every row of another instance byte for byte', async () => {
      const store = await open();
      const [home, other] = [await store.namespace('home'), await store.namespace('other')];
      for (const namespace of [home, other]) {
        await namespace.append([
          fact('light.a'),
          fact('light.b'),
          settled(entity('light.a'), 'stale', T0, 'available'),
        ]);
        await namespace.tell('monitor', 1);
        await namespace.setNote('note', 'x');
        await namespace.put({ kind: 'attempt', id: 'a', at: T0, open: false, body: 'x' });
      }
      const tables = ['subjects', 'transitions', 'consumers', 'notes', 'records'];
      const dump = () =>
        raw((db) =>
          JSON.stringify(
            tables.map((table) =>
              db
                .prepare(
                  `SELECT * FROM ${table} WHERE instance_key = (SELECT instance_key FROM instances WHERE instance_id = 'other')`,
                )
                .all(),
            ),
          ),
        );
      const before = dump();
      await home.append([settled(entity('light.a', { name: 'New' }), 'missing', T0 + 1, 'stale')]);
      await home.rename('entity', 'light.a', 'light.b');
      await home.forget('entity', 'light.b');
      await home.tell('monitor', 2);
      await home.setNote('note', 'y');
      await home.put({ kind: 'attempt', id: 'a', at: T0, open: true, body: 'y' });
      await home.remove('attempt', 'a');
      await home.prune(factsBefore(T0 + 1000));
      await home.dropConsumer('monitor');
      assert.equal(dump(), before);
      assert.equal(JSON.parse(before)[1].length, 3);
    });

    it('what one home sends that cannot be written costs the others nothing', async () => {
      const store = await open();
      const [home, other] = [await store.namespace('home'), await store.namespace('other')];
      const bad = { ...fact('light.bad'), state: null as unknown as string };
      const outcomes = await Promise.allSettled([
        home.append([fact('light.first')]),
        home.append([fact('light.a'), bad]),
        other.append([fact('light.b')]),
        home.append([fact('light.c')]),
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      assert.deepEqual(await idsOf(home), ['light.first', 'light.c']);
      assert.deepEqual(await idsOf(other), ['light.b']);
      assert.deepEqual(
        (await home.resume()).map(({ subject }) => subject.id),
        ['light.first', 'light.c'],
      );
    });
  });

  it('finds everything by an index', async () => {
    await open();
    const queries = [undefined, 'entity', 'device'] as const;
    const dynamic = [true, false].flatMap((newest_first) => [
      ...queries.map((kind) => transitionsSql({ kind, newest_first })),
      ...[1, 2, 4].map((subjects) => transitionsSql({ id: 'x', newest_first }, subjects)),
      ...[undefined, true, false].flatMap((open) =>
        [undefined, 'x'].map((id) => recordsSql({ kind: 'attempt', id, open, newest_first })),
      ),
    ]);
    raw((db) => {
      for (const sql of [...Object.values(SQL), ...dynamic]) {
        const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
        const text = plan.map((row) => String(row['detail'])).join('\n');
        assert.doesNotMatch(text, /SCAN/, `${sql}\n${text}`);
        // The list of instances itself belongs to no instance.
        for (const [, columns] of text.replace(/SEARCH instances .*/g, '').matchAll(/\((.*?)\)/g)) {
          assert.match(columns ?? '', /^instance_(key|id)=\?/, `${sql}\n${text}`);
        }
      }
    });
  });

  it('reads the facts of one subject and of all in order without sorting', () => {
    const sqlite = process.getBuiltinModule('node:sqlite');
    const db = new sqlite.DatabaseSync(':memory:');
    migrate(db, ':memory:');
    const records = [undefined, true, false].map((open) => recordsSql({ kind: 'attempt', open, newest_first: true }));
    const facts = [transitionsSql({}), transitionsSql({ kind: 'entity' }), transitionsSql({ id: 'x' }, 1)];
    for (const sql of [...facts, ...records, recordsSql({ kind: 'attempt', open: true }), SQL.dumpRecords]) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      assert.doesNotMatch(plan.map((row) => row['detail']).join('\n'), /TEMP B-TREE/);
    }
    db.close();
  });

  it('goes on after what another process wrote', async () => {
    const home = await (await open()).namespace('home');
    await home.append([fact('light.a')]);
    raw((db) => {
      db.exec(
        `INSERT INTO subjects (instance_key, subject_key, kind, id, name) VALUES (1, 2, 'entity', 'light.b', 'B')`,
      );
      db.exec(`INSERT INTO transitions VALUES (1, ${T0 * 1000 + 1}, 2, ${T0}, 0, NULL, 'on')`);
    });
    const facts = await home.append([fact('light.b'), fact('light.c')]);
    assert.deepEqual(
      facts.map(({ seq }) => seq - T0 * 1000),
      [2, 3],
    );
    assert.deepEqual(await idsOf(home), ['light.a', 'light.b', 'light.b', 'light.c']);
  });

  describe('opened more than once', () => {
    it('is one worker however the path is spelt, until the last close', async () => {
      const [one, two] = await Promise.all([open(), open(join(folder, 'x', '..', 'caretaker.sqlite'))]);
      const first = await one.namespace('home');
      const second = await two.namespace('home');
      await first.append([fact('light.a')]);
      const [late] = await Promise.all([second.append([fact('light.b')]), one.close(), one.close()]);
      assert.equal(late?.[0]?.seq, T0 * 1000 + 1);
      await assert.rejects(first.resume(), { code: 'store_failed', message: /is closed/ });
      assert.equal((await second.resume()).length, 2);
      await two.close();
      assert.deepEqual(readdirSync(folder), ['caretaker.sqlite'], 'a clean end leaves no -wal behind');
    });

    it('while the close before is still writing', async () => {
      const store = await open();
      const home = await store.namespace('home');
      const written = home.append(Array.from({ length: 20_000 }, (_, index) => fact(`light.${index}`)));
      const closed = store.close();
      const next = await (await open()).namespace('home');
      assert.equal((await written).length, 20_000);
      await closed;
      assert.equal((await next.resume()).length, 20_000);
    });

    it('again and again, closed in any order', async () => {
      for (let round = 0; round < 10; round += 1) {
        const old = await open();
        const home = await old.namespace('home');
        const appended = home.append([fact(`light.${round}`, T0 + round)]);
        const [fresh] = round % 2 ? await Promise.all([open(), old.close()]) : [await open(), await old.close()];
        await appended;
        assert.equal((await (await fresh.namespace('home')).resume()).length, round + 1);
        await fresh.close();
      }
    });
  });

  describe('a file it must not touch', () => {
    it('written by a newer Caretaker', async () => {
      raw((db) => db.exec('PRAGMA user_version = 99'));
      const error = await open().catch((thrown) => thrown);
      assert.equal(error.code, 'store_newer');
      for (const word of [file, '99', `version ${MIGRATIONS.length}`])
        assert.ok(error.message.includes(word), error.message);
      assert.equal(
        raw((db) => db.prepare('PRAGMA user_version').get()?.['user_version']),
        99,
      );
    });

    it('of another program', async () => {
      raw((db) => db.exec('CREATE TABLE recipes (name TEXT)'));
      await assert.rejects(open(), { code: 'store_failed', message: /another program/ });
    });

    it('held by another program', async () => {
      await (await open()).close();
      const held = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file);
      held.exec('BEGIN EXCLUSIVE');
      await assert.rejects(
        open(),
        (error: Error) => error.message.includes(file) && /Another program/.test(error.message),
      );
      held.close();
      assert.equal((await open()).kind, 'sqlite');
    }).timeout(30_000);

    it('that cannot be opened', async () => {
      mkdirSync(file);
      await assert.rejects(open(), { code: 'store_failed', message: /user that runs Node-RED/ });
      writeFileSync(join(folder, 'plain'), '');
      await assert.rejects(open(join(folder, 'plain', 'x.sqlite')), { code: 'store_failed', message: /its folder/ });
    });
  });

  describe('a damaged file', () => {
    const asides = () => readdirSync(folder).filter((name) => /\.corrupt-[\dTZ-]+$/.test(name));

    it('that is no database is set aside', async () => {
      writeFileSync(file, 'This was a database once. '.repeat(100));
      const home = await (await open()).namespace('home');
      await home.append([fact('light.a')]);
      assert.equal(asides().length, 1);
      assert.equal(notices.length, 1);
      assert.ok(notices[0]?.includes(file) && notices[0].includes(asides()[0] ?? '?'), notices[0]);
    });

    it('that lost pages is set aside', async () => {
      const store = await open();
      const home = await store.namespace('home');
      await home.append(Array.from({ length: 5_000 }, (_, index) => fact(`light.${index}`)));
      await store.close();
      truncateSync(file, 64 * 1024);
      assert.deepEqual(await (await (await open()).namespace('home')).resume(), []);
      assert.equal(asides().length, 1);
    });

    it('while in use: calls are rejected, then it begins anew', async () => {
      const home = await (await open()).namespace('home');
      await home.append(Array.from({ length: 5_000 }, (_, index) => fact(`light.${index}`)));
      raw((db) => db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
      writeFileSync(file, Buffer.alloc(512 * 1024, 7), { flag: 'r+' });
      await assert.rejects(home.prune(factsBefore(T0 + 1)), { code: 'store_failed', message: /damaged/ });
      await home.append([fact('light.new')]);
      assert.deepEqual(await idsOf(home), ['light.new']);
      assert.equal(asides().length, 1);
      assert.equal(notices.length, 1);
    });
  });

  describe('a queue', () => {
    it('is bounded', async () => {
      const home = await (await open()).namespace('home');
      const full = home.append(Array.from({ length: 99_999 }, (_, index) => fact(`light.${index % 10}`)));
      await home.tell('monitor', 1).then(() => full);
      const again = home.append(Array.from({ length: 99_999 }, (_, index) => fact(`light.${index % 10}`)));
      const last = home.append([fact('light.last')]);
      await assert.rejects(home.append([fact('light.over')]), { code: 'store_failed', message: /100000 facts behind/ });
      await Promise.all([again, last]);
      assert.equal((await home.append([fact('light.after')])).length, 1);
      assert.deepEqual(await home.transitions({ id: 'light.over' }), []);
    }).timeout(60_000);
  });

  describe('a worker', () => {
    /** The workers the store starts from now on. */
    function catchWorkers(): { readonly started: workerThreads.Worker[]; release(): void } {
      const real = workerThreads.Worker;
      const started: workerThreads.Worker[] = [];
      workerThreads.Worker = class extends real {
        constructor(...args: ConstructorParameters<typeof real>) {
          super(...args);
          started.push(this);
        }
      };
      return {
        started,
        release: () => {
          workerThreads.Worker = real;
        },
      };
    }

    it('that dies rejects what it had, and another takes over', async () => {
      const { started, release } = catchWorkers();
      try {
        const store = await open();
        const home = await store.namespace('home');
        await home.append([fact('light.a')]);
        const many = Array.from({ length: 20_000 }, (_, index) => fact(`light.${index}`));
        const calls = [home.append(many), home.append([fact('light.c')]), home.resume()];
        const outcomes = Promise.allSettled(calls);
        await started[0]?.terminate();
        for (const outcome of await outcomes) {
          assert.ok(outcome.status === 'rejected' && outcome.reason.code === 'store_failed', JSON.stringify(outcome));
        }
        await home.append([fact('light.d')]);
        const kept = await idsOf(home);
        assert.ok(kept.includes('light.a') && kept.includes('light.d'), kept.join());
        assert.equal(started.length, 2);
        await started[1]?.terminate();
        await store.close();
        await store.close();
      } finally {
        release();
      }
    });
  });

  describe('a migration', () => {
    it('copies the file before it, once a version', () => {
      raw((db) => migrate(db, file, MIGRATIONS.slice(0, 1)));
      raw((db) => db.exec("INSERT INTO instances (instance_id) VALUES ('home')"));
      const next = ['', 'ALTER TABLE instances ADD COLUMN colour TEXT', 'CREATE TABLE instances (x)'];
      for (let attempt = 0; attempt < 2; attempt += 1) {
        assert.throws(() => raw((db) => migrate(db, file, next)), /already exists/);
      }
      assert.deepEqual(readdirSync(folder), [
        'caretaker.sqlite',
        'caretaker.sqlite.version-1',
        'caretaker.sqlite.version-2',
      ]);
      raw((db) => {
        assert.equal(db.prepare('PRAGMA user_version').get()?.['user_version'], 2);
        assert.equal(db.prepare('SELECT colour FROM instances').all().length, 1);
      });
      file = `${file}.version-1`;
      raw((db) => {
        assert.equal(db.prepare('PRAGMA user_version').get()?.['user_version'], 1);
        assert.throws(() => db.prepare('SELECT colour FROM instances'), /no such column/);
      });
    });
  });
});
