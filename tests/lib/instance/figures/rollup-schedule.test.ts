import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { Rollup } from '../../../../src/lib/core/figures/rollup';
import type { Absence } from '../../../../src/lib/core/transition';
import { rollUp } from '../../../../src/lib/instance/figures/roll-up';
import { RollupSchedule } from '../../../../src/lib/instance/figures/rollup-schedule';
import { allRecords } from '../../../../src/lib/instance/record-pages';
import { MemoryNamespace } from '../../../../src/lib/store/memory-namespace';
import type { Namespace } from '../../../../src/lib/store/store';
import { household } from '../../core/figures/lived-home';
import { entity, settled } from '../../store/contract';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONDAY = Date.parse('2026-11-23T00:00:00Z');
const NOW = MONDAY + 10 * HOUR;

const rollupsOf = async (namespace: Pick<Namespace, 'records'>) =>
  (await allRecords(namespace, { kind: 'rollup' })).map(({ body }) => body as Rollup);
const daysOf = (rollups: readonly Rollup[]) => rollups.map(({ at }) => (at - MONDAY) / DAY);

/** Down for an hour at noon of each day. */
async function live(namespace: Pick<Namespace, 'append'>, days: number): Promise<void> {
  await namespace.append([settled(entity('light.1'), 'available', NOW), settled(entity('light.2'), 'available', NOW)]);
  for (let noon = MONDAY + 12 * HOUR, day = 0; day < days; day += 1, noon += DAY) {
    await namespace.append([settled(entity('light.1'), 'unavailable', noon, 'available')]);
    await namespace.append([settled(entity('light.1'), 'available', noon + HOUR, 'unavailable')]);
  }
}

async function ends(namespace: MemoryNamespace, id: string, at: number): Promise<void> {
  const seen = { subject: entity(id), status: 'available', since: NOW } as const;
  const body: Absence = { ...seen, integration: null, from: at, to: null, left_seq: null };
  await namespace.forget('entity', id, { kind: 'absence', id, at, open: false, body });
}

describe('the schedule of rollups', () => {
  const schedules: RollupSchedule[] = [];
  let namespace: MemoryNamespace;
  let told: string[];
  let seen: boolean;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
    [namespace, told, seen] = [new MemoryNamespace('home'), [], true];
  });
  afterEach(async () => {
    await Promise.all(schedules.splice(0).map((schedule) => schedule.stop()));
    mock.timers.reset();
  });

  const settle = async () => {
    for (let turn = 0; turn < 60; turn += 1) await new Promise((done) => setImmediate(done));
  };
  const pass = async (ms: number, step: number) => {
    for (let at = 0; at < ms; at += step) {
      mock.timers.tick(step);
      await settle();
    }
  };
  const days = async () => daysOf(await rollupsOf(namespace));

  async function start(of: Namespace = namespace): Promise<RollupSchedule> {
    const schedule = new RollupSchedule({
      instance_id: 'home',
      namespace: of,
      household: () => (seen ? household : null),
      timeZone: () => 'Europe/Berlin',
      trouble: (what) => told.push(what),
    });
    schedules.push(schedule);
    schedule.start();
    await pass(1, 1);
    return schedule;
  }

  it('begins once the home was seen and has something to tell', async () => {
    seen = false;
    await start();
    await pass(10_000, 1_000);
    seen = true;
    await pass(10_000, 1_000);
    assert.deepEqual(await days(), []);
    await live(namespace, 0);
    await pass(3_000, 1_000);
    assert.deepEqual(await days(), [0]);
    assert.deepEqual(told, []);
  });

  it('makes one a day, a quarter of an hour after midnight UTC at the earliest', async () => {
    await live(namespace, 2);
    await start();
    await pass(MONDAY + DAY + 14 * MINUTE - Date.now(), 2 * MINUTE);
    assert.deepEqual(await days(), [0]);
    await pass(12 * MINUTE, MINUTE);
    assert.deepEqual(await days(), [0, 1]);
    await pass(DAY, 10 * MINUTE);
    assert.deepEqual(await days(), [0, 1, 2]);
    const [, monday, tuesday] = (await rollupsOf(namespace)).map(({ home }) => home);
    assert.deepEqual([monday?.down_ms, tuesday?.down_ms], [HOUR, 2 * HOUR]);
    assert.deepEqual([monday?.valid_ms, tuesday?.valid_ms], [2 * 14 * HOUR, 2 * 38 * HOUR]);
    assert.deepEqual([tuesday?.failure_count, tuesday?.entities], [2, 2]);
  });

  it('makes up for days that were missed, and none twice over a restart', async () => {
    await live(namespace, 5);
    mock.timers.setTime(MONDAY + 5 * DAY + HOUR);
    const schedule = await start();
    assert.deepEqual(await days(), [0, 1, 2, 3, 4, 5]);
    const made = await rollupsOf(namespace);
    assert.deepEqual(
      made.map(({ home }) => home.down_ms / HOUR),
      [0, 1, 2, 3, 4, 5],
    );
    await schedule.stop();
    const put = mock.method(namespace, 'put');
    await start();
    await pass(2 * HOUR, 10 * MINUTE);
    assert.equal(put.mock.callCount(), 0);
    assert.deepEqual(await rollupsOf(namespace), made);
  });

  it('says that the store failed, and tries again', async () => {
    await live(namespace, 1);
    const failing = mock.method(namespace, 'resume', () => Promise.reject(new Error('The disk is full.')));
    await start();
    assert.match(told.join(), /^The sums of the last days were not made: The disk is full\. It is tried again in 15/);
    failing.mock.restore();
    await pass(16 * MINUTE, MINUTE);
    assert.deepEqual([await days(), told.length], [[0], 1]);
  });

  it('has written its last when it has stopped', async () => {
    await live(namespace, 5);
    mock.timers.setTime(MONDAY + 5 * DAY + HOUR);
    const schedule = new RollupSchedule({
      ...{ instance_id: 'home', namespace, household: () => household, timeZone: () => 'UTC' },
      trouble: (what) => told.push(what),
    });
    schedule.start();
    mock.timers.tick(1);
    while ((await days()).length === 0) await new Promise((done) => setImmediate(done));
    await schedule.stop();
    const made = (await days()).length;
    await pass(2 * DAY, HOUR);
    assert.ok(made < 6);
    assert.deepEqual([(await days()).length, told], [made, []]);
  });
});

