import assert from 'node:assert/strict';
import { configEntry, registered, restored, TestHome } from './test-home';

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
      assert.deepEqual(home.passages, ['light.a left', 'light.a back']);
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
