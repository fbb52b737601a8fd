import assert from 'node:assert/strict';
import { PATTERN_OPERATIONS } from '../../../../src/lib/api/patterns';
import { Roster } from '../../../../src/lib/instance/roster';
import { MemoryStore } from '../../../../src/lib/store/memory';
import { type Ask, asker } from '../asked';
import { PastHome } from './past-home';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-06-15T12:00:00Z');

interface Row {
  readonly id: string;
  readonly instance_id: string | null;
  readonly instances: readonly string[];
  readonly [field: string]: unknown;
}

describe('reliability', () => {
  let store: MemoryStore;
  let roster: Roster;
  let ask: Ask;
  let now: number;

  const home = async (id = 'home', zone = 'UTC') => {
    const one = await PastHome.in(store, id, zone);
    roster.put(one.member);
    return one;
  };
  const rows = async (fields = {}, reference = {}) => (await ask<Row[]>('reliability', reference, fields)).body;
  const brief = (row: Row | undefined, ...names: string[]) => names.map((name) => row?.[name]);

  beforeEach(() => {
    store = new MemoryStore();
    roster = new Roster();
    now = NOW;
    ask = asker(PATTERN_OPERATIONS, roster, () => now);
  });

  it('says of each integration how much of its time it was up, the worst first', async () => {
    const one = await home();
    await one.furnish(NOW - 30 * DAY, 'hue light.a', 'hue light.b', 'zha sensor.c', 'sun sun.sun');
    await one.fails('hue light.a', NOW - 10 * HOUR, NOW - 9 * HOUR);
    await one.fails('zha sensor.c', NOW - 8 * HOUR, NOW - 2 * HOUR);
    await one.set('hue light.b', 'unavailable', NOW - HOUR);
    const found = await rows({ hours: 20 });
    assert.deepEqual(
      found.map((row) =>
        brief(row, 'integration', 'total_entities', 'unavailable_count', 'failure_count', 'reliability_percent'),
      ),
      [
        ['zha', 1, 0, 1, 70],
        ['hue', 2, 1, 2, 95],
        ['sun', 1, 0, 0, 100],
      ],
    );
    assert.deepEqual(brief(found[1], 'mtbf_seconds', 'mttr_seconds', 'downtime_seconds', 'last_failure'), [
      (38 * HOUR) / 2_000,
      HOUR / 1_000,
      (2 * HOUR) / 1_000,
      new Date(NOW - HOUR).toISOString(),
    ]);
    assert.deepEqual(brief(found[2], 'mtbf_seconds', 'mttr_seconds', 'last_failure'), [null, null, null]);
  });

  it('says nothing of a home of which nothing is known', async () => {
    await home();
    assert.deepEqual(await rows(), []);
    const [self] = await rows({ by: 'instance' });
    assert.equal(self, undefined);
  });

  it('makes up no figure for an integration that is known by a heal only', async () => {
    const one = await home();
    await one.furnish(NOW - DAY);
    await one.heal('a', 'hue', 'light.a', NOW - HOUR, 'failed');
    const [row] = await rows();
    assert.deepEqual(
      brief(row, 'integration', 'reliability_percent', 'mtbf_seconds', 'heals_failed', 'success_count'),
      ['hue', null, null, 1, 0],
    );
  });

  it('counts one failure for one cause, where it belongs', async () => {
    const one = await home();
    await one.furnish(NOW - 30 * DAY, 'hue light.a@d1', 'hue light.b@d2', 'zha sensor.c@d3', 'zha sensor.d@d3');
    const at = NOW - 10 * HOUR;
    for (const named of ['hue light.a@d1', 'hue light.b@d2', 'zha sensor.c@d3'])
      await one.set(named, 'unavailable', at);
    await one.incident('i1', { kind: 'config_entry', id: 'e-hue' }, at, ['light.a', 'light.b', 'sensor.c']);
    const back = at + 5 * MINUTE;
    for (const named of ['hue light.a@d1', 'hue light.b@d2', 'zha sensor.c@d3'])
      await one.set(named, 'available', back);
    await one.fails('zha sensor.d@d3', NOW - 5 * HOUR, NOW - 4 * HOUR);
    const counts = async (by: string) => {
      const found = await rows({ by, days: 1 });
      return Object.fromEntries(found.map((row) => [row.id, `${row['failure_count']} of ${row['outage_count']}`]));
    };
    assert.deepEqual(await counts('integration'), { hue: '1 of 2', zha: '1 of 2' });
    assert.deepEqual(await counts('instance'), { home: '2 of 4' });
    // The cause is of none of the devices: each has failed once.
    assert.deepEqual(await counts('device'), { d1: '1 of 1', d2: '1 of 1', d3: '2 of 2' });
    assert.deepEqual(await counts('entity'), {
      ...{ 'light.a': '1 of 1', 'light.b': '1 of 1' },
      ...{ 'sensor.c': '1 of 1', 'sensor.d': '1 of 1' },
    });
  });

  it('counts a cause that belongs to none once for each it took down', async () => {
    const one = await home();
    await one.furnish(NOW - 30 * DAY, 'hue light.a', 'hue light.b', 'zha sensor.c', 'mqtt sensor.d');
    const at = NOW - 10 * HOUR;
    for (const named of ['hue light.a', 'hue light.b', 'zha sensor.c']) await one.fails(named, at, at + MINUTE);
    await one.incident('i1', { kind: 'area', id: 'attic' }, at, ['light.a', 'light.b', 'sensor.c']);
    const found = await rows({ days: 1 });
    assert.deepEqual(Object.fromEntries(found.map((row) => [row.id, row['failure_count']])), {
      hue: 1,
      zha: 1,
      mqtt: 0,
    });
  });

  it('leaves out, and reports, when the home was unreachable and when it was worked on', async () => {
    const one = await home();
    await one.furnish(NOW - 30 * DAY, 'hue light.a');
    await one.set('hue light.a', 'unavailable', NOW - 10 * HOUR);
    await one.reach('unavailable', NOW - 9 * HOUR);
    await one.reach('available', NOW - 7 * HOUR);
    await one.work({ window_id: 'w', reason: null, repeats: 'once', from: NOW - 8 * HOUR, to: NOW - 6 * HOUR }, NOW);
    await one.set('hue light.a', 'available', NOW - 5 * HOUR);
    const [row] = await rows({ hours: 10 });
    assert.deepEqual(brief(row, 'valid_seconds', 'downtime_seconds'), [7 * 3600, 2 * 3600]);
    assert.deepEqual(row?.['window'], {
      from: new Date(NOW - 10 * HOUR).toISOString(),
      to: new Date(NOW).toISOString(),
      unreachable_seconds: 2 * 3600,
      maintenance_seconds: 3600,
    });
  });

  const changes: [string, string, number][] = [
    ['begins', '2026-04-01T10:00:00Z', 167],
    ['ends', '2026-10-28T10:00:00Z', 169],
    ['goes on', '2026-06-15T10:00:00Z', 168],
  ];
  for (const [name, instant, hours] of changes) {
    it(`covers ${hours} hours in 7 days in which summer time ${name}`, async () => {
      now = Date.parse(instant);
      const berlin = await home('home', 'Europe/Berlin');
      await berlin.furnish(now - 300 * DAY, 'hue light.a');
      const utc = await home('utc');
      await utc.furnish(now - 300 * DAY, 'zha light.a');
      // 02:30 to 04:30 on the wall: an hour less in the night in which summer time begins, one more when it ends.
      await berlin.work(
        {
          ...{ window_id: 'w', reason: null, repeats: 'weekly', began: now - 300 * DAY, ended: null },
          ...{ weekdays: [0], at: '02:30', duration_minutes: 120 },
        },
        now,
      );
      const found = await rows({ days: 7 });
      assert.deepEqual(
        found.map((row) => brief(row, 'instance_id', 'valid_seconds')),
        [
          ['home', (hours - 2) * 3600],
          ['utc', 168 * 3600],
        ],
      );
    });
  }

  it('covers no time before its facts are complete, and says so', async () => {
    const one = await home();
    await one.furnish(NOW - 3 * DAY, 'hue light.a');
    const [young] = await rows();
    assert.deepEqual(brief(young, 'valid_seconds'), [3 * 24 * 3600]);
    const { from } = Object(young?.['window']) as { readonly from: string };
    assert.equal(from, new Date(NOW - 3 * DAY).toISOString());
    await one.note('pruned_before', String(NOW - 2 * DAY));
    assert.deepEqual(brief((await rows())[0], 'valid_seconds'), [2 * 24 * 3600]);
  });

  it('merges an integration of several homes by its name, and no other group', async () => {
    const [one, other] = [await home('home'), await home('cabin')];
    await one.furnish(NOW - 30 * DAY, 'hue light.a@d1', 'hue light.b@d1');
    await other.furnish(NOW - 30 * DAY, 'hue light.a@d1', 'zha sensor.c');
    await one.fails('hue light.a@d1', NOW - 10 * HOUR, NOW - 7 * HOUR);
    await other.fails('hue light.a@d1', NOW - 6 * HOUR, NOW - 3 * HOUR);
    await one.heal('a', 'hue', 'light.a', NOW - 7 * HOUR, 'healed');
    await other.heal('a', 'hue', 'light.a', NOW - 3 * HOUR, 'failed');
    const [hue, zha] = await rows({ hours: 10 });
    const fields = ['instance_id', 'instances', 'total_entities', 'failure_count', 'success_count', 'heals_failed'];
    assert.deepEqual(brief(hue, ...fields), [null, ['home', 'cabin'], 3, 2, 1, 1]);
    assert.deepEqual(brief(hue, 'reliability_percent', 'last_failure'), [80, new Date(NOW - 6 * HOUR).toISOString()]);
    assert.deepEqual(brief(zha, 'instance_id', 'instances'), ['cabin', ['cabin']]);
    for (const by of ['device', 'entity'])
      assert.deepEqual(
        (await rows({ by, hours: 10 })).map(({ id, instance_id }) => `${instance_id} ${id}`),
        by === 'device' ? ['cabin d1', 'home d1'] : ['home light.a', 'cabin light.a', 'home light.b', 'cabin sensor.c'],
      );
    assert.deepEqual(brief((await rows({ hours: 10 }, { instance_id: 'home' }))[0], ...fields), [
      'home',
      ['home'],
      ...[2, 1, 1, 0],
    ]);
  });

  it('answers a page, and how many there are', async () => {
    const one = await home();
    await one.furnish(NOW - DAY, ...Array.from({ length: 30 }, (_, n) => `hue light.l${10 + n}`));
    const { body, total } = await ask<Row[]>('reliability', {}, { by: 'entity', limit: 3, offset: 28 });
    assert.deepEqual([body.map(({ id }) => id), total], [['light.l38', 'light.l39'], 30]);
  });

  it('refuses both days and hours, and what is no such number', async () => {
    await home();
    await assert.rejects(rows({ days: 1, hours: 1 }), /days, hours: set only one/);
    await assert.rejects(rows({ days: 367 }), /days: must be <= 366/);
    await assert.rejects(rows({ hours: 0 }), /hours: must be >= 1/);
    await assert.rejects(rows({ by: 'area' }), /by: must be equal to one of/);
  });

  it('needs a store of a home that was named, and does without in an aggregate', async () => {
    const one = await home();
    await one.furnish(NOW - DAY, 'hue light.a');
    roster.put({ ...one.member, id: 'node-b', instance_id: 'b', name: 'B', keeping: null });
    assert.equal((await rows()).length, 1);
    await assert.rejects(rows({}, { instance_id: 'b' }), /State tracker not initialized for this instance/);
    await assert.rejects(rows({}, { instance_id: 'c' }), /Instance 'c' not found/);
  });
});
