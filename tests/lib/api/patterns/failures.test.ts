import assert from 'node:assert/strict';
import { PATTERN_OPERATIONS } from '../../../../src/lib/api/patterns';
import { Roster } from '../../../../src/lib/instance/roster';
import { MemoryStore } from '../../../../src/lib/store/memory';
import { type Ask, asker } from '../asked';
import { PastHome } from './past-home';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-06-15T12:00:00Z');

interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

describe('failures', () => {
  let store: MemoryStore;
  let roster: Roster;
  let ask: Ask;

  const home = async (id = 'home') => {
    const one = await PastHome.in(store, id);
    roster.put(one.member);
    return one;
  };
  const failed = async (fields = {}, reference = {}) => (await ask<Row[]>('failures', reference, fields)).body;
  const brief = (rows: readonly Row[], ...names: string[]) => rows.map((row) => names.map((name) => row[name]));
  const iso = (at: number) => new Date(at).toISOString();

  beforeEach(() => {
    store = new MemoryStore();
    roster = new Roster();
    ask = asker(PATTERN_OPERATIONS, roster, () => NOW);
  });

  it('are told newest first, resolved or not, each outage once', async () => {
    const one = await home();
    await one.furnish(NOW - 90 * HOUR, 'hue light.a', 'hue light.b');
    await one.fails('hue light.a', NOW - 10 * HOUR, NOW - 9 * HOUR);
    await one.incident('i1', { kind: 'entity', id: 'light.a' }, NOW - 10 * HOUR, ['light.a']);
    await one.set('hue light.b', 'unavailable', NOW - 5 * HOUR);
    await one.set('hue light.b', 'unknown', NOW - 4 * HOUR);
    const rows = await failed();
    assert.deepEqual(brief(rows, 'entity_id', 'status', 'state', 'timestamp', 'resolved', 'resolution_time'), [
      ['light.b', 'unavailable', 'unavailable', iso(NOW - 5 * HOUR), false, null],
      ['light.a', 'unavailable', 'unavailable', iso(NOW - 10 * HOUR), true, iso(NOW - 9 * HOUR)],
    ]);
    assert.deepEqual(brief(rows, 'duration_seconds', 'integration', 'incident_id', 'name', 'instance_name'), [
      [5 * 3600, 'hue', null, 'The light.b', 'The home'],
      [3600, 'hue', 'i1', 'The light.a', 'The home'],
    ]);
    assert.match(rows[0]?.id ?? '', /^home:\d+$/);
  });

  it('have the same id however far back one looks, also where they began before', async () => {
    const one = await home();
    await one.furnish(NOW - 90 * HOUR, 'hue light.a', 'hue light.b');
    await one.set('hue light.a', 'unknown', NOW - 11 * HOUR);
    await one.set('hue light.a', 'unavailable', NOW - 10 * HOUR);
    await one.set('hue light.a', 'available', NOW - HOUR);
    await one.set('hue light.b', 'missing', NOW - 20 * HOUR);
    const all = await failed({ hours: 40 });
    assert.equal(all.length, 2);
    assert.deepEqual(await failed({ hours: 2 }), all);
    // One began with what was confirmed within the window, and is another than before it.
    assert.deepEqual(await failed({ hours: 10.5 }), all);
    assert.deepEqual(brief(all, 'status', 'timestamp'), [
      ['unknown', iso(NOW - 11 * HOUR)],
      ['missing', iso(NOW - 20 * HOUR)],
    ]);
  });

  it('of what was forgotten while it was down last nobody knows how long', async () => {
    const one = await home();
    await one.furnish(NOW - 90 * HOUR, 'hue light.a');
    await one.set('hue light.a', 'missing', NOW - 10 * HOUR);
    await one.forget('entity', 'light.a');
    assert.deepEqual(brief(await failed(), 'entity_id', 'resolved', 'duration_seconds'), [['light.a', false, null]]);
  });

  it('are of entities, or of the kind that is asked for', async () => {
    const one = await home();
    await one.furnish(NOW - 90 * HOUR, 'hue light.a');
    await one.fails('hue light.a', NOW - 10 * HOUR, NOW - 9 * HOUR);
    await one.reach('unavailable', NOW - 8 * HOUR);
    await one.reach('available', NOW - 7 * HOUR);
    const entry = { kind: 'config_entry', id: 'e-hue', name: 'hue', domain: 'hue' } as const;
    await one.setSubject(entry, 'unavailable', NOW - 6 * HOUR);
    await one.setSubject({ kind: 'device', id: 'd1', name: 'Lamp' }, 'available', NOW - 90 * HOUR);
    const of = async (kind: string) => brief(await failed({ kind }), 'kind', 'subject_id', 'entity_id', 'integration');
    assert.deepEqual(await of('entity'), [['entity', 'light.a', 'light.a', 'hue']]);
    assert.deepEqual(await of('instance'), [['instance', 'home', null, null]]);
    assert.deepEqual(await of('config_entry'), [['config_entry', 'e-hue', null, 'hue']]);
    assert.deepEqual(await of('device'), []);
  });

  it('of several homes stand in one order, and the same id in two homes is two', async () => {
    const [one, other] = [await home('home'), await home('cabin')];
    for (const each of [one, other]) await each.furnish(NOW - 90 * HOUR, 'hue light.a', 'zha light.b');
    await one.fails('hue light.a', NOW - 10 * HOUR, NOW - 9 * HOUR);
    await other.fails('hue light.a', NOW - 8 * HOUR, NOW - 7 * HOUR);
    await one.fails('zha light.b', NOW - 6 * HOUR, NOW - 5 * HOUR);
    const named = (rows: readonly Row[]) => brief(rows, 'instance_id', 'entity_id').map((row) => row.join(' '));
    assert.deepEqual(named(await failed()), ['home light.b', 'cabin light.a', 'home light.a']);
    assert.deepEqual(named(await failed({ integration: 'hue' })), ['cabin light.a', 'home light.a']);
    assert.deepEqual(named(await failed({ entity_id: 'light.b' })), ['home light.b']);
    assert.deepEqual(named(await failed({}, { instance_id: 'cabin' })), ['cabin light.a']);
    const { body, total } = await ask<Row[]>('failures', {}, { limit: 1, offset: 1 });
    assert.deepEqual([named(body), total], [['cabin light.a'], 3]);
  });
});
