import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { CaretakerError } from '../../../src/lib/error';
import { Monitor, type MonitorView } from '../../../src/lib/instance/monitor';
import { parseMonitorOptions } from '../../../src/lib/instance/parse';
import type { TransitionRecord } from '../../../src/lib/instance/record';
import { Roster } from '../../../src/lib/instance/roster';
import { MemoryStore } from '../../../src/lib/store/memory';
import { eventually } from '../../support/eventually';
import { configEntry, device, registered } from '../core/test-home';
import { FakeInstance } from './fake-instance';
import { settled } from './settled';

describe('a monitor', () => {
  let store: MemoryStore;
  let roster: Roster;
  let told: TransitionRecord[];
  let views: readonly MonitorView[];
  let monitors: Monitor[];
  let seconds: number;

  const said = () =>
    told.map(
      ({ event, instance_id, id, status }) => `${event === 'present' ? 'present ' : ''}${instance_id} ${id} ${status}`,
    );
  const monitor = (fields: object = {}, id = 'm') => {
    const one = new Monitor(id, parseMonitorOptions(fields), roster, {
      send: (record) => told.push(record as TransitionRecord),
      show: (present) => {
        views = present;
      },
    });
    monitors.push(one);
    return one;
  };
  const instance = async (id: string) => new FakeInstance(id, await store.namespace(id));
  /** A lamp with two lights in the kitchen, and a sensor of nothing. */
  const furnished = async (id: string) => {
    const one = await instance(id);
    one.tracker.setEntries([configEntry('e1')], 1_000);
    const lamp = { device_id: 'd1', config_entry_id: 'e1' };
    one.tracker.setRegistry(
      {
        entities: [registered('light.a', lamp), registered('light.b', lamp)],
        devices: [device('d1', { area_id: 'kitchen', config_entry_ids: ['e1'] })],
        areas: new Map([['kitchen', 'The kitchen']]),
        labels: new Map(),
      },
      1_000,
    );
    one.set({ 'light.a': 'on', 'light.b': 'on', 'sensor.c': '5' }, 1_000);
    roster.put(one.member());
    return one;
  };
  /** Everything goes down and comes back. */
  const night = async (one: FakeInstance) => {
    seconds += 10;
    one.set({ 'light.a': 'unavailable', 'light.b': 'unavailable', 'sensor.c': 'unavailable' }, seconds * 1000);
    one.tracker.setEntry(configEntry('e1', 'setup_error'), seconds * 1000);
    one.journal.add(settled(one.instance_id, seconds * 1000, 'unavailable', 'instance'));
    await done();
    seconds += 10;
    one.set({ 'light.a': 'on', 'light.b': 'on', 'sensor.c': '5' }, seconds * 1000);
    one.tracker.setEntry(configEntry('e1'), seconds * 1000);
    one.journal.add(settled(one.instance_id, seconds * 1000, 'available', 'instance'));
    await done();
  };
  const done = async () => {
    for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  };

  beforeEach(() => {
    store = new MemoryStore();
    roster = new Roster();
    told = [];
    views = [];
    monitors = [];
    seconds = 1_000;
  });
  afterEach(() => {
    for (const one of monitors) one.stop(false);
  });

  const down = ['light.a', 'light.b', 'd1', 'sensor.c', 'e1', 'home'].map((id) => `home ${id} unavailable`);
  const back = ['light.a', 'd1', 'light.b', 'sensor.c', 'e1', 'home'].map((id) => `home ${id} available`);
  const only = (list: string[], ...ids: string[]) => list.filter((line) => ids.includes(line.split(' ')[1] ?? ''));
  const rows: readonly (readonly [object, readonly string[]])[] = [
    [{}, [...down, ...back]],
    [
      { kinds: ['entity'] },
      [...only(down, 'light.a', 'light.b', 'sensor.c'), ...only(back, 'light.a', 'light.b', 'sensor.c')],
    ],
    [{ kinds: ['device'] }, [...only(down, 'd1'), ...only(back, 'd1')]],
    [{ kinds: ['config_entry', 'instance'] }, [...only(down, 'e1', 'home'), ...only(back, 'e1', 'home')]],
    [{ kinds: [] }, []],
    [{ direction: 'down' }, down],
    [{ direction: 'back' }, back],
    [{ direction: 'down', include: { areas: ['The kitchen'] } }, only(down, 'light.a', 'light.b', 'd1', 'home')],
    [{ direction: 'down', exclude: { areas: ['kitchen'] } }, only(down, 'sensor.c', 'e1', 'home')],
    [
      { direction: 'down', include: { entities: ['light.*'] }, exclude: { entities: ['*.b'] } },
      only(down, 'light.a', 'home'),
    ],
    [{ direction: 'down', include: { integrations: ['hue'] } }, only(down, 'light.a', 'light.b', 'd1', 'e1', 'home')],
    [{ instances: ['node-home'], kinds: ['device'], direction: 'down' }, only(down, 'd1')],
    [{ instances: ['node-gone'] }, []],
    [{ instances: ['node-gone', 'node-home'], kinds: ['device'], direction: 'down' }, only(down, 'd1')],
    [{ instances: ['home'] }, []],
  ];
  for (const [fields, expected] of rows) {
    it(`with ${JSON.stringify(fields)} tells ${expected.length} of 12`, async () => {
      const home = await furnished('home');
      monitor(fields);
      await done();
      assert.deepEqual(told, [], 'the first sight of what is healthy is silent');
      await night(home);
      assert.deepEqual(said(), expected);
      assert.ok(told.every(({ event, instance_name }) => event === 'transition' && instance_name === 'The home'));
    });
  }

  it('tells the first sight of what is down', async () => {
    const home = await furnished('home');
    monitor();
    await done();
    home.set({ 'light.new': 'unavailable', 'light.well': 'on' }, 2_000_000);
    await done();
    assert.deepEqual(said(), ['home light.new unavailable']);
    assert.equal(told[0]?.previous_status, null);
  });

  it('tells of several instances with the same ids, each under its own, and nothing crosses', async () => {
    const [home, cabin, office] = [await furnished('home'), await furnished('cabin'), await furnished('office')];
    monitor({ kinds: ['entity'], direction: 'down' });
    monitor({ instances: ['node-cabin'], kinds: ['device'] }, 'of the cabin');
    await done();
    home.set({ 'light.a': 'unavailable' }, 2_000_000);
    cabin.set({ 'light.a': 'unavailable', 'light.b': 'unavailable' }, 2_000_000);
    await done();
    assert.deepEqual(said().sort(), [
      'cabin d1 unavailable',
      'cabin light.a unavailable',
      'cabin light.b unavailable',
      'home light.a unavailable',
    ]);
    assert.equal(office.tracker.down.size, 0);
    for (const [id, facts] of [
      ['home', 1],
      ['cabin', 3],
      ['office', 0],
    ] as const) {
      const stored = await (await store.namespace(id)).transitions({ limit: 1_000 });
      assert.equal(stored.filter(({ status }) => status === 'unavailable').length, facts, id);
    }
    home.tracker.forgetEntity('light.a');
    home.tracker.rename('light.b', 'light.z');
    await done();
    const resumed = await (await store.namespace('cabin')).resume();
    assert.deepEqual(resumed.map(({ subject }) => subject.id).sort(), ['d1', 'e1', 'light.a', 'light.b', 'sensor.c']);
  });

  it('says the present state when asked to, once, when the home can be seen', async () => {
    const home = await furnished('home');
    home.set({ 'light.a': 'unavailable' }, 1_500_000);
    home.live = false;
    monitor({ announce: true, kinds: ['entity'] });
    home.changed();
    await done();
    assert.deepEqual(said(), []);
    home.live = true;
    home.changed();
    home.changed();
    home.live = false;
    home.changed();
    home.live = true;
    home.changed();
    await done();
    assert.deepEqual(said(), [
      'present home light.a unavailable',
      'present home light.b available',
      'present home sensor.c available',
    ]);
    assert.deepEqual([told[0]?.previous_status, told[0]?.seconds], [null, null]);
  });

  it('says only what was asked for of it', async () => {
    const home = await furnished('home');
    home.set({ 'light.a': 'unavailable', 'sensor.c': 'unavailable' }, 1_500_000);
    monitor({ announce: true, kinds: ['entity', 'device'], direction: 'down', include: { domains: ['light'] } });
    assert.deepEqual(said(), ['present home light.a unavailable']);
  });

  it('goes on with an instance that was redeployed, and is not redeployed itself', async () => {
    const first = await furnished('home');
    monitor({ instances: ['node-home'], kinds: ['entity'], direction: 'down' });
    await done();
    first.set({ 'light.a': 'unavailable' }, 2_000_000);
    await done();
    roster.remove(first.member());
    roster.remove(roster.get('node-home') ?? first.member());
    await done();
    first.set({ 'sensor.c': 'unavailable' }, 2_001_000);
    await first.journal.close();
    assert.deepEqual(said(), ['home light.a unavailable'], 'not listening to the old one');
    const second = await instance('home');
    roster.put({ ...second.member(), instance: null });
    roster.put(second.member());
    await done();
    second.set({ 'light.n': 'unavailable' }, 2_002_000);
    await done();
    assert.deepEqual(said(), ['home light.a unavailable', 'home sensor.c unavailable', 'home light.n unavailable']);
  });

  it('redeployed goes on where it was, removed and made again it starts with now', async () => {
    const home = await furnished('home');
    const fields = { kinds: ['entity'], direction: 'down' };
    const first = monitor(fields);
    await done();
    first.stop(false);
    home.set({ 'light.a': 'unavailable' }, 2_000_000);
    const second = monitor(fields);
    await done();
    assert.deepEqual(said(), ['home light.a unavailable']);
    second.stop(true);
    home.set({ 'light.b': 'unavailable' }, 2_001_000);
    await done();
    monitor(fields);
    await done();
    assert.equal(told.length, 1);
  });

  it('tells of an instance that comes later, and no more of one that went', async () => {
    monitor({ kinds: ['entity'], direction: 'down' });
    const home = await furnished('home');
    await done();
    home.set({ 'light.a': 'unavailable' }, 2_000_000);
    await done();
    const member = roster.get('node-home');
    if (member) roster.remove(member);
    home.set({ 'light.b': 'unavailable' }, 2_001_000);
    await done();
    assert.deepEqual(said(), ['home light.a unavailable']);
  });

  it('shows how each instance is and how many of what it watches are down', async () => {
    const home = await furnished('home');
    home.set({ 'light.a': 'unavailable', 'light.b': 'unavailable', 'sensor.c': 'unavailable' }, 2_000_000);
    const wanted = { reason: null, stored: false };
    const shown = (fields: object) => {
      monitor(fields, JSON.stringify(fields)).stop(false);
      return views.map(({ name, state, down }) => `${name} ${state} ${down}`);
    };
    assert.deepEqual(shown({}), ['The home connected 4']);
    assert.deepEqual(shown({ kinds: ['entity'] }), ['The home connected 3']);
    assert.deepEqual(shown({ kinds: ['device', 'config_entry'] }), ['The home connected 1']);
    assert.deepEqual(shown({ include: { domains: ['light'] } }), ['The home connected 2']);
    assert.deepEqual(shown({ instances: ['node-gone'] }), []);
    assert.equal(views.length, 0);
    monitor();
    assert.deepEqual(views, [{ name: 'The home', state: 'connected', down: 4, ...wanted }]);
    const states = [
      ['connected', false, null, 'connecting'],
      ['disconnected', false, null, 'connecting'],
      ['disconnected', false, new CaretakerError('connection_lost', 'gone'), 'disconnected'],
      ['error', false, new CaretakerError('invalid_auth', 'no'), 'error'],
      ['degraded', false, new CaretakerError('connection_lost', 'half'), 'degraded'],
    ] as const;
    for (const [state, live, reason, expected] of states) {
      Object.assign(home, { state, live, reason });
      assert.deepEqual(shown({}), [`The home ${expected} 4`]);
      assert.equal(views[0]?.reason, reason?.message ?? null);
    }
  });

  it('shows nothing once it was stopped, however young: its successor has its place', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const home = await furnished('home');
      const young = monitor();
      await done();
      young.stop(false);
      const last = views;
      home.changed();
      mock.timers.tick(5_000);
      assert.equal(views, last);
    } finally {
      mock.timers.reset();
    }
  });

  it('shows one that is starting or was refused, and a change a second later', async () => {
    const home = await instance('home');
    roster.put({ ...home.member(), instance: null });
    monitor();
    assert.deepEqual(
      views.map(({ state }) => state),
      ['connecting'],
    );
    roster.put({ ...home.member(), instance: null, refusal: 'url: is empty' });
    await eventually(
      () =>
        assert.deepEqual(
          views.map(({ state, reason }) => `${state} ${reason}`),
          ['refused url: is empty'],
        ),
      1_500,
    );
  });

  it('shows one that another Node-RED looks after', async () => {
    const home = await instance('home');
    roster.put({ ...home.member(), instance: null, standby: 'Another Node-RED has it.' });
    monitor();
    assert.deepEqual(views, [
      { name: 'The home', state: 'standby', down: 0, reason: 'Another Node-RED has it.', stored: true },
    ]);
  });
});
