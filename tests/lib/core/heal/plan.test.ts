import assert from 'node:assert/strict';
import type { Action, Level } from '../../../../src/lib/core/heal/heal';
import type { Reachable } from '../../../../src/lib/core/heal/ladder';
import {
  matchingPlans,
  type Plan,
  type PlanMatch,
  type PlanStep,
  type PlanTime,
  type Problem,
  planSteps,
} from '../../../../src/lib/core/heal/plan';
import { lamp } from './heal-case';

const NOW = Date.parse('2026-06-03T12:00Z');
const ALL: readonly Level[] = ['entity', 'device', 'integration', 'home_assistant'];

function plan(match: PlanMatch = {}, more: Partial<Plan> = {}): Plan {
  return { name: 'p', description: '', enabled: true, priority: 0, file: null, steps: [], ...more, match };
}

function planStep(level: Level, action: Action, more: Partial<PlanStep> = {}): PlanStep {
  return { level, action, params: {}, timeout_seconds: null, ...more };
}

const problem: Problem = {
  entities: ['light.kitchen', 'sensor.hall'],
  integration: 'hue',
  problems: new Set(['unavailable', 'setup_retry']),
  manufacturers: ['Signify Netherlands B.V.'],
};

const reachable: Reachable = {
  target: lamp,
  entry: { entry_id: 'e', name: 'Hue', state: 'loaded' },
  pollable: [lamp],
  buttons: [1, 2].map((n) => ({ kind: 'entity', id: `button.n${n}`, name: '' })),
  zwave: [],
  zha: [{ target: { kind: 'device', id: 'd', name: '' }, params: { ieee: '00:11' } }],
};

describe('matchingPlans', () => {
  const rows: [string, PlanMatch, boolean][] = [
    ['nothing asked for', {}, true],
    ['an entity', { entities: ['light.kitchen'] }, true],
    ['a glob', { entities: ['*.hall'] }, true],
    ['one of several globs', { entities: ['switch.*', 'sensor.*'] }, true],
    ['no glob that fits', { entities: ['switch.*'] }, false],
    ['no glob at all', { entities: [] }, false],
    ['its integration', { integrations: ['zha', 'hue'] }, true],
    ['another integration', { integrations: ['zha'] }, false],
    ['one of its problems', { problems: ['stale', 'setup_retry'] }, true],
    ['another problem', { problems: ['stale'] }, false],
    ['its maker', { manufacturers: ['signify*'] }, true],
    ['another maker', { manufacturers: ['Philips'] }, false],
    [
      'all of it',
      { entities: ['light.*'], integrations: ['hue'], problems: ['unavailable'], manufacturers: ['*'] },
      true,
    ],
    [
      'all of it but one',
      { entities: ['light.*'], integrations: ['zha'], problems: ['unavailable'], manufacturers: ['*'] },
      false,
    ],
    ['within its time', { time: { from: '08:00', to: '18:00' } }, true],
    ['out of its time', { entities: ['light.*'], time: { from: '18:00', to: '08:00' } }, false],
  ];
  for (const [name, match, expected] of rows) {
    it(`${name}: ${expected}`, () =>
      assert.equal(matchingPlans([plan(match)], problem, NOW, 'UTC').length, expected ? 1 : 0));
  }

  it('asks for an integration where there is none', () => {
    const bare = { entities: [], integration: null, problems: new Set<string>(), manufacturers: [] };
    assert.equal(
      matchingPlans([plan({ integrations: ['hue'] }), plan({ entities: ['*'] })], bare, NOW, 'UTC').length,
      0,
    );
    assert.equal(matchingPlans([plan()], bare, NOW, 'UTC').length, 1);
  });

  it('puts the highest first, of the same the name, and leaves out what is switched off', () => {
    const plans = [
      plan({}, { name: 'b' }),
      plan({}, { name: 'c', priority: 5 }),
      plan({}, { name: 'a' }),
      plan({}, { name: 'off', enabled: false, priority: 9 }),
    ];
    assert.deepEqual(
      matchingPlans(plans, problem, NOW, 'UTC').map(({ name }) => name),
      ['c', 'a', 'b'],
    );
    assert.deepEqual(
      plans.map(({ name }) => name),
      ['b', 'c', 'a', 'off'],
    );
  });

  const night: PlanTime = { from: '22:00', to: '06:00' };
  const times: [PlanTime, string, string, boolean][] = [
    [{ from: '12:00', to: '13:00' }, '2026-06-03T12:00Z', 'UTC', true],
    [{ from: '12:00', to: '13:00' }, '2026-06-03T12:59Z', 'UTC', true],
    [{ from: '12:00', to: '13:00' }, '2026-06-03T13:00Z', 'UTC', false],
    [{ from: '12:00', to: '13:00' }, '2026-06-03T11:59Z', 'UTC', false],
    [{ from: '12:30', to: '13:15' }, '2026-06-03T12:29Z', 'UTC', false],
    [{ from: '12:30', to: '13:15' }, '2026-06-03T13:14Z', 'UTC', true],
    [{ from: '12:00', to: '24:00' }, '2026-06-03T23:59Z', 'UTC', true],
    [night, '2026-06-03T22:00Z', 'UTC', true],
    [night, '2026-06-03T05:59Z', 'UTC', true],
    [night, '2026-06-03T06:00Z', 'UTC', false],
    [{ ...night, weekdays: [3] }, '2026-06-04T05:00Z', 'UTC', true],
    [{ ...night, weekdays: [3] }, '2026-06-03T05:00Z', 'UTC', false],
    [{ ...night, weekdays: [3] }, '2026-06-04T22:00Z', 'UTC', false],
    [{ from: '10:00', to: '14:00', weekdays: [3] }, '2026-06-03T12:00Z', 'UTC', true],
    [{ from: '10:00', to: '14:00', weekdays: [2, 4] }, '2026-06-03T12:00Z', 'UTC', false],
    [{ from: '09:00', to: '09:00' }, '2026-06-03T03:00Z', 'UTC', true],
    [{ from: '09:00', to: '09:00', weekdays: [3] }, '2026-06-04T08:59Z', 'UTC', true],
    [{ from: '09:00', to: '09:00', weekdays: [3] }, '2026-06-04T09:00Z', 'UTC', false],
    [{ from: '02:00', to: '03:00' }, '2026-10-25T00:30Z', 'Europe/Berlin', true],
    [{ from: '02:00', to: '03:00' }, '2026-10-25T01:30Z', 'Europe/Berlin', true],
    [{ from: '02:00', to: '03:00' }, '2026-10-25T02:00Z', 'Europe/Berlin', false],
    [{ from: '03:00', to: '04:00' }, '2026-03-29T01:00Z', 'Europe/Berlin', true],
    [{ from: '02:00', to: '03:00' }, '2026-03-29T01:00Z', 'Europe/Berlin', false],
    [{ ...night, weekdays: [0] }, '2026-11-02T10:59Z', 'America/New_York', true],
    [{ from: '01:30', to: '02:00' }, '2026-04-04T15:10Z', 'Australia/Lord_Howe', true],
    [{ from: '00:00', to: '00:30', weekdays: [1] }, '2026-05-31T18:45Z', 'Asia/Kolkata', true],
    [{ from: '18:00', to: '19:00', weekdays: [0] }, '2026-05-31T18:45Z', 'No/Where', true],
  ];
  for (const [time, at, zone, expected] of times) {
    it(`${JSON.stringify(time)} at ${at} in ${zone}: ${expected}`, () => {
      assert.equal(matchingPlans([plan({ time })], problem, Date.parse(at), zone).length, expected ? 1 : 0);
    });
  }
});

