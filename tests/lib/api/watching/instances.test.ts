import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { WATCHING_OPERATIONS } from '../../../../src/lib/api/watching';
import { eventually } from '../../../support/eventually';
import { startSimulatedHome } from '../../../support/simulator/simulated-home';
import { attempt } from '../../core/heal/heal-case';
import { Watched } from '../../instance/watched';
import { asker } from '../asked';
import { Estate } from './estate';

type Row = Readonly<Record<string, unknown>>;

describe('what is told of the instances', () => {
  let estate: Estate;
  before(async () => {
    estate = await Estate.open({ state_change_grace_period_seconds: 0 });
  });
  after(() => estate.close());

  it('each of them, in the order they are configured', async () => {
    const { body } = await estate.ask<Row[]>('instances');
    assert.deepEqual(
      body.map(({ instance_id, name, instance_name }) => [instance_id, name, instance_name]),
      ['home', 'cabin', 'away', 'broken'].map((id) => [id, `The ${id}`, `The ${id}`]),
    );
    const [home, , away, broken] = body;
    assert.deepEqual(
      [home, away, broken].map((one) => [
        one?.['state'],
        one?.['websocket_connected'],
        one?.['live'],
        one?.['refused'],
      ]),
      [
        ['connected', true, true, false],
        ['disconnected', false, false, false],
        ['error', false, false, true],
      ],
    );
    assert.deepEqual(
      [home?.['location_name'], home?.['home_assistant_version'], home?.['time_zone'], home?.['reason']],
      ['Home', '2026.11.0', 'Europe/Berlin', null],
    );
    assert.equal(Object(away?.['reason']).code, 'cannot_connect');
    assert.equal(away?.['monitored_entities'], home?.['monitored_entities']);
    assert.equal(broken?.['monitored_entities'], 0);
  });

  it('says nothing of a secret', async () => {
    const { body } = await estate.ask<Row[]>('instances');
    assert.deepEqual([body[0]?.['url'], body[3]?.['url']], [estate.home.url, 'http://nowhere']);
    assert.match(Object(body[3]?.['reason']).message, /^url: /);
    assert.doesNotMatch(JSON.stringify(body), /secret/);
    assert.ok(!JSON.stringify(body).includes(estate.home.tokens.admin));
  });

  it('only the one that was named', async () => {
    const { body } = await estate.ask<Row[]>('instances', { instance_id: 'cabin' });
    assert.deepEqual(
      body.map(({ instance_id }) => instance_id),
      ['cabin'],
    );
    await assert.rejects(estate.ask('instances', { instance_id: 'attic' }), {
      code: 'instance_not_found',
      message: "Instance 'attic' not found. Available instances: ['home', 'cabin', 'away', 'broken']",
    });
  });

  it('one that stands by, by whom', async () => {
    const { roster } = estate.watched;
    const member = roster.get('cabin');
    assert.ok(member);
    const standby = 'Another Node-RED looks after this home: standing by.';
    roster.put({ ...member, instance: null, standby });
    try {
      const [row] = (await estate.ask<Row[]>('instances', { instance_id: 'cabin' })).body;
      assert.deepEqual(
        [row?.['state'], row?.['standby'], row?.['reason'], row?.['monitored_entities']],
        ['disconnected', standby, null, 0],
      );
      assert.equal((await estate.ask<Row>('status', { instance_id: 'cabin' })).body['state'], 'stopped');
      roster.put({ ...member, instance: null, standby: null });
      assert.equal((await estate.ask<Row>('status', { instance_id: 'cabin' })).body['state'], 'starting');
    } finally {
      roster.put(member);
    }
  });

  it('the sums are those of the homes', async () => {
    const all = (await estate.ask<Row>('status')).body;
    const each = await Promise.all(
      ['home', 'cabin', 'away', 'broken'].map(
        async (instance_id) => (await estate.ask<Row>('status', { instance_id })).body,
      ),
    );
    for (const figure of ['monitored_entities', 'instances', 'instances_connected', 'incidents_open'])
      assert.equal(
        all[figure],
        each.reduce((sum, one) => sum + Number(one[figure]), 0),
        figure,
      );
    assert.deepEqual(
      [all['state'], all['connection_state'], all['instances'], all['instances_connected'], all['instance_id']],
      ['running', 'error', 4, 2, null],
    );
    assert.deepEqual(
      each.map((one) => [one['instance_id'], one['state'], one['connection_state'], one['start_time'] !== null]),
      [
        ['home', 'running', 'connected', true],
        ['cabin', 'running', 'connected', true],
        ['away', 'running', 'disconnected', true],
        ['broken', 'stopped', 'error', false],
      ],
    );
    assert.ok(Number(all['monitored_entities']) > 60);
    assert.ok(Number(all['uptime_seconds']) > 0);
  });

  it('what falls in one home counts in that home alone', async () => {
    const down = async (instance_id: string) => {
      const { body } = await estate.ask<Row>('status', { instance_id });
      return [body['entities_down'], (body['entities_by_status'] as Row)['unavailable']];
    };
    const before = await down('cabin');
    const [id = ''] = [...estate.watched.instance('home').tracker.entities.keys()];
    const [was] = await down('home');
    estate.home.breakEntity(id);
    await eventually(async () => assert.equal((await down('home'))[0], Number(was) + 1));
    assert.deepEqual(await down('cabin'), before);
    estate.home.mendEntity(id);
    await eventually(async () => assert.equal((await down('home'))[0], was));
  });

  it('health checks are counted', async () => {
    const performed = async () =>
      Number((await estate.ask<Row>('status', { instance_id: 'home' })).body['health_checks_performed']);
    const before = await performed();
    await estate.watched.instance('home').healthCheck.noOlderThan(0);
    assert.equal(await performed(), before + 1);
    const { body } = await estate.ask<Row[]>('instances', { instance_id: 'home' });
    assert.ok(Date.now() - Date.parse(String(body[0]?.['last_health_check'])) < 5_000);
  });
});

describe('the heals of a home', () => {
  it('are counted from what is stored: a restart forgets none', async () => {
    const home = await startSimulatedHome({ seed: 7 });
    const watched = new Watched();
    const ask = asker(WATCHING_OPERATIONS, watched.roster);
    const heals = async () => {
      const { body } = await ask<Row>('status');
      return [body['healings_attempted'], body['healings_succeeded'], body['healings_failed']];
    };
    try {
      watched.add({ url: home.url, token: home.tokens.admin });
      await watched.live();
      assert.deepEqual(await heals(), [0, 0, 0]);
      const namespace = await watched.roster.get('home')?.keeping?.store.namespace('home');
      for (const [id, outcome] of [['1', 'healed'] as const, ['2', 'failed'] as const, ['3', 'failed'] as const])
        await namespace?.put({
          kind: 'attempt',
          id,
          at: Date.now(),
          open: false,
          body: attempt({ attempt_id: id, outcome }),
        });
      await watched.remove();
      watched.add({ url: home.url, token: home.tokens.admin });
      await watched.live();
      assert.deepEqual(await heals(), [3, 1, 2]);
    } finally {
      await watched.dispose();
      await home.stop();
    }
  });
});
