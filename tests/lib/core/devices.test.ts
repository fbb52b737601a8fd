import assert from 'node:assert/strict';
import { configEntry, device, registered, T0, TestHome } from './test-home';

const dead = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, 'unavailable']));
const well = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, 'on']));
const without = { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 };

describe('tracking a device', () => {
  const of = (d: string, ...ids: string[]) => ids.map((id) => registered(id, { device_id: d }));
  const pair = (options = {}) =>
    new TestHome(options).registry(of('d1', 'light.a', 'light.b'), [device('d1')]).snapshot(well('light.a', 'light.b'));
  const devices = (home: TestHome) => home.told.filter((line) => / d\d /.test(line));

  const rows: readonly (readonly [string, () => TestHome, readonly string[]])[] = [
    ['one of two down is not the device', () => pair().live().set(dead('light.a')).until(100), []],
    [
      'down since its last entity went, confirmed with the last, up with the first that is back',
      () => {
        const home = pair().live().until(10).set(dead('light.a')).until(20).set(dead('light.b')).until(100);
        return home.set(well('light.b')).until(200).set(well('light.a')).until(300);
      },
      ['50 d1 available > unavailable since 20', '110 d1 unavailable > available since 100'],
    ],
    [
      'dead when first seen',
      () =>
        new TestHome()
          .registry(of('d1', 'light.a', 'light.b'), [device('d1')])
          .snapshot(dead('light.a', 'light.b'))
          .live()
          .until(100),
      ['30 d1 - > unavailable since 0'],
    ],
    [
      'entities that are not judged do not count',
      () => {
        const home = new TestHome({ exclude: { entities: ['light.b'] } });
        home
          .registry(of('d1', 'light.a', 'light.b'), [device('d1')])
          .snapshot(well('light.a', 'light.b'))
          .live();
        return home.set(dead('light.a')).until(100);
      },
      ['30 d1 available > unavailable since 0'],
    ],
    [
      'without judged entities there is nothing to say',
      () =>
        new TestHome({ exclude: { domains: ['light'] } })
          .registry(of('d1', 'light.a'), [device('d1')])
          .snapshot(dead('light.a'))
          .live()
          .until(900),
      [],
    ],
    [
      'not before the end of the start-up grace',
      () =>
        pair().live().set(dead('light.a')).until(60).dark().snapshot(dead('light.a', 'light.b')).live(300).until(900),
      ['360 d1 available > unavailable since 60'],
    ],
    [
      'unseen it keeps its status',
      () =>
        pair()
          .live()
          .set(dead('light.a', 'light.b'))
          .until(60)
          .dark()
          .until(500)
          .snapshot(dead('light.a', 'light.b'))
          .live(300)
          .until(900),
      ['30 d1 available > unavailable since 0'],
    ],
    [
      'the one that was up is removed: the rest is down',
      () => pair().live().set(dead('light.a')).until(60).registry(of('d1', 'light.a')).until(100),
      ['60 d1 available > unavailable since 0'],
    ],
    [
      'the one that was up is disabled: the rest is down',
      () =>
        pair()
          .live()
          .set(dead('light.a'))
          .until(60)
          .registry([...of('d1', 'light.a'), registered('light.b', { device_id: 'd1', disabled: true })])
          .until(100),
      ['60 d1 available > unavailable since 0'],
    ],
    [
      'the one that was up moves to another device: both are judged by what they have',
      () =>
        pair()
          .live()
          .set(dead('light.a'))
          .until(60)
          .registry([...of('d1', 'light.a'), ...of('d2', 'light.b')], [device('d1'), device('d2')])
          .until(100),
      ['60 d1 available > unavailable since 0'],
    ],
    [
      'a device that gets entities down and up is not told down in between',
      () =>
        new TestHome()
          .snapshot(well('light.a', 'light.b'))
          .live()
          .set(dead('light.a'))
          .until(60)
          .registry(of('d1', 'light.a', 'light.b'), [device('d1')])
          .until(100),
      [],
    ],
    [
      'its entry is disabled while one of two is down: no word',
      () => {
        const home = new TestHome().entries(configEntry('e1'));
        const both = of('d1', 'light.a', 'light.b').map((one) => ({ ...one, config_entry_id: 'e1' }));
        home
          .registry(both, [device('d1')])
          .snapshot({ 'light.a': 'on', 'light.b': 'unavailable' })
          .live()
          .until(60);
        return home.entry(configEntry('e1', 'not_loaded', { disabled: true })).until(100);
      },
      [],
    ],
    [
      'named by the registry that does not know it: no device',
      () =>
        new TestHome()
          .registry(of('d9', 'light.a'), [])
          .snapshot(dead('light.a'))
          .live()
          .until(100)
          .registry(of('d9', 'light.a'), []),
      [],
    ],
    [
      'one new entity, not yet judged, takes back what was not told yet',
      () =>
        pair()
          .live()
          .set(dead('light.a'))
          .until(60)
          .dark()
          .registry(of('d1', 'light.a'))
          .live(300)
          .registry(of('d1', 'light.a', 'light.c'))
          .until(359)
          .add(well('light.c'))
          .until(900),
      [],
    ],
  ];
  for (const [what, life, told] of rows) it(what, () => assert.deepEqual(devices(life()), told));

  it('whose entities are all disabled is down no longer', () => {
    const home = pair().live().set(dead('light.a', 'light.b')).until(60);
    assert.deepEqual(home.down(), ['d1 unavailable', 'light.a unavailable', 'light.b unavailable']);
    home.registry(of('d1', 'light.a', 'light.b').map((one) => ({ ...one, disabled: true })));
    assert.deepEqual(home.down(), []);
    assert.deepEqual([...home.tracker.all()], []);
  });

  it('renamed is told by its new name, removed is forgotten without a message', () => {
    const home = pair(without)
      .live()
      .registry(of('d1', 'light.a', 'light.b'), [device('d1', { name: 'New name' })]);
    home.until(60).set(dead('light.a', 'light.b'));
    assert.equal(home.settled.at(-1)?.subject.name, 'New name');
    home.registry([registered('light.a'), registered('light.b')], []).until(100);
    assert.deepEqual(devices(home), ['60 d1 available > unavailable since 60']);
    assert.deepEqual(home.forgotten, ['d1']);
    assert.deepEqual(home.down(), ['light.a unavailable', 'light.b unavailable']);
  });

  it('lists entries before devices before entities', () => {
    const home = pair().entries(configEntry('e1')).live();
    assert.deepEqual(
      [...home.tracker.all()].map(({ subject, since }) => `${subject.id} ${since - T0}`),
      ['e1 0', 'd1 0', 'light.a 0', 'light.b 0'],
    );
  });
});
