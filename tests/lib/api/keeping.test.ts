import assert from 'node:assert/strict';
import { KEEPING_OPERATIONS } from '../../../src/lib/api/keeping';
import type { BackupAnswer } from '../../../src/lib/instance/backup-command';
import type { Diagnostics } from '../../../src/lib/instance/diagnostics';
import { runsIn } from '../../../src/lib/instance/versions';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { Watched } from '../instance/watched';
import { asker } from './asked';

const HOME = { instance_id: 'home' };

describe('keeping homes by the API', function () {
  this.timeout(20_000);
  let homes: SimulatedHome[];
  let watched: Watched;

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    watched = new Watched();
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const { url, tokens } = homes[index] as SimulatedHome;
      watched.add({ url, token: tokens.read_only, instance_id });
    }
    watched.add({ url: 'nonsense', token: 'x', instance_id: 'attic' });
    await Promise.all([watched.live('home'), watched.live('cabin')]);
  });
  after(async () => {
    await watched.dispose();
    await Promise.all(homes.map((home) => home.stop()));
  });

  const ask = <T>(name: string, fields: object = {}, reference: object = HOME) =>
    asker(KEEPING_OPERATIONS, watched.roster)<T>(name, reference, fields as never);
  const act = async (name: string, fields: object = {}, reference: object = HOME) =>
    (await ask<BackupAnswer>(name, fields, reference)).body;
  const listed = async (reference: object = {}, fields: object = {}) => {
    const { body, total } = await ask<{ instance_id: string; instance_name: string; tag: string }[]>(
      'backups',
      fields,
      reference,
    );
    return { total, all: body.map((one) => `${one.instance_id} ${one.instance_name} ${one.tag}`) };
  };

  it('makes, lists, verifies, restores, prunes and deletes backups of the one home that is named', async () => {
    const made = await act('create_backup', { tag: 'trial' });
    assert.deepEqual([made.instance_id, made.instance_name, made.action], ['home', 'The home', 'create']);
    const backup = made.backup?.backup as string;
    await act('create_backup', {}, { instance_id: 'cabin' });
    assert.deepEqual(await listed(), { total: 2, all: ['home The home trial', 'cabin The cabin manual'] });
    assert.deepEqual((await listed({}, { offset: 1, limit: 1 })).all, ['cabin The cabin manual']);
    assert.deepEqual((await listed(HOME)).all, ['home The home trial']);
    assert.ok(((await act('verify_backup', { backup })).rows?.['subjects'] ?? 0) > 5);
    const restored = await act('restore_backup', { backup });
    assert.equal(restored.backup?.tag, 'before-restore');
    await watched.live('home');
    assert.deepEqual((await act('prune_backups')).pruned, []);
    assert.deepEqual((await act('delete_backup', { backup })).pruned, [backup]);
    assert.deepEqual((await listed()).all, ['home The home before-restore', 'cabin The cabin manual']);
  });

  it('refuses what it cannot mean, and never empties a home', async () => {
    const other = (await ask<{ backup: string }[]>('backups', {}, { instance_id: 'cabin' })).body[0]?.backup;
    for (const [name, fields, reference, code] of [
      ['create_backup', {}, {}, 'instance_required'],
      ['create_backup', { tag: '../..' }, HOME, 'bad_input'],
      ['verify_backup', { backup: 'caretaker_home_2026-01-01_00-00-00_x.ndjson.gz' }, HOME, 'backup_not_found'],
      ['delete_backup', { backup: '../cabin/x' }, HOME, 'bad_input'],
      ['restore_backup', { backup: other }, HOME, 'bad_input'],
      ['restore_backup', {}, HOME, 'bad_input'],
      ['create_backup', {}, { instance_id: 'attic' }, 'instance_not_ready'],
      ['backups', {}, { instance_id: 'attic' }, 'instance_not_ready'],
      ['metrics', {}, { instance_id: 'nobody' }, 'instance_not_found'],
      ['diagnostics', {}, { instance_id: 'nobody' }, 'instance_not_found'],
    ] as const) {
      await assert.rejects(ask(name, fields, reference), (thrown: Error & { code: string }) => {
        assert.equal(thrown.code, code, `${name} ${thrown.message}`);
        return true;
      });
    }
    // What is asked beside the name of an operation does not make it another one.
    const made = await act('create_backup', { action: 'purge', tag: 'last' });
    assert.equal(made.action, 'create');
    assert.ok(!KEEPING_OPERATIONS.some(({ name }) => name.includes('purge')));
  });

  it('says what is wrong with each home, and no secret, nor how much others have stored', async () => {
    runsIn('5.0.7');
    const { body, total } = await ask<Diagnostics[]>('diagnostics', {}, {});
    assert.equal(total, 3);
    const said = body.map(({ instance_id, running, refusal }) => [instance_id, running, refusal === null]);
    assert.deepEqual(said, [
      ['home', true, true],
      ['cabin', true, true],
      ['attic', false, false],
    ]);
    const [home] = body;
    assert.ok(home && 'size' in home.store && 'state' in home.connection);
    assert.deepEqual(
      [home.store.bytes, home.store.size.subjects > 0, home.connection.state],
      [null, true, 'connected'],
    );
    assert.equal(home.versions.node_red, '5.0.7');
    for (const one of homes) assert.ok(!JSON.stringify(body).includes(one.tokens.read_only));
    const [only] = (await ask<Diagnostics[]>('diagnostics')).body;
    assert.equal(only?.instance_id, 'home');
    await eventually(async () =>
      assert.equal((await ask<Diagnostics[]>('diagnostics', { offset: 2 }, {})).body.length, 1),
    );
  });
});
