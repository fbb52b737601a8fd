import assert from 'node:assert/strict';
import type { HealTarget } from '../../../../src/lib/core/heal/heal';
import { healView } from '../../../../src/lib/core/heal/heal-target';
import { problemOf } from '../../../../src/lib/core/heal/problem';
import { configEntry, device, registered, restored, TestHome } from '../test-home';

function home(): TestHome {
  const mine = (id: string, device_id: string) => registered(id, { config_entry_id: 'e', device_id });
  return new TestHome()
    .entries(configEntry('e'))
    .registry(
      [mine('light.a', 'a'), mine('light.b', 'b'), mine('light.c', 'a'), registered('sensor.yaml')],
      [device('a', { manufacturer: 'Signify' }), device('b')],
    )
    .snapshot({ 'light.a': 'on', 'light.b': 'on', 'light.c': 'on', 'sensor.yaml': '1' })
    .live();
}

function told(one: TestHome, kind: HealTarget['kind'], id: string) {
  const view = healView(one.tracker, { kind, id }, new Set());
  assert(view);
  const { problems, ...problem } = problemOf(one.tracker, view);
  return { ...problem, problems: [...problems].sort() };
}

describe('problemOf', () => {
  it('gathers what is down, how, and who made it', () => {
    const one = home().set({ 'light.a': 'unavailable', 'light.b': 'unknown' }).add({ 'light.c': restored });
    assert.deepEqual(told(one, 'config_entry', 'e'), {
      entities: ['light.a', 'light.b', 'light.c'],
      integration: 'hue',
      problems: ['missing', 'unavailable', 'unknown'],
      manufacturers: ['Signify'],
    });
  });

  it("adds Home Assistant's word on the entry, unless it is loaded", () => {
    const one = home().entry(configEntry('e', 'setup_error')).set({ 'light.b': 'unavailable' });
    assert.deepEqual(told(one, 'entity', 'light.b').problems, ['setup_error', 'unavailable']);
    assert.deepEqual(told(one, 'entity', 'light.b').manufacturers, []);
  });

  it('knows the maker of a device that is asked for', () => {
    assert.deepEqual(told(home(), 'device', 'a'), {
      ...{ entities: [], integration: 'hue', problems: [], manufacturers: ['Signify'] },
    });
  });

  it('is bare where there is neither entry nor device', () => {
    const one = home().set({ 'sensor.yaml': 'unavailable' });
    assert.deepEqual(told(one, 'entity', 'sensor.yaml'), {
      ...{ entities: ['sensor.yaml'], integration: null, problems: ['unavailable'], manufacturers: [] },
    });
  });

  it('knows by its new name what was renamed since it was looked at', () => {
    const one = home().set({ 'light.a': 'unavailable' });
    const view = healView(one.tracker, { kind: 'device', id: 'a' }, new Set());
    assert(view);
    one.tracker.rename('light.a', 'light.z');
    assert.deepEqual(problemOf(one.tracker, view).entities, ['light.z']);
  });
});
