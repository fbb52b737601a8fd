import assert from 'node:assert/strict';
import { configEntry, registered, restored, TestHome } from './test-home';

/** Two lamps of one entry, up and running; graces are those of a new instance. */
function home(): TestHome {
  const lamps = ['light.a', 'light.b'].map((id) => registered(id, { config_entry_id: 'e' }));
  return new TestHome().entries(configEntry('e')).registry(lamps).snapshot({ 'light.a': 'on', 'light.b': 'on' }).live();
}

/** As Home Assistant tells a reload. */
function unload(lamps: TestHome): TestHome {
  return lamps
    .entry(configEntry('e', 'unload_in_progress'))
    .add({ 'light.a': restored, 'light.b': restored })
    .entry(configEntry('e', 'not_loaded'));
}

describe('an outage of our own making', () => {
  it('is not told, however long it takes', () => {
    const lamps = home();
    lamps.tracker.mask('e');
    unload(lamps).until(100);
    lamps.entry(configEntry('e')).add({ 'light.a': 'on', 'light.b': 'on' });
    lamps.tracker.unmask('e', lamps.now);
    lamps.until(500);
    assert.deepEqual(lamps.told, []);
  });

  it('is told of what did not come back, from when it fell', () => {
    const lamps = home();
    lamps.until(10).tracker.mask('e');
    unload(lamps).until(70);
    lamps.entry(configEntry('e')).add({ 'light.a': 'on', 'light.b': 'unavailable' });
    lamps.tracker.unmask('e', lamps.now);
    lamps.until(500);
    assert.deepEqual(lamps.told, ['100 light.b available > unavailable since 70']);
  });

  it('does not hide that something came back', () => {
    const lamps = home();
    lamps.set({ 'light.a': 'unavailable' }).until(40).tracker.mask('e');
    unload(lamps).until(50);
    lamps.entry(configEntry('e')).add({ 'light.a': 'on', 'light.b': 'on' });
    lamps.until(100);
    assert.deepEqual(lamps.told, [
      '30 light.a available > unavailable since 0',
      '60 light.a unavailable > available since 50',
    ]);
  });

  it('hides nothing of another entry', () => {
    const lamps = home();
    lamps.entries(configEntry('e'), configEntry('f')).tracker.mask('f');
    lamps.set({ 'light.a': 'unavailable' }).until(100);
    assert.deepEqual(lamps.told, ['30 light.a available > unavailable since 0']);
  });

  it('ends with the entry', () => {
    const lamps = home();
    lamps.tracker.mask('e');
    lamps.entries();
    lamps.tracker.unmask('e', lamps.now);
    lamps.set({ 'light.a': 'unavailable' }).until(100);
    assert.deepEqual(lamps.told, ['30 light.a available > unavailable since 0']);
  });
});
