import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PATTERN_OPERATIONS } from '../../../../src/lib/api/patterns';
import type { Span } from '../../../../src/lib/core/figures/spans';
import type { Absence } from '../../../../src/lib/core/transition';
import { eventually } from '../../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../../support/simulator/simulated-home';
import { Watched } from '../../instance/watched';
import { asker } from '../asked';

type Row = Readonly<Record<string, unknown>>;

describe('the figures of a home that is watched', () => {
  let home: SimulatedHome;
  let watched: Watched;

  beforeEach(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 7 });
    watched = new Watched();
  });
  afterEach(async () => {
    await watched.dispose();
    await home.stop();
  });

  const rows = async (fields: Row) =>
    (await asker(PATTERN_OPERATIONS, watched.roster)<Row[]>('reliability', {}, fields)).body;
  const lab = async () => (await rows({ hours: 24 })).find(({ integration }) => integration === 'caretaker_lab');

  /** Of five entities, all of them confirmed. */
  async function watchedLab() {
    const entry = await home.lab.add('Lab', 1, 4);
    const options = { url: home.url, token: home.tokens.read_only };
    watched.add(options);
    await watched.live();
    await eventually(async () => assert.equal((await lab())?.['total_entities'], 5));
    return { entry, options };
  }

  it('say what happened in it', async () => {
    const entry = await home.lab.add('Lab', 1, 4);
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor({ kinds: ['entity', 'incident'], direction: 'both' });
    await watched.live();
    const ask = asker(PATTERN_OPERATIONS, watched.roster);
    const answers = async (name: string, fields = {}) => (await ask<Row[]>(name, {}, fields)).body;
    const lab = async () => (await answers('reliability')).find(({ integration }) => integration === 'caretaker_lab');
    await eventually(async () => {
      const row = await lab();
      assert.deepEqual([row?.['reliability_percent'], row?.['total_entities'], row?.['mtbf_seconds']], [100, 5, null]);
    });

    await home.lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.equal(watched.incidents.length, 1));
    const [down] = await eventually(async () => {
      const rows = await answers('failures');
      assert.equal(rows.length, 4);
      return rows;
    });
    assert.deepEqual([down?.['resolved'], down?.['resolution_time']], [false, null]);
    assert.equal(down?.['incident_id'], watched.incidents[0]?.incident_id);
    assert.equal((await lab())?.['unavailable_count'], 4);

    await home.lab.reload(entry);
    await eventually(() => assert.equal(watched.incidents.at(-1)?.resolution, 'recovered'));
    const rows = await answers('failures');
    assert.deepEqual(
      rows.map(({ entity_id, integration, resolved }) => [entity_id, integration, resolved]).sort(),
      [1, 2, 3, 4].map((n) => [`sensor.lab_1_sensor_${n}`, 'caretaker_lab', true]),
    );
    for (const { id, timestamp, resolution_time, duration_seconds } of rows) {
      const lasted = (Date.parse(String(resolution_time)) - Date.parse(String(timestamp))) / 1000;
      assert.equal(duration_seconds, lasted);
      assert.ok(lasted > 0 && lasted < 60, `${id} lasted ${lasted}`);
    }
    const row = await lab();
    // One cause, however many it took down.
    assert.deepEqual([row?.['failure_count'], row?.['outage_count'], row?.['unavailable_count']], [1, 4, 0]);
    const seconds = rows.reduce((sum, one) => sum + Number(one['duration_seconds']), 0);
    assert.ok(Math.abs(Number(row?.['downtime_seconds']) - seconds) < 0.01, JSON.stringify(row));
    assert.ok(Number(row?.['reliability_percent']) < 100);
    const { body } = await ask<Row>('summary', { instance_id: 'home' });
    assert.deepEqual([body['total_failures'], body['incidents_opened'], body['incidents_resolved']], [1, 1, 1]);
  });

  it('leave out the time in which it could not be reached', async () => {
    watched.add({ url: home.url, token: home.tokens.read_only });
    watched.monitor({ kinds: ['instance'], direction: 'both' });
    await watched.live();
    await home.kill();
    await eventually(() => assert.equal(watched.told.at(-1)?.status, 'unavailable'));
    await home.start();
    await watched.live();
    await eventually(() => assert.equal(watched.told.at(-1)?.status, 'available'));
    const { body } = await asker(PATTERN_OPERATIONS, watched.roster)<Row[]>('reliability', {}, { by: 'instance' });
    const [row] = body;
    const away = (Date.parse(watched.told.at(-1)?.since ?? '') - Date.parse(watched.told.at(-2)?.since ?? '')) / 1000;
    const { unreachable_seconds } = Object(row?.['window']) as Row;
    assert.equal(unreachable_seconds, away);
    assert.ok(away > 0.1);
    // That it was away is a failure of the home itself, and of nothing in it.
    assert.deepEqual([row?.['failure_count'], row?.['outage_count'], row?.['unavailable_count']], [1, 0, 0]);
    // The home has a zone of its own; it is known also when nobody watches.
    const note = await watched.roster.get('home')?.keeping?.store.namespace('home');
    assert.equal(await note?.note('time_zone'), watched.instance().info?.time_zone);
  });

  it('leave out the time in which nobody watched, and what was removed ends there', async () => {
    const { entry, options } = await watchedLab();
    const absences = async () =>
      (await watched.roster.get('home')?.keeping?.store.namespace('home'))?.records({ kind: 'absence', limit: 1000 });
    await home.lab.remove(entry);
    await eventually(async () => {
      const all = (await absences())?.map(({ body }) => body as Absence);
      assert.equal(all?.filter(({ integration }) => integration === 'caretaker_lab').length, 5);
    });
    // Nobody is there any more, but for a moment they were; and of that integration.
    const left = await lab();
    assert.deepEqual([left?.['total_entities'], Number(left?.['valid_seconds']) > 0], [0, true]);
    await watched.stop();
    const seen = Date.now();
    const db = new DatabaseSync(join(watched.folder, 'caretaker/caretaker.sqlite'));
    db.exec('UPDATE leases SET renewed = renewed - 7200000');
    db.close();
    watched.add(options);
    await watched.live();
    const [row] = await rows({ by: 'instance', hours: 24 });
    const { unreachable_seconds } = Object(row?.['window']) as Row;
    // Its facts are younger than that: what is left out of them is all of the time up to now.
    const { from, to } = Object(row?.['window']) as Record<string, string>;
    const window = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
    const since = (Date.parse(to ?? '') - seen) / 1000;
    assert.ok(Number(unreachable_seconds) <= window && Number(unreachable_seconds) >= window - since - 1, `${window}`);
    const records = await (await watched.roster.get('home')?.keeping?.store.namespace('home'))?.records({
      kind: 'unwatched',
    });
    const [{ from: began, to: end } = { from: 0, to: 0 }] = (records ?? []).map(({ body }) => body as Span);
    assert.ok(end - began >= 7_200_000 && end - began < 7_300_000, String(end - began));
    // It goes on being watched after a restore, say.
    const keeping = watched.roster.get('home')?.keeping;
    await keeping?.withoutWatching(async () => undefined);
    await watched.live();
    assert.equal((await (await keeping?.store.namespace('home'))?.records({ kind: 'unwatched' }))?.length, 1);
  });

  it('leave out the time in which it is disabled, also over a restart', async () => {
    const { entry, options } = await watchedLab();
    const absences = async (open: boolean) =>
      (await watched.roster.get('home')?.keeping?.store.namespace('home'))?.records({ kind: 'absence', open });
    await home.lab.disable(entry);
    await eventually(async () => assert.equal((await absences(true))?.length, 5));
    const valid = Number((await lab())?.['valid_seconds']);
    assert.equal((await lab())?.['total_entities'], 0);
    await watched.stop();
    watched.add(options);
    await watched.live();
    // It is known that it had left, and it does not leave again.
    assert.equal((await absences(true))?.length, 5);
    assert.equal(Number((await lab())?.['valid_seconds']), valid);
    await home.lab.enable(entry);
    await eventually(async () => assert.equal((await lab())?.['total_entities'], 5));
    assert.deepEqual([(await absences(true))?.length, (await absences(false))?.length], [0, 5]);
    const row = await lab();
    assert.deepEqual([row?.['outage_count'], row?.['unavailable_count']], [0, 0]);
    assert.ok(Number(row?.['valid_seconds']) > valid);
  });
});
