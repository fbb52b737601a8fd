import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { WATCHING_OPERATIONS } from '../../../../src/lib/api/watching';
import { Roster } from '../../../../src/lib/instance/roster';
import { nothingUnhandled } from '../../../hardening/quiet';
import { eventually } from '../../../support/eventually';
import { startSimulatedHome } from '../../../support/simulator/simulated-home';
import { quick, Watched } from '../../instance/watched';
import { asker } from '../asked';
import { Estate } from './estate';

interface One {
  readonly status: string;
  readonly message: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

type Components = Readonly<Record<string, One>>;

interface Health {
  readonly status: string;
  readonly critical: Components;
  readonly essential: Components;
  readonly operational: Components;
  readonly healing: Components;
  readonly intelligence: Components;
  readonly performance: Readonly<Record<string, number | null>>;
  readonly summary: Readonly<Record<string, number>>;
}

const COMPONENTS = {
  critical: ['service_state', 'database', 'ha_connection'],
  essential: ['websocket_connected', 'state_tracker', 'registries', 'event_loop_responsive'],
  operational: ['health_check', 'journal_queue', 'facts_recording'],
  healing: ['healing_manager', 'circuit_breakers', 'healing_actions_recordable'],
} as const;

const statuses = (tier: Components) =>
  Object.fromEntries(Object.entries(tier).map(([name, one]) => [name, one.status]));

describe('health', () => {
  nothingUnhandled();
  let estate: Estate;
  before(async () => {
    estate = await Estate.open({ state_change_grace_period_seconds: 0 });
  });
  after(() => estate.close());
  const health = (instance_id?: string) =>
    estate.ask<Health>('health', instance_id === undefined ? {} : { instance_id });
  /** Of one home, with what it was asked since. */
  const calls = () =>
    estate.home.calls.filter(({ type }) => type === 'ping' || type === 'GET /api/').map(({ type }) => type);

  it('of one home that is well', async () => {
    const { body, status } = await health('home');
    assert.deepEqual([body.status, status], ['healthy', 200]);
    for (const tier of ['critical', 'essential', 'operational', 'healing'] as const)
      assert.deepEqual(statuses(body[tier]), Object.fromEntries(COMPONENTS[tier].map((name) => [name, 'healthy'])));
    assert.deepEqual(statuses(body.intelligence), { ai: 'unknown' });
    assert.equal(body.intelligence['ai']?.message, 'not configured');
    assert.deepEqual(body.summary, { healthy: 13, degraded: 0, unhealthy: 0, unknown: 1 });
    for (const [figure, value] of Object.entries(body.performance)) assert.ok(value !== null && value >= 0, figure);
    assert.ok(Number(body.performance['rest_api_latency_ms']) > 0);
  });

  it('of all of them says whose each part is, and the worst of them counts', async () => {
    const { body, status } = await health();
    assert.deepEqual([body.status, status], ['unhealthy', 503]);
    const keys = ['home', 'cabin', 'away', 'broken'].flatMap((id) =>
      COMPONENTS.critical.map((name) => `${id}:${name}`),
    );
    assert.deepEqual(Object.keys(body.critical), keys);
    assert.deepEqual(
      ['home', 'cabin', 'away', 'broken'].map((id) => [
        body.critical[`${id}:service_state`]?.status,
        body.critical[`${id}:ha_connection`]?.status,
        body.essential[`${id}:state_tracker`]?.status,
      ]),
      [
        ['healthy', 'healthy', 'healthy'],
        ['healthy', 'healthy', 'healthy'],
        ['healthy', 'unhealthy', 'degraded'],
        ['unhealthy', 'unhealthy', 'unknown'],
      ],
    );
    assert.ok(!JSON.stringify(body).includes('secret'));
  });

  it('asks a home once, however many want to know', async () => {
    await estate.watched.instance('home').healthCheck.noOlderThan(0);
    const before = calls().length;
    await Promise.all(Array.from({ length: 20 }, () => health('home')));
    assert.equal(calls().length, before, 'the last answer is young');
    const instance = estate.watched.instance('home');
    await Promise.all(Array.from({ length: 20 }, () => instance.healthCheck.noOlderThan(0)));
    assert.deepEqual(calls().slice(before).sort(), ['GET /api/', 'ping']);
  });

  it('of a home whose REST does not answer is degraded, and says why', async () => {
    estate.home.faults.refuseRest('GET /api/', 502);
    await estate.watched.instance('home').healthCheck.noOlderThan(0);
    const { body, status } = await health('home');
    assert.deepEqual([body.status, status], ['degraded', 200]);
    assert.deepEqual(body.operational['health_check']?.message, 'GET /api/ was answered with HTTP 502.');
    assert.equal(body.performance['rest_api_latency_ms'], null);
    estate.home.faults.refuseRest('GET /api/', null);
    await estate.watched.instance('home').healthCheck.noOlderThan(0);
    assert.equal((await health('home')).body.status, 'healthy');
  });

  it('after a refused token no REST call is made for it', async () => {
    estate.home.faults.refuseRest('GET /api/', 401);
    await estate.watched.instance('home').healthCheck.noOlderThan(0);
    const before = calls().filter((type) => type === 'GET /api/').length;
    for (let n = 0; n < 3; n += 1) await estate.watched.instance('home').healthCheck.noOlderThan(0);
    assert.equal(calls().filter((type) => type === 'GET /api/').length, before);
    const { body } = await health('home');
    assert.equal(body.operational['health_check']?.message, 'No REST call is made since the token was refused.');
    estate.home.faults.refuseRest('GET /api/', null);
    estate.home.faults.dropSockets();
    await eventually(() => assert.equal(estate.watched.instance('home').live, false));
    await estate.watched.live('home');
    await eventually(async () => assert.equal((await health('home')).body.status, 'healthy'));
  });

  it('of one that stands by is not known here, and no alarm', async () => {
    const { roster } = estate.watched;
    const member = roster.get('cabin');
    assert.ok(member);
    roster.put({ ...member, instance: null, standby: 'Another one looks after it.' });
    try {
      const { body } = await health('cabin');
      assert.deepEqual(statuses(body.critical), {
        service_state: 'unknown',
        database: 'healthy',
        ha_connection: 'unknown',
      });
      assert.equal(body.critical['service_state']?.message, 'Another one looks after it.');
      assert.equal(body.status, 'healthy');
      roster.put({ ...member, instance: null });
      assert.equal((await health('cabin')).body.critical['service_state']?.status, 'degraded');
    } finally {
      roster.put(member);
    }
  });

  it('of two that claim one name hides neither', async () => {
    const { roster } = estate.watched;
    const twin = {
      ...(roster.get('broken') as NonNullable<ReturnType<Roster['get']>>),
      id: 'twin',
      instance_id: 'cabin',
    };
    roster.put(twin);
    const { body } = await health();
    roster.remove(twin);
    assert.equal(body.critical['cabin:service_state']?.status, 'unhealthy');
    assert.equal(body.essential['cabin:websocket_connected']?.status, 'healthy');
  });

  it('of no home at all is no good', async () => {
    const { body, status } = await asker(WATCHING_OPERATIONS, new Roster())<Health>('health');
    assert.deepEqual([body.status, status], ['unhealthy', 503]);
    assert.match(String(body.critical['service_state']?.message), /No instance is configured/);
  });
});

describe('health, by configuration', () => {
  const watched = new Watched();
  after(() => watched.dispose());

  it('what somebody switched off is no fault; what a token may not do is', async () => {
    const home = await startSimulatedHome({ seed: 7 });
    const ask = asker(WATCHING_OPERATIONS, watched.roster);
    const { url, tokens } = home;
    watched.add({ url, token: tokens.admin, instance_id: 'off', fields: { healing_enabled: false } });
    watched.add({ url, token: tokens.user, instance_id: 'user' });
    await Promise.all(['off', 'user'].map((id) => watched.live(id)));
    const { body } = await ask<Health>('health');
    assert.deepEqual(body.healing['off:healing_manager']?.message, 'Healing is switched off for this home.');
    assert.deepEqual(
      [body.healing['off:healing_manager']?.status, body.healing['user:healing_manager']?.status, body.status],
      ['healthy', 'degraded', 'degraded'],
    );
    await watched.dispose();
    await home.stop();
  });

  it('waits for no home longer than it is worth, and the others are answered', async () => {
    const [hanging, other] = await Promise.all(
      ['Hanging', 'Other'].map((name) => startSimulatedHome({ name, seed: 7 })),
    );
    assert.ok(hanging && other);
    const both = new Watched();
    const times = { ...quick, ping: 30_000 };
    both.add({ url: hanging.url, token: hanging.tokens.admin, instance_id: 'hanging', times });
    both.add({ url: other.url, token: other.tokens.admin, instance_id: 'other', times });
    try {
      await Promise.all(['hanging', 'other'].map((id) => both.live(id)));
      hanging.faults.silence();
      const ask = asker(WATCHING_OPERATIONS, both.roster);
      const start = Date.now();
      const [{ body, status } = { body: undefined, status: 0 }] = await Promise.all(
        [1, 2, 3].map(() => ask<Health>('health')),
      );
      assert.ok(Date.now() - start < 3_500, `${Date.now() - start} ms`);
      assert.deepEqual([body?.status, status], ['degraded', 200]);
      assert.deepEqual(
        ['hanging', 'other'].map((id) => body?.essential[`${id}:websocket_connected`]?.message),
        ['No answer within 2 s.', null],
      );
    } finally {
      await both.dispose();
      await Promise.all([hanging, other].map((home) => home.stop()));
    }
  });

  it('a store that fails is found out by a write, once however many ask', async () => {
    const home = await startSimulatedHome({ seed: 7 });
    const other = new Watched();
    other.add({ url: home.url, token: home.tokens.admin });
    const { storeProbe } = await other.live();
    const namespace = await other.roster.get('home')?.keeping?.store.namespace('home');
    assert.ok(namespace);
    let written = 0;
    const { setNote } = Object.getPrototypeOf(namespace) as typeof namespace;
    Object.getPrototypeOf(namespace).setNote = function (key: string, value: string) {
      if (key !== 'probe') return setNote.call(this, key, value);
      written += 1;
      return Promise.reject(new Error('disk full'));
    };
    try {
      const ask = asker(WATCHING_OPERATIONS, other.roster);
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => ask<Health>('health', { instance_id: 'home' })),
      );
      assert.equal(written, 1);
      const [{ body, status } = { body: undefined, status: 0 }] = answers;
      assert.deepEqual([body?.status, status, body?.critical['database']?.message], ['unhealthy', 503, 'disk full']);
      assert.equal(body?.healing['healing_actions_recordable']?.status, 'degraded');
      assert.equal(body?.performance['db_query_latency_ms'], null);
      assert.equal((await storeProbe.look()).error?.code, 'store_failed');
    } finally {
      Object.getPrototypeOf(namespace).setNote = setNote;
      await other.dispose();
      await home.stop();
    }
  });
});
