import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../../src/lib/store/postgres';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { describeOnPostgres, type PostgresServer, queryPostgres, startPostgres } from '../../support/postgres';
import { comparable, dumpOf, entity, portionsOf, settled, T0 } from './contract';
import { postgresWitness } from './witness';

/** Processes killed at a random moment; more of them when someone looks for trouble. */
const KILLS = Number(process.env['CARETAKER_KILLS'] ?? 10);

describeOnPostgres('store in PostgreSQL and the end of a process', () => {
  let server: PostgresServer;
  let url: string;
  let store: Store;
  let home: Namespace;

  before(async () => {
    server = await startPostgres();
  });

  beforeEach(async () => {
    url = await server.createDatabase();
    store = await openPostgres({ url: `${url}?application_name=test`, log: () => undefined });
    home = await store.namespace('home');
  });

  afterEach(() => store.close());

  function start(mode: string): ChildProcess {
    return spawn(process.execPath, [join(__dirname, 'postgres-appender.js'), url, mode]);
  }

  const seqs = async () => new Set((await home.transitions({ limit: 10_000_000 })).map(({ seq }) => seq));

  /** What it acknowledged last; killed up to `within` ms after its first word. */
  async function killedWhileWriting(end: () => Promise<void> | void, within: number): Promise<number | undefined> {
    const child = start('flood');
    let last: number | undefined;
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const closed = once(child, 'close');
    lines.on('line', (line) => {
      last = Number(line);
    });
    await Promise.race([once(lines, 'line'), closed]);
    await sleep(Math.random() * within);
    await end();
    child.kill('SIGKILL');
    await closed;
    return last;
  }

  it(`killed ${KILLS} times in the midst of writing: nothing acknowledged is lost`, async () => {
    const acknowledged: number[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      acknowledged.push((await killedWhileWriting(() => undefined, 100)) ?? 0);
      // Else what was under way is committed after the next process, or this test, has looked.
      await postgresWitness(url).settled();
    }
    const kept = await seqs();
    for (const last of acknowledged) assert.ok(kept.has(last), `the acknowledged fact ${last} is missing`);
    // Facts are numbered through: what was acknowledged before the last one is there too.
    const [newest] = await home.transitions({ newest_first: true, limit: 1 });
    assert.equal(newest?.state, String(kept.size));
  }).timeout(20_000 + KILLS * 2_000);

  it(`the server killed ${Math.ceil(KILLS / 3)} times in the midst of writing: nothing acknowledged is lost`, async () => {
    for (let round = 0; round < Math.ceil(KILLS / 3); round += 1) {
      const last = await killedWhileWriting(() => server.kill(), 300);
      await server.start();
      const kept = await eventually(seqs);
      assert.ok(last !== undefined && kept.has(last), `the acknowledged fact ${last} is missing`);
      const [newest] = await home.transitions({ newest_first: true, limit: 1 });
      assert.equal(newest?.state, String(kept.size));
    }
    assert.equal((await home.append([settled(entity('light.a'), 'available', T0)])).length, 1);
  }).timeout(20_000 + KILLS * 4_000);

  it('killed in the midst of restoring: the home is whole, and what was left over goes', async () => {
    await home.append(Array.from({ length: 5_000 }, (_, n) => settled(entity(`light.${n % 900}`), 'stale', T0 + n)));
    const before = comparable(await dumpOf(home));
    for (let round = 0; round < Math.ceil(KILLS / 3); round += 1) {
      const child = start('restore');
      const closed = once(child, 'close');
      await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
      await sleep(Math.random() * 150);
      child.kill('SIGKILL');
      await closed;
      assert.deepEqual(comparable(await dumpOf(home)), before);
    }
    // What another process is restoring right now is not swept away by whoever opens the store.
    await home.replace(
      (async function* () {
        yield* portionsOf(await dumpOf(home), 500);
        const other = await openPostgres({ url, log: () => undefined });
        await eventually(async () => {
          const rows = await queryPostgres(url, 'SELECT instance_id FROM caretaker.instances ORDER BY instance_id');
          assert.deepEqual(rows, [{ instance_id: 'home' }, { instance_id: null }]);
        });
        await other.close();
      })(),
    );
    assert.deepEqual(comparable(await dumpOf(home)), before);
    await eventually(async () => {
      const left = await queryPostgres(
        url,
        `SELECT (SELECT count(*) FROM caretaker.instances)::integer AS instances,
          (SELECT count(*) FROM caretaker.transitions)::integer AS transitions,
          (SELECT count(*) FROM caretaker.subjects)::integer AS subjects`,
      );
      assert.deepEqual(left, [{ instances: 1, transitions: 5_000, subjects: 900 }]);
    });
  }).timeout(20_000 + KILLS * 2_000);

  it('an open store that is not used keeps no process alive; what was asked is still done', async () => {
    const child = start('linger');
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk;
      });
    }
    const [code] = await once(child, 'close');
    assert.deepEqual([said, code], ['appended\n', 0]);
    assert.equal((await home.resume()).length, 1);
  });
});
