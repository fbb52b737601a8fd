import assert from 'node:assert/strict';
import { mock } from 'node:test';
import type { By } from '../../../../src/lib/core/figures/household';
import type { Rollup } from '../../../../src/lib/core/figures/rollup';
import { NOTHING } from '../../../../src/lib/core/figures/sums';
import type { Absence } from '../../../../src/lib/core/transition';
import type { Chronicle } from '../../../../src/lib/instance/figures/chronicle';
import { type HomeSums, sumsOf } from '../../../../src/lib/instance/figures/home-sums';
import { rollUp } from '../../../../src/lib/instance/figures/roll-up';
import { MemoryNamespace } from '../../../../src/lib/store/memory-namespace';
import { household } from '../../core/figures/lived-home';
import { entity, settled } from '../../store/contract';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONDAY = Date.parse('2025-11-24T00:00:00Z');
const DAYS = 400;
const NOW = MONDAY + DAYS * DAY + 15 * HOUR;

/** Down for an hour at noon of each day, more than a year long. */
async function yearOf(): Promise<Chronicle & { readonly namespace: MemoryNamespace }> {
  const namespace = new MemoryNamespace('home');
  const standing = [settled(entity('light.1'), 'available', MONDAY), settled(entity('light.2'), 'available', MONDAY)];
  await namespace.append(standing);
  for (let noon = MONDAY + 12 * HOUR; noon < NOW; noon += DAY) {
    await namespace.append([settled(entity('light.1'), 'unavailable', noon, 'available')]);
    await namespace.append([settled(entity('light.1'), 'available', noon + HOUR, 'unavailable')]);
  }
  const never = new AbortController().signal;
  await rollUp({ namespace, household, time_zone: 'UTC' }, MONDAY + DAYS * DAY, never);
  const common = { instance_id: 'home', instance_name: 'Home', household, namespace, timeZone: 'UTC' };
  return { ...common, completeSince: MONDAY, living: () => standing };
}

