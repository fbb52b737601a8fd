import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Backups } from '../../../src/lib/store/backups';
import { MemoryStore } from '../../../src/lib/store/memory';
import { eventually } from '../../support/eventually';
import { describeOnPostgres, startPostgres } from '../../support/postgres';
import { entity, settled, T0 } from './contract';
import { postgresWitness, sqliteWitness, type Witness } from './witness';

const FEW = 10;
/** Processes killed at a random moment, of each database; more of them when someone looks for trouble. */
const KILLS = Number(process.env['CARETAKER_KILLS'] ?? FEW);
const HOMES = ['home', 'home_2'];
const QUIET = 'home_22';
const TABLES = ['subjects', 'transitions', 'consumers', 'notes', 'records'];

/** What a home has said it did, so what it may hold once its process was killed. */
interface Said {
  /** Facts that were acknowledged, and those under way. */
  wrote: number;
  writing: number;
  /** The last number that was put on record; 0 when nobody knows. */
  recorded: number;
  /** The number of facts of the state it is being put into. */
  becoming: number | null;
  /** Where its consumer is, and where it may be. */
  told: number;
  telling: number;
  backed: string | null;
}

/** What was met in one run. */
interface Tally {
  /** Processes that had said something before they were killed. */
  busy: number;
  /** Homes whose restore or purge was cut short. */
  interrupted: number;
  /** Backups that were cut short. */
  unfinished: number;
  /** Facts that were looked at, and backups that were verified. */
  facts: number;
  verified: number;
}

