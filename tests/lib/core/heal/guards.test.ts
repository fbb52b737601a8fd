import assert from 'node:assert/strict';
import { type Asked, guard, type HomeView, type TargetView } from '../../../../src/lib/core/heal/guards';
import {
  type Attempt,
  defaultHealOptions,
  type HealOptions,
  type Level,
  type RefusalReason,
} from '../../../../src/lib/core/heal/heal';
import { HealLedger } from '../../../../src/lib/core/heal/heal-ledger';
import { attempt, entryView, HOUR, homeView, hue, MINUTE, SECOND, START, taken, targetView } from './heal-case';

interface Case {
  readonly asked?: Partial<Asked>;
  readonly view?: Partial<TargetView> | null;
  readonly home?: Partial<HomeView>;
  readonly options?: Partial<HealOptions>;
  readonly past?: readonly Attempt[];
  readonly now?: number;
}

const ALL: readonly Level[] = ['entity', 'device', 'integration'];

function verdict({ asked, view, home, options, past = [], now = START }: Case) {
  const all = { ...defaultHealOptions, ...options };
  return guard(
    { incident_id: null, levels: ALL, dry_run: false, ...asked },
    view === null ? undefined : targetView(view),
    homeView(home),
    new HealLedger(all, past),
    all,
    now,
  );
}

/** `reason until-in-seconds`. */
function told(one: Case): string {
  const answer = verdict(one);
  if (answer.ok) return `allowed ${answer.levels.join('+')}`;
  return answer.until === null ? answer.reason : `${answer.reason} ${(answer.until - START) / SECOND}`;
}

const failed = (minutesAgo: number, more: Partial<Attempt> = {}) =>
  attempt({ began: START - minutesAgo * MINUTE, ...more });
const reload = (minutesAgo: number, more: Partial<Attempt> = {}) => {
  const began = START - minutesAgo * MINUTE;
  return attempt({ began, target: hue, steps: [taken('reload', began)], ...more });
};

