import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../../../support/eventually';
import { Estate } from './estate';

type Row = Readonly<Record<string, unknown>>;

interface History {
  readonly instance_id: string;
  readonly history: readonly Row[];
  readonly count: number;
  readonly hours: number;
  readonly source: string;
  readonly reason: Row | null;
  readonly truncated: boolean;
}

const HISTORY = 'history/history_during_period';

describe('the history of an entity', () => {
  let estate: Estate;
  let id: string;
  before(async () => {
    estate = await Estate.open({ state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 });
    id = [...estate.watched.instance('home').tracker.entities.keys()].find((one) => one.startsWith('sensor.')) ?? '';
  });
  after(() => estate.close());

  const ask = async (instance_id: string, fields: Row = {}, entity_id = id) =>
    (await estate.ask<History>('entity_history', { instance_id }, { entity_id, ...fields })).body;
  const states = ({ history }: History) => history.map(({ state }) => state);
  const isNewestFirst = ({ history }: History) =>
    history.every(({ timestamp }, n) => n === 0 || String(timestamp) <= String(history[n - 1]?.['timestamp']));

  it('is what the recorder of its own home kept, newest first', async () => {
    for (const value of ['21', '22', '23']) estate.home.setState(id, value);
    estate.cabin.setState(id, '99');
    const home = await ask('home');
    assert.deepEqual([home.source, home.reason, home.hours, home.truncated], ['recorder', null, 24, false]);
    assert.deepEqual(states(home).slice(0, 3), ['23', '22', '21']);
    assert.equal(home.count, home.history.length);
    assert.ok(isNewestFirst(home));
    assert.ok(Object(home.history[0]?.['attributes']).friendly_name);
    const cabin = await ask('cabin', { attributes: false });
    assert.equal(states(cabin)[0], '99');
    assert.ok(!states(cabin).includes('23'));
    assert.deepEqual(cabin.history[0]?.['attributes'], {});
  });

  it('reaches back as far as it is asked to, and is cut off with a word', async () => {
    const hour = 3_600;
    const now = Date.now() / 1000;
    const past = [1.5, 20, 30, 100, 167, 169].map((hours) => [String(hours), now - hours * hour] as const);
    for (const [state, at] of past) estate.home.core.recorder.pretend('sensor.old', state, at);
    estate.home.setState('sensor.old', 'now');
    await eventually(() => assert.ok(estate.watched.instance('home').tracker.entities.has('sensor.old')));
    const back = async (fields: Row) => states(await ask('home', fields, 'sensor.old'));
    assert.deepEqual(await back({ hours: 1 }), ['now']);
    assert.deepEqual(await back({}), ['now', '1.5', '20']);
    assert.deepEqual(await back({ hours: 168 }), ['now', '1.5', '20', '30', '100', '167']);
    const cut = await ask('home', { hours: 168, limit: 2 }, 'sensor.old');
    assert.deepEqual([states(cut), cut.truncated], [['now', '1.5'], true]);
    const flood = Array.from({ length: 1_500 }, (_, n) => [String(n), now - 3_000 + n] as const);
    for (const [state, at] of flood) estate.home.core.recorder.pretend('sensor.old', state, at);
    const flooded = await ask('home', {}, 'sensor.old');
    assert.deepEqual([flooded.count, flooded.truncated, isNewestFirst(flooded)], [1_000, true, true]);
    await assert.rejects(ask('home', { hours: 169 }), { code: 'bad_input', message: 'hours: must be <= 168.' });
    await assert.rejects(ask('home', { hours: 0 }), { code: 'bad_input' });
  });

  it('is what we saw ourselves when there is no recorder, and says so', async () => {
    const [light = ''] = [...estate.watched.instance('home').tracker.entities.keys()].filter((one) =>
      /^light/.test(one),
    );
    const isDown = (down: boolean) => () =>
      assert.equal(estate.watched.instance('home').tracker.entities.get(light)?.status !== 'available', down);
    estate.home.breakEntity(light);
    await eventually(isDown(true));
    estate.home.mendEntity(light);
    await eventually(isDown(false));
    estate.home.faults.rejectSubscribe(HISTORY);
    try {
      await eventually(async () => {
        const facts = await ask('home', {}, light);
        assert.deepEqual([facts.source, facts.reason?.['code']], ['facts', 'command_failed']);
        assert.match(String(facts.reason?.['message']), /unknown_command/);
        const seen = facts.history.map(({ status }) => status);
        assert.deepEqual(seen, ['available', 'unavailable', 'available']);
        assert.ok(isNewestFirst(facts));
      });
      const cut = await ask('home', { limit: 1 }, light);
      assert.deepEqual([cut.count, cut.truncated], [1, true]);
      assert.equal((await ask('cabin', {}, light)).source, 'recorder');
    } finally {
      estate.home.faults.rejectSubscribe(HISTORY, null);
    }
  });

  it('is what we saw ourselves while the home is away, or stands by', async () => {
    const { roster } = estate.watched;
    const away = await eventually(async () => {
      const facts = await ask('away');
      assert.equal(facts.count, 1);
      return facts;
    });
    assert.deepEqual([away.source, away.reason?.['code'], away.truncated], ['facts', 'connection_lost', false]);
    const member = roster.get('away');
    assert.ok(member);
    roster.put({ ...member, instance: null, standby: 'It stands by.' });
    try {
      assert.deepEqual((await ask('away')).history, away.history);
    } finally {
      roster.put(member);
    }
  });

  it('is nobody’s of an entity that nobody has', async () => {
    await assert.rejects(ask('home', {}, 'sensor.nowhere'), {
      code: 'not_found',
      message: "Entity 'sensor.nowhere' not found in instance 'home'",
    });
    await assert.rejects(ask('broken'), { code: 'instance_not_ready' });
    await assert.rejects(estate.ask('entity_history', {}, { entity_id: id }), { code: 'instance_ambiguous' });
  });
});
