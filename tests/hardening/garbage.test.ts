import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, said, Watched } from '../lib/instance/watched';
import { eventually } from '../support/eventually';
import { startSimulatedHome } from '../support/simulator/simulated-home';
import { LyingHome } from './lying-home';
import { nothingUnhandled } from './quiet';

const times = { ...quick, healthCheck: 300, ping: 300, command: 300, firstRetry: 20, mostRetry: 60 };
const door = 'binary_sensor.door';
const told = `entity ${door} available > unavailable`;

/** Never sent by a Home Assistant we know, so anything may come of it but harm. */
const frames: Readonly<Record<string, (id: number) => unknown>> = {
  bytes: () => Buffer.from([0, 255, 1, 254]),
  'no JSON': () => '{"id":1,"type":"ev',
  nothing: () => '',
  null: () => 'null',
  'a number': () => '42',
  'a text': () => '"event"',
  'an empty list': () => '[]',
  'a list of all sorts': (id) => [null, 1, 'x', [], {}, { id }, { type: 'event' }, { id, type: 'event', event: null }],
  'a list of lists': (id) => [[{ id, type: 'event', event: {} }]],
  'ten thousand unknown ids': () =>
    Array.from({ length: 10_000 }, (_, n) => ({ id: 9_000 + n, type: 'event', event: {} })),
  'a result for the subscription': (id) => ({ id, type: 'result', success: true, result: null }),
  'a refusal without an error': (id) => ({ id, type: 'result', success: false }),
  'login again': () => ({ type: 'auth_required' }),
  'login refused again': () => ({ type: 'auth_invalid' }),
};

const events: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 7,
  'a list': [],
  nulls: { a: null, c: null, r: null },
  'lists for objects': { a: [1, 2], c: [1], r: { a: 1 } },
  'texts for objects': { a: 'abc', c: 'abc', r: 'abc' },
  'a null state': { a: { 'sensor.a': null, [door]: { s: 'on', a: {}, lc: 1.7e9 } } },
  'a numeric state': { a: { 'sensor.a': 5, 'sensor.b': { s: 5, a: {}, lc: 1.7e9 } } },
  'a state without fields': { a: { 'sensor.a': {} } },
  'attributes that are none': { a: { 'sensor.a': { s: '1', a: null }, 'sensor.b': { s: '1', a: 'x' } } },
  'times that are none': {
    a: { [door]: { s: 'on', a: {}, lc: 'yesterday', lu: {} }, 'sensor.c': { s: '1', lc: null } },
  },
  'times beyond all': { a: { [door]: { s: 'on', a: {}, lc: 1e300, lu: -1e300 } } },
  'a change of nobody': { c: { 'sensor.nobody': { '+': { s: '1', lc: 1 } } } },
  'changes that are none': { c: { [door]: null, 'sensor.b': 7 } },
  'plus and minus that are none': { c: { [door]: { '+': null, '-': null } } },
  'a change of everything to nothing': { c: { [door]: { '+': { s: null, a: null, lc: null }, '-': { a: 7 } } } },
  'a removal of nobody': { r: ['sensor.nobody', null, 7] },
  'an entity without a domain': { a: { nodomain: { s: 'on', a: {}, lc: 1 }, '': { s: 'on', a: {}, lc: 1 } } },
};

/** As text, because an object literal would set the prototype. */
const evil = [
  '{"a":{"__proto__":{"s":"on","a":{"polluted":true},"lc":1},"constructor":{"s":"on","a":{},"lc":1}}}',
  '{"a":{"sensor.p":{"s":"1","a":{"__proto__":{"polluted":true}},"lc":1}}}',
  '{"c":{"__proto__":{"+":{"s":"off","a":{"polluted":true}}},"binary_sensor.door":{"+":{"a":{"__proto__":{"polluted":true}}}}}}',
  '{"c":{"binary_sensor.door":{"-":{"a":["__proto__","constructor"]}}},"r":["__proto__","constructor"]}',
];

