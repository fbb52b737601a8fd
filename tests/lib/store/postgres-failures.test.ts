import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Client } from 'pg';
import type { Settled } from '../../../src/lib/core/transition';
import { openPostgres } from '../../../src/lib/store/postgres';
import type { Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { describeOnPostgres, type PostgresServer, queryPostgres, startPostgres } from '../../support/postgres';
import { entity, settled, T0 } from './contract';

/** A user and a password with what a URL, a pattern and a message could stumble over. */
const USER = 'wächter@heim';
const PASSWORD = 'gehe:im/?#$1%40"\\d+';

describeOnPostgres('store in PostgreSQL, when things go wrong', () => {
  let server: PostgresServer;
  let url: string;
  let place: string;
  let stores: Store[];
  const told: unknown[] = [];

  before(async () => {
    server = await startPostgres();
    const name = `"${USER}"`;
    await queryPostgres(server.url, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}'`);
    const database = await server.createDatabase(`OWNER ${name}`);
    url = as(USER, PASSWORD, database);
    place = `127.0.0.1:${new URL(database).port}${new URL(database).pathname}`;
  });

  beforeEach(() => {
    stores = [];
  });

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });

  after(() => {
    assert.ok(told.length >= 10);
    for (const word of [USER, PASSWORD, encodeURIComponent(USER), encodeURIComponent(PASSWORD)]) {
      for (const what of told) assert.ok(!inspect(what, { depth: 9, showHidden: true }).includes(word), inspect(what));
    }
  });

  function as(user: string, password: string, address = url): string {
    return address.replace(/\/\/.*@/, `//${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
  }

  const open = async (address = url): Promise<Store> => {
    const store = await openPostgres({ url: address, log: (message) => told.push(message) });
    stores.push(store);
    return store;
  };
  const fact = (id: string, at = T0): Settled => settled(entity(id), 'available', at);

  async function fails(call: Promise<unknown>, ...words: (string | RegExp)[]): Promise<void> {
    const error = await call.then(
      () => assert.fail('It did not fail.'),
      (thrown) => thrown,
    );
    told.push(error, error.cause, error.stack, JSON.stringify(error));
    assert.equal(error.code, 'store_failed', inspect(error));
    for (const word of [place.split('/')[0] ?? '', ...words]) {
      assert.ok(typeof word === 'string' ? error.message.includes(word) : word.test(error.message), error.message);
    }
  }

  describe('at the start', () => {
    it('nobody there', async () => {
      const port = await freePort();
      const address = url.replace(/:\d+\//, `:${port}/`);
      const error = await open(address).catch((thrown) => thrown);
      told.push(error, error.cause);
      assert.equal(error.code, 'store_failed');
      assert.match(error.message, new RegExp(`127.0.0.1:${port}/test_\\d+ failed: .*See that PostgreSQL runs there`));
    });

    it('a password or a user it does not know', async () => {
      await fails(open(as(USER, `${PASSWORD}x`)), place, /refuses the user or the password/);
      await fails(open(as(`${USER}x`, PASSWORD)), place, /refuses the user or the password/);
      await fails(open(url.replace(/\/\/.*@/, `//${encodeURIComponent(USER)}@`)), /refuses the user or the password/);
    });

    it('a database that is not there, or that it may not use', async () => {
      await fails(open(url.replace(/test_\d+$/, 'never')), '/never', /Create the database/);
      const other = await server.createDatabase();
      await fails(open(as(USER, PASSWORD, other)), /Grant the user CREATE/);
      await queryPostgres(other, `CREATE SCHEMA caretaker AUTHORIZATION "${USER}"`);
      assert.equal((await open(as(USER, PASSWORD, other))).kind, 'postgres');
    });

    it('a database that cannot hold every text', async () => {
      const latin = await server.createDatabase("ENCODING 'LATIN1' TEMPLATE template0");
      await fails(open(latin), /LATIN1.*ENCODING 'UTF8'/);
    });

    it('no TLS where the URL wants it', async () => {
      await fails(open(`${url}?sslmode=verify-full`), /does not support SSL/);
    });

    it('a URL nobody can read', async () => {
      told.push(await open());
      const wrong = [
        PASSWORD,
        `mysql://${PASSWORD}@x/y`,
        `postgres://u:${PASSWORD}@x:y/z`,
        `${url}?sslrootcert=/never/x`,
      ];
      for (const address of ['', ...wrong]) {
        const error = await open(address).catch((thrown) => thrown);
        told.push(error, error.cause);
        assert.equal(error.code, 'bad_input', address);
      }
    });

    it('and works when it is tried again later', async () => {
      await server.kill();
      await fails(open(), /See that PostgreSQL runs there/);
      await server.start();
      assert.equal((await open()).place, place);
    });
  });

  describe('later', () => {
    const terminate = () =>
      queryPostgres(
        server.url,
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND pid <> pg_backend_pid()',
        [USER],
      );

    it('frozen in the midst of writing: the server gives others the way, and it is written once', async () => {
      const store = await open();
      const home = await store.namespace('frozen');
      await home.append([fact('light.a')]);
      const query = Client.prototype.query;
      let isFrozen = false;
      Client.prototype.query = function (this: Client, ...args: [string, unknown[]]) {
        if (String(args[0]).startsWith('INSERT INTO caretaker.transitions') && !isFrozen) {
          isFrozen = true;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 11_000);
        }
        return (query as (...all: unknown[]) => unknown).apply(this, args);
      } as typeof query;
      try {
        assert.equal((await home.append([fact('light.b', T0 + 1)])).length, 1);
      } finally {
        Client.prototype.query = query;
      }
      assert.equal(isFrozen, true);
      assert.equal((await home.transitions({})).length, 2);
    }).timeout(30_000);

    it('connections that were cut while nobody used them', async () => {
      const home = await (await open()).namespace('idle');
      for (let round = 0; round < 3; round += 1) {
        await home.append([fact('light.a', T0 + round)]);
        await terminate();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal((await home.transitions({})).length, 3);
    });

    it('connections that are cut again and again while it writes and reads: nothing acknowledged is lost', async () => {
      const home = await (await open()).namespace('cut');
      const acknowledged: number[] = [];
      let isOver = false;
      let failures = 0;
      const writing = (async () => {
        for (let number = 0; !isOver; number += 1) {
          const [written, ...others] = await Promise.allSettled([
            home.append([fact(`light.${number % 20}`), fact('light.x')]),
            home.resume(),
            home.told('m'),
          ]);
          if (written.status === 'fulfilled') for (const { seq } of written.value) acknowledged.push(seq);
          for (const outcome of [written, ...others]) {
            if (outcome.status !== 'rejected') continue;
            failures += 1;
            told.push(outcome.reason);
            assert.equal(outcome.reason.code, 'store_failed');
          }
        }
      })();
      for (let round = 0; round < 20; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
        await terminate();
      }
      isOver = true;
      await writing;
      const kept = new Set((await home.transitions({ limit: 1_000_000 })).map(({ seq }) => seq));
      for (const seq of acknowledged) assert.ok(kept.has(seq), `the acknowledged fact ${seq} is missing`);
      assert.ok(acknowledged.length > 0 && failures > 0);
    });

    it('the server is killed and comes back: what waited is told, what comes next is written', async () => {
      const store = await open();
      const home = await store.namespace('killed');
      await home.append([fact('light.a')]);
      const before = Promise.allSettled([home.append([fact('light.b')]), home.resume()]);
      await server.kill();
      await fails(home.append([fact('light.c')]), place, /See that PostgreSQL runs there/);
      await fails(home.resume(), /See that PostgreSQL/);
      await fails(store.sizes(), /See that PostgreSQL/);
      await fails(home.replace(home.dump()), /See that PostgreSQL/);
      for (const outcome of await before)
        if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'store_failed');
      await server.start();
      await home.append([fact('light.d', T0 + 9)]);
      const ids = (await home.resume()).map(({ subject }) => subject.id);
      assert.ok(ids.includes('light.a') && ids.includes('light.d') && !ids.includes('light.c'), ids.join());
    });

    it('a server that takes calls and never answers', async () => {
      const silent = await listen(() => undefined);
      const address = `${url.replace(/:\d+\//, `:${silent.port}/`)}?connect_timeout=1`;
      const error = await open(address).catch((thrown) => thrown);
      told.push(error);
      assert.equal(error.code, 'store_failed');
      assert.match(error.message, /See that PostgreSQL runs there/);
      silent.end();
    });

    it('another program that holds the rows: it waits only so long', async () => {
      const store = await open(`${url}?statement_timeout=200`);
      const [home, other] = [await store.namespace('held'), await store.namespace('free')];
      await Promise.all([home.append([fact('light.a')]), other.append([fact('light.a')])]);
      const holder = new Client({ connectionString: url });
      await holder.connect();
      await holder.query("BEGIN; SELECT * FROM caretaker.instances WHERE instance_id = 'held' FOR UPDATE");
      await fails(home.append([fact('light.b')]), place, /holds a lock/);
      assert.equal((await other.append([fact('light.b')])).length, 1);
      assert.equal((await home.transitions({})).length, 1);
      await holder.end();
      await eventually(() => home.append([fact('light.c')]));
      assert.deepEqual(
        (await home.transitions({})).map(({ subject }) => subject.id),
        ['light.a', 'light.c'],
      );
    });

    it('a disk that is full, as PostgreSQL says it: the words say what to do', async () => {
      const home = await (await open()).namespace('full');
      await home.append([fact('light.a')]);
      await queryPostgres(
        url,
        `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no space left for %', current_user USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON caretaker.transitions EXECUTE FUNCTION full_disk()`,
      );
      await fails(home.append([fact('light.b')]), place, /no space left for \*\*\*\. The disk of the server is full/);
      await queryPostgres(url, 'DROP FUNCTION full_disk CASCADE');
      assert.equal((await home.append([fact('light.c')])).length, 1);
    });
  });
});

async function freePort(): Promise<number> {
  const { port, end } = await listen((socket) => socket.destroy());
  end();
  return port;
}

async function listen(onSocket: (socket: Socket) => void): Promise<{ port: number; end: () => void }> {
  const sockets: Socket[] = [];
  const server: NetServer = createServer((socket) => {
    sockets.push(socket);
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  return {
    port: address.port,
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
