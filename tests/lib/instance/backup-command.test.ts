import assert from 'node:assert/strict';
import { backupCommand } from '../../../src/lib/instance/backup-command';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { said, Watched } from './watched';

describe('a backup of one of two homes', () => {
  let homes: SimulatedHome[];
  let entries: string[];
  let watched: Watched;

  beforeEach(async () => {
    // The same seed: entities, devices and titles are the same in both.
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    entries = await Promise.all(homes.map((home) => home.lab.add('Lab', 1, 1)));
    watched = new Watched();
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const home = homes[index] as SimulatedHome;
      watched.add({ url: home.url, token: home.tokens.read_only, instance_id, fields: { name: 'Twin' } });
    }
    watched.monitor();
    await Promise.all([watched.live('home'), watched.live('cabin')]);
    await eventually(async () => assert.ok((await rows('home')).length > 10 && (await rows('cabin')).length > 10));
  });
  afterEach(async () => {
    await watched.dispose();
    await Promise.all(homes.map((home) => home.stop()));
  });

  const run = (fields: object, reference: object = { instance_id: 'home' }) =>
    backupCommand(watched.roster.chosen([]), reference, fields);
  async function rows(id: string): Promise<string[]> {
    const keeping = watched.roster.get(id)?.keeping;
    const namespace = await keeping?.store.namespace(id);
    const all: string[] = [];
    for await (const portion of namespace?.dump() ?? []) all.push(...portion.map((row) => JSON.stringify(row)));
    return all;
  }
  const flip = async (index: number, mode: 'dead' | 'ok') => {
    const before = watched.told.length;
    await homes[index]?.lab.setMode(entries[index] as string, mode);
    await eventually(() => assert.ok(watched.told.length > before));
  };

  it('is made, listed, verified, restored and deleted, and the other home does not change by a byte', async () => {
    const cabin = await rows('cabin');
    const before = await rows('home');
    const made = await run({ action: 'create', tag: 'trial' });
    const backup = made.backup?.backup as string;
    assert.match(backup, /^caretaker_home_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_trial\.ndjson\.gz$/);
    assert.deepEqual(
      (await run({ action: 'list' })).backups?.map((one) => one.backup),
      [backup],
    );
    assert.ok(((await run({ action: 'verify', backup })).rows?.['transitions'] ?? 0) > 5);

    await flip(0, 'dead');
    assert.notDeepEqual(await rows('home'), before);
    const restored = await run({ action: 'restore', backup });
    assert.equal(restored.backup?.tag, 'before-restore');
    // What happened since the backup is found out again, and told again: the facts do not know it.
    await watched.live('home');
    await eventually(() => assert.equal(watched.told.length, 2));
    assert.equal(said(watched.told[1] as never), 'entity sensor.lab_1_sensor_1 available > unavailable');

    assert.deepEqual((await run({ action: 'delete', backup })).pruned, [backup]);
    assert.equal((await run({ action: 'list' }, { instance_id: 'cabin' })).backups?.length, 0);
    assert.deepEqual(await rows('cabin'), cabin);
  });

  it('is imported by the other home only when asked for, and purge leaves the source alone', async () => {
    const backup = (await run({ action: 'create' })).backup?.backup as string;
    const home = await rows('home');
    await assert.rejects(run({ action: 'restore', backup }, { instance_id: 'cabin' }), { code: 'bad_input' });
    await run({ action: 'import', from: 'home', backup }, { instance_id: 'cabin' });
    await watched.live('cabin');
    const purged = await run({ action: 'purge' }, { instance_id: 'cabin' });
    assert.equal(purged.backup?.tag, 'before-purge');
    assert.deepEqual(await rows('home'), home);
    assert.deepEqual(
      (await run({ action: 'list' })).backups?.map((one) => one.backup),
      [backup],
    );
  });

  it('that cannot be restored keeps nobody from watching', async () => {
    const { instance } = watched.roster.get('home') ?? {};
    for (const fields of [
      { action: 'restore' },
      { action: 'restore', backup: '../x' },
      { action: 'restore', backup: 'caretaker_home_2026-01-01_00-00-00_gone.ndjson.gz' },
      { action: 'import', from: 'home', backup: 'caretaker_home_2026-01-01_00-00-00_gone.ndjson.gz' },
      { action: 'import', from: 'cabin', backup: 'caretaker_cabin_2026-01-01_00-00-00_gone.ndjson.gz' },
    ]) {
      await assert.rejects(run(fields));
      assert.equal(watched.roster.get('home')?.instance, instance);
    }
  });

  for (const [what, reference, code] of [
    ['without a home', {}, 'instance_required'],
    ['for all', { instance_id: 'all' }, 'instance_required'],
    ['for a title of both', { instance_name: 'Twin' }, 'instance_ambiguous'],
    ['for an unknown home', { instance_id: 'x' }, 'instance_not_found'],
  ] as const) {
    it(`is refused ${what}, and nothing runs`, async () => {
      await assert.rejects(run({ action: 'purge' }, reference), { code });
      assert.equal((await run({ action: 'list' })).backups?.length, 0);
    });
  }

  for (const [what, fields, message] of [
    ['an unknown action', { action: 'format' }, /^action: .*create, list/],
    ['a tag with a slash', { action: 'create', tag: '../x' }, /^tag: /],
    ['no backup named', { action: 'restore' }, /^backup: is missing/],
    ['no source named', { action: 'import', backup: 'x' }, /^from: is missing/],
  ] as const) {
    it(`is refused with ${what}, naming the field`, () => assert.rejects(run(fields), { code: 'bad_input', message }));
  }
});
