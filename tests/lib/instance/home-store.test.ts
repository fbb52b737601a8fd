import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberStore } from '../../../src/lib/instance/home-store';
import type { Store } from '../../../src/lib/store/store';

describe('the store a home had the last time', () => {
  let folder: string;
  let userDir: string;
  let log: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-home-store-'));
    userDir = join(folder, 'user');
    mkdirSync(userDir);
    log = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  type Place = Pick<Store, 'kind' | 'place'>;
  const own = (): Place => ({ kind: 'sqlite', place: join(userDir, 'caretaker', 'caretaker.sqlite') });
  const server: Place = { kind: 'postgres', place: 'db.local:5432/facts' };
  const memory: Place = { kind: 'memory', place: 'memory' };
  const start = (place: Place, instance_id = 'home') =>
    rememberStore({ instance_id, userDir, log: (what) => log.push(what) }, place as Store);
  const file = (id = 'home') => join(userDir, 'caretaker', 'stores', `${id}.json`);
  const kept = (id = 'home') => JSON.parse(readFileSync(file(id), 'utf8')) as unknown;

  it('is not mentioned when there was none, nor while it stays the same', () => {
    assert.equal(start(own()), null);
    assert.equal(start(own()), null);
    assert.deepEqual(log, []);
    assert.deepEqual(kept(), { kind: 'sqlite', place: join('caretaker', 'caretaker.sqlite') });
    assert.deepEqual(readdirSync(join(userDir, 'caretaker', 'stores')), ['home.json']);
  });

  it('is named once when another takes its place, with what to do, and on the way back likewise', () => {
    start(own());
    assert.deepEqual(start(server), { from: own(), to: server });
    assert.equal(start(server), null);
    assert.equal(log.length, 1);
    assert.ok(log[0]?.startsWith(`Its facts up to now rest in SQLite ${own().place} and nothing was copied`), log[0]);
    assert.match(log[0] ?? '', /to PostgreSQL db\.local:5432\/facts, .*create a backup, .*restore that backup/);
    assert.deepEqual(start(own()), { from: server, to: own() });
    assert.match(log[1] ?? '', /rest in PostgreSQL db\.local:5432\/facts and nothing was copied to SQLite/);
    assert.deepEqual(kept(), { kind: 'sqlite', place: join('caretaker', 'caretaker.sqlite') });
  });

  const others: readonly (readonly [string, () => Place])[] = [
    ['another file', () => ({ kind: 'sqlite', place: join(userDir, 'other.sqlite') })],
    ['a file outside', () => ({ kind: 'sqlite', place: join(folder, 'other.sqlite') })],
    ['a file whose folder begins with dots', () => ({ kind: 'sqlite', place: join(userDir, '..x', 'a.sqlite') })],
    ['another database', () => ({ kind: 'postgres', place: 'db.local:5432/others' })],
  ];
  for (const [what, place] of others) {
    it(`is told from ${what}, also after a restart`, () => {
      start(server);
      assert.deepEqual(start(place()), { from: server, to: place() });
      assert.equal(start(place()), null);
      assert.deepEqual(start(server)?.from, place());
    });
  }

  it('is neither told nor forgotten while facts are in memory only', () => {
    assert.equal(start(memory), null);
    start(own());
    const before = readFileSync(file(), 'utf8');
    assert.equal(start(memory), null);
    assert.equal(readFileSync(file(), 'utf8'), before);
    assert.deepEqual(log, []);
    assert.deepEqual(start(server), { from: own(), to: server }, 'it went from one to the other by way of memory');
  });

  it('is the same one when the user directory was moved with all that is in it', () => {
    start(own());
    const moved = join(folder, 'moved');
    renameSync(userDir, moved);
    userDir = moved;
    assert.equal(start(own()), null);
    assert.deepEqual(log, []);
  });

  it('is each its own for two homes', () => {
    start(own(), 'home');
    start(server, 'cabin');
    assert.equal(start(own(), 'home'), null);
    assert.equal(start(server, 'cabin'), null);
    assert.deepEqual(log, []);
    start(server, 'home');
    assert.equal(log.length, 1);
    assert.deepEqual(kept('cabin'), server);
  });

  const damages = ['', '{"kind":"sqli', 'null', '[]', '7', '{}', '{"kind":"memory","place":"x"}', '{"kind":"sqlite"}'];
  for (const damage of [...damages, '{"kind":"sqlite","place":""}', '{"kind":"postgres","place":5}']) {
    it(`is written anew where its file holds ${damage || 'nothing'}`, () => {
      start(own());
      writeFileSync(file(), damage);
      assert.equal(start(server), null);
      assert.deepEqual(kept(), server);
      assert.deepEqual(log, []);
    });
  }

  it('is written anew over what a crash left half done', () => {
    start(own());
    writeFileSync(`${file()}.new`, '{"ki');
    start(server);
    assert.deepEqual(kept(), server);
    assert.deepEqual(readdirSync(join(userDir, 'caretaker', 'stores')), ['home.json']);
  });

  it('that cannot be written down is told, and the home starts', () => {
    writeFileSync(join(userDir, 'caretaker'), 'in the way');
    assert.equal(start(own()), null);
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /^Where its facts rest cannot be remembered: E/);
  });
});