describe('rolling up', () => {
  const never = new AbortController().signal;
  const due = MONDAY + 5 * DAY;

  it('goes on where it was killed, and comes to the same', async () => {
    const whole = new MemoryNamespace('home');
    await live(whole, 5);
    await rollUp({ namespace: whole, household, time_zone: 'UTC' }, due, never);
    for (let killed = 1; killed < 6; killed += 1) {
      const namespace = new MemoryNamespace('home');
      await live(namespace, 5);
      const puts = mock.method(namespace, 'put', namespace.put);
      puts.mock.mockImplementationOnce(() => Promise.reject(new Error('killed')), killed);
      const home = { namespace, household, time_zone: 'UTC' };
      await assert.rejects(rollUp(home, due, never), /killed/);
      assert.equal((await rollupsOf(namespace)).length, killed);
      await rollUp(home, due, never);
      assert.deepEqual(await rollupsOf(namespace), await rollupsOf(whole));
    }
  });

  it('makes those anew that something came late for, and no others', async () => {
    const namespace = new MemoryNamespace('home');
    await live(namespace, 4);
    const home = { namespace, household, time_zone: 'UTC' };
    await rollUp(home, MONDAY + 4 * DAY, never);
    const before = await rollupsOf(namespace);
    // Silent since Wednesday noon, which is noticed on Friday.
    const late = settled(entity('light.2'), 'stale', MONDAY + 4 * DAY + HOUR, 'available');
    await namespace.append([{ ...late, since: MONDAY + 2 * DAY + 12 * HOUR }]);
    const put = mock.method(namespace, 'put');
    await rollUp(home, due, never);
    assert.deepEqual(
      put.mock.calls.map(({ arguments: [record] }) => (record.body as Rollup).at),
      [3, 4, 5].map((day) => MONDAY + day * DAY),
    );
    const after = await rollupsOf(namespace);
    const down = (rollups: readonly Rollup[], day: number) =>
      (rollups.find(({ at }) => at === MONDAY + day * DAY)?.home.down_ms ?? 0) / HOUR;
    assert.deepEqual(
      [2, 3, 4].map((day) => down(before, day)),
      [2, 3, 4],
    );
    assert.deepEqual(
      [2, 3, 4, 5].map((day) => down(after, day)),
      [2, 3 + 12, 4 + 36, 4 + 60],
    );
  });

  it('counts an entity up to its end', async () => {
    const namespace = new MemoryNamespace('home');
    await live(namespace, 0);
    const home = { namespace, household, time_zone: 'UTC' };
    await rollUp(home, MONDAY + DAY, never);
    await ends(namespace, 'light.2', MONDAY + DAY + 5 * HOUR);
    for (const day of [2, 3]) await rollUp(home, MONDAY + day * DAY, never);
    const made = (await rollupsOf(namespace)).map(({ home: { entities, valid_ms } }) => [entities, valid_ms / HOUR]);
    assert.deepEqual(made, [
      [0, 0],
      [2, 28],
      [1, 28 + 24 + 5],
      [1, 28 + 48 + 5],
    ]);
  });

  it('does not go on with an entity that is there no more, though nothing says when it ended', async () => {
    const namespace = new MemoryNamespace('home');
    await live(namespace, 0);
    const home = { namespace, household, time_zone: 'UTC' };
    await rollUp(home, MONDAY + DAY, never);
    await namespace.forget('entity', 'light.2');
    for (const day of [2, 3]) await rollUp(home, MONDAY + day * DAY, never);
    const made = (await rollupsOf(namespace)).map(({ home: { entities, valid_ms } }) => [entities, valid_ms / HOUR]);
    assert.deepEqual(made.slice(2), [
      [1, 28 + 48],
      [1, 28 + 72],
    ]);
  });

  it('begins with the first whole day where older facts are gone', async () => {
    const namespace = new MemoryNamespace('home');
    await live(namespace, 4);
    await namespace.setNote('pruned_before', String(MONDAY + DAY + HOUR));
    await rollUp({ namespace, household, time_zone: 'UTC' }, MONDAY + 4 * DAY, never);
    const made = await rollupsOf(namespace);
    assert.deepEqual(daysOf(made), [2, 3, 4]);
    assert.deepEqual(
      made.map(({ home }) => [home.entities, home.down_ms / HOUR]),
      [
        [2, 0],
        [2, 1],
        [2, 2],
      ],
    );
  });
});