describe('garbage', () => {
  nothingUnhandled();
  let home: LyingHome;
  let watched: Watched;

  beforeEach(async () => {
    home = await new LyingHome().start();
    watched = new Watched();
    watched.monitor({ kinds: ['entity'] });
  });
  afterEach(async () => {
    await watched.dispose();
    await eventually(() => assert.equal(home.sockets.size, 0));
    await home.stop();
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  const fields = { state_change_grace_period_seconds: 0.02, recovery_grace_period_seconds: 0.02 };
  const add = () => watched.add({ url: home.url, token: 'token', times, fields });

  /** The next true word of this home is heard and told. */
  async function stillHears(): Promise<void> {
    await watched.live();
    const change = { c: { [door]: { '+': { s: 'unavailable', lc: Date.now() / 1000 } } } };
    home.say({ id: home.idOf('subscribe_entities'), type: 'event', event: change });
    await eventually(() => assert.deepEqual(watched.told.map(said), [told]), 2_000).catch((thrown: Error) => {
      throw new Error(`${thrown.message}\n${watched.log.join('\n')}`);
    });
    const since = Date.parse(String(watched.told[0]?.since));
    assert.ok(since > 0 && since < Date.now() + 60_000, `since ${watched.told[0]?.since}`);
  }

  /** @param frame what it says, given the id of a subscription by its type */
  async function hears(frame: (idOf: (type: string) => number) => unknown): Promise<void> {
    add();
    await watched.live();
    home.say(frame((type) => home.idOf(type)));
    await sleep(20);
    await stillHears();
  }

  describe('as a frame', () => {
    for (const [what, frame] of Object.entries(frames)) {
      it(what, () => hears((idOf) => frame(idOf('subscribe_entities'))));
    }
  });

  describe('as an event of the entities, and its frame goes on', () => {
    for (const [what, event] of Object.entries(events)) {
      it(what, () => hears((idOf) => [{ id: idOf('subscribe_entities'), type: 'event', event }]));
    }
    for (const text of evil) {
      it(text, () => hears((idOf) => `{"id":${idOf('subscribe_entities')},"type":"event","event":${text}}`));
    }
  });

  it('in an event, beside a true word about another entity', async () => {
    add();
    await watched.live();
    const a = { 'sensor.bad': null, 'sensor.worse': { s: 5 }, [door]: { s: 'unavailable', a: {}, lc: 1.7e9 } };
    home.say({ id: home.idOf('subscribe_entities'), type: 'event', event: { a } });
    await eventually(() => assert.ok(watched.told.map(said).includes(told), watched.log.join('\n')));
  });

  it('in the snapshot, beside true words', async () => {
    const a = { 'sensor.bad': null, [door]: { s: 'on', a: {}, lc: 1.7e9 } };
    home.reply('subscribe_entities', null, { a });
    add();
    await stillHears();
  });

  it('as the snapshot, each in turn, until a true one comes', async () => {
    add();
    await watched.live();
    for (const event of Object.values(events)) {
      const before = home.opened;
      home.reply('subscribe_entities', null, event);
      for (const socket of home.sockets) socket.destroy();
      await eventually(() => assert.ok(home.opened > before));
      await sleep(30);
    }
    home.reply('subscribe_entities', null, { a: { [door]: { s: 'on', a: {}, c: 'x', lc: 1.7e9 } } });
    for (const socket of home.sockets) socket.destroy();
    await sleep(50);
    await watched.live();
    await sleep(600);
    watched.told.length = 0;
    await stillHears();
  });

  const lists: Readonly<Record<string, unknown>> = {
    null: null,
    'an object': { a: 1 },
    'a text': 'list',
    'rows that are none': [null, 7, 'x', [], {}],
    'rows of other shapes': [
      { entity_id: 'sensor.x', id: 7, labels: 'a', device_id: {}, area_id: [], name: {}, disabled_by: {} },
      { entity_id: '__proto__' },
      { id: 'x', config_entries: 7, parent_device_id: 'x', area_id: 7, labels: {} },
      { id: '__proto__', name: null },
      { area_id: '__proto__', name: 7 },
      { label_id: 'constructor', name: null },
    ],
  };
  for (const registry of ['entity', 'device', 'area', 'label']) {
    for (const [what, result] of Object.entries(lists)) {
      it(`as the ${registry} registry: ${what}`, async () => {
        home.reply(`config/${registry}_registry/list`, result);
        add();
        await sleep(100);
        home.reply(`config/${registry}_registry/list`, []);
        await stillHears();
      });
    }
  }

  const entryEvents: Readonly<Record<string, unknown>> = {
    null: null,
    'an object': {},
    nulls: [null, { type: null }, { entry: null }, 7, { type: 'removed', entry: null }],
    'other shapes': [{ type: 'updated', entry: { entry_id: '__proto__', state: 'setup_error', domain: 7, title: {} } }],
  };
  for (const [what, event] of Object.entries(entryEvents)) {
    it(`as an event of the config entries: ${what}`, () =>
      hears((idOf) => ({ id: idOf('config_entries/subscribe'), type: 'event', event })));
  }

  for (const type of ['entity_registry_updated', 'device_registry_updated', 'core_config_updated']) {
    it(`as ${type}`, async () => {
      add();
      await watched.live();
      const id = home.heard.findLast(({ event_type }) => event_type === type)?.id;
      for (const event of [null, 7, [], {}, { data: null }, { data: { action: 'remove', entity_id: 7 } }]) {
        home.say({ id, type: 'event', event });
      }
      home.say({
        id,
        type: 'event',
        event: { data: { action: 'update', entity_id: 'a.b', old_entity_id: '__proto__' } },
      });
      await stillHears();
    });
  }

  for (const type of ['auth/current_user', 'get_config']) {
    it(`as the answer to ${type}`, async () => {
      for (const result of [null, 7, [], 'x']) {
        home.reply(type, result);
        add();
        await sleep(60);
        await watched.remove();
      }
      home.reply(type, { state: 'RUNNING' });
      home.reply('get_config', { state: 'RUNNING' });
      add();
      await stillHears();
    });
  }

  it('of every kind at once does not flood the log, and no other home hears of it', async () => {
    const bad = await startSimulatedHome({ home: 'small', seed: 7 });
    try {
      add();
      watched.add({ url: bad.url, token: bad.tokens.admin, instance_id: 'bad', times });
      await watched.live();
      await watched.live('bad');
      for (let round = 0; round < 20; round += 1) {
        bad.faults.garbage();
        await sleep(10);
      }
      await watched.live('bad');
      assert.ok(watched.log.length < 60, `${watched.log.length} lines`);
      assert.equal(home.opened, 1);
      watched.told.length = 0;
      await stillHears();
    } finally {
      await watched.remove('bad');
      await bad.stop();
    }
  });
});