describe('two homes that write, back up, restore and purge', () => {
  let folder: string;
  let backupsFolder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-kills-'));
    backupsFolder = join(folder, 'backups');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const title = `survive ${KILLS} kills: sound, nothing acknowledged lost, no half restore, the third home as it was`;
  const timeout = 60_000 + KILLS * 10_000;

  describe('in a SQLite file', () => {
    it(title, () => survive(sqliteWitness(join(folder, 'caretaker.sqlite')))).timeout(timeout);
  });

  describeOnPostgres('in PostgreSQL', () => {
    it(title, async () => {
      const server = await startPostgres();
      await survive(postgresWitness(await server.createDatabase()));
    }).timeout(timeout);
  });

  async function survive(witness: Witness): Promise<void> {
    await fillQuiet(witness);
    const before = await quiet(witness);
    const said = new Map<string, Said>();
    for (const id of HOMES)
      said.set(id, { wrote: 0, writing: 0, recorded: 0, becoming: null, told: 0, telling: 0, backed: null });
    const tally: Tally = { busy: 0, interrupted: 0, unfinished: 0, facts: 0, verified: 0 };
    const least = Math.max(1, Math.floor(KILLS / 8));
    // On a busy machine few of them meet a restore: then some more are killed.
    for (let round = 0; round < KILLS || (tally.interrupted < least && round < 2 * KILLS); round += 1) {
      // Every fifth one anywhere in its start, the others once they are at work.
      if ((await killed(witness, said, round % 5 === 4)) > 0) tally.busy += 1;
      await witness.settled();
      await checkDatabase(witness);
      for (const [id, home] of said) await checkHome(witness, id, home, tally);
      assert.equal(await quiet(witness), before);
    }
    assert.ok(tally.busy >= Math.floor((KILLS * 4) / 5));
    // Most of the time a home is being restored or purged.
    assert.ok(tally.interrupted >= least, `${tally.interrupted} restores were interrupted`);
    await nothingIsLeft(witness);
    if (KILLS > FEW) console.log(`      ${witness.kind}: ${JSON.stringify(tally)}`);
  }

  /** Lives until it is killed; hears what it said until then. */
  async function killed({ kind, address }: Witness, said: Map<string, Said>, isEarly: boolean): Promise<number> {
    const child = spawn(process.execPath, [join(__dirname, 'keeper.js'), kind, address, backupsFolder]);
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
    if (verb === 'backed') home.backed = what;
    if (verb === 'writing') home.writing = Number(what);
    if (verb === 'wrote') home.wrote = Number(what);
    if (verb === 'recorded') home.recorded = Math.max(home.recorded, Number(what));
    if (verb === 'telling') home.telling = Number(what);
    if (verb === 'told') home.told = Number(what);
    if (verb === 'becoming') home.becoming = Number(what);
    if (verb === 'became')
      Object.assign(home, { wrote: Number(what), writing: Number(what), recorded: 0, becoming: null });
  }

  /** Sound to the database itself, and each row has those that it names. */
  async function checkDatabase(witness: Witness): Promise<void> {
    assert.deepEqual(await witness.damages(), []);
    const homeless = TABLES.map((name) => `${name} WHERE instance_key NOT IN (SELECT instance_key FROM instances)`);
    const subjectless = `transitions t LEFT JOIN subjects s USING (instance_key, subject_key) WHERE s.id IS NULL`;
    assert.deepEqual(await count(witness, [...homeless, subjectless]), [0, 0, 0, 0, 0, 0]);
  }

  async function checkHome(witness: Witness, id: string, home: Said, tally: Tally): Promise<void> {
    const count = await facts(witness, id);
    const isBefore = count >= home.wrote && count <= home.writing;
    const text = `${id} has ${count} facts after ${JSON.stringify(home)}`;
    assert.ok(isBefore || count === home.becoming, text);
    const recorded = await checkRecords(witness, id, count, home, text);
    const place = await placeOf(witness, id);
    const isPlace = place >= home.told && place <= home.telling;
    assert.ok(isPlace || (place === 0 && home.becoming === 0), `its consumer is at ${place}: ${text}`);
    const verified = await checkBackups(id, home, tally);
    tally.facts += count;
    tally.verified += verified;
    if (home.becoming !== null) tally.interrupted += 1;
    const now = {
      wrote: count,
      writing: count,
      recorded,
      becoming: null,
      told: place,
      telling: place,
      backed: null,
    };
    Object.assign(home, now);
  }

  /** Each one that is listed is whole; one that is not whole is neither listed nor taken. */
  async function checkBackups(id: string, home: Said, tally: Tally): Promise<number> {
    const namespace = await new MemoryStore().namespace(id);
    const backups = new Backups({ folder: backupsFolder, namespace, kind: 'memory', log: () => {} });
    const names = (await backups.list()).map(({ name }) => name);
    if (home.backed !== null) assert.ok(names.includes(home.backed), `${home.backed} is missing`);
    for (const name of names) await backups.verify(name);
    for (const name of namesIn(id)) {
      if (names.includes(name)) continue;
      tally.unfinished += 1;
      for (const use of [backups.verify(name), backups.restore(name)]) await assert.rejects(use, { code: 'bad_input' });
    }
    return names.length;
  }

  /** How many facts the home has; they are whole, its own and in order. */
  async function facts(witness: Witness, id: string): Promise<number> {
    const rows = await witness.query(
      `SELECT t.state, s.id FROM instances i JOIN transitions t USING (instance_key)
       LEFT JOIN subjects s USING (instance_key, subject_key) WHERE i.instance_id = '${id}' ORDER BY t.seq`,
    );
    for (const [index, row] of rows.entries()) {
      const expected = { state: `${id} ${index + 1}`, id: `light.${(index + 1) % 300}` };
      assert.deepEqual({ ...row }, expected, `${id} has a gap`);
    }
    return rows.length;
  }

  /** Each stands after the facts it speaks of, and none that was acknowledged is missing. */
  async function checkRecords(witness: Witness, id: string, facts: number, home: Said, text: string): Promise<number> {
    const rows = await witness.query(
      `SELECT r.id, r.body, (SELECT t.seq FROM transitions t WHERE t.instance_key = r.instance_key AND t.seq < r.seq
         AND t.state = '${id} ' || r.id) AS after FROM instances i JOIN records r USING (instance_key)
       WHERE i.instance_id = '${id}'`,
    );
    for (const row of rows) {
      assert.equal(row['body'], `{"last":${row['id']}}`);
      assert.notEqual(row['after'], null, `the record ${row['id']} comes before its facts: ${text}`);
    }
    const newest = Math.max(0, ...rows.map((row) => Number(row['id'])));
    const isThere = newest >= home.recorded || home.becoming !== null;
    assert.ok(isThere && newest <= facts, `the newest record is ${newest}: ${text}`);
    return newest;
  }

  /** What its consumer was told last. */
  async function placeOf(witness: Witness, id: string): Promise<number> {
    const rows = await witness.query(
      `SELECT consumer, seq FROM consumers JOIN instances USING (instance_key) WHERE instance_id = '${id}'`,
    );
    assert.deepEqual(
      rows.map(({ consumer }) => consumer),
      rows.map(() => 'monitor'),
    );
    return Number(rows[0]?.['seq'] ?? 0);
  }

  /** All that the third home has, to the byte. */
  async function quiet(witness: Witness): Promise<string> {
    const key = `(SELECT instance_key FROM instances WHERE instance_id = '${QUIET}')`;
    const rows: unknown[] = [];
    for (const name of TABLES) {
      rows.push(await witness.query(`SELECT * FROM ${name} WHERE instance_key = ${key} ORDER BY 1, 2, 3`));
    }
    const names = namesIn(QUIET);
    const files = names.map((name) => readFileSync(join(backupsFolder, QUIET, name)));
    return JSON.stringify([rows, names, files.map((bytes) => createHash('sha256').update(bytes).digest('hex'))]);
  }

  async function fillQuiet(witness: Witness): Promise<void> {
    const store = await witness.open();
    const namespace = await store.namespace(QUIET);
    for (const at of [T0, T0 + 1000]) {
      await namespace.append(Array.from({ length: 300 }, (_, n) => settled(entity(`light.${n}`), 'stale', at)));
    }
    await namespace.put({ kind: 'incident', id: 'i', at: T0, open: true, body: { a: ['ü'] } });
    await namespace.put({ kind: 'window', id: 'w', at: T0, open: false, body: null });
    await namespace.tell('monitor', 1);
    await namespace.setNote('n', 'x');
    await new Backups({ folder: backupsFolder, namespace, kind: store.kind, log: () => {} }).create('kill');
    await store.close();
  }

  function namesIn(id: string): string[] {
    try {
      return readdirSync(join(backupsFolder, id));
    } catch {
      // Killed before its first backup.
      return [];
    }
  }

  async function count(witness: Witness, froms: readonly string[]): Promise<number[]> {
    const counts: number[] = [];
    for (const from of froms) {
      const [row] = await witness.query(`SELECT count(*) AS found FROM ${from}`);
      counts.push(Number(row?.['found']));
    }
    return counts;
  }

  /** What half a restore left behind goes when the store is opened next. */
  async function nothingIsLeft(witness: Witness): Promise<void> {
    const store = await witness.open();
    const left = [`instances WHERE ${witness.unreachable}`, `instances WHERE instance_id NOT LIKE 'home%'`];
    await eventually(async () => assert.deepEqual(await count(witness, left), [0, 0]), 20_000);
    await checkDatabase(witness);
    await store.close();
  }
});
