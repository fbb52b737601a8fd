import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt } from '../../../src/lib/core/heal/heal';
import { defaultHealOptions } from '../../../src/lib/core/heal/heal';
import type { Plan } from '../../../src/lib/core/heal/plan';
import { Healing, type HealingHost } from '../../../src/lib/instance/healing';
import { readPlanFile } from '../../../src/lib/instance/plan-file';
import { planQuery } from '../../../src/lib/instance/plan-query';
import { root } from '../../support/node-red';
import { configEntry, registered, restored, TestHome } from '../core/test-home';

function read(text: string | Buffer, file: string): Plan[] {
  const read = readPlanFile(file, Buffer.from(text));
  assert.ok(read.ok);
  return read.plans.map(({ plan }) => plan);
}

const folder = join(root, 'src/plans');
const builtIn = readdirSync(folder).flatMap((name) =>
  read(readFileSync(join(folder, name)), name).map((plan) => ({ ...plan, file: null })),
);

/** A home whose only integration is of that domain, with one thermostat and one sensor on one device. */
function homeOf(domain: string, more: { stale?: number; button?: boolean } = {}) {
  const home = new TestHome({ stale_threshold_seconds: more.stale ?? 0 });
  const of = { platform: domain, config_entry_id: 'e', device_id: 'd' };
  home.entries(configEntry('e', 'loaded', { domain }));
  home.registry(
    [registered('climate.a', of), registered('sensor.a', of), registered('button.restart', of)],
    [{ id: 'd', name: 'Device', config_entry_ids: ['e'], manufacturer: 'Acme', ieee: '00:11' } as never],
  );
  const button = more.button === false ? restored : { s: 'unknown', a: { device_class: 'restart' } };
  home.snapshot({ 'climate.a': 'heat', 'sensor.a': '1', 'button.restart': button }).live();
  return home;
}

function healingOf(home: TestHome, plans: readonly Plan[]) {
  const stored: unknown[] = [];
  const host = {
    tracker: home.tracker,
    live: true,
    info: null,
    connection: null,
    incidents: { get: () => undefined, all: () => [], of: () => undefined },
    put: (...fact: unknown[]) => stored.push(fact),
    worked: () => {},
    trouble: () => {},
  } as unknown as HealingHost;
  const past = { attempts: [] as Attempt[], suppressions: [], windows: [] };
  return { healing: new Healing(host, defaultHealOptions, () => plans, past), tracker: home.tracker, stored };
}

describe('which plan would heal a target', () => {
  const ask = (home: TestHome, plans: readonly Plan[], id = 'sensor.a', more = {}) => {
    const site = healingOf(home, plans);
    const answer = planQuery(site, { kind: 'entity', id }, more);
    assert.deepEqual(site.stored, []);
    return answer;
  };
  /** With all of its device. */
  const down = (home: TestHome, id = 'sensor.a', state = 'unavailable') =>
    home.set({ 'climate.a': 'unavailable', 'sensor.a': 'unavailable', [id]: state }).until(60);

  const silent = (home: TestHome) => {
    home.until(700);
    for (const id of home.tracker.silent(true)) home.tracker.reported(id, 700_000, home.now);
    return home;
  };

  it('is answered with the problem, all that fit, what they would do, and the one', () => {
    const mine = read(
      'name: Mine\nmatch: {manufacturers: [ac*]}\nsteps: [{level: device, action: zwave_ping}]',
      'm.yaml',
    );
    const answer = ask(down(homeOf('zha')), [...builtIn, ...mine]);
    const entry = { kind: 'config_entry', id: 'e', name: 'Entry e' };
    const button = { kind: 'entity', id: 'button.restart', name: 'button.restart' };
    assert.deepEqual(answer?.problem, {
      entities: ['sensor.a'],
      integration: 'zha',
      problems: ['unavailable'],
      manufacturers: ['Acme'],
    });
    assert.deepEqual(
      answer?.matches.map(({ plan, priority, file }) => [plan, priority, file]),
      [
        ['Mine', 50, 'm.yaml'],
        ['Zigbee', 30, null],
        ['Generic', 10, null],
      ],
    );
    assert.equal(answer?.chosen, 'Zigbee');
    assert.deepEqual(answer?.matches[0]?.steps, []);
    assert.deepEqual(answer?.matches[1]?.steps, [
      {
        level: 'device',
        action: 'zha_reconfigure',
        target: { kind: 'device', id: 'd', name: 'Device' },
        params: { ieee: '00:11' },
        timeout_seconds: 120,
      },
      { level: 'integration', action: 'reload', target: entry, params: {}, timeout_seconds: 180 },
    ]);
    assert.deepEqual(
      answer?.matches[2]?.steps.map(({ action, target, timeout_seconds }) => [action, target.id, timeout_seconds]),
      [
        ['update_entity', 'sensor.a', 60],
        ['press_button', button.id, 60],
        ['reload', 'e', 60],
      ],
    );
  });

  const rows: [string, () => ReturnType<typeof ask>, string | null, string[]][] = [
    ['Zigbee', () => ask(down(homeOf('zha')), builtIn), 'Zigbee', ['zha_reconfigure', 'reload']],
    ['Z-Wave', () => ask(down(homeOf('zwave_js', { button: false })), builtIn), 'Z-Wave', ['zwave_ping', 'reload']],
    ['Wi-Fi', () => ask(down(homeOf('shelly')), builtIn), 'Wi-Fi', ['press_button', 'reload']],
    [
      'a thermostat in the wireless network',
      () => ask(down(homeOf('tuya'), 'climate.a', 'unknown'), builtIn, 'climate.a'),
      'Wi-Fi',
      ['press_button', 'reload'],
    ],
    [
      'any other thermostat',
      () => ask(down(homeOf('netatmo'), 'climate.a', 'unknown'), builtIn, 'climate.a'),
      'Climate',
      ['update_entity', 'wait', 'reload'],
    ],
    ['anything else', () => ask(down(homeOf('hue')), builtIn), 'Generic', ['update_entity', 'press_button', 'reload']],
    [
      'what reports nothing, with a button',
      () => ask(silent(homeOf('hue', { stale: 600 })), builtIn),
      'Stale sensor',
      ['update_entity', 'press_button', 'wait'],
    ],
    [
      'what reports nothing over Zigbee: no coordinator is restarted for it',
      () => ask(silent(homeOf('zha', { stale: 600, button: false })), builtIn),
      'Stale sensor',
      ['update_entity', 'wait'],
    ],
    ['nothing at all: what is up', () => ask(homeOf('hue'), builtIn), null, []],
  ];
  for (const [what, answered, chosen, actions] of rows) {
    it(`is answered for ${what}`, () => {
      const answer = answered();
      assert.equal(answer?.chosen, chosen);
      const [best] = answer?.matches.filter(({ plan }) => plan === chosen) ?? [];
      assert.deepEqual(best?.steps.map(({ action }) => action) ?? [], actions);
    });
  }

  it('is answered by levels and names that are allowed', () => {
    const home = down(homeOf('shelly'));
    const actions = (more: object) => ask(home, builtIn, 'sensor.a', more)?.matches.map(({ steps }) => steps.length);
    assert.deepEqual(actions({ levels: ['device'] }), [1, 1]);
    assert.deepEqual(actions({ plans: ['Generic'] }), [3]);
    assert.deepEqual(actions({ plans: [] }), []);
  });

  it('is not answered for what the home does not have', () => {
    assert.equal(ask(homeOf('hue'), builtIn, 'sensor.other'), undefined);
  });
});
