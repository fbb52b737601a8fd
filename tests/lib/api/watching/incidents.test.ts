import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { WATCHING_OPERATIONS } from '../../../../src/lib/api/watching';
import { CaretakerError } from '../../../../src/lib/error';
import type { Keeping } from '../../../../src/lib/instance/keeping';
import { Roster } from '../../../../src/lib/instance/roster';
import { MemoryStore } from '../../../../src/lib/store/memory';
import { eventually } from '../../../support/eventually';
import { asker } from '../asked';
import { Estate } from './estate';

type Row = Readonly<Record<string, unknown>>;

describe('incidents', () => {
  let estate: Estate;
  let light: string;
  /** The light's device has nothing else, so it is the cause. */
  let device: string;
  before(async () => {
    const none = { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 };
    estate = await Estate.open({ ...none, incident_window_seconds: 0 });
    const { tracker } = estate.watched.instance('home');
    light = [...tracker.entities.keys()].find((one) => one.startsWith('light.')) ?? '';
    device = tracker.entities.get(light)?.device?.subject.id ?? '';
    estate.home.breakEntity(light);
    await eventually(async () => assert.equal((await list({}, 'home')).length, 1));
    estate.cabin.breakEntity(light);
    await eventually(async () => assert.equal((await list({}, 'cabin')).length, 1));
  });
  after(() => estate.close());

  const list = async (fields: Row = {}, instance_id?: string) =>
    (await estate.ask<Row[]>('incidents', instance_id === undefined ? {} : { instance_id }, fields)).body;
  const one = async (incident_id: unknown, instance_id?: string) =>
    (await estate.ask<Row>('incident', instance_id === undefined ? {} : { instance_id }, { incident_id })).body;
  const named = (rows: readonly Row[]) => rows.map((row) => `${row['instance_id']} ${Object(row['root']).id}`);

  it('that are open, the newest first, each of its own home', async () => {
    await eventually(async () => {
      const rows = await list();
      assert.deepEqual(named(rows).slice(0, 3).sort(), ['away away', `cabin ${device}`, `home ${device}`]);
    });
    const rows = await list();
    const since = rows.map((row) => String(row['since']));
    assert.deepEqual(since, [...since].sort().reverse());
    assert.ok(rows.every((row) => row['event'] === 'present' && row['resolution'] === null));
    const [home] = await list({}, 'home');
    assert.ok(Number(home?.['duration_seconds']) > 0);
    const { body, total } = await estate.ask<Row[]>('incidents', {}, { limit: 1, offset: 1 });
    assert.deepEqual([body[0]?.['incident_id'], total], [rows[1]?.['incident_id'], rows.length]);
  });

  it('one of them, by its name', async () => {
    const [home] = await list({}, 'home');
    assert.equal((await one(home?.['incident_id']))['instance_id'], 'home');
    assert.deepEqual(Object((await one(home?.['incident_id'], 'home'))['root']).id, device);
    await assert.rejects(one(home?.['incident_id'], 'cabin'), {
      code: 'not_found',
      message: `Incident '${home?.['incident_id']}' not found in instance 'cabin'`,
    });
    await assert.rejects(one('never'), { code: 'not_found', message: "Incident 'never' not found" });
    await assert.rejects(one('never', 'broken'), { code: 'instance_not_ready' });
  });

  it('that are over, for a time', async () => {
    const [{ incident_id } = {}] = await list({}, 'home');
    assert.deepEqual(await list({ state: 'resolved' }, 'home'), []);
    estate.home.mendEntity(light);
    await eventually(async () => assert.equal((await list({ state: 'resolved' }, 'home')).length, 1));
    const [over] = await list({ state: 'resolved' }, 'home');
    assert.deepEqual(
      [over?.['incident_id'], over?.['event'], over?.['resolution'], await list({}, 'home')],
      [incident_id, 'resolved', 'recovered', []],
    );
    assert.deepEqual(await one(incident_id), over);
    const all = await list({ state: 'all' });
    assert.equal(all.length, (await list()).length + (await list({ state: 'resolved' })).length);
    await assert.rejects(list({ state: 'maybe' }), { code: 'bad_input' });
  });

  it('those of a home that stands by are in the store', async () => {
    const { roster } = estate.watched;
    const member = roster.get('cabin');
    assert.ok(member);
    const [open] = await list({}, 'cabin');
    roster.put({ ...member, instance: null, standby: 'It stands by.' });
    try {
      const [stored] = await list({}, 'cabin');
      assert.deepEqual([stored?.['incident_id'], stored?.['event']], [open?.['incident_id'], 'present']);
      assert.equal((await one(open?.['incident_id'], 'cabin'))['event'], 'present');
    } finally {
      roster.put(member);
    }
    await assert.rejects(list({}, 'broken'), { code: 'instance_not_ready' });
  });
});

describe('incidents of several homes', () => {
  it('are told though the store of one of them fails, but not of that one', async () => {
    const roster = new Roster();
    const add = (instance_id: string, namespace: () => Promise<unknown>) => {
      const keeping = { store: { namespace } } as unknown as Keeping;
      const standby = 'Another looks after it.';
      roster.put({
        ...{ id: instance_id, instance_id, name: instance_id, instance: null },
        ...{ refusal: null, standby, keeping, moved: null },
      });
    };
    add('home', () => new MemoryStore().namespace('home'));
    add('cabin', () => Promise.reject(new CaretakerError('store_failed', 'The disk is gone.')));
    const ask = asker(WATCHING_OPERATIONS, roster);
    assert.deepEqual((await ask<Row[]>('incidents')).body, []);
    await assert.rejects(ask('incidents', { instance_id: 'cabin' }), { code: 'store_failed' });
  });
});
