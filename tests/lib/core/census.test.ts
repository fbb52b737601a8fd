import assert from 'node:assert/strict';
import { configEntry, device, registered, restored, T0, TestHome } from './test-home';

const dead = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, 'unavailable']));
const well = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, 'on']));
const without = { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 };

describe('a renamed entity keeps its history', () => {
  const home = () =>
    new TestHome()
      .registry([registered('light.a')])
      .snapshot(dead('light.a'))
      .live()
      .until(60);
  const renamed = registered('light.new', { registry_id: 'r-light.a' });
  const told = ['30 light.a - > unavailable since 0', '70 light.new unavailable > available since 60'];

  it('when the event says so, and then the list', () => {
    const one = home();
    one.tracker.rename('light.a', 'light.new');
    one.gone('light.a').add(well('light.new')).registry([renamed]).until(900);
    assert.deepEqual(one.told, told);
    assert.deepEqual(one.renamed, ['light.a > light.new']);
    assert.deepEqual(one.forgotten, []);
  });

  it('when only the list says so, before the states come', () => {
    const one = home().dark().registry([renamed]).snapshot(well('light.new')).live().until(900);
    assert.deepEqual(one.told, told);
    assert.deepEqual(one.renamed, ['light.a > light.new']);
    assert.deepEqual(one.forgotten, []);
  });

  it('and its status, when nothing else changed', () => {
    const one = home().dark().registry([renamed]).snapshot(dead('light.new')).live().until(900);
    assert.deepEqual(one.told, told.slice(0, 1));
    assert.deepEqual(one.down(), ['light.new unavailable']);
  });

  it('also under the name of one that is gone', () => {
    const one = new TestHome().registry([registered('light.a'), registered('light.b')]);
    one.snapshot({ 'light.a': 'unavailable', 'light.b': 'on' }).live().until(60).dark();
    one
      .registry([registered('light.b', { registry_id: 'r-light.a' })])
      .snapshot(well('light.b'))
      .live()
      .until(900);
    assert.deepEqual(one.told, [told[0], '70 light.b unavailable > available since 60']);
    assert.deepEqual(one.forgotten, ['light.b']);
  });

  it('whatever the order of the list, when the name was freed by one that was removed', () => {
    const one = new TestHome().registry([registered('light.b'), registered('light.a')]);
    one.snapshot({ 'light.a': 'unavailable', 'light.b': 'on' }).live().until(60).dark();
    one
      .registry([registered('light.a', { registry_id: 'r-light.b' })])
      .snapshot(well('light.a'))
      .live()
      .until(900);
    assert.deepEqual(one.told, [told[0]], 'what is light.a now was well all along');
    assert.deepEqual(one.forgotten, ['light.a']);
  });

  for (const order of [
    ['light.a', 'light.b', 'light.c'],
    ['light.c', 'light.b', 'light.a'],
  ]) {
    it(`when names were passed on: ${order.join(' ')}`, () => {
      const one = new TestHome().registry(order.map((id) => registered(id)));
      one.snapshot({ 'light.a': 'unavailable', 'light.b': 'on', 'light.c': 'unavailable' }).live().until(60).dark();
      one.registry([
        registered('light.b', { registry_id: 'r-light.a' }),
        registered('light.c', { registry_id: 'r-light.b' }),
        registered('light.d', { registry_id: 'r-light.c' }),
      ]);
      one.snapshot({ 'light.b': 'unavailable', 'light.c': 'on', 'light.d': 'unavailable' }).live().until(900);
      assert.equal(one.told.length, 2, one.told.join('\n'));
      assert.deepEqual(one.forgotten, []);
      assert.deepEqual(one.down(), ['light.b unavailable', 'light.d unavailable']);
    });
  }

  it('when two names were swapped', () => {
    const one = new TestHome().registry([registered('light.a'), registered('light.b')]);
    one.snapshot({ 'light.a': 'unavailable', 'light.b': 'on' }).live().until(60).dark();
    one.registry([
      registered('light.b', { registry_id: 'r-light.a' }),
      registered('light.a', { registry_id: 'r-light.b' }),
    ]);
    one.snapshot({ 'light.a': 'on', 'light.b': 'unavailable' }).live().until(900);
    assert.deepEqual(one.told, [told[0]]);
    assert.deepEqual(one.forgotten, []);
    assert.deepEqual(one.down(), ['light.b unavailable']);
  });

  it('and nothing happens to a name nobody has, or to one that stays', () => {
    const one = home();
    one.tracker.rename('light.unheard_of', 'light.a');
    one.tracker.rename('light.a', 'light.a');
    assert.deepEqual([one.renamed, one.forgotten, one.down()], [[], [], ['light.a unavailable']]);
  });
});