describe('planSteps', () => {
  /** `action target timeout-in-seconds`. */
  function told(steps: readonly PlanStep[], levels = ALL, one = reachable, reloads?: number): string[] {
    const planned = planSteps(plan({}, { steps }), one, levels, 60_000, reloads);
    return planned.map(({ action, target, timeout }) => `${action} ${target.id} ${timeout / 1000}`);
  }

  it('keeps its order, leaves out what cannot work, and is done wherever it can', () => {
    const steps = [
      planStep('integration', 'reload'),
      planStep('device', 'zwave_ping'),
      planStep('device', 'press_button', { timeout_seconds: 5 }),
      planStep('entity', 'update_entity', { timeout_seconds: 0 }),
    ];
    assert.deepEqual(told(steps), [
      'reload e 60',
      'press_button button.n1 5',
      'press_button button.n2 5',
      'update_entity light.a 0',
    ]);
  });

  it('waits where nothing else can be done, and restarts Home Assistant itself', () => {
    const steps = [planStep('entity', 'wait', { timeout_seconds: 30 }), planStep('home_assistant', 'restart')];
    const nothing: Reachable = { ...reachable, entry: null, pollable: [], buttons: [], zha: [] };
    assert.deepEqual(told(steps, ALL, nothing), ['wait light.a 30', 'restart home_assistant 60']);
  });

  it('takes only the rungs that are allowed', () => {
    const steps = [
      planStep('entity', 'wait'),
      planStep('integration', 'reload'),
      planStep('home_assistant', 'restart'),
    ];
    assert.deepEqual(told(steps, ['entity']), ['wait light.a 60']);
    assert.deepEqual(told(steps, []), []);
  });

  it('knows an action on its own rung only', () => {
    const steps = [planStep('entity', 'restart'), planStep('entity', 'reload'), planStep('home_assistant', 'reload')];
    assert.deepEqual(told(steps), []);
  });

  it('reloads no more often than it may', () => {
    const steps = [
      planStep('integration', 'reload'),
      planStep('entity', 'wait'),
      planStep('home_assistant', 'restart'),
    ];
    assert.deepEqual(told(steps, ALL, reachable, 2), ['reload e 60', 'wait light.a 60', 'restart home_assistant 60']);
    assert.deepEqual(told(steps, ALL, reachable, 1), ['reload e 60', 'wait light.a 60']);
    assert.deepEqual(told(steps, ALL, reachable, 0), ['wait light.a 60']);
  });

  it('adds to what is called, but not whom it concerns', () => {
    const params = { entity_id: 'lock.front', ieee: 'ff', cluster_type: 'in' };
    const steps = [planStep('entity', 'update_entity', { params }), planStep('device', 'zha_reconfigure', { params })];
    assert.deepEqual(
      planSteps(plan({}, { steps }), reachable, ALL, 1).map((one) => one.params),
      [
        { ...params, entity_id: ['light.a'] },
        { ...params, ieee: '00:11' },
      ],
    );
  });
});
