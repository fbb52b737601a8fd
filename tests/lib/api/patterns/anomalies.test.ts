import assert from 'node:assert/strict';
import { PATTERN_OPERATIONS } from '../../../../src/lib/api/patterns';
import { Roster } from '../../../../src/lib/instance/roster';
import { MemoryStore } from '../../../../src/lib/store/memory';
import { type Ask, asker } from '../asked';
import { PastHome } from './past-home';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const NOW = Date.parse('2026-06-15T12:00:00Z');

interface Found {
  readonly anomalies: readonly Readonly<Record<string, unknown>>[];
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

describe('anomalies and flapping', () => {
  let store: MemoryStore;
  let roster: Roster;
  let ask: Ask;

  const home = async (id = 'home', zone = 'UTC') => {
    const one = await PastHome.in(store, id, zone);
    roster.put(one.member);
    return one;
  };
  const found = async (fields = {}) => (await ask<Found>('anomalies', {}, fields)).body;
  const told = ({ anomalies }: Found) => anomalies.map(({ explanation }) => explanation);
  /** In the order of time, as they must be. */
  const fall = async (one: PastHome, falls: readonly (readonly [string, number])[]) => {
    for (const [named, at] of [...falls].sort(([, a], [, b]) => a - b)) await one.fails(named, at, at + MINUTE);
  };

  beforeEach(() => {
    store = new MemoryStore();
    roster = new Roster();
    ask = asker(PATTERN_OPERATIONS, roster, () => NOW);
  });

  it('are none where nothing is known, or all is well', async () => {
    const one = await home();
    assert.deepEqual((await found()).anomalies, []);
    await one.furnish(NOW - 40 * DAY, 'hue light.a');
    assert.deepEqual((await found()).anomalies, []);
    assert.deepEqual(
      (await found()).instances.map(({ baseline_days }) => baseline_days),
      [29],
    );
  });

  const today: [number, number[], number | null][] = [
    [3, [], null],
    [3, [1], 0],
    [2, [1], null],
    [5, [2, 2, 2, 2, 2, 2, 2, 2], null],
    [9, [2, 2, 2, 2, 2, 2, 2, 2], 2],
  ];
  for (const [failures, past, usual] of today) {
    it(`${failures} failures today are ${usual === null ? 'nothing' : 'something'} after days of ${past.join(', ')}`, async () => {
      const one = await home();
      // Without a past, too few days to compare with.
      await one.furnish(NOW - (past.length === 0 ? 7 : 9) * DAY, 'hue light.a');
      const falls = past.flatMap((count, day) =>
        Array.from(
          { length: count },
          (_, n) => ['hue light.a', NOW - (2 + day) * DAY + (7 * n + 2 * day + 1) * HOUR] as const,
        ),
      );
      const fresh = Array.from({ length: failures }, (_, n) => ['hue light.a', NOW - (n + 1) * 100 * MINUTE] as const);
      await fall(one, [...falls, ...fresh]);
      const rates = (await found({ days: 9 })).anomalies.filter(({ kind }) => kind === 'failure_rate');
      assert.deepEqual(
        rates.map(({ integration, explanation }) => [integration, explanation]),
        usual === null ? [] : [['hue', `hue failed ${failures} times in the last 24 hours; ${usual} a day is usual.`]],
      );
    });
  }

  for (const [when, now] of [
    ['begins', '2026-04-01T12:00:00Z'],
    ['ends', '2026-10-28T12:00:00Z'],
    ['goes on', '2026-06-15T12:00:00Z'],
  ] as const) {
    it(`has enough to compare with in 8 days in which summer time ${when}, and refuses fewer`, async () => {
      ask = asker(PATTERN_OPERATIONS, roster, () => Date.parse(now));
      const one = await home('home', 'Europe/Berlin');
      await one.furnish(Date.parse(now) - 40 * DAY, 'hue light.a');
      assert.equal((await found({ days: 8 })).instances[0]?.['baseline_days'], 7);
      await assert.rejects(found({ days: 7 }), { code: 'bad_input', message: /^days: must be >= 8/ });
    });
  }

  it('tells the hour of the week on the wall of the home, over a change of summer time', async () => {
    const zone = 'Europe/Berlin';
    const one = await home('home', zone);
    ask = asker(PATTERN_OPERATIONS, roster, () => Date.parse('2026-04-10T12:00:00Z'));
    // Mondays at half past three on the wall.
    const mondays = ['2026-03-16T02:30Z', '2026-03-23T02:30Z', '2026-03-30T01:30Z', '2026-04-06T01:30Z'];
    await one.furnish(Date.parse('2026-03-01T00:00Z'), 'hue light.a', 'zha sensor.b');
    await fall(one, [
      ...mondays.map((at) => ['hue light.a', Date.parse(at)] as const),
      ...['2026-03-17T08:00Z', '2026-03-18T12:00Z', '2026-03-26T20:00Z'].map(
        (at) => ['zha sensor.b', Date.parse(at)] as const,
      ),
    ]);
    const all = await found();
    assert.deepEqual(told(all), [
      `hue failed on Monday within an hour of 03:00 4 of 4 times, 4 different weeks (${zone}).`,
    ]);
    assert.deepEqual(all.anomalies[0]?.['evidence'], {
      ...{ every: 'week', weekday: 1, hour: 3, time_zone: zone, count: 4, weeks: 4, total: 4 },
    });
  });

  it('tells the hour of the day, and finds none in one bad night', async () => {
    const one = await home();
    await one.furnish(NOW - 40 * DAY, 'hue light.a', 'zha sensor.b');
    const midnight = NOW - 12 * HOUR;
    await fall(one, [
      ...[2, 5, 6, 9, 12].map((day) => ['hue light.a', midnight - day * DAY + 2.5 * HOUR] as const),
      ['hue light.a', midnight - 8 * DAY + 9 * HOUR],
      ...[0, 10, 20, 30, 40].map((minute) => ['zha sensor.b', midnight - 3 * DAY + HOUR + minute * MINUTE] as const),
    ]);
    assert.deepEqual(told(await found()), ['hue failed in the hour from 02:00 5 of 6 times, 5 different days (UTC).']);
  });

  it('tells entities that fail together for no known cause, not those of one device', async () => {
    const [one, other] = [await home(), await home('cabin')];
    const named = ['hue light.a', 'zha sensor.b', 'mqtt switch.c', 'zha sensor.d@d1', 'zha sensor.e@d1'];
    await one.furnish(NOW - 40 * DAY, ...named);
    await other.furnish(NOW - 40 * DAY, 'zha sensor.b');
    const days = [3, 9.2, 17.1];
    await fall(one, [
      ...days.flatMap((day) => [
        ['hue light.a', NOW - day * DAY] as const,
        ['zha sensor.b', NOW - day * DAY + 2 * MINUTE] as const,
        ['mqtt switch.c', NOW - day * DAY + 30 * MINUTE] as const,
        ['zha sensor.d@d1', NOW - day * DAY + 6 * HOUR] as const,
        ['zha sensor.e@d1', NOW - day * DAY + 6 * HOUR + 1_000] as const,
      ]),
      ['hue light.a', NOW - 20 * DAY],
    ]);
    // Of another home it is none of their business.
    await fall(
      other,
      days.map((day) => ['zha sensor.b', NOW - day * DAY + 30 * MINUTE] as const),
    );
    const together = (await found()).anomalies.filter(({ kind }) => kind === 'together');
    assert.deepEqual(
      together.map(({ instance_id, entities, evidence }) => [instance_id, entities, evidence]),
      [['home', ['light.a', 'sensor.b'], { common: 3, jaccard: 0.75 }]],
    );
    assert.match(String(together[0]?.['explanation']), /^The light.a, The sensor.b went down within five minutes/);
    for (const day of days) {
      await one.incident(`i${day}`, { kind: 'config_entry', id: 'e' }, NOW - day * DAY, ['light.a', 'sensor.b']);
    }
    assert.equal((await found()).anomalies.filter(({ kind }) => kind === 'together').length, 0, 'a cause is known');
  });

  it('says when it compared not everything', async () => {
    const one = await home();
    const named = Array.from({ length: 60 }, (_, n) => `hue light.l${n}`);
    await one.furnish(NOW - 40 * DAY, ...named);
    await fall(
      one,
      [1, 2.1, 3.2].flatMap((day) => named.map((each, n) => [each, NOW - day * DAY + n] as const)),
    );
    const { instances } = await found();
    assert.deepEqual(
      instances.map(({ capped }) => capped),
      [true],
    );
  });

  it('tells what flaps now, in each home what is its own', async () => {
    const [one, other] = [await home(), await home('cabin')];
    for (const each of [one, other]) await each.furnish(NOW - 40 * DAY, 'hue light.a', 'hue light.b');
    const minutes = [18, 15, 12, 9, 6, 3];
    for (const minute of minutes) await one.fails('hue light.a', NOW - minute * MINUTE, NOW - minute * MINUTE + 61_000);
    await other.fails('hue light.a', NOW - 3 * MINUTE, NOW - MINUTE);
    const { body, total } = await ask<Readonly<Record<string, unknown>>[]>('flapping');
    assert.deepEqual(
      body.map(({ instance_id, entity_id, integration, changes }) => [instance_id, entity_id, integration, changes]),
      [['home', 'light.a', 'hue', 12]],
    );
    assert.equal(total, 1);
    const [hue] = (await ask<Readonly<Record<string, unknown>>[]>('reliability')).body;
    assert.deepEqual([hue?.['flapping'], hue?.['flapping_count']], [true, 1]);
    await one.forget('entity', 'light.a');
    assert.deepEqual((await ask('flapping')).body, []);
  });
});
