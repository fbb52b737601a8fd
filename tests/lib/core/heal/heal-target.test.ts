import assert from 'node:assert/strict';
import type { HealTarget } from '../../../../src/lib/core/heal/heal';
import { healView } from '../../../../src/lib/core/heal/heal-target';
import type { HealView } from '../../../../src/lib/core/heal/heal-view';
import type { WatchOptions } from '../../../../src/lib/core/options';
import { configEntry, device, registered, restored, T0, TestHome } from '../test-home';

/** Two devices: one of one entry, one of two; an entity of a file. */
function home(options: Partial<WatchOptions> = {}): TestHome {
  return new TestHome(options)
    .entries(configEntry('e'), configEntry('f', 'loaded', { domain: 'zha' }))
    .registry(
      [
        registered('light.a', { config_entry_id: 'e', device_id: 'd' }),
        registered('light.b', { config_entry_id: 'e', device_id: 'd' }),
        registered('light.c', { config_entry_id: 'e', device_id: 'both' }),
        registered('sensor.c', { platform: 'zha', config_entry_id: 'f', device_id: 'both' }),
        registered('sensor.off', { config_entry_id: 'f', device_id: 'both', disabled: true }),
        registered('sensor.yaml', { platform: 'rest' }),
      ],
      [device('d', { config_entry_ids: ['e'] }), device('both', { config_entry_ids: ['e', 'f'] }), device('empty')],
    )
    .snapshot({
      'light.a': 'on',
      'light.b': 'on',
      'light.c': 'on',
      'sensor.c': '5',
      'sensor.yaml': '1',
      'sensor.wild': '2',
    })
    .live();
}

function seen(one: TestHome, kind: HealTarget['kind'], id: string, reauth: string[] = []): HealView {
  const view = healView(one.tracker, { kind, id }, new Set(reauth));
  assert(view);
  return view;
}

const group = ({ group: all }: HealView) => all.map(({ subject, isUp }) => `${subject.id}${isUp() ? '' : ' down'}`);

