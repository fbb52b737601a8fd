import assert from 'node:assert/strict';
import { PATTERN_OPERATIONS } from '../../../../src/lib/api/patterns';
import { trendOf } from '../../../../src/lib/api/patterns/trend';
import { NOTHING } from '../../../../src/lib/core/figures/sums';
import { Roster } from '../../../../src/lib/instance/roster';
import { MemoryStore } from '../../../../src/lib/store/memory';
import { type Ask, asker } from '../asked';
import { PastHome } from './past-home';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse('2026-06-15T12:00:00Z');

type Summary = Readonly<Record<string, unknown>> & {
  readonly trend: Readonly<Record<string, unknown>>;
  readonly instances: readonly Readonly<Record<string, unknown>>[];
};

describe('summary', () => {
  let store: MemoryStore;
  let roster: Roster;
  let ask: Ask;

  const home = async (id = 'home') => {
    const one = await PastHome.in(store, id);
    roster.put(one.member);
    return one;
  };
  const summed = async (fields = {}, reference = {}) => (await ask<Summary>('summary', reference, fields)).body;
  const brief = (of: Readonly<Record<string, unknown>>, ...names: string[]) => names.map((name) => of[name]);

  beforeEach(() => {
    store = new MemoryStore();
    roster = new Roster();
    ask = asker(PATTERN_OPERATIONS, roster, () => NOW);
  });

  it('of a home of which nothing is known makes nothing up', async () => {
    await home();
    const one = await summed();
    assert.deepEqual(brief(one, 'total_failures', 'success_rate', 'availability_percent', 'mean_downtime_seconds'), [
      ...[0, null, null, null],
    ]);
    assert.deepEqual(brief(one.trend, 'verdict', 'failures_before', 'availability_before'), ['new', null, null]);
    assert.deepEqual(brief(one, 'ai_insights', 'ai_status', 'total_health_checks'), [null, 'not_configured', null]);
  });

  it('adds up homes, and compares with the window before', async () => {
    const [one, other] = [await home('home'), await home('cabin')];
    await one.furnish(NOW - 30 * DAY, 'hue light.a', 'zha sensor.b');
    await other.furnish(NOW - 3 * DAY, 'hue light.a', 'mqtt sensor.c');
    // In the window before.
    for (const n of [4, 3, 2, 1])
      await one.fails('hue light.a', NOW - 8 * DAY - n * HOUR * 5, NOW - 8 * DAY - n * HOUR * 5 + HOUR);
    await one.fails('hue light.a', NOW - 5 * DAY, NOW - 5 * DAY + 2 * HOUR);
    await one.fails('zha sensor.b', NOW - 4 * DAY, NOW - 4 * DAY + HOUR);
    await one.incident('i1', { kind: 'entity', id: 'sensor.b' }, NOW - 4 * DAY, ['sensor.b']);
    await other.fails('hue light.a', NOW - 2 * DAY, NOW - 2 * DAY + HOUR);
    await one.heal('a', 'hue', 'light.a', NOW - 4 * DAY, 'healed');
    await other.heal('b', 'hue', 'light.a', NOW - DAY, 'failed');
    await other.heal('c', 'hue', 'light.a', NOW - DAY, 'healed');
    const sum = await summed();
    assert.deepEqual(brief(sum, 'total_failures', 'total_outages', 'total_healings', 'mean_downtime_seconds'), [
      ...[3, 3, 3, (4 / 3) * 3600],
    ]);
    assert.equal(Math.round(Number(sum['success_rate'])), 67);
    assert.deepEqual(brief(sum, 'incidents_opened', 'incidents_resolved'), [1, 1]);
    assert.deepEqual(sum['top_failing_integrations'], [
      {
        integration: 'hue',
        failure_count: 2,
        reliability_percent: 100 * (1 - 3 / (10 * 24)),
        instances: ['home', 'cabin'],
      },
      { integration: 'zha', failure_count: 1, reliability_percent: 100 * (1 - 1 / (7 * 24)), instances: ['home'] },
    ]);
    // The cabin was not watched a week before.
    assert.deepEqual(brief(sum.trend, 'verdict', 'failures_before', 'failures_change_percent', 'instances'), [
      ...['improved', 4, -50, ['home']],
    ]);
    assert.deepEqual(
      sum.instances.map((each) => brief(each, 'instance_id', 'total_failures', 'total_healings')),
      [
        ['home', 2, 1],
        ['cabin', 1, 2],
      ],
    );
    const parts = [await summed({}, { instance_id: 'home' }), await summed({}, { instance_id: 'cabin' })];
    for (const name of ['total_failures', 'total_healings', 'downtime_seconds', 'incidents_opened'])
      assert.equal(sum[name], Number(parts[0]?.[name]) + Number(parts[1]?.[name]), name);
  });

  it('names who is left out', async () => {
    const one = await home();
    await one.furnish(NOW - DAY, 'hue light.a');
    roster.put({ ...one.member, id: 'node-b', instance_id: 'b', name: 'B', keeping: null });
    assert.deepEqual((await summed())['left_out'], [{ instance_id: 'b', instance_name: 'B' }]);
  });

  const verdicts: [string, [number, number], [number, number], string][] = [
    ['as it was', [10, 3], [10, 3], 'stable'],
    ['a little more down', [14, 3], [10, 3], 'stable'],
    ['much more down', [20, 3], [10, 3], 'degraded'],
    ['much less down', [10, 3], [20, 3], 'improved'],
    ['one failure more', [10, 1], [10, 0], 'stable'],
    ['two failures more', [10, 2], [10, 0], 'degraded'],
    ['a few more of many', [10, 24], [10, 20], 'stable'],
    ['a quarter more of many', [10, 25], [10, 20], 'degraded'],
    ['a quarter less', [10, 6], [10, 8], 'improved'],
  ];
  for (const [name, now, before, verdict] of verdicts) {
    it(`calls it ${verdict}: ${name}`, () => {
      const sums = ([down_ms, failure_count]: [number, number]) => ({
        ...NOTHING,
        valid_ms: 1_000,
        down_ms,
        failure_count,
      });
      assert.equal(trendOf({ now: sums(now), before: sums(before) }, []).verdict, verdict);
    });
  }
});
