import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orphansFor, purgeOrphan, takeOver } from '../../../src/lib/instance/orphan';
import { type Member, Roster } from '../../../src/lib/instance/roster';
import { Backups } from '../../../src/lib/store/backups';
import { openStore } from '../../../src/lib/store/open';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { comparable, dumpOf, entity, factsBefore, settled, T0 } from '../store/contract';

describe('what no instance looks after any more', () => {
  let userDir: string;
  let folder: string;
  let store: Store;
  let roster: Roster;

  beforeEach(async () => {
    userDir = mkdtempSync(join(tmpdir(), 'caretaker-orphans-'));
    folder = join(userDir, 'caretaker', 'backups');
    store = await openStore({ file: join(userDir, 'caretaker', 'caretaker.sqlite'), log: () => {} });
    roster = new Roster();
    for (const id of ['home', 'old', 'old_2']) await fill(await store.namespace(id));
    await put('home');
  });
  afterEach(async () => {
    await store.close();
    rmSync(userDir, { recursive: true });
  });

  /** The same in each: nothing but the namespace tells them apart. */
  async function fill(namespace: Namespace): Promise<void> {
    const { instance_id } = namespace;
    await namespace.append([
      settled(entity('light.a'), 'available', T0),
      settled(entity('light.a'), 'unavailable', T0 + 2, 'available'),
      settled({ kind: 'instance', id: instance_id, name: 'Home' }, 'available', T0 + 3),
    ]);
    await namespace.setNote('entry_ids', JSON.stringify([instance_id]));
  }

  async function put(id: string, change: Partial<Member> = {}): Promise<Member> {
    const backupsOf = async (of: string) =>
      new Backups({ folder, namespace: await store.namespace(of), kind: store.kind, log: () => {} });
    const backups = await backupsOf(id);
    const withoutWatching = <T>(work: () => Promise<T>) => work();
    const keeping = { store, folder, backupsOf, backups, withoutWatching };
    const node = {
      id: `node-${id}`,
      instance_id: id,
      name: 'Home',
      instance: null,
      refusal: null,
      moved: null,
      standby: null,
    };
    const member: Member = { ...node, keeping, ...change };
    roster.put(member);
    return member;
  }

  const place = () => ({ fields: {}, url: '', userDir });
  const rows = async (id: string) => comparable(await dumpOf(await store.namespace(id)));
  const stored = async () => (await store.sizes()).map(({ instance_id }) => instance_id).sort();
  /** Each backup there is, byte for byte. */
  const files = (id: string) =>
    existsSync(join(folder, id))
      ? readdirSync(join(folder, id)).map((name) => [name, readFileSync(join(folder, id, name)).toString('base64')])
      : [];
  const world = async () => [await stored(), await rows('home'), await rows('old'), await rows('old_2'), files('home')];

  describe('is purged', () => {
    it('once a backup of it was made, which has all of it; nothing else changes', async () => {
      const [home, old, old2] = [await rows('home'), await rows('old'), await rows('old_2')];
      const { instance_id, transitions, backup } = await purgeOrphan(place(), { instance_id: 'old' }, roster);
      assert.deepEqual([instance_id, transitions, backup.tag], ['old', 3, 'before-purge']);
      assert.deepEqual(await stored(), ['home', 'old_2']);
      assert.deepEqual([await rows('home'), await rows('old_2')], [home, old2]);
      assert.deepEqual(
        files('old').map(([name]) => name),
        [backup.backup],
      );
      assert.deepEqual(readdirSync(folder), ['old']);
      const backups = new Backups({ folder, namespace: await store.namespace('old'), kind: 'sqlite', log: () => {} });
      // The claim under which it was purged is given up within a second.
      await eventually(() => backups.restore(backup.backup));
      assert.deepEqual(await rows('old'), old);
    });

    it('once, though it is asked for twice at the same time', async () => {
      const both = await Promise.allSettled([1, 2].map(() => purgeOrphan(place(), { instance_id: 'old' }, roster)));
      assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.equal(files('old').length, 1);
    });

    for (const [what, id, message] of [
      ['an instance that is configured', 'home', /^instance_id: "home" is configured/],
      ['one that was refused', 'old_2', /^instance_id: "old_2" is configured/],
      ['what is not there', 'never', /^instance_id: the store .* holds nothing of "never"/],
      ['all', 'all', /^instance_id: /],
      ['a path', '../old', /^instance_id: /],
      ['a case twin', 'OLD', /^instance_id: /],
      ['a prefix', 'ol', /holds nothing of "ol"/],
      ['what is on its way out', '~old~2', /^instance_id: /],
      ['nothing', undefined, /^instance_id: /],
      ['a list', ['old'], /^instance_id: /],
    ] as const) {
      it(`never: ${what}`, async () => {
        if (id === 'old_2') await put('old_2', { refusal: 'url: is missing.', keeping: null });
        const before = await world();
        await assert.rejects(purgeOrphan(place(), { instance_id: id }, roster), { code: 'bad_input', message });
        assert.deepEqual(await world(), before);
        assert.ok(!existsSync(join(folder, 'old')));
      });
    }

    it('not while another Node-RED looks after it', async () => {
      const claimant = { owner: 'other', session: 'other', label: 'other machine' };
      const claim = { claimant, instance_ids: ['old'], resumes: false };
      await store.claim({ ...claim, lease_ms: 60_000 });
      const purge = () => purgeOrphan(place(), { instance_id: 'old' }, roster);
      await assert.rejects(purge, { code: 'lease_lost', message: /other machine.*no orphan/ });
      assert.deepEqual([await stored(), files('old')], [['home', 'old', 'old_2'], []]);
      await store.claim({ ...claim, lease_ms: 0.001 });
      await eventually(purge);
      assert.deepEqual(await stored(), ['home', 'old_2']);
    });

    it('only from the place where it was seen', async () => {
      const elsewhere = purgeOrphan(place(), { instance_id: 'old', place: '/elsewhere.sqlite' }, roster);
      await assert.rejects(elsewhere, { code: 'bad_input', message: /^place: the store that is deployed is / });
      assert.deepEqual(await stored(), ['home', 'old', 'old_2']);
      await purgeOrphan(place(), { instance_id: 'old', place: store.place }, roster);
      assert.deepEqual(await stored(), ['home', 'old_2']);
    });

    it('not when its backup cannot be made', async () => {
      await (await put('old')).keeping?.backups.create('x');
      roster = new Roster();
      rmSync(join(folder, 'old'), { recursive: true });
      symlinkSync(userDir, join(folder, 'old'));
      await assert.rejects(purgeOrphan(place(), { instance_id: 'old' }, roster), { code: 'backup_failed' });
      assert.deepEqual(await stored(), ['home', 'old', 'old_2']);
    });

    it('not when somebody configures it meanwhile', async () => {
      const purge = purgeOrphan(place(), { instance_id: 'old' }, roster);
      await put('old');
      await assert.rejects(purge, { code: 'bad_input', message: /is configured/ });
      assert.deepEqual(await stored(), ['home', 'old', 'old_2']);
    });
  });

  describe('is taken over', () => {
    it('by whoever sees it: what the store and the backups hold of nobody', async () => {
      await purgeOrphan(place(), { instance_id: 'old_2' }, roster);
      const { orphans: found } = await orphansFor(roster.get('node-home'), roster);
      assert.deepEqual(
        found.map(({ instance_id, transitions, backups }) => [instance_id, transitions, backups.map(({ tag }) => tag)]),
        [
          ['old', 3, []],
          ['old_2', null, ['before-purge']],
        ],
      );
    });

    it('from the store, after a backup of it and of what the instance had; the source stays', async () => {
      const [old, old2] = [await rows('old'), await rows('old_2')];
      const done = await takeOver(roster.get('node-home'), { from: 'old' }, roster);
      assert.match(done.backup, /^caretaker_old_.*_before-import\.ndjson\.gz$/);
      assert.deepEqual([done.instance_id, done.from, done.safety.tag], ['home', 'old', 'before-restore']);
      assert.equal(done.rows['transitions'], 3);
      assert.deepEqual([await rows('old'), await rows('old_2')], [old, old2]);
      const home = await store.namespace('home');
      assert.equal(await home.note('entry_ids'), '["home"]');
      assert.deepEqual(
        (await home.transitions({ kind: 'instance' })).map(({ subject }) => subject.id),
        ['home'],
      );
    });

    it('from a backup that is named', async () => {
      const { backup } = await purgeOrphan(place(), { instance_id: 'old' }, roster);
      const packed = files('old');
      const done = await takeOver(roster.get('node-home'), { from: 'old', backup: backup.backup }, roster);
      assert.deepEqual([done.backup, done.rows['transitions']], [backup.backup, 3]);
      assert.deepEqual(files('old'), packed);
      assert.deepEqual(await stored(), ['home', 'old_2']);
    });

    it('and from then on the two go their own ways', async () => {
      await takeOver(roster.get('node-home'), { from: 'old' }, roster);
      const [old, packed] = [await rows('old'), files('old')];
      const home = await store.namespace('home');
      await home.append([settled(entity('light.a'), 'available', T0 + 9, 'unavailable')]);
      await home.rename('entity', 'light.a', 'light.b');
      await home.forget('entity', 'light.b');
      await home.prune(factsBefore(T0 + 1_000_000));
      await home.purge();
      assert.deepEqual([await rows('old'), files('old')], [old, packed]);
    });

    for (const [what, source, code] of [
      ['a configured one', { from: 'cabin' }, 'bad_input'],
      ['itself', { from: 'home' }, 'bad_input'],
      ['none', {}, 'bad_input'],
      ['a path', { from: '../old' }, 'bad_input'],
      ['what is not there', { from: 'never' }, 'bad_input'],
      ["another's backup", { from: 'old', backup: 'caretaker_old_2_2026-11-23_04-05-06_x.ndjson.gz' }, 'bad_input'],
      ['no name', { from: 'old', backup: '../../caretaker.sqlite' }, 'bad_input'],
      [
        'a backup that is gone',
        { from: 'old', backup: 'caretaker_old_2026-11-23_04-05-06_x.ndjson.gz' },
        'backup_not_found',
      ],
    ] as const) {
      it(`never from ${what}`, async () => {
        await put('cabin');
        const before = await world();
        await assert.rejects(takeOver(roster.get('node-home'), source, roster), { code });
        assert.deepEqual(await world(), before);
      });
    }

    it('by no instance that is not deployed, or not ready', async () => {
      await assert.rejects(takeOver(undefined, { from: 'old' }, roster), { code: 'instance_not_found' });
      const waiting = await put('home', { keeping: null });
      await assert.rejects(takeOver(waiting, { from: 'old' }, roster), { code: 'instance_not_ready' });
      await assert.rejects(orphansFor(undefined, roster), { code: 'instance_not_found' });
    });
  });
});
