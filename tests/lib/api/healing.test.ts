import assert from 'node:assert/strict';
import { HEALING_OPERATIONS } from '../../../src/lib/api/healing';
import type { AttemptRecord } from '../../../src/lib/instance/attempt-record';
import { Roster } from '../../../src/lib/instance/roster';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { quick, Watched } from '../instance/watched';
import { type Asked, asker } from './asked';

interface Healed extends Omit<AttemptRecord, 'outcome'> {
  readonly outcome: string;
  readonly results: readonly Healed[];
}

type Body = Record<string, unknown>;

const HOME = { instance_id: 'home' };

describe('healing by the API', function () {
  this.timeout(40_000);
  let homes: SimulatedHome[];
  let watched: Watched;
  /** The same in both homes. */
  let lab: string;
  /** Only the home has it. */
  let own: string;
  const home = () => homes[0] as SimulatedHome;

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    [lab = ''] = await Promise.all(homes.map((one) => one.lab.add('Lab', 1, 2)));
    own = await home().lab.add('Own', 1, 2);
    const made = home().core.entries.get(own);
    assert.ok(made);
    made.domain = 'own_lab';
    watched = new Watched();
    watched.monitor({ kinds: ['entity', 'config_entry'] });
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const one = homes[index] as SimulatedHome;
      const fields = { verify_seconds: 1, cooldown_seconds: 0, circuit_breaker_threshold: 0, reloads_per_hour: 100 };
      watched.add({
        url: one.url,
        token: one.tokens.admin,
        instance_id,
        fields: { ...fields, max_attempts: 0 },
        times: quick,
      });
    }
    await Promise.all([watched.live('home'), watched.live('cabin')]);
    // What was never up cannot go down.
    for (const id of ['home', 'cabin']) {
      await eventually(() => {
        const statuses = [...watched.instance(id).tracker.entries.values()].map(({ status }) => status);
        assert.ok(statuses.length > 0 && statuses.every((status) => status === 'available'));
      });
    }
  });
  after(async () => {
    await watched.dispose();
    await Promise.all(homes.map((one) => one.stop()));
  });

  const ask = <T = Body>(name: string, fields: object = {}, reference: object = HOME): Promise<Asked<T>> =>
    asker(HEALING_OPERATIONS, watched.roster)<T>(name, reference, fields as never);
  const quickly = { levels: ['integration'] };
  const heal = (entity_id: string, fields: object = {}, reference: object = HOME) =>
    ask<Healed>('heal_entity', { entity_id, ...quickly, ...fields }, reference);
  const history = async (fields: object = {}, reference: object = HOME) =>
    (await ask<{ actions: AttemptRecord[] }>('healing_history', fields, reference)).body.actions;
  const isDown = (entity: string, id = 'home') =>
    eventually(() => assert.equal(watched.instance(id).tracker.entities.get(entity)?.status, 'unavailable'));
  const reloads = (index: number) => (homes[index]?.calls ?? []).filter(({ type }) => type.includes('/reload')).length;
  const LAB = 'sensor.lab_1_sensor_1';
  const OWN = 'sensor.own_1_sensor_1';

  it('heals an entity of the one home that is named, and answers with what it did', async () => {
    await home().lab.setMode(lab, 'dead_until_reload');
    await isDown(LAB);
    await assert.rejects(heal(LAB, {}, {}), { code: 'instance_ambiguous' });
    const { status, body } = await heal(LAB, { reason: 'the kitchen is cold' });
    assert.equal(status, 200);
    assert.deepEqual(
      [body.instance_id, body.instance_name, body.entity_id, body.integration, body.action_type, body.success],
      ['home', 'The home', LAB, 'caretaker_lab', 'integration_reload', true],
    );
    assert.deepEqual([body.outcome, body.reason, body.target.id], ['healed', null, LAB]);
    assert.match(body.message, /healed by reload/);
    assert.deepEqual([reloads(0), reloads(1)], [1, 0]);
    const [past] = await eventually(async () => {
      const all = await history();
      assert.equal(all[0]?.success, true);
      return all;
    });
    assert.deepEqual(
      [past?.attempt_id, past?.trigger_reason, past?.by],
      [body.attempt_id, 'the kitchen is cold', 'api'],
    );
    assert.deepEqual(await history({}, { instance_id: 'cabin' }), []);
    await home().lab.setMode(lab, 'ok');
  });

  it('does nothing by a plan that there is not', async () => {
    const before = reloads(0);
    const wrong = { code: 'bad_input', message: /^plans: The home has no plan 'nope'\. There are: .+\.$/ };
    for (const query of ['heal_entity', 'plan'])
      await assert.rejects(ask(query, { entity_id: LAB, plans: ['nope'] }), wrong);
    assert.equal(reloads(0), before);
  });

  it('finds the home that alone has it, and says that nothing is down', async () => {
    const before = reloads(0);
    const { status, body } = await heal(OWN, {}, {});
    assert.deepEqual([status, body.instance_id, body.success, body.outcome], [200, 'home', false, 'refused']);
    assert.deepEqual([body.reason, body.attempt_id, body.integration], ['already_available', null, 'own_lab']);
    assert.equal(reloads(0), before);
  });

  it('answers a failure as well, and numbers the tries of a target', async () => {
    await home().lab.setMode(own, 'dead');
    await isDown(OWN);
    for (const number of [1, 2]) {
      const { status, body } = await heal(OWN);
      assert.deepEqual([status, body.success, body.outcome, body.reason], [200, false, 'failed', 'still_down']);
      const { body: past } = await ask<AttemptRecord>('attempt', { attempt_id: body.attempt_id }, {});
      assert.deepEqual([past.attempt_number, past.success, past.steps.length], [number, false, 1]);
      assert.match(past.error_message ?? '', /still down/);
    }
    await home().lab.setMode(own, 'ok');
    await home().lab.reload(own);
  });

  it('does not wait for a slow one, which goes on and is found in the history', async () => {
    await eventually(() => assert.equal(watched.instance().tracker.entities.get(OWN)?.status, 'available'));
    await home().lab.setMode(own, 'dead_until_slow_reload', 0.5);
    await isDown(OWN);
    const { status, body } = await heal(OWN, { wait_seconds: 0 });
    assert.deepEqual([status, body.success, body.outcome, body.entity_id], [202, null, 'in_progress', OWN]);
    assert.ok(body.attempt_id);
    const attempt = async () => (await ask<AttemptRecord>('attempt', { attempt_id: body.attempt_id })).body;
    assert.deepEqual([(await attempt()).success, (await attempt()).outcome], [null, 'in_progress']);
    await eventually(async () => assert.equal((await history())[0]?.success, null));
    // Another one is refused meanwhile, and says so at once.
    const second = await heal(OWN, { wait_seconds: 0 });
    assert.deepEqual([second.status, second.body.reason], [200, 'in_progress']);
    await eventually(async () => assert.equal((await attempt()).outcome, 'healed'));
    await eventually(async () => assert.equal((await history())[0]?.success, true));
    await home().lab.setMode(own, 'ok');
  });

  it('answers once for all that an integration has down', async () => {
    const more = await home().lab.add('Other', 1, 1);
    await eventually(() => assert.ok(watched.instance().tracker.entries.get(more)?.status === 'available'));
    for (const entry of [lab, more]) await home().lab.setMode(entry, 'dead_until_reload');
    await Promise.all([isDown(LAB), isDown('sensor.other_1_sensor_1')]);
    const { status, body } = await ask<Healed>('heal', { integration: 'caretaker_lab', ...quickly });
    assert.deepEqual([status, body.success, body.outcome, body.message], [200, true, 'healed', '2 of 2 healed.']);
    assert.deepEqual(
      body.results.map(({ target, success }) => [target.id, success]).sort(),
      [
        [lab, true],
        [more, true],
      ].sort(),
    );
    const again = await ask<Healed>('heal', { entry_id: lab });
    assert.deepEqual([again.body.success, again.body.results[0]?.reason], [false, 'already_available']);
    assert.equal(again.body.message, again.body.results[0]?.message);
    for (const entry of [lab, more]) await home().lab.setMode(entry, 'dead_until_slow_reload', 0.5);
    await Promise.all([isDown(LAB), isDown('sensor.other_1_sensor_1')]);
    const before = (await history()).length;
    const slow = await ask<Healed>('heal', { integration: 'caretaker_lab', ...quickly, wait_seconds: 0.1 });
    assert.deepEqual([slow.status, slow.body.success, slow.body.results.length], [202, null, 1]);
    await eventually(async () => {
      const all = await history();
      assert.equal(all.length, before + 2);
      assert.deepEqual(
        all.slice(0, 2).map(({ success }) => success),
        [true, true],
      );
    }, 10_000);
    await home().lab.remove(more);
  });

  it('rehearses, and does nothing', async () => {
    await home().lab.setMode(own, 'dead_until_reload');
    await isDown(OWN);
    const before = reloads(0);
    const { body } = await heal(OWN, { dry_run: true });
    assert.deepEqual([body.success, body.reason, body.action_type], [false, 'dry_run', 'integration_reload']);
    assert.equal(reloads(0), before);
    assert.equal((await heal(OWN)).body.success, true);
    await home().lab.setMode(own, 'ok');
  });

  it('refuses what it cannot mean', async () => {
    for (const [name, fields, reference, code, message] of [
      [
        'heal_entity',
        { entity_id: 'sensor.nobody' },
        HOME,
        'not_found',
        /^Entity 'sensor.nobody' not found in instance 'home'$/,
      ],
      ['heal_entity', { entity_id: LAB }, { instance_id: 'all' }, 'instance_required', /^instance_id: /],
      [
        'heal_entity',
        { entity_id: LAB },
        { instance_id: 'attic' },
        'instance_not_found',
        /^Instance 'attic' not found/,
      ],
      ['heal_entity', { entity_id: 'sensor.nobody' }, {}, 'instance_required', /several/],
      ['heal_entity', { entity_id: LAB, wait_seconds: 601 }, HOME, 'bad_input', /^wait_seconds: /],
      ['heal_entity', { entity_id: LAB, levels: ['house'] }, HOME, 'bad_input', /^levels.0: /],
      ['heal', { entry_id: 'nobody' }, HOME, 'no_target', /^entry_id: /],
      ['heal', {}, HOME, 'bad_input', /^entity_id: is missing/],
      // What is meant for the heal node may not be taken for a heal.
      ['heal', { action: 'suppress', entity_id: LAB }, HOME, 'bad_input', /^action: /],
      ['healing_history', { hours: 8785 }, HOME, 'bad_input', /^hours: /],
      ['healing_history', { limit: 501 }, HOME, 'bad_input', /^limit: /],
      ['suppress', { integration: 'hue' }, { instance_id: 'all' }, 'instance_required', /^instance_id: /],
      ['end_maintenance', { window_id: 'nobody' }, HOME, 'no_target', /^window_id: /],
      ['plan', { entity_id: 'sensor.nobody' }, HOME, 'no_target', /^entity_id: /],
    ] as const) {
      await assert.rejects(ask(name, fields, reference), (thrown: Error & { code: string }) => {
        assert.equal(thrown.code, code, `${name} ${thrown.message}`);
        assert.match(thrown.message, message);
        return true;
      });
    }
  });

  it('suppresses and lifts it, and lists that of all homes', async () => {
    const until = new Date(Date.now() + 600_000).toISOString();
    const set = await ask('suppress_entity', { entity_id: LAB, until, reason: 'new battery' });
    assert.deepEqual([set.body['entity_id'], set.body['suppressed'], set.body['instance_id']], [LAB, true, 'home']);
    await ask('suppress', { integration: 'caretaker_lab' }, { instance_id: 'cabin' });
    const { body, total } = await ask<{ entities: Body[]; total_count: number }>('suppressed', {}, {});
    assert.deepEqual([body.total_count, total], [2, 2]);
    assert.deepEqual(
      body.entities.map((one) => [one['instance_id'], one['entity_id'], one['friendly_name'], one['integration']]),
      [
        ['home', LAB, 'Lab 1 Sensor 1', 'caretaker_lab'],
        ['cabin', null, 'caretaker_lab', 'caretaker_lab'],
      ],
    );
    assert.deepEqual([body.entities[0]?.['until'], body.entities[0]?.['reason']], [until, 'new battery']);

    // Whoever stands by reads the same facts, and has no names.
    const { roster } = standingBy();
    const stored = await eventually(async () => {
      const idle = await asker(HEALING_OPERATIONS, roster)<typeof body>('suppressed', {});
      assert.equal(idle.body.total_count, 2);
      return idle.body.entities;
    });
    assert.deepEqual(
      [stored[0]?.['entity_id'], stored[0]?.['friendly_name'], stored[0]?.['until']],
      [LAB, null, until],
    );

    const lifted = await ask('unsuppress_entity', { entity_id: LAB }, {});
    assert.deepEqual([lifted.body['suppressed'], lifted.body['instance_id']], [false, 'home']);
    const suppression_id = body.entities[1]?.['suppression_id'];
    assert.equal((await ask('unsuppress', { suppression_id }, {})).body['instance_id'], 'cabin');
    await assert.rejects(ask('unsuppress_entity', { entity_id: LAB }), { code: 'no_target' });
    assert.equal((await ask<{ total_count: number }>('suppressed', {}, {})).body.total_count, 0);
  });

  it('begins and ends maintenance, and shows that of all homes', async () => {
    const set = await ask<{ windows: { window_id: string }[] }>('start_maintenance', { reason: 'new router' });
    await ask('start_maintenance', { weekdays: ['mon'], at: '02:00', duration_minutes: 30 }, { instance_id: 'cabin' });
    const shown = async (roster: Roster) => {
      const { body } = await asker(HEALING_OPERATIONS, roster)<Body[]>('maintenance');
      return body.map((one) => [one['instance_id'], one['in_maintenance'], (one['windows'] as unknown[]).length]);
    };
    const [, isMonday = null] = (await shown(watched.roster))[1] ?? [];
    assert.deepEqual(await shown(watched.roster), [
      ['home', true, 1],
      ['cabin', isMonday, 1],
    ]);
    // When a window of each week is in force only a home that is watched can say.
    await eventually(async () => {
      assert.deepEqual(await shown(standingBy().roster), [
        ['home', true, 1],
        ['cabin', null, 1],
      ]);
    });
    const window_id = set.body.windows[0]?.window_id;
    const ended = await ask<Body>('end_maintenance', { window_id }, {});
    assert.deepEqual([ended.body['instance_id'], ended.body['in_maintenance']], ['home', false]);
  });

  it('shows the plans, and which of them would be taken', async () => {
    const { body } = await ask<{ instance_id: string; plans: { name: string; source: string }[] }[]>('plans', {}, {});
    assert.deepEqual(
      body.map(({ instance_id }) => instance_id),
      ['home', 'cabin'],
    );
    assert.ok(body[0]?.plans.some(({ name, source }) => name === 'Generic' && source === 'built_in'));
    const { body: answers } = await ask<{ target: { id: string } }[]>('plan', { entity_id: OWN }, {});
    assert.deepEqual(
      answers.map(({ target }) => target.id),
      [OWN],
    );
  });

  it('says of a home that does not run that it cannot, and of one never seen that it does not know', async () => {
    const idle = asker(HEALING_OPERATIONS, standingBy().roster);
    const said = { code: 'instance_not_ready', message: 'State tracker not initialized for this instance' };
    await assert.rejects(idle('heal_entity', HOME, { entity_id: LAB }), said);
    await assert.rejects(idle('heal', HOME, { entry_id: lab }), said);
    assert.ok((await idle<{ total_count: number }>('healing_history', HOME)).body.total_count > 5);
    watched.add({ url: 'http://127.0.0.1:9', token: 'x', instance_id: 'away' });
    const away = { instance_id: 'away' };
    await eventually(() => assert.ok(watched.instance('away')));
    await assert.rejects(heal(LAB, {}, away), { code: 'instance_not_ready' });
    // It may have it as well.
    await assert.rejects(heal(OWN, {}, {}), { code: 'instance_required' });
    assert.equal((await ask<{ total_count: number }>('suppressed', {}, {})).body.total_count, 0);
    await watched.remove('away');
  });

  /** The same homes, as the Node-RED sees them that another one is faster than. */
  function standingBy(): { readonly roster: Roster } {
    const roster = new Roster();
    for (const member of watched.roster.chosen([])) roster.put({ ...member, instance: null, standby: 'another' });
    return { roster };
  }
});
