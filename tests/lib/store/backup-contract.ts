import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { backedUpInstances } from '../../../src/lib/store/backup-folder';
import { Backups } from '../../../src/lib/store/backups';
import type { DumpRow, Namespace, Store } from '../../../src/lib/store/store';
import { comparable, dumpOf, entity, settled, T0 } from './contract';

/** Monday 2026-11-23 04:05:06.789 UTC, epoch ms. */
const NOW = Date.UTC(2026, 10, 23, 4, 5, 6, 789);
const FIRST = 'caretaker_home_2026-11-23_04-05-06_manual.ndjson.gz';

/** What backups promise, whatever the store; `open` opens one that is empty at the start of each test. */
export function backupContract(open: () => Promise<Store>): void {
  let folder: string;
  let store: Store;
  let home: Namespace;
  let backups: Backups;
  let now: number;
  let logged: string[];

  beforeEach(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'caretaker-backups-')), 'caretaker', 'backups');
    store = await open();
    now = NOW;
    logged = [];
    home = await store.namespace('home');
    backups = backupsOf(home);
    await fill(home);
  });

  afterEach(async () => {
    await store.close();
    rmSync(join(folder, '..', '..'), { recursive: true });
  });

  function backupsOf(namespace: Namespace, keep?: number): Backups {
    const log = (message: string) => logged.push(message);
    return new Backups({ folder, namespace, kind: store.kind, keep, log, now: () => now });
  }

  async function fill(namespace: Namespace, name = 'Same'): Promise<void> {
    await namespace.append([
      settled(entity('light.a', { name, domain: 'light' }), 'available', T0),
      settled(entity('light.b', { name: 'Küche "1" 💡\n\u2028' }), 'stale', T0 + 1),
      settled(entity('light.a', { name, domain: 'light' }), 'unavailable', T0 + 2, 'available'),
      settled({ kind: 'instance', id: namespace.instance_id, name }, 'available', T0 + 3),
    ]);
    await namespace.setNote('entry_ids', JSON.stringify([namespace.instance_id]));
    await namespace.setNote('other', 'note');
    await namespace.put({ kind: 'attempt', id: 'a', at: T0 + 4, open: true, body: { name, text: '"\\\0\n\ud800💡' } });
    await namespace.put({ kind: 'suppression', id: 'a', at: T0 + 5, open: false, body: null });
  }

  const path = (name: string, id = 'home') => join(folder, id, name);
  const names = async (of = backups) => (await of.list()).map(({ name }) => name);
  const state = async (of = home) => comparable(await dumpOf(of));
  const files = (id = 'home') =>
    existsSync(join(folder, id))
      ? readdirSync(join(folder, id))
          .sort()
          .map(
            (name) =>
              `${name} ${createHash('sha256')
                .update(readFileSync(path(name, id)))
                .digest('hex')}`,
          )
      : [];
  const linesOf = (name: string) =>
    gunzipSync(readFileSync(path(name)))
      .toString()
      .trimEnd()
      .split('\n');

  /** A file with these lines, and a last line that fits them unless it is given. */
  function forge(lines: readonly unknown[], footer?: unknown, name = FIRST): string {
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    const isFirst = (lines[0] as { version?: number }).version === 1;
    const counts = { subjects: 0, transitions: 0, notes: 0, ...(isFirst ? {} : { records: 0 }) };
    for (const line of lines) {
      const table = typeof line === 'object' && line !== null && 'table' in line ? line.table : undefined;
      if (typeof table === 'string' && table in counts) counts[table as keyof typeof counts] += 1;
    }
    const last = footer ?? { rows: counts, sha256: createHash('sha256').update(text).digest('hex') };
    mkdirSync(join(folder, 'home'), { recursive: true });
    writeFileSync(path(name), gzipSync(`${text}${typeof last === 'string' ? last : `${JSON.stringify(last)}\n`}`));
    return name;
  }

  const header = {
    format: 'caretaker-backup',
    version: 2,
    instance_id: 'home',
    namespace: 'caretaker_home',
    created_at: '2026-11-23T04:05:06.789Z',
    tag: 'manual',
    source: { kind: 'sqlite' },
  };

  describe('create', () => {
    it('writes a header, every row, and a footer with counts and checksum', async () => {
      const made = await backups.create('manual');
      const created_at = Date.UTC(2026, 10, 23, 4, 5, 6);
      const { bytes, ...told } = made;
      assert.deepEqual(told, { name: FIRST, instance_id: 'home', created_at, tag: 'manual', number: 1 });
      const packed = readFileSync(path(FIRST));
      assert.equal(bytes, packed.length);
      const text = gunzipSync(packed).toString();
      const lines = text.trimEnd().split('\n');
      assert.deepEqual(JSON.parse(lines[0] ?? ''), { ...header, source: { kind: store.kind } });
      assert.deepEqual(
        lines.slice(1, -1).map((line) => JSON.parse(line)),
        await dumpOf(home),
      );
      const before = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
      assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), {
        rows: { subjects: 3, transitions: 4, notes: 2, records: 2 },
        sha256: createHash('sha256').update(before).digest('hex'),
      });
      assert.deepEqual(readdirSync(join(folder, 'home')), [FIRST]);
    });

    it('takes a free name, and never one again that a newer one has', async () => {
      for (let round = 0; round < 3; round += 1) await backups.create('manual');
      const [third, second, first] = await names();
      assert.deepEqual([first, second], [FIRST, FIRST.replace('manual', 'manual-2')]);
      assert.equal(third, FIRST.replace('manual', 'manual-3'));
      await backups.delete(FIRST);
      assert.equal((await backups.create('manual')).name, FIRST.replace('manual', 'manual-4'));
      assert.equal((await backups.create('manual-2')).name, FIRST.replace('manual', 'manual-2-1'));
    });

    it('many at once are many, by whatever object they are asked', async () => {
      const others = [backups, backupsOf(home, 0), backupsOf(home, 0)];
      await Promise.all([0, 1, 2, 3, 4].map((round) => others[round % 3]?.create(`t${round % 2}`)));
      assert.equal((await names()).length, 5);
      for (const name of await names()) await backups.verify(name);
    });

    for (const tag of ['', 'A', 'a b', 'a_b', '../x', 'a/b', 'ä', 'a\0', 'a.b', 'x'.repeat(65), null, 5, {}]) {
      it(`refuses the tag ${JSON.stringify(tag)}`, async () => {
        await assert.rejects(backups.create(tag as string), { code: 'bad_input', message: /^tag: / });
        assert.deepEqual(files(), []);
      });
    }

    it('leaves nothing when it fails, and removes what was left half-written', async () => {
      await assert.rejects(backupsOf(but('dump', failing)).create('manual'), {
        code: 'backup_failed',
        message: /no more rows/,
      });
      assert.deepEqual(readdirSync(join(folder, 'home')), []);
      const stale = [`${FIRST}.unfinished`, 'mine.txt', 'mine.unfinished'];
      for (const name of stale) writeFileSync(path(name), 'x');
      assert.deepEqual(await names(), []);
      await backups.create('manual');
      assert.deepEqual(readdirSync(join(folder, 'home')).sort(), [FIRST, 'mine.txt', 'mine.unfinished'].sort());
    });
  });

  async function* failing(): AsyncGenerator<readonly DumpRow[]> {
    yield [{ table: 'notes', key: 'a', value: 'b' }];
    throw new Error('There are no more rows');
  }

  /** The namespace, but for one of its operations. */
  function but<K extends keyof Namespace>(field: K, instead: Namespace[K]): Namespace {
    const get = (of: Namespace, asked: string | symbol) => {
      const value = asked === field ? instead : Reflect.get(of, asked, of);
      return typeof value === 'function' ? value.bind(of) : value;
    };
    return new Proxy(home, { get });
  }

  describe('verify', () => {
    const subject = {
      table: 'subjects',
      subject_key: 1,
      kind: 'entity',
      id: 'light.a',
      name: 'A',
      domain: null,
      device_id: null,
      config_entry_id: null,
      area_id: null,
      registry_id: null,
      forgotten: false,
    };
    const fact = {
      table: 'transitions',
      seq: T0 * 1000,
      subject_key: 1,
      since: T0,
      status: 'available',
      previous_status: null,
      state: 'on',
    };
    const note = { table: 'notes', key: 'k', value: 'v' };
    const record = { table: 'records', kind: 'attempt', id: 'a', seq: T0 * 1000, open: true, body: '{"a":1}' };

    it('answers what a backup holds', async () => {
      await backups.create('manual');
      assert.deepEqual(await backups.verify(FIRST), {
        header: { ...header, source: { kind: store.kind } },
        rows: { subjects: 3, transitions: 4, notes: 2, records: 2 },
      });
      assert.deepEqual((await backups.verify(forge([header, subject, fact, note, record]))).rows, {
        subjects: 1,
        transitions: 1,
        notes: 1,
        records: 1,
      });
      const none = { subjects: 0, transitions: 0, notes: 0, records: 0 };
      assert.deepEqual((await backups.verify(forge([header]))).rows, none);
    });

    it('finds each cut and each changed byte of a file', async () => {
      await backups.create('manual');
      const whole = readFileSync(path(FIRST));
      for (let length = 0; length < whole.length; length += 7) {
        writeFileSync(path(FIRST), whole.subarray(0, length));
        await assert.rejects(backups.verify(FIRST), { code: 'backup_damaged' }, `cut at ${length}`);
      }
      // The first ten bytes of gzip say when and where it was packed: they may be anything.
      for (let at = 10; at < whole.length; at += 5) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 0x41;
        writeFileSync(path(FIRST), changed);
        await assert.rejects(backups.verify(FIRST), { code: 'backup_damaged' }, `changed at ${at}`);
      }
      for (const more of [gzipSync('{"table":"notes","key":"a","value":"b"}\n'), gzipSync('\n')]) {
        writeFileSync(path(FIRST), Buffer.concat([whole, more]));
        await assert.rejects(backups.verify(FIRST), { code: 'backup_damaged' });
      }
    });

    const rows: [string, unknown][] = [
      ['no JSON', '{'],
      ['an empty line', ''],
      ['no object', 5],
      ['null', 'null'],
      ['a list', [subject]],
      ['no table', {}],
      ['another table', { ...note, table: 'consumers' }],
      ['a table of Object', { ...note, table: 'constructor' }],
      ['a column too many', { ...note, more: 1 }],
      ['a column of Object', '{"table":"notes","key":"k","value":"v","__proto__":{"a":1}}'],
      ['a missing column', { table: 'notes', key: 'k' }],
      ['a number as text', { ...note, value: 5 }],
      ['another kind', { ...subject, kind: 'area' }],
      ['a flag as number', { ...subject, forgotten: 0 }],
      ['another status', { ...fact, status: 'on' }],
      ['a broken seq', { ...fact, seq: 1.5 }],
      ['an endless seq', JSON.stringify(fact).replace(String(fact.seq), '1e400')],
      ['a negative seq', { ...fact, seq: -1 }],
      ['text as since', { ...fact, since: 'now' }],
      ['a subject that came before', { ...subject, id: 'light.b' }],
      ['a subject that did not come', { ...fact, subject_key: 2 }],
      ['a record of another kind', { ...record, kind: 'toString' }],
      ['a record with a number as kind', { ...record, kind: 0 }],
      ['a record with no id', { ...record, id: '' }],
      ['a record with too long an id', { ...record, id: 'x'.repeat(513) }],
      ['a record with half a surrogate pair as id', { ...record, id: '\ud800' }],
      ['a record without seq', { ...record, seq: null }],
      ['a record that is open by a number', { ...record, open: 1 }],
      ['a record with an object as body', { ...record, body: {} }],
      ['a record whose body is no JSON', { ...record, body: '{' }],
      ['a record whose body is too long', { ...record, body: JSON.stringify('x'.repeat(1024 * 1024)) }],
      ['a record with its instant', { ...record, at: T0 }],
    ];
    for (const [name, row] of rows) {
      it(`refuses a row with ${name}`, async () => {
        await assert.rejects(backups.verify(forge([header, subject, row])), {
          code: 'backup_damaged',
          message: /line 3/,
        });
      });
    }

    it('refuses records that are out of order, or come twice', async () => {
      const later = { ...record, id: 'b', seq: record.seq + 1 };
      for (const row of [
        { ...record, seq: record.seq + 1 },
        { ...later, seq: record.seq },
        { ...later, seq: 1 },
      ]) {
        const name = forge([header, record, row]);
        await assert.rejects(backups.verify(name), { code: 'backup_damaged', message: /line 3/ });
      }
      const others = [later, { ...record, kind: 'incident' }, { ...record, kind: 'window', seq: 1 }];
      assert.equal((await backups.verify(forge([header, record, ...others]))).rows.records, 4);
    });

    it('refuses facts that are out of order, or come twice', async () => {
      for (const seq of [fact.seq, fact.seq - 1]) {
        const name = forge([header, subject, fact, { ...fact, seq }]);
        await assert.rejects(backups.verify(name), { code: 'backup_damaged', message: /line 4/ });
      }
    });

    const headers: [string, unknown, string][] = [
      ['no JSON', 'x', 'backup_damaged'],
      ['null', 'null', 'backup_damaged'],
      ['another format', { ...header, format: 'x' }, 'backup_damaged'],
      ['a newer version', { ...header, version: 3, more: true }, 'backup_newer'],
      ['no version', { ...header, version: '1' }, 'backup_damaged'],
      ['version 0', { ...header, version: 0 }, 'backup_damaged'],
      ['half a version', { ...header, version: 1.5 }, 'backup_damaged'],
      ['another instance', { ...header, instance_id: 'home_2', namespace: 'caretaker_home_2' }, 'backup_damaged'],
      ['another namespace', { ...header, namespace: 'caretaker_home_2' }, 'backup_damaged'],
      ['no instant', { ...header, created_at: 'today' }, 'backup_damaged'],
      ['another tag', { ...header, tag: '../x' }, 'backup_damaged'],
      ['another kind', { ...header, source: { kind: 'toString' } }, 'backup_damaged'],
      ['no source', { ...header, source: null }, 'backup_damaged'],
      ['more', { ...header, more: 1 }, 'backup_damaged'],
    ];
    for (const [name, first, code] of headers) {
      it(`refuses a header with ${name}`, async () => {
        await assert.rejects(backups.verify(forge([first, subject])), { code });
      });
    }

    const sha256 = createHash('sha256')
      .update(`${JSON.stringify(header)}\n`)
      .digest('hex');
    const none = { subjects: 0, transitions: 0, notes: 0, records: 0 };
    const footers: [string, unknown][] = [
      ['none', ''],
      ['another count', { rows: { ...none, notes: 1 }, sha256 }],
      ['another checksum', { rows: none, sha256: sha256.replace(/^./, 'g') }],
      ['no end of line', JSON.stringify({ rows: none, sha256 })],
      ['more', { rows: none, sha256, more: 1 }],
      ['no count of records', { rows: { subjects: 0, transitions: 0, notes: 0 }, sha256 }],
      ['a line after it', `${JSON.stringify({ rows: none, sha256 })}\n\n`],
    ];
    for (const [name, footer] of footers) {
      it(`refuses a footer with ${name}`, async () => {
        await assert.rejects(backups.verify(forge([header], footer)), { code: 'backup_damaged' });
      });
    }

    it('refuses what is not packed, and a line without end', async () => {
      mkdirSync(join(folder, 'home'), { recursive: true });
      for (const bytes of [Buffer.from(JSON.stringify(header)), gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20))]) {
        writeFileSync(path(FIRST), bytes);
        await assert.rejects(backups.verify(FIRST), { code: 'backup_damaged' });
      }
    });
  });

  describe('restore', () => {
    it('puts back what was, keeps the places of consumers, and makes a backup of what is', async () => {
      const before = await state();
      await backups.create('manual');
      await home.append([settled(entity('light.new'), 'missing', T0 + 10)]);
      await home.setNote('other', 'changed');
      await home.tell('monitor', 5);
      const changed = await state();
      const { safety, rows } = await backups.restore(FIRST);
      assert.deepEqual(await state(), before);
      assert.deepEqual(rows, { subjects: 3, transitions: 4, notes: 2, records: 2 });
      assert.equal(await home.told('monitor'), 5);
      assert.equal(safety.tag, 'before-restore');
      await backups.restore(safety.name);
      assert.deepEqual(await state(), changed);
    });

    it('of a damaged one changes nothing, and makes no backup', async () => {
      await backups.create('manual');
      const whole = readFileSync(path(FIRST));
      writeFileSync(path(FIRST), whole.subarray(0, whole.length - 9));
      const before = await state();
      await assert.rejects(backups.restore(FIRST), { code: 'backup_damaged' });
      assert.deepEqual(await state(), before);
      assert.deepEqual(await names(), [FIRST]);
    });

    it('changes nothing when the backup of what is cannot be made', async () => {
      await backups.create('manual');
      await home.setNote('other', 'changed');
      const before = await state();
      await assert.rejects(backupsOf(but('dump', failing)).restore(FIRST), { code: 'backup_failed' });
      assert.deepEqual(await state(), before);
    });

    it('changes nothing when the file changes between its check and its use', async () => {
      await backups.create('manual');
      await home.setNote('other', 'changed');
      const before = await state();
      const whole = readFileSync(path(FIRST));
      const replace: Namespace['replace'] = (rows) => {
        writeFileSync(path(FIRST), whole.subarray(0, whole.length - 9));
        return home.replace(rows);
      };
      await assert.rejects(backupsOf(but('replace', replace)).restore(FIRST), { code: 'backup_damaged' });
      assert.deepEqual(await state(), before);
    });

    it('of the oldest safety backup does not lose it', async () => {
      const made: string[] = [];
      for (let round = 0; round < 5; round += 1) {
        now += 1000;
        await home.setNote('other', String(round));
        made.push((await backups.create('before-restore')).name);
      }
      now += 1000;
      await backups.restore(made[0] ?? '');
      assert.equal(await home.note('other'), '0');
      assert.ok((await names()).includes(made[0] ?? ''));
      assert.equal((await names()).length, 6);
    });

    it('goes on although its file is deleted meanwhile', async () => {
      await backups.create('manual');
      const before = await state();
      await home.setNote('other', 'changed');
      const replace: Namespace['replace'] = (rows) => {
        rmSync(path(FIRST));
        return home.replace(rows);
      };
      await backupsOf(but('replace', replace)).restore(FIRST);
      assert.deepEqual(await state(), before);
    });
  });

  describe('of version 1, which had no records', () => {
    const old = { ...header, version: 1 };
    const row = { table: 'notes', key: 'k', value: 'v' };
    const none = { subjects: 0, transitions: 0, notes: 0 };

    it('is verified, restored and imported', async () => {
      const name = forge([old, row]);
      assert.deepEqual(await backups.verify(name), { header: old, rows: { ...none, notes: 1, records: 0 } });
      const { safety } = await backups.restore(name);
      assert.deepEqual(await state(), [row]);
      await backups.restore(safety.name);
      assert.equal((await state()).length, 11);
      const other = await store.namespace('home_2');
      await backupsOf(other).importFrom('home', name);
      assert.deepEqual(await state(other), [row]);
    });

    it('is damaged when it has some, or counts them', async () => {
      const record = { table: 'records', kind: 'attempt', id: 'a', seq: T0 * 1000, open: true, body: '1' };
      const sha256 = createHash('sha256')
        .update(`${JSON.stringify(old)}\n`)
        .digest('hex');
      const before = await state();
      for (const name of [forge([old, record]), forge([old], { rows: { ...none, records: 0 }, sha256 })]) {
        await assert.rejects(backups.restore(name), { code: 'backup_damaged' });
      }
      assert.deepEqual(await state(), before);
    });
  });

  describe('import', () => {
    it('takes the rows of another namespace, but not what says which home this is', async () => {
      const other = await store.namespace('home_2');
      await fill(other, 'Other');
      const theirs = backupsOf(other);
      const { name } = await theirs.create('manual');
      const [rows, packed] = [await state(other), files('home_2')];
      await backups.importFrom('home_2', name);
      assert.equal(await home.note('entry_ids'), '["home"]');
      assert.equal(await home.note('other'), 'note');
      const facts = await home.transitions({});
      assert.deepEqual(
        facts
          .map(({ subject }) => `${subject.kind} ${subject.id} ${subject.name}`)
          .filter((text) => /Other/.test(text)),
        ['entity light.a Other', 'entity light.a Other', 'instance home Other'],
      );
      assert.deepEqual(
        (await names()).map((made) => /_(\D+)\.ndjson/.exec(made)?.[1]),
        ['before-restore'],
      );
      assert.deepEqual([await state(other), files('home_2')], [rows, packed]);
    });

    it('into an empty namespace brings no fingerprint with it', async () => {
      await backups.create('manual');
      const other = await store.namespace('home_2');
      await backupsOf(other).importFrom('home', FIRST);
      assert.equal(await other.note('entry_ids'), null);
      assert.equal((await other.transitions({})).length, 4);
    });

    it('is no way to restore, nor restore a way to import', async () => {
      const other = await store.namespace('home_2');
      const { name } = await backupsOf(other).create('manual');
      await backups.create('manual');
      const before = [await state(), files(), files('home_2')];
      await assert.rejects(backups.importFrom('home', FIRST), { code: 'bad_input' });
      await assert.rejects(backups.restore(name), { code: 'bad_input' });
      await assert.rejects(backups.importFrom('home_2', FIRST), { code: 'bad_input' });
      await assert.rejects(backups.importFrom('home_3', name), { code: 'bad_input' });
      for (const id of ['../home_2', 'all', '', 'Home_2', 'home_2/', '.', 'home_2\0', null]) {
        await assert.rejects(backups.importFrom(id as string, name), { code: 'bad_input' });
        await assert.rejects(backups.listOther(id as string), { code: 'bad_input' });
      }
      // A file that was given another home's name is still not its backup.
      const stolen = FIRST.replace('manual', 'stolen');
      linkSync(path(name, 'home_2'), path(stolen));
      await assert.rejects(backups.restore(stolen), { code: 'backup_damaged' });
      rmSync(path(stolen));
      assert.deepEqual([await state(), files(), files('home_2')], before);
    });

    it('lists whose backups there are', async () => {
      assert.deepEqual(await backedUpInstances(folder), []);
      await backups.create('manual');
      await backupsOf(await store.namespace('home_2')).create('x');
      mkdirSync(join(folder, 'empty'));
      mkdirSync(join(folder, 'Not an id'));
      writeFileSync(join(folder, 'file'), '');
      assert.deepEqual(await backedUpInstances(folder), ['home', 'home_2']);
      assert.deepEqual(
        (await backups.listOther('home_2')).map(({ tag }) => tag),
        ['x'],
      );
    });
  });

  describe('prune', () => {
    it('keeps the newest of each tag of this namespace alone', async () => {
      const other = backupsOf(await store.namespace('home_2'), 0);
      const longer = backupsOf(await store.namespace('home_2026'), 0);
      const all = backupsOf(home, 0);
      for (let round = 0; round < 4; round += 1) {
        now += 1000;
        for (const tag of ['daily', 'daily-x', 'weekly']) {
          for (const of of [all, other, longer]) await of.create(tag);
        }
      }
      const [two, year] = [files('home_2'), files('home_2026')];
      const tags = async () =>
        (await all.list())
          .map(({ tag }) => tag)
          .sort()
          .join();
      assert.equal((await all.prune('daily', 2)).length, 2);
      assert.equal(await tags(), 'daily,daily,daily-x,daily-x,daily-x,daily-x,weekly,weekly,weekly,weekly');
      assert.deepEqual(await all.prune('daily', 2), []);
      assert.equal((await all.prune(null, 1)).length, 7);
      assert.equal(await tags(), 'daily,daily-x,weekly');
      assert.ok((await all.list()).every(({ created_at }) => created_at === Math.floor(now / 1000) * 1000));
      assert.deepEqual(await all.prune(null, 0), []);
      assert.deepEqual([files('home_2'), files('home_2026')], [two, year]);
    });

    it('happens after each backup, and does not take the one just made though the clock was set back', async () => {
      for (let round = 0; round < 9; round += 1) {
        now += 1000;
        await backups.create('manual');
      }
      await backups.create('other');
      assert.equal((await names()).length, 6);
      now -= 86_400_000;
      const { name } = await backups.create('manual');
      assert.ok((await names()).includes(name));
      assert.deepEqual(logged, []);
    });

    it('refuses what is no number to keep, and no tag', async () => {
      for (const keep of [-1, 1.5, Number.NaN, '5' as unknown as number, null as unknown as number]) {
        await assert.rejects(backups.prune(null, keep), { code: 'bad_input' });
      }
      assert.throws(() => backupsOf(home, -1), { code: 'bad_input' });
      await assert.rejects(backups.prune('../x'), { code: 'bad_input' });
    });
  });

  describe('purge', () => {
    it('deletes the rows of the namespace once they are backed up, and no backup', async () => {
      const other = await store.namespace('home_2');
      await fill(other);
      await backups.create('manual');
      const [before, rows] = [await state(other), await state()];
      const { name, tag } = await backups.purge();
      assert.equal(tag, 'before-purge');
      assert.deepEqual(await state(), []);
      assert.deepEqual((await names()).sort(), [FIRST, name].sort());
      assert.deepEqual(await state(other), before);
      await backups.restore(name);
      assert.deepEqual(await state(), rows);
    });

    it('deletes nothing when the backup cannot be made', async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'home'), 'a file where the folder should be');
      const before = await state();
      await assert.rejects(backups.purge(), { code: 'backup_failed' });
      assert.deepEqual(await state(), before);
    });
  });

  describe('rewrite', () => {
    it('makes of the rows what it is told to, once they are backed up', async () => {
      const other = await store.namespace('home_2');
      await fill(other);
      const [before, rows] = [await state(other), await state()];
      const renamed = async function* (all: AsyncIterable<readonly DumpRow[]>): AsyncGenerator<readonly DumpRow[]> {
        for await (const portion of all) {
          yield portion.map((row) => (row.table === 'transitions' ? { ...row, state: 'rewritten' } : row));
        }
      };
      const { name, tag } = await backups.rewrite('before-import', renamed);
      assert.equal(tag, 'before-import');
      assert.ok((await home.transitions({})).every((fact) => fact.state === 'rewritten'));
      assert.equal((await state()).length, rows.length);
      assert.deepEqual(await state(other), before);
      await backups.restore(name);
      assert.deepEqual(await state(), rows);
    });

    it('changes nothing when it fails half-way', async () => {
      const before = await state();
      const half = async function* (all: AsyncIterable<readonly DumpRow[]>): AsyncGenerator<readonly DumpRow[]> {
        yield* all;
        throw new Error('half-way');
      };
      await assert.rejects(backups.rewrite('before-import', half), /half-way/);
      assert.deepEqual(await state(), before);
    });
  });

  describe('a name from outside', () => {
    const good = FIRST;
    const uses: ((name: string) => Promise<unknown>)[] = [
      (name) => backups.verify(name),
      (name) => backups.restore(name),
      (name) => backups.delete(name),
    ];
    const bad = [
      '',
      '.',
      '..',
      `../home/${good}`,
      `../home_2/${good}`,
      `./${good}`,
      `x/${good}`,
      `..\\home\\${good}`,
      `${good}/`,
      good.replace('manual', 'm'.repeat(65)),
      good.replace('manual', 'm'.repeat(100_000)),
      good.replace('home', 'h'.repeat(100_000)),
      '../'.repeat(50_000),
      `${good}\0`,
      `${good}\0.txt`,
      good.toUpperCase(),
      good.replace('home', 'HOME'),
      good.replace('home', 'home_2'),
      good.replace('home', 'hom'),
      `${good}.unfinished`,
      '../../../caretaker.sqlite',
      '%2e%2e/x',
      null,
      undefined,
      5,
      {},
      [good],
    ];
    it('that is no plain name of a backup of this namespace is refused', async () => {
      await backups.create('manual');
      await backupsOf(await store.namespace('home_2')).create('manual');
      const before = [await state(), files(), files('home_2')];
      for (const name of [...bad, path(good)]) {
        for (const use of uses) {
          await assert.rejects(async () => use(name as string), { code: 'bad_input' }, JSON.stringify(name));
        }
        if (name === good.replace('home', 'home_2')) continue;
        await assert.rejects(backups.importFrom('home_2', name as string), { code: 'bad_input' }, JSON.stringify(name));
      }
      assert.deepEqual([await state(), files(), files('home_2')], before);
    });

    it('of a file that is not there is not found', async () => {
      const gone = good.replace('04-05-06', '04-05-07');
      for (const use of uses) {
        await assert.rejects(use(gone), { code: 'backup_not_found' });
      }
      await backups.create('manual');
      await assert.rejects(backups.verify(gone), { code: 'backup_not_found' });
      await assert.rejects(backups.importFrom('never', good.replace('home', 'never')), { code: 'backup_not_found' });
    });

    it('in other letters is another, and never listed', async () => {
      await backups.create('manual');
      for (const twin of [good.replace('manual', 'MANUAL'), good.replace('home', 'Home'), good.replace('.gz', '.GZ')]) {
        writeFileSync(path(twin), readFileSync(path(good)));
        assert.deepEqual(await names(), [good]);
        await assert.rejects(backups.delete(twin), { code: 'bad_input' });
        assert.ok(existsSync(path(twin)));
      }
      for (const id of ['HOME', 'Home_2', '..', 'home ']) {
        mkdirSync(join(folder, id), { recursive: true });
        writeFileSync(join(folder, id, good), readFileSync(path(good)));
      }
      symlinkSync(join(folder, 'home'), join(folder, 'linked'));
      assert.deepEqual(await backedUpInstances(folder), ['home']);
      await assert.rejects(backups.listOther('linked'), { code: 'backup_failed' });
      await assert.rejects(backups.importFrom('linked', good.replace('home', 'linked')), { code: 'backup_failed' });
    });

    it('of a link or a folder is not found, nor listed', async () => {
      await backups.create('manual');
      const outside = join(folder, 'outside.gz');
      renameSync(path(good), outside);
      for (const put of [() => symlinkSync(outside, path(good)), () => mkdirSync(path(good))]) {
        put();
        assert.deepEqual(await backups.list(), []);
        for (const use of uses) {
          await assert.rejects(use(good), { code: 'backup_not_found' });
        }
        rmSync(path(good), { recursive: true });
      }
      assert.ok(existsSync(outside));
    });

    it('of a namespace whose folder is a link is refused', async () => {
      const other = await store.namespace('home_2');
      await backupsOf(other).create('manual');
      const before = files('home_2');
      symlinkSync(join(folder, 'home_2'), join(folder, 'home'));
      for (const use of [() => backups.list(), () => backups.create('x'), () => backups.purge()]) {
        await assert.rejects(use(), { code: 'backup_failed' });
      }
      assert.deepEqual(files('home_2'), before);
      assert.equal((await state()).length, 11);
    });
  });

  it('is written by one store and restored into another', async () => {
    await backups.create('manual');
    assert.ok(linesOf(FIRST).length > 5);
    const before = await state();
    await home.purge();
    await backups.restore(FIRST);
    assert.deepEqual(await state(), before);
  });
}
