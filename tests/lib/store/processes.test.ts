import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Processes killed at a random moment; more of them when someone looks for trouble. */
const KILLS = Number(process.env['CARETAKER_KILLS'] ?? 15);

describe('store and the end of its process', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-store-'));
    file = join(folder, 'caretaker.sqlite');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function start(mode: string, execArgv: readonly string[] = []): ChildProcess {
    return spawn(process.execPath, [...execArgv, join(__dirname, 'appender.js'), file, mode]);
  }

  async function run(mode: string, execArgv?: readonly string[]): Promise<{ out: string; err: string; code: number }> {
    const child = start(mode, execArgv);
    let [out, err] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    return { out, err, code };
  }

  function look(): { sound: unknown; seqs: Set<unknown>; newest: unknown } {
    const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file);
    const sound = Object.values(db.prepare('PRAGMA integrity_check').get() ?? {})[0];
    const rows = db.prepare('SELECT seq, state FROM transitions WHERE instance_key = 1 ORDER BY seq').all();
    db.close();
    return { sound, seqs: new Set(rows.map((row) => row['seq'])), newest: rows.at(-1)?.['state'] };
  }

  it(`killed ${KILLS} times in the midst of writing, the file is sound and lacks nothing that was acknowledged`, async () => {
    const acknowledged: (number | undefined)[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const child = start('flood');
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      const killSoon = () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 150);
      // Every third one anywhere in its start, the others once they write.
      if (round % 3 === 0) killSoon();
      lines.on('line', (line) => {
        if (round % 3 !== 0 && acknowledged[round] === undefined) killSoon();
        acknowledged[round] = Number(line);
      });
      await once(child, 'close');
      assert.ok(child.killed, `round ${round} ended by itself`);
    }
    const { sound, seqs, newest } = look();
    assert.equal(sound, 'ok');
    const writers = acknowledged.filter((last) => last !== undefined);
    assert.ok(writers.length >= Math.floor((KILLS * 2) / 3));
    for (const last of writers) {
      assert.ok(seqs.has(last), `the acknowledged fact ${last} is missing`);
    }
    // Facts are numbered through: what was acknowledged before the last one is there too.
    assert.equal(newest, String(seqs.size));
  }).timeout(120_000);

  it('an open store that is not used keeps no process alive; what was asked is still done', async () => {
    assert.deepEqual(await run('linger'), { out: 'appended\n', err: '', code: 0 });
    assert.equal(look().seqs.size, 1);
  });

  it('close writes what is queued', async () => {
    assert.deepEqual(await run('close'), { out: 'closed\n', err: '', code: 0 });
    assert.equal(look().newest, '3000');
  });

  it('without SQLite it is memory that outlives a close', async () => {
    assert.deepEqual(await run('kinds', ['--no-experimental-sqlite']), { out: 'memory memory 1\n', err: '', code: 0 });
  });
});