describe('guard', () => {
  const rows: [string, Case, string][] = [
    ['nothing against it', {}, 'allowed entity+device+integration'],
    ['not connected or not running', { home: { ready: false } }, 'instance_not_ready'],
    ['switched off', { options: { healing_enabled: false } }, 'healing_disabled'],
    ['unknown', { view: null }, 'no_target'],
    ['disabled', { view: { disabled: true } }, 'no_target'],
    ['of a disabled entry', { view: { entry: entryView({ disabled: true }) } }, 'no_target'],
    ['no rung allowed', { asked: { levels: [] } }, 'no_target'],
    ['up', { view: { down: false } }, 'already_available'],
    ['suppressed', { home: { suppressed: true } }, 'suppressed'],
    ['worked on', { home: { maintenanceUntil: START + HOUR } }, 'maintenance 3600'],
    ['worked on without end', { home: { maintenanceUntil: Number.POSITIVE_INFINITY } }, 'maintenance'],
    ['a token that may only watch', { home: { is_admin: false } }, 'not_admin'],
    ['another heal', { home: { healing: true } }, 'in_progress'],

    ['30 % down', { home: { down: 30 } }, 'allowed entity+device+integration'],
    ['more than 30 % down', { home: { down: 31 } }, 'storm'],
    ['four of a small home down', { home: { judged: 6, down: 4 } }, 'allowed entity+device+integration'],
    ['five of a small home down', { home: { judged: 6, down: 5 } }, 'storm'],
    [
      'one incident explains enough of them',
      { home: { down: 60, explained: 30 } },
      'allowed entity+device+integration',
    ],
    ['one incident explains not enough', { home: { down: 61, explained: 30 } }, 'storm'],
    ['one incident explains all', { home: { down: 100, explained: 100 } }, 'allowed entity+device+integration'],
    ['it explains some that are back', { home: { down: 3, explained: 50 } }, 'allowed entity+device+integration'],
    ['nobody is judged yet', { home: { judged: 0, down: 0 } }, 'allowed entity+device+integration'],

    ['failed_unload', { view: { entry: entryView({ state: 'failed_unload' }) } }, 'not_recoverable'],
    ['migration_error', { view: { entry: entryView({ state: 'migration_error' }) } }, 'not_recoverable'],
    ['wants a password', { view: { entry: entryView({ reauth: true }) } }, 'not_recoverable'],
    ['setup_error', { view: { entry: entryView({ state: 'setup_error' }) } }, 'allowed entity+device+integration'],
    ['no entry', { view: { entry: null } }, 'allowed entity+device+integration'],
    ['being set up', { view: { entry: entryView({ state: 'setup_in_progress' }) } }, 'ha_is_retrying'],
    ['being unloaded', { view: { entry: entryView({ state: 'unload_in_progress' }) } }, 'ha_is_retrying'],
    [
      'setup_retry for 10 min',
      { view: { entry: entryView({ state: 'setup_retry', since: START - 10 * MINUTE }) } },
      'allowed entity+device+integration',
    ],
    [
      'setup_retry for less',
      { view: { entry: entryView({ state: 'setup_retry', since: START - 10 * MINUTE + 1 }) } },
      'ha_is_retrying 0.001',
    ],
    [
      'setup_retry from a clock a bit ahead',
      { view: { entry: entryView({ state: 'setup_retry', since: START + MINUTE }) } },
      'ha_is_retrying 660',
    ],
    [
      'setup_retry from a clock far ahead',
      { view: { entry: entryView({ state: 'setup_retry', since: START + HOUR }) } },
      'allowed entity+device+integration',
    ],

    ['just tried', { past: [failed(0)] }, 'cooldown 300'],
    ['its last millisecond', { past: [failed(0)], now: START + 300 * SECOND - 1 }, 'cooldown 300'],
    ['cooled', { past: [failed(5)] }, 'allowed entity+device+integration'],
    ['healed a moment ago', { past: [failed(1, { outcome: 'healed' })] }, 'cooldown 240'],
    [
      'no cooldown wanted',
      { past: [failed(0)], options: { cooldown_seconds: 0 } },
      'allowed entity+device+integration',
    ],
    [
      'another one was tried',
      { past: [failed(0, { target: { kind: 'entity', id: 'light.b', name: 'B' } })] },
      'allowed entity+device+integration',
    ],
    [
      'its namesake of another kind',
      { past: [failed(0, { target: { kind: 'device', id: 'light.a', name: 'A' } })] },
      'allowed entity+device+integration',
    ],
    ['failed three times', { past: [failed(27), failed(18), failed(9)] }, 'circuit_open 1260'],
    ['and its time is over', { past: [failed(50), failed(40), failed(30)] }, 'allowed entity+device+integration'],
    [
      'no breaker wanted',
      { past: [failed(27), failed(18), failed(9)], options: { circuit_breaker_threshold: 0 } },
      'allowed entity+device+integration',
    ],

    [
      'tried three times for it',
      {
        asked: { incident_id: 'i' },
        past: [1, 2, 3].map((h) => failed(60 * h, { incident_id: 'i', outcome: 'healed' })),
      },
      'attempts_exhausted',
    ],
    [
      'tried twice for it',
      { asked: { incident_id: 'i' }, past: [1, 2].map((h) => failed(60 * h, { incident_id: 'i' })) },
      'allowed entity+device+integration',
    ],
    [
      'as often as one likes',
      {
        asked: { incident_id: 'i' },
        options: { max_attempts: 0 },
        past: [1, 2, 3, 4].map((h) => failed(60 * h, { incident_id: 'i', outcome: 'healed' })),
      },
      'allowed entity+device+integration',
    ],
    [
      'for no incident',
      { past: [1, 2, 3].map((h) => failed(60 * h, { incident_id: 'i', outcome: 'healed' })) },
      'allowed entity+device+integration',
    ],

    ['reloaded a moment ago', { past: [reload(1)] }, 'allowed entity+device'],
    [
      'reloaded a moment ago, and nothing else wanted',
      { asked: { levels: ['integration'] }, past: [reload(1)] },
      'cooldown 240',
    ],
    ['restart counts among them', { asked: { levels: ['home_assistant'] }, past: [reload(1)] }, 'cooldown 240'],
    [
      'reloads that failed three times',
      { asked: { levels: ['integration'] }, past: [27, 18, 9].map((m) => reload(m)) },
      'circuit_open 1260',
    ],
    [
      'another entry was reloaded',
      { view: { entry: entryView({ entry_id: 'f' }) }, past: [reload(1)] },
      'allowed entity+device+integration',
    ],
    ['no budget', { options: { reloads_per_hour: 0 } }, 'allowed entity+device'],
    [
      'no budget and nothing else wanted',
      { options: { reloads_per_hour: 0 }, asked: { levels: ['integration'] } },
      'budget_exhausted',
    ],
    [
      'the budget is used',
      {
        options: { reloads_per_hour: 2 },
        asked: { levels: ['integration'] },
        view: { entry: null },
        past: [reload(50), reload(20)],
      },
      'budget_exhausted 600',
    ],
    [
      'part of it is free again',
      { options: { reloads_per_hour: 2 }, asked: { levels: ['integration'] }, past: [reload(60), reload(20)] },
      'allowed integration',
    ],

    ['asked what it would do', { asked: { dry_run: true } }, 'dry_run'],
    ['the home only says what it would do', { options: { healing_dry_run: true } }, 'dry_run'],
    ['it would do nothing', { asked: { dry_run: true }, past: [failed(0)] }, 'cooldown 300'],
  ];
  for (const [name, one, expected] of rows) it(`${name}: ${expected}`, () => assert.equal(told(one), expected));

  it('says why a rung is held, from when it is free, and how many reloads are left', () => {
    const until = START + 240 * SECOND;
    assert.deepEqual(verdict({ past: [reload(1)] }), {
      ...{ ok: true, levels: ['entity', 'device'], reloads: 0 },
      held: [{ level: 'integration', reason: 'cooldown', until }],
    });
    const answer = verdict({
      asked: { levels: ['entity', 'integration', 'home_assistant'] },
      options: { reloads_per_hour: 0 },
    });
    assert.deepEqual(answer.ok && answer.held, [
      { level: 'integration', reason: 'budget_exhausted', until: null },
      { level: 'home_assistant', reason: 'budget_exhausted', until: null },
    ]);
    const free = verdict({ past: [reload(10)] });
    assert.equal(free.ok && free.reloads, 5);
  });

  it('tells of a dry run what would have been allowed', () => {
    const answer = verdict({ asked: { dry_run: true }, past: [reload(1)] });
    assert.deepEqual(!answer.ok && answer.would, verdict({ past: [reload(1)] }));
  });

  it('tells the first reason of several', () => {
    const past = [27, 18, 9].map((minutes) => reload(minutes, { target: targetView().target, incident_id: 'i' }));
    const everything: Case = {
      asked: { incident_id: 'i', levels: ['integration'], dry_run: true },
      view: { down: false, disabled: true, entry: entryView({ state: 'setup_retry', since: START, reauth: true }) },
      home: {
        ready: false,
        suppressed: true,
        maintenanceUntil: START + HOUR,
        is_admin: false,
        healing: true,
        down: 50,
      },
      options: { healing_enabled: false, reloads_per_hour: 1, cooldown_seconds: 900 },
      past,
    };
    const order: [RefusalReason, (one: Case) => Case][] = [
      ['instance_not_ready', (one) => ({ ...one, home: { ...one.home, ready: true } })],
      ['healing_disabled', (one) => ({ ...one, options: { ...one.options, healing_enabled: true } })],
      ['no_target', (one) => ({ ...one, view: { ...one.view, disabled: false } })],
      ['already_available', (one) => ({ ...one, view: { ...one.view, down: true } })],
      ['suppressed', (one) => ({ ...one, home: { ...one.home, suppressed: false } })],
      ['maintenance', (one) => ({ ...one, home: { ...one.home, maintenanceUntil: null } })],
      ['not_admin', (one) => ({ ...one, home: { ...one.home, is_admin: true } })],
      ['in_progress', (one) => ({ ...one, home: { ...one.home, healing: false } })],
      ['storm', (one) => ({ ...one, home: { ...one.home, down: 1 } })],
      [
        'not_recoverable',
        (one) => ({ ...one, view: { ...one.view, entry: entryView({ state: 'setup_retry', since: START }) } }),
      ],
      ['ha_is_retrying', (one) => ({ ...one, view: { ...one.view, entry: entryView() } })],
      ['attempts_exhausted', (one) => ({ ...one, options: { ...one.options, max_attempts: 0 } })],
      ['circuit_open', (one) => ({ ...one, options: { ...one.options, circuit_breaker_threshold: 0 } })],
      ['cooldown', (one) => ({ ...one, options: { ...one.options, cooldown_seconds: 0 } })],
      ['budget_exhausted', (one) => ({ ...one, options: { ...one.options, reloads_per_hour: 6 } })],
      ['dry_run', (one) => ({ ...one, asked: { ...one.asked, dry_run: false } })],
    ];
    let one = everything;
    for (const [reason, without] of order) {
      assert.equal(told(one).split(' ')[0], reason);
      one = without(one);
    }
    assert.equal(told(one), 'allowed integration');
  });
});
