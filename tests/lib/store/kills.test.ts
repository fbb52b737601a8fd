import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DatabaseSync } from 'node:sqlite';
import { Backups } from '../../../src/lib/store/backups';
import { MemoryStore } from '../../../src/lib/store/memory';
import { openStore } from '../../../src/lib/store/open';
import { eventually } from '../../support/eventually';
import { entity, settled, T0 } from './contract';

/** Processes killed at a random moment; more of them when someone looks for trouble. */
const KILLS = Number(process.env['CARETAKER_KILLS'] ?? 15);
const HOMES = ['home', 'home_2'];
const QUIET = 'home_22';
const TABLES = ['subjects', 'transitions', 'consumers', 'notes'];

/** What a home has said it did, so what it may hold once its process was killed. */
interface Said {
  /** Facts that were acknowledged, and those under way. */
  wrote: number;
  writing: number;
  /** The number of facts of the state it is being put into. */
  becoming: number | null;
  backed: string | null;
}

describe('two homes that write, back up, restore and purge', () => {
  let folder: string;
  let file: string;
  let backupsFolder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-kills-'));
    file = join(folder, 'caretaker.sqlite');
    backupsFolder = join(folder, 'backups');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function raw<T>(use: (db: DatabaseSync) => T): T {
    const db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(file);
    try {
      return use(db);
    } finally {
      db.close();
    }
  }

  /** Lives until it is killed; hears what it said until then. */
  async function killed(said: Map<string, Said>, isEarly: boolean): Promise<number> {
    const child = spawn(process.execPath, [join(__dirname, 'keeper.js'), file, backupsFolder]);
    let lines = 0;
    let errors = '';
    const killSoon = () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 400);
    if (isEarly) killSoon();
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (lines === 0 && !isEarly) killSoon();
      lines += 1;
      const [id = '', verb = '', what = ''] = line.split(' ');
      const home = said.get(id);
      assert.ok(home, line);
      hear(home, verb, what);
    });
    await once(child, 'close');
    assert.equal(errors, '');
    assert.ok(child.killed, 'it ended by itself');
    return lines;
  }

  function hear(home: Said, verb: string, what: string): void {
    if (verb === 'writing') home.writing = Number(what);
    if (verb === 'wrote') home.wrote = Number(what);
    if (verb === 'becoming') home.becoming = Number(what);
    if (verb === 'became') Object.assign(home, { wrote: Number(what), writing: Number(what), becoming: null });
    if (verb === 'backed') home.backed = what;
  }

  /** How many facts the home has; they are whole and in order. */
  function facts(id: string): number {
    const rows = raw((db) =>
      db
        .prepare(
          `SELECT t.state, s.id FROM instances i JOIN transitions t USING (instance_key)
           LEFT JOIN subjects s USING (instance_key, subject_key) WHERE i.instance_id = ? ORDER BY t.seq`,
        )
        .all(id),
    );
    for (const [index, row] of rows.entries()) {
      assert.deepEqual({ ...row }, { state: String(index + 1), id: `light.${(index + 1) % 300}` }, `${id} has a gap`);
    }
    return rows.length;
  }

  function quiet(): string {
    const key = `(SELECT instance_key FROM instances WHERE instance_id = '${QUIET}')`;
    const rows = raw((db) =>
      TABLES.map((name) => db.prepare(`SELECT * FROM ${name} WHERE instance_key = ${key}`).all()),
    );
    const names = readdirSync(join(backupsFolder, QUIET));
    const files = names.map((name) => readFileSync(join(backupsFolder, QUIET, name)));
    return JSON.stringify([rows, names, files.map((bytes) => createHash('sha256').update(bytes).digest('hex'))]);
  }

  async function fillQuiet(): Promise<string> {
    const store = await openStore({ file, log: () => {} });
    const namespace = await store.namespace(QUIET);
    for (const at of [T0, T0 + 1000]) {
      await namespace.append(Array.from({ length: 300 }, (_, n) => settled(entity(`light.${n}`), 'stale', at)));
    }
    await namespace.tell('monitor', 1);
    await namespace.setNote('n', 'x');
    await new Backups({ folder: backupsFolder, namespace, kind: store.kind, log: () => {} }).create('kill');
    await store.close();
    return quiet();
  }

  async function checkHome(id: string, home: Said): Promise<void> {
    const count = facts(id);
    const isBefore = count >= home.wrote && count <= home.writing;
    const text = `${id} has ${count} facts after ${JSON.stringify(home)}`;
    assert.ok(isBefore || count === home.becoming, text);
    const namespace = await new MemoryStore().namespace(id);
    const backups = new Backups({ folder: backupsFolder, namespace, kind: 'memory', log: () => {} });
    const names = (await backups.list()).map(({ name }) => name);
    if (home.backed !== null) assert.ok(names.includes(home.backed), `${home.backed} is missing`);
    for (const name of names) await backups.verify(name);
    Object.assign(home, { wrote: count, writing: count, becoming: null, backed: null });
  }

  it(`survive ${KILLS} kills: sound, nothing acknowledged lost, no half restore, the third home as it was`, async () => {
    const before = await fillQuiet();
    const said = new Map(HOMES.map((id) => [id, { wrote: 0, writing: 0, becoming: null, backed: null } as Said]));
    let busy = 0;
    let interrupted = 0;
    for (let round = 0; round < KILLS; round += 1) {
      // Every fifth one anywhere in its start, the others once they are at work.
      if ((await killed(said, round % 5 === 4)) > 0) busy += 1;
      for (const { becoming } of said.values()) if (becoming !== null) interrupted += 1;
      assert.equal(
        raw((db) => Object.values(db.prepare('PRAGMA integrity_check').get() ?? {})[0]),
        'ok',
      );
      for (const [id, home] of said) await checkHome(id, home);
      assert.equal(quiet(), before);
    }
    assert.ok(busy >= Math.floor((KILLS * 4) / 5));
    // Most of the time a home is being restored or purged.
    assert.ok(interrupted >= Math.floor(KILLS / 4), `${interrupted} restores were interrupted`);
    await nothingIsLeft();
  }).timeout(60_000 + KILLS * 5_000);

  /** What half a restore left behind goes when the file is opened next. */
  async function nothingIsLeft(): Promise<void> {
    const store = await openStore({ file, log: () => {} });
    const lost = (db: DatabaseSync) =>
      [
        ...TABLES.map((name) => `${name} WHERE instance_key NOT IN (SELECT instance_key FROM instances)`),
        "instances WHERE instance_id LIKE '~%'",
      ].map((from) => db.prepare(`SELECT count(*) AS rows FROM ${from}`).get()?.['rows']);
    await eventually(() => assert.deepEqual(raw(lost), [0, 0, 0, 0, 0]), 20_000);
    await store.close();
  }
});