describe('healView', () => {
  it('of what the home does not have is nothing', () => {
    for (const kind of ['entity', 'device', 'config_entry'] as const) {
      assert.equal(healView(home().tracker, { kind, id: 'nobody' }, new Set()), undefined);
    }
    assert.equal(healView(home().tracker, { kind: 'device', id: 'empty' }, new Set()), undefined);
  });

  it('of an entity', () => {
    const view = seen(home().set({ 'light.a': 'unavailable' }), 'entity', 'light.a');
    assert.deepEqual(view.target, { kind: 'entity', id: 'light.a', name: 'light.a' });
    assert.deepEqual(view.names, { entity: 'light.a', devices: ['d'], config_entry: 'e', integration: 'hue' });
    assert.deepEqual([view.down, view.disabled, view.integration, view.entryState()], [true, false, 'hue', 'loaded']);
    assert.deepEqual(group(view), ['light.a down']);
    assert.equal(view.isTargetUp(), true);
  });

  it('of an entity that stands in a file, or that only has a state', () => {
    const view = seen(home(), 'entity', 'sensor.yaml');
    assert.deepEqual(view.names, { entity: 'sensor.yaml', devices: [], config_entry: null, integration: 'rest' });
    assert.deepEqual([view.entry, view.integration, view.entryState(), view.down], [null, null, null, false]);
    const wild = { entity: 'sensor.wild', devices: [], config_entry: null, integration: null };
    assert.deepEqual(seen(home(), 'entity', 'sensor.wild').names, wild);
  });

  it('follows what is seen, without graces', () => {
    const one = home();
    const view = seen(one, 'device', 'd');
    assert.equal(view.down, false);
    one.set({ 'light.b': 'unavailable' });
    assert.deepEqual(group(view), ['light.a', 'light.b down']);
    one.set({ 'light.b': 'on' });
    assert.deepEqual(group(view), ['light.a', 'light.b']);
    one.gone('light.a');
    assert.deepEqual(group(view), ['light.a down', 'light.b']);
    one.until(100);
    assert.deepEqual(group(seen(one, 'device', 'd')), ['light.a down', 'light.b']);
  });

  it('of a device is down with any of its entities', () => {
    const view = seen(home().set({ 'light.b': 'unavailable' }), 'device', 'd');
    assert.deepEqual([view.down, view.isTargetUp(), view.target.name], [true, true, 'Device d']);
    assert.deepEqual(view.names, { entity: null, devices: ['d'], config_entry: 'e', integration: 'hue' });
  });

  it('of a device in several entries is about the entry of what is down', () => {
    assert.equal(seen(home(), 'device', 'both').integration, 'hue');
    const view = seen(home().set({ 'sensor.c': 'unavailable' }), 'device', 'both');
    assert.deepEqual([view.integration, view.entry?.entry_id, view.names.config_entry], ['zha', 'f', 'f']);
  });

  it('leaves out what is disabled, or was never seen', () => {
    assert.deepEqual(group(seen(home(), 'device', 'both')), ['light.c', 'sensor.c']);
    const hidden = home().snapshot({ 'light.a': 'on' });
    assert.deepEqual(group(seen(hidden, 'device', 'd')), ['light.a', 'light.b down']);
    const never = home();
    never.registry(
      [registered('light.a', { device_id: 'd' }), registered('light.never', { device_id: 'd' })],
      [device('d')],
    );
    assert.deepEqual(group(seen(never, 'device', 'd')), ['light.a']);
    assert.equal(seen(never, 'device', 'd').down, false);
    assert.equal(seen(never, 'entity', 'light.never').disabled, true);
  });

  it('of what is disabled or not watched may not be healed', () => {
    assert.equal(seen(home(), 'entity', 'sensor.off').disabled, true);
    const unwatched = home({ exclude: { integrations: ['hue'] } });
    for (const [kind, id, disabled] of [
      ['entity', 'light.a', true],
      ['device', 'd', true],
      ['config_entry', 'e', true],
      ['config_entry', 'f', false],
      ['device', 'both', false],
    ] as const) {
      assert.equal(seen(unwatched, kind, id).disabled, disabled, id);
    }
    const off = home().entry(configEntry('e', 'not_loaded', { disabled: true }));
    assert.deepEqual([seen(off, 'config_entry', 'e').disabled, seen(off, 'entity', 'light.a').disabled], [true, true]);
  });

  it('of an entry is down with its state, or with any of its entities', () => {
    const one = home();
    const view = seen(one, 'config_entry', 'e');
    assert.deepEqual([view.down, view.isTargetUp(), view.entryState()], [false, true, 'loaded']);
    assert.deepEqual(view.names, { entity: null, devices: [], config_entry: 'e', integration: 'hue' });
    assert.deepEqual(group(view), ['light.a', 'light.b', 'light.c']);
    one.entry(configEntry('e', 'setup_error'));
    assert.deepEqual([view.isTargetUp(), view.entryState()], [false, 'setup_error']);
    assert.equal(seen(one, 'config_entry', 'e').down, true);
    one.entry(configEntry('e')).set({ 'light.c': 'unavailable' });
    assert.equal(seen(one, 'config_entry', 'e').down, true);
  });

  describe('leaves alone what is suppressed', () => {
    const spared = (one: TestHome, kind: HealTarget['kind'], id: string, ...names: string[]) => {
      const isSpared = ({ entity, devices, integration }: HealView['names']) =>
        [entity, integration, ...devices].some((name) => name !== null && names.includes(name));
      const view = healView(one.tracker, { kind, id }, new Set(), isSpared);
      assert(view);
      return view;
    };
    const fallen = () => home().set({ 'light.a': 'unavailable', 'light.c': 'unavailable' });

    it('in something wider: an entity, a device, another integration', () => {
      assert.deepEqual(group(spared(fallen(), 'config_entry', 'e', 'light.a')), ['light.b', 'light.c down']);
      assert.deepEqual(group(spared(fallen(), 'config_entry', 'e', 'd')), ['light.c down']);
      assert.deepEqual(group(spared(fallen(), 'device', 'both', 'zha')), ['light.c down']);
      assert.equal(spared(fallen(), 'config_entry', 'e', 'light.a').isSpared, false);
    });

    it('and says so where nothing else is down', () => {
      const views = [
        spared(fallen(), 'config_entry', 'e', 'light.a', 'both'),
        spared(fallen(), 'device', 'd', 'light.a', 'light.b'),
      ];
      for (const { down, isSpared, disabled } of views)
        assert.deepEqual([down, isSpared, disabled], [true, true, false]);
      const failed = fallen().entry(configEntry('e', 'setup_error'));
      assert.equal(spared(failed, 'config_entry', 'e', 'light.a', 'both').isSpared, false);
    });

    it('but not in itself: that is its own refusal', () => {
      assert.deepEqual(group(spared(fallen(), 'entity', 'light.a', 'light.a')), ['light.a down']);
      assert.deepEqual(group(spared(fallen(), 'device', 'd', 'd')), ['light.a down', 'light.b']);
      assert.equal(spared(fallen(), 'config_entry', 'e', 'hue').isSpared, false);
    });
  });

  it('of an entry without entities', () => {
    const one = home().entry(configEntry('hub', 'setup_error'));
    const view = seen(one, 'config_entry', 'hub');
    assert.deepEqual([view.down, view.disabled, group(view)], [true, false, []]);
  });

  it('says since when its entry is in its state, and who waits for a person', () => {
    const one = home().until(100).entry(configEntry('e', 'setup_retry')).until(110);
    const since = () => ((seen(one, 'entity', 'light.a').entry?.since ?? 0) - T0) / 1000;
    assert.equal(since(), 100);
    // Home Assistant tries again: it has been at it since.
    one.entry(configEntry('e', 'setup_in_progress')).until(111).entry(configEntry('e', 'setup_retry')).until(200);
    assert.equal(since(), 100);
    one.entry(configEntry('e')).until(205).entry(configEntry('e', 'setup_retry'));
    assert.equal(since(), 205);
    one.until(210).entry(configEntry('e', 'setup_error')).until(220).entry(configEntry('e', 'setup_retry'));
    assert.equal(since(), 220);
    const { reauth, ...entry } = { ...seen(one, 'entity', 'light.a', ['e']).entry };
    assert.equal(reauth, true);
    assert.deepEqual(entry, { entry_id: 'e', state: 'setup_retry', since: T0 + 220_000, disabled: false });
    assert.equal(seen(one, 'device', 'both', ['f']).entry?.reauth, false);
  });

  it('of an entry that was down when we last ran says since then', () => {
    const one = new TestHome();
    one.tracker.resume({ kind: 'config_entry', id: 'e', name: 'E' }, 'unavailable', 'setup_retry', T0 - 700_000);
    one.entries(configEntry('e', 'setup_retry')).live();
    assert.equal(seen(one, 'config_entry', 'e').entry?.since, T0 - 700_000);
  });

  it('knows what was brought back from the registry alone', () => {
    const one = home().add({ 'light.a': restored });
    assert.deepEqual(group(seen(one, 'entity', 'light.a')), ['light.a down']);
  });
});