describe('a removed entity is forgotten without a message', () => {
  it('when the event says so, before or after its state went', () => {
    const home = new TestHome().registry([registered('light.a'), registered('light.b')]);
    home.snapshot(well('light.a', 'light.b')).live();
    home.tracker.forgetEntity('light.a');
    home.gone('light.a', 'light.b').until(3).tracker.forgetEntity('light.b');
    home.tracker.forgetEntity('light.unheard_of');
    home.registry([]).until(900);
    assert.deepEqual([home.told, home.forgotten], [[], ['light.a', 'light.b']]);
  });

  it('when only the list says so', () => {
    const home = new TestHome()
      .registry([registered('light.a')])
      .snapshot(dead('light.a'))
      .live()
      .until(60);
    home.gone('light.a').registry([]).until(900);
    assert.deepEqual(home.told, ['30 light.a - > unavailable since 0']);
    assert.deepEqual([home.forgotten, home.down()], [['light.a'], []]);
  });

  it('and its entry knows it no longer', () => {
    const home = new TestHome().entries(configEntry('e1')).registry([registered('light.a', { config_entry_id: 'e1' })]);
    home.snapshot(well('light.a')).live().tracker.forgetEntity('light.a');
    home.entry(configEntry('e1', 'setup_in_progress')).entry(configEntry('e1')).until(900);
    assert.deepEqual([home.told, home.forgotten], [[], ['light.a']]);
  });

  it('and added again it is another', () => {
    const home = new TestHome()
      .registry([registered('light.a')])
      .snapshot(dead('light.a'))
      .live()
      .until(60)
      .dark();
    home
      .registry([registered('light.a', { registry_id: 'another' })])
      .snapshot(well('light.a'))
      .live()
      .until(900);
    assert.deepEqual(home.told, ['30 light.a - > unavailable since 0']);
    assert.deepEqual(home.forgotten, ['light.a']);
  });
});

describe('an entity that is not judged', () => {
  const hue = { config_entry_id: 'e1' };
  const rows: readonly (readonly [string, (home: TestHome) => unknown])[] = [
    ['disabled itself', (home) => home.registry([registered('light.a', { ...hue, disabled: true })])],
    ['of a disabled entry', (home) => home.entry(configEntry('e1', 'not_loaded', { disabled: true }))],
    ['in an area that is excluded', (home) => home.registry([registered('light.a', { ...hue, area_id: 'kitchen' })])],
    [
      'labelled so that it is excluded',
      (home) => home.registry([registered('light.a', { ...hue, labels: ['urgent'] })]),
    ],
  ];
  for (const [what, leaveOut] of rows) {
    const exclude = { areas: ['The kitchen'], labels: ['urgent'] };
    const start = () =>
      new TestHome({ exclude })
        .entries(configEntry('e1'))
        .registry([registered('light.a', hue)])
        .snapshot(well('light.a'))
        .live();
    const backIn = (home: TestHome) => home.entry(configEntry('e1')).registry([registered('light.a', hue)]);

    it(`${what}: goes down unheard`, () => {
      const home = start().set(dead('light.a')).until(20);
      leaveOut(home);
      home.until(100);
      assert.deepEqual([home.told, home.down()], [[], []]);
      assert.equal(
        [...home.tracker.all()].some(({ subject }) => subject.kind === 'entity'),
        false,
      );
    });

    it(`${what}: is down no longer, and back in it is again`, () => {
      const home = start().set(dead('light.a')).until(60);
      leaveOut(home);
      assert.deepEqual(home.down(), []);
      backIn(home).until(100);
      assert.deepEqual(home.down(), ['light.a unavailable']);
      home.set(well('light.a')).until(200);
      assert.deepEqual(home.told, [
        '30 light.a available > unavailable since 0',
        '110 light.a unavailable > available since 100',
      ]);
    });
  }

  it('belongs to no entry that was removed, and to the one it moved to', () => {
    const home = new TestHome().entries(configEntry('e1'), configEntry('e2', 'not_loaded'));
    home.registry(['light.a', 'light.b', 'light.c'].map((id) => registered(id, hue))).live();
    home.snapshot({ 'light.a': restored, 'light.b': restored, 'light.c': 'on' });
    home.registry([
      registered('light.a', hue),
      registered('light.b', { config_entry_id: 'e2' }),
      registered('light.c'),
    ]);
    home.until(60).tracker.removeEntry('e1');
    home.registry([registered('light.a', hue), registered('light.b', { config_entry_id: 'e2' })]).live();
    assert.deepEqual(home.down(), ['e2 unavailable', 'light.a missing', 'light.b unavailable']);
    assert.deepEqual(home.until(100).down(), ['e2 unavailable', 'light.a unavailable', 'light.b unavailable']);
  });

  it('is one just made, until the list says who it is', () => {
    const home = new TestHome({ ...without, exclude: { integrations: ['hue'] } }).registry([]).snapshot({}).live();
    for (const id of ['light.a', 'light.b', 'light.c']) home.tracker.expect(id);
    home.add(dead('light.a', 'light.b', 'light.c')).until(1);
    assert.deepEqual(home.told, []);
    home.registry([registered('light.a'), registered('light.b', { platform: 'mqtt' })]);
    assert.deepEqual(home.told, ['1 light.b - > unavailable since 0', '1 light.c - > unavailable since 0']);
  });

  it('is one that is not included', () => {
    const home = new TestHome({ include: { domains: ['light'] } }).snapshot(dead('light.a', 'cover.a')).live();
    assert.deepEqual(home.until(100).told, ['30 light.a - > unavailable since 0']);
  });
});

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
