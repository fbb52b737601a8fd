import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import workerThreads from 'node:worker_threads';
import { openStore } from '../../../src/lib/store/open';
import type { DumpRow, Namespace, Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { comparable, dumpOf, entity, portionsOf, settled, T0 } from './contract';

const TABLES = ['subjects', 'transitions', 'consumers', 'notes', 'records'];

describe('rows on their way into or out of a SQLite file', () => {
  let folder: string;
  let file: string;
  let stores: Store[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-staging-'));
    file = join(folder, 'caretaker.sqlite');
    stores = [];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  async function open(): Promise<Store> {
    const store = await openStore({ file, log: () => {} });
    stores.push(store);
    return store;
  }

  function raw<T>(use: (db: DatabaseSync) => T): T {
    const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file);
    try {
      return use(db);
    } finally {
      db.close();
    }
  }

  /** Rows by table, whoever they belong to. */
  const counts = () =>
    raw((db) => TABLES.map((table) => db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']));
  const names = () =>
    raw((db) => db.prepare('SELECT instance_id FROM instances ORDER BY 1').all()).map((row) => row['instance_id']);

  const attempt = (n: number) => ({ kind: 'attempt', id: `a${n}`, at: T0, open: n % 2 === 0, body: { n } }) as const;

  async function fill(home: Namespace): Promise<void> {
    await home.append(Array.from({ length: 5_000 }, (_, n) => settled(entity(`light.${n}`), 'stale', T0)));
    await home.setNote('n', 'x');
    await Promise.all(Array.from({ length: 700 }, (_, n) => home.put(attempt(n))));
    await home.tell('monitor', 1);
  }

  it('what was replaced or purged goes in slices, and nothing else does', async () => {
    const store = await open();
    const [home, other] = [await store.namespace('home'), await store.namespace('other')];
    await fill(home);
    await fill(other);
    const rows = await dumpOf(home);
    await home.replace(portionsOf(rows.slice(0, 10)));
    await eventually(() => assert.deepEqual(counts(), [5_010, 5_000, 2, 1, 700]));
    await home.purge();
    await eventually(() => assert.deepEqual(counts(), [5_000, 5_000, 1, 1, 700]));
    assert.deepEqual(names(), ['other']);
    assert.equal((await dumpOf(other)).length, 10_701);
  });

  it('what half a replace left behind cannot be seen, and goes when the file is opened next', async () => {
    const store = await open();
    const home = await store.namespace('home');
    await fill(home);
    const before = comparable(await dumpOf(home));
    async function* unfinished(): AsyncGenerator<readonly DumpRow[]> {
      yield* portionsOf((await dumpOf(home)).slice(0, 3_000), 500);
      await store.close();
    }
    await assert.rejects(home.replace(unfinished()), { code: 'store_failed', message: /is closed/ });
    assert.deepEqual(counts(), [8_000, 5_000, 1, 1, 700]);
    // A process that is killed cannot even say that it is given up.
    raw((db) => db.exec("UPDATE instances SET instance_id = '~new~home~1' WHERE instance_id LIKE '~old~%'"));
    const again = await open();
    assert.deepEqual(
      (await again.sizes()).map(({ instance_id }) => instance_id),
      ['home'],
    );
    await eventually(() => assert.deepEqual([...counts(), ...names()], [5_000, 5_000, 1, 1, 700, 'home']));
    assert.deepEqual(comparable(await dumpOf(await again.namespace('home'))), before);
  });

  it('what its owner cannot end goes though others have the file open', async () => {
    const [store, other] = [await open(), await open()];
    const home = await store.namespace('home');
    await fill(home);
    const rows = await dumpOf(home);
    async function* unfinished(): AsyncGenerator<readonly DumpRow[]> {
      yield rows.slice(0, 3_000);
      for await (const portion of home.dump()) {
        assert.ok(portion.length > 0);
        await store.close();
      }
    }
    await assert.rejects(home.replace(unfinished()), { code: 'store_failed', message: /is closed/ });
    await eventually(() => assert.deepEqual([...counts(), ...names()], [5_000, 5_000, 1, 1, 700, 'home']));
    assert.equal(
      raw((db) => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']),
      0,
    );
    assert.equal((await dumpOf(await other.namespace('home'))).length, rows.length);
  });

  it('a sweep that was cut off goes on when the file is opened next', async () => {
    const store = await open();
    const home = await store.namespace('home');
    await fill(home);
    await home.purge();
    await store.close();
    assert.notEqual(counts()[0], 0);
    await open();
    await eventually(() => assert.deepEqual([...counts(), ...names()], [0, 0, 0, 0, 0]));
  });

  it('a replace does not go on into a file that was opened anew meanwhile', async () => {
    const store = await open();
    const home = await store.namespace('home');
    await fill(home);
    const rows = await dumpOf(home);
    async function* interrupted(): AsyncGenerator<readonly DumpRow[]> {
      yield rows.slice(0, 500);
      // As another process does when it opens the file.
      raw((db) => db.exec("UPDATE instances SET instance_id = '~old~9' WHERE instance_id LIKE '~new~%'"));
      yield rows.slice(500, 600);
    }
    await assert.rejects(home.replace(interrupted()), { code: 'store_failed', message: /opened anew/ });
    assert.deepEqual(comparable(await dumpOf(home)), comparable(rows));
    await eventually(() => assert.deepEqual(names(), ['home']));
  });

  it('a thread that dies takes a dump and a replace with it, and changes nothing', async () => {
    const real = workerThreads.Worker;
    const started: workerThreads.Worker[] = [];
    workerThreads.Worker = class extends real {
      constructor(...args: ConstructorParameters<typeof real>) {
        super(...args);
        started.push(this);
      }
    };
    try {
      const home = await (await open()).namespace('home');
      await fill(home);
      const rows = await dumpOf(home);
      async function* dying(): AsyncGenerator<readonly DumpRow[]> {
        yield rows.slice(0, 500);
        await started.at(-1)?.terminate();
        yield rows.slice(500);
      }
      await assert.rejects(home.replace(dying()), { code: 'store_failed' });
      const dumped = async () => {
        for await (const portion of home.dump()) {
          assert.ok(portion.length > 0);
          await started.at(-1)?.terminate();
        }
      };
      await assert.rejects(dumped(), { code: 'store_failed' });
      assert.deepEqual(comparable(await dumpOf(home)), comparable(rows));
      await eventually(() => assert.deepEqual(names(), ['home']));
    } finally {
      workerThreads.Worker = real;
    }
  });

  it('a dump does not keep the log from being written back once it is over', async () => {
    const home = await (await open()).namespace('home');
    await fill(home);
    const busy = () => raw((db) => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']);
    for await (const portion of home.dump()) {
      assert.ok(portion.length > 0);
      await home.setNote('n', 'y');
      assert.equal(busy(), 1);
      break;
    }
    assert.equal(busy(), 0);
  });
});