describe('what a home came to', () => {
  let chronicle: Awaited<ReturnType<typeof yearOf>>;
  before(async () => {
    chronicle = await yearOf();
  });

  const over = async (days: number, by: By = 'integration', to = NOW) => {
    const [sums] = await sumsOf(chronicle, [{ from: to - days * DAY, to }], [by]);
    return sums as HomeSums;
  };
  const light = async (sums: HomeSums) => (await sums.groups('integration')).find(({ key }) => key === 'i1');

  it('in a year is read from two rollups and the facts of a day', async () => {
    const read = mock.method(chronicle.namespace, 'transitions');
    const rolled = mock.method(chronicle.namespace, 'records');
    const year = await over(365);
    const facts = read.mock.calls.map(({ result }) => result);
    const count = (await Promise.all(facts)).flat().length;
    const rollups = rolled.mock.calls.filter(({ arguments: [{ kind }] }) => kind === 'rollup').length;
    mock.restoreAll();
    // Of the last day, and of the one in which the year began.
    assert.ok(count <= 8, String(count));
    assert.ok(rollups <= 4, String(rollups));
    const times = { valid_ms: 365 * DAY, down_ms: 365 * HOUR };
    const failed = { outage_count: 365, failure_count: 365, last_failure: NOW - 3 * HOUR };
    assert.deepEqual(await light(year), {
      key: 'i1',
      sums: { ...NOTHING, ...times, ...failed },
      entities: 1,
      down: 0,
    });
    assert.deepEqual(year.period, { from: NOW - 365 * DAY, to: NOW });
  });

  it('is the same by rollups as by facts', async () => {
    const none = { ...chronicle, namespace: new MemoryNamespace('home') };
    // Without rollups, facts alone.
    await none.namespace.append(await chronicle.namespace.transitions({ limit: 10_000 }));
    for (const by of ['integration', 'instance'] as const) {
      for (const days of [3, 30, 365, 399]) {
        const period = { from: NOW - days * DAY, to: NOW };
        const [byFacts] = await sumsOf(none, [period], [by]);
        const byRollups = await over(days, by);
        assert.deepEqual(await byRollups.groups(by), await byFacts?.groups(by));
        assert.deepEqual(byRollups.period, byFacts?.period);
      }
    }
  });

  it('goes on from the whole days that are left where facts are gone, and says so', async () => {
    await chronicle.namespace.setNote('pruned_before', String(NOW - 90 * DAY));
    const year = await over(365);
    const midnight = Math.ceil((NOW - 365 * DAY) / DAY) * DAY;
    assert.deepEqual(year.period, { from: midnight, to: NOW });
    assert.equal((await light(year))?.sums.failure_count, 365);
    assert.equal((await over(30)).period.from, NOW - 30 * DAY);
    const longAgo = await over(10, 'integration', NOW - 200 * DAY);
    const lastMidnight = Math.floor((NOW - 200 * DAY) / DAY) * DAY;
    assert.deepEqual(longAgo.period.to, lastMidnight);
    assert.equal((await light(longAgo))?.sums.failure_count, 9);
    await chronicle.namespace.setNote('pruned_before', '0');
  });

  it('counts an entity up to its end, and no group with nothing in it', async () => {
    const subject = entity('light.1');
    const seen = { subject, status: 'available', since: NOW - 2 * HOUR } as const;
    const body: Absence = { ...seen, integration: 'i1', from: NOW - HOUR, to: null, left_seq: null };
    await chronicle.namespace.put({ kind: 'absence', id: 'light.1', at: NOW - HOUR, open: false, body });
    const left = { ...household, has: (id: string) => id !== 'light.1', integrationOf: () => null };
    const living = () => [...chronicle.living()].filter(({ subject }) => left.has(subject.id));
    const groups = async (days: number) => {
      const [sums] = await sumsOf(
        { ...chronicle, household: left, living },
        [{ from: NOW - days * DAY, to: NOW }],
        ['integration'],
      );
      return (await sums?.groups('integration')) ?? [];
    };
    for (const days of [1, 7]) {
      const found = (await groups(days)).find(({ key }) => key === 'i1');
      assert.deepEqual([found?.entities, found?.down, found?.sums.failure_count], [0, 0, days]);
      assert.deepEqual([found?.sums.valid_ms, found?.sums.down_ms], [days * DAY - HOUR, days * HOUR]);
    }
    const newest = await chronicle.namespace.records({ kind: 'rollup', newest_first: true, limit: 1 });
    const newestBody = newest[0]?.body as Rollup;
    const gone = { ...NOTHING, valid_ms: 5, entities: 0, down: 0, integration: 'long gone' };
    const common = { kind: 'rollup', open: false } as const;
    for (const at of [newestBody.at - 7 * DAY, newestBody.at]) {
      const [record] = await chronicle.namespace.records({ kind: 'rollup', id: new Date(at).toISOString() });
      const known = record?.body as Rollup;
      await chronicle.namespace.put({
        ...common,
        id: new Date(at).toISOString(),
        at,
        body: { ...known, integrations: [...known.integrations, gone] },
      });
    }
    assert.ok((await groups(7)).every(({ key }) => key !== 'long gone'));
    await chronicle.namespace.remove('absence', 'light.1');
  });

  it('covers no time before the first thing that happened', async () => {
    assert.deepEqual((await over(500)).period, { from: MONDAY, to: NOW });
  });

  it('in two days, or by entity, is replayed', async () => {
    const rolled = mock.method(chronicle.namespace, 'records');
    await over(2);
    const byEntity = await over(30, 'entity');
    const kinds = rolled.mock.calls.map(({ arguments: [{ kind }] }) => kind);
    mock.restoreAll();
    assert.ok(!kinds.includes('rollup'));
    assert.deepEqual(
      (await byEntity.groups('entity')).map(({ key, sums }) => [key, sums.failure_count]),
      [
        ['light.1', 30],
        ['light.2', 0],
      ],
    );
  });

  it('over several periods is told in their order', async () => {
    const periods = [2, 30, 1].map((days) => ({ from: NOW - days * DAY, to: NOW }));
    const all = await sumsOf(chronicle, periods, ['instance']);
    assert.deepEqual(
      all.map(({ period }) => period),
      periods,
    );
  });
});
