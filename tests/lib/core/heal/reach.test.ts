import assert from 'node:assert/strict';
import type { HealTarget } from '../../../../src/lib/core/heal/heal';
import { healView } from '../../../../src/lib/core/heal/heal-target';
import { reach } from '../../../../src/lib/core/heal/reach';
import type { RegistryDevice, RegistryEntity } from '../../../../src/lib/core/registry';
import { configEntry, device, registered, restored, TestHome } from '../test-home';

const RESTART = { s: '2026-01-01T00:00:00+00:00', a: { device_class: 'restart' } };
const down = { s: 'unavailable' };

interface House {
  readonly domain?: string;
  readonly state?: string;
  readonly entities: readonly RegistryEntity[];
  readonly devices?: readonly RegistryDevice[];
  readonly states: Parameters<TestHome['snapshot']>[0];
}

function reached(house: House, kind: HealTarget['kind'], id: string, iotClass: string | null = 'local_polling') {
  const { domain = 'hue', state = 'loaded', entities, devices = [device('d')], states } = house;
  const home = new TestHome()
    .entries(configEntry('e', state, { domain }))
    .registry([...entities], [...devices])
    .snapshot(states)
    .live();
  const view = healView(home.tracker, { kind, id }, new Set());
  assert(view);
  return reach(home.tracker, view, iotClass);
}

const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);
const mine = (id: string, more: Partial<RegistryEntity> = {}) =>
  registered(id, { config_entry_id: 'e', device_id: 'd', ...more });

