import assert from 'node:assert/strict';
import { configEntry, registered, restored, T0, TestHome } from './test-home';

const inEntry = (...ids: string[]) => ids.map((id) => registered(id, { config_entry_id: 'e1' }));

describe('a restart of Home Assistant', () => {
  const all = Array.from({ length: 127 }, (_, n) => [`sensor.n${n}`, String(n)] as const);

  it('tells no entity that came back with it, though the first snapshot has 6 of 127', () => {
    const home = new TestHome().snapshot(Object.fromEntries(all)).live().until(100).dark().until(103);
    home.snapshot(Object.fromEntries(all.slice(0, 6)));
    for (const [n, [id, state]] of all.slice(6).entries()) home.until(103 + n / 15).add({ [id]: state });
    home.until(111).live(300).until(2_000);
    assert.deepEqual(home.told, []);
    assert.equal(home.settled.length, 127, 'the first sight of each and no more');
  });

  it('tells what did not come back, after the start-up grace', () => {
    const home = new TestHome().entries(configEntry('e1')).registry(inEntry('sensor.n3'));
    home.snapshot(Object.fromEntries(all)).live().until(100).dark().until(111);
    home.snapshot(Object.fromEntries(all.filter(([id]) => id !== 'sensor.n7')));
    home.add({ 'sensor.n3': restored }).live(300).until(410).until(2_000);
    assert.deepEqual(home.told.sort(), [
      '411 sensor.n3 available > missing since 111',
      '411 sensor.n7 available > missing since 111',
    ]);
  });
});

describe('a restart of ours', () => {
  const entity = { kind: 'entity', id: 'light.a', name: 'A', domain: 'light', registry_id: 'r-light.a' } as const;
  const resumed = (status: 'available' | 'unavailable') => {
    const home = new TestHome();
    home.tracker.resume(entity, status, 'on', T0 - 60_000);
    home.tracker.resume({ kind: 'device', id: 'd1', name: 'D' }, 'unavailable', 'unavailable', T0 - 60_000);
    home.tracker.resume({ kind: 'config_entry', id: 'e1', name: 'E' }, 'unavailable', 'setup_error', T0 - 60_000);
    home.tracker.resume({ kind: 'instance', id: 'home', name: 'Home' }, 'available', 'connected', T0);
    return home;
  };

  it('tells what changed meanwhile, and how long it lasted', () => {
    const home = resumed('available')
      .entries(configEntry('e1'))
      .registry([registered('light.a')]);
    assert.deepEqual(home.forgotten, ['d1']);
    home
      .snapshot({ 'light.a': { s: 'unavailable', lc: T0 / 1000 - 20 } })
      .live()
      .until(100);
    assert.deepEqual(home.told, [
      '10 e1 unavailable > available since 0',
      '30 light.a available > unavailable since -20',
    ]);
    assert.deepEqual(
      home.settled.map(({ seconds }) => seconds),
      [60, 40],
    );
  });

  it('judges what was not judged only when the registry has been read', () => {
    const home = new TestHome();
    home.tracker.resume(entity, 'unavailable', 'unavailable', T0 - 60_000, true);
    assert.deepEqual([[...home.tracker.all()], home.tracker.down.size, home.tracker.statuses.judged], [[], 0, 0]);
    home.registry([registered('light.a')]);
    assert.deepEqual(home.passages, ['light.a back']);
    assert.deepEqual([home.tracker.down.size, home.tracker.statuses.judged], [1, 1]);
  });

  it('tells nothing that is as it was', () => {
    const home = resumed('unavailable')
      .entries(configEntry('e1', 'setup_error'))
      .registry([registered('light.a')]);
    home.snapshot({ 'light.a': 'unavailable' }).live().until(1_000);
    assert.deepEqual(home.told, []);
    assert.deepEqual(home.down(), ['e1 unavailable', 'light.a unavailable']);
  });

  it('tells what is gone, and follows what was renamed', () => {
    const home = resumed('available').registry([]);
    assert.deepEqual(home.forgotten.sort(), ['d1', 'light.a'], 'removed meanwhile');
    const other = resumed('available').registry([registered('light.new', { registry_id: 'r-light.a' })]);
    assert.deepEqual(other.renamed, ['light.a > light.new']);
    other.snapshot({}).live().until(100);
    assert.deepEqual(other.told.slice(-1), ['30 light.new available > missing since 0']);
  });
});