describe('reach', () => {
  const house: House = { entities: [mine('light.a'), mine('light.b')], states: { 'light.a': down, 'light.b': 'on' } };

  it('names target and entry', () => {
    const { target, entry } = reached(house, 'entity', 'light.a');
    assert.equal(target.id, 'light.a');
    assert.deepEqual(entry, { entry_id: 'e', name: 'Entry e', state: 'loaded' });
    const bare = { entities: [registered('light.a')], states: { 'light.a': down } };
    assert.equal(reached(bare, 'entity', 'light.a').entry, null);
  });

  describe('polls', () => {
    const classes: [string | null, boolean][] = [
      ['local_polling', true],
      ['cloud_polling', true],
      ['calculated', true],
      [null, true],
      ['local_push', false],
      ['cloud_push', false],
      ['assumed_state', false],
    ];
    for (const [iotClass, polls] of classes) {
      it(`${iotClass}: ${polls}`, () => {
        assert.deepEqual(ids(reached(house, 'device', 'd', iotClass).pollable), polls ? ['light.a'] : []);
      });
    }

    it('what is down and has a state of its own, and nothing else', () => {
      const entities = ['light.a', 'light.up', 'light.restored', 'sensor.gone', 'scene.x', 'event.x'].map((id) =>
        mine(id),
      );
      const states = {
        'light.a': down,
        'light.up': 'on',
        'light.restored': restored,
        'scene.x': down,
        'event.x': down,
      };
      assert.deepEqual(ids(reached({ entities, states }, 'config_entry', 'e').pollable), ['light.a']);
    });
  });

  describe('buttons', () => {
    const button = (more: Partial<RegistryEntity> = {}) => mine('button.x', more);
    const state = (s: string, device_class?: string) => ({ s, a: device_class ? { device_class } : {} });
    const rows: [string, RegistryEntity, { s: string; a?: Record<string, unknown> } | null, boolean][] = [
      ['restart', button(), RESTART, true],
      ['restart, never pressed', button(), state('unknown', 'restart'), true],
      ['identify', button(), state('unknown', 'identify'), false],
      ['no class', button(), state('unknown'), false],
      ['unavailable', button(), state('unavailable', 'restart'), false],
      ['without a state', button(), null, false],
      ['disabled', button({ disabled: true }), RESTART, false],
      ['of another device', button({ device_id: 'other' }), RESTART, false],
      ['of no device', button({ device_id: null }), RESTART, false],
      ['ping by its key', button({ platform: 'zwave_js', translation_key: 'ping' }), state('unknown'), true],
      ['ping by its unique id', button({ platform: 'zwave_js', unique_id: '4711.7.ping' }), state('unknown'), true],
      ['of Z-Wave, but no ping', button({ platform: 'zwave_js', unique_id: '4711.7.notify' }), state('unknown'), false],
      ['ping of somebody else', button({ platform: 'mqtt', translation_key: 'ping' }), state('unknown'), false],
      ['called ping by its user', button({ name: 'Ping' }), state('unknown'), false],
      ['no button', mine('sensor.x'), RESTART, false],
    ];
    for (const [name, one, was, expected] of rows) {
      it(`${name}: ${expected}`, () => {
        const id = one.entity_id;
        const states = { 'light.a': down, ...(was && { [id]: was }) };
        const { buttons } = reached(
          { entities: [mine('light.a'), one], devices: [device('d'), device('other')], states },
          'entity',
          'light.a',
        );
        assert.deepEqual(ids(buttons), expected ? [id] : []);
      });
    }

    it('restart only what is dead as a whole, whether it is asked for or found', () => {
      const entities = [
        mine('light.a'),
        mine('light.b', { device_id: 'c' }),
        mine('light.c', { device_id: 'c' }),
        mine('event.c', { device_id: 'c' }),
        mine('button.c', { device_id: 'c' }),
        mine('button.d'),
      ];
      const devices = [device('c'), device('d')];
      const states = { 'light.a': down, 'light.b': down, 'event.c': 'x', 'button.c': RESTART, 'button.d': RESTART };
      const partly = { entities, devices, states: { ...states, 'light.c': 'on' } };
      assert.deepEqual(ids(reached(partly, 'config_entry', 'e').buttons), ['button.d']);
      assert.deepEqual(ids(reached(partly, 'device', 'c').buttons), []);
      const wholly = { entities, devices, states: { ...states, 'light.c': down } };
      assert.deepEqual(ids(reached(wholly, 'device', 'c').buttons), ['button.c']);
    });
  });

  describe('Z-Wave', () => {
    const entities = [mine('light.a', { platform: 'zwave_js' })];
    const ping = mine('button.ping', { platform: 'zwave_js', translation_key: 'ping' });
    const states = { 'light.a': down };
    const told = (more: Partial<House>) =>
      reached({ domain: 'zwave_js', entities, states, ...more }, 'entity', 'light.a').zwave;

    it('is pinged where there is no button for it', () => {
      assert.deepEqual(told({}), [
        { target: { kind: 'device', id: 'd', name: 'Device d' }, params: { device_id: 'd' } },
      ]);
      const disabled = [...entities, { ...ping, disabled: true }];
      assert.equal(told({ entities: disabled, states: { ...states, 'button.ping': 'unknown' } }).length, 1);
    });

    it('is not where there is one', () => {
      assert.deepEqual(told({ entities: [...entities, ping], states: { ...states, 'button.ping': 'unknown' } }), []);
    });

    it('is where the only button does something else', () => {
      const other = [...entities, mine('button.restart', { platform: 'template' })];
      assert.equal(told({ entities: other, states: { ...states, 'button.restart': RESTART } }).length, 1);
    });

    it('is not of another integration, nor without a device', () => {
      assert.deepEqual(told({ domain: 'hue' }), []);
      assert.deepEqual(told({ entities: [mine('light.a', { device_id: null })] }), []);
    });
  });

  describe('ZHA', () => {
    const entities = [mine('light.a')];
    const zha = (domain: string, one: RegistryDevice) =>
      reached({ domain, entities, devices: [one], states: { 'light.a': down } }, 'device', 'd').zha;

    it('is reconfigured by its address', () => {
      const target = { kind: 'device', id: 'd', name: 'Device d' };
      assert.deepEqual(zha('zha', device('d', { ieee: '00:11:22' })), [{ target, params: { ieee: '00:11:22' } }]);
    });

    it('is not without one, nor by another integration', () => {
      assert.deepEqual(zha('zha', device('d')), []);
      assert.deepEqual(zha('deconz', device('d', { ieee: '00:11:22' })), []);
    });
  });
});
