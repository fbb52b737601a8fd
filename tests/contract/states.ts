import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home } from '../support/home';
import { Client, type Json } from './client';
import { assertKeys, buttonId, freshTitle, isModern, sensorId } from './shape';

interface Compressed {
  readonly s: string;
  readonly a: Json;
  readonly c: unknown;
  readonly lc: number;
  readonly lu?: number;
}

interface EntityEvent {
  readonly a?: Record<string, Compressed>;
  readonly c?: Record<string, { '+'?: Json; '-'?: { a: string[] } }>;
  readonly r?: string[];
}

/** States as they come over the wire: spelling, order of keys, filters. */
export function statesContract(home: () => Home): void {
  describe('states', () => {
    const title = freshTitle();
    const sensor = sensorId(title, 1, 1);
    let client: Client;
    before(async () => {
      await home().lab.add(title, 1, 2);
    });
    beforeEach(async () => {
      client = await Client.login(home());
    });
    afterEach(() => client.close());

    it('get_states', async () => {
      const states = await client.result<Json[]>('get_states');
      const one = states.find((state) => state['entity_id'] === sensor);
      assertKeys(one, isModern(home()) ? [...STATE, 'last_reported'] : STATE);
      assertKeys(one?.['context'], ['id', 'parent_id', 'user_id']);
      assert.match(String(one?.['last_changed']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
      assert.deepEqual(one?.['attributes'], { state_class: 'measurement', friendly_name: `${title} 1 Sensor 1` });
    });

    it('the result and the snapshot come in one frame, the id before the event', async () => {
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensor] });
      const frame = client.frames.at(-1) ?? '';
      const head = `[{"id":${id},"type":"result","success":true,"result":null},{"id":${id},"type":"event","event":{"a":{"${sensor}":{"s":"1","a":{`;
      assert.equal(frame.slice(0, head.length), head);
      const [event] = client.events<EntityEvent>(id);
      assert.deepEqual(Object.keys(event?.a?.[sensor] ?? {}), ['s', 'a', 'c', 'lc']);
      assert.equal(typeof event?.a?.[sensor]?.c, 'string');
      assert.ok(Math.abs(Date.now() / 1000 - (event?.a?.[sensor]?.lc ?? 0)) < 3600);
    });

    it('without coalescing they come in two', async () => {
      const plain = await Client.login(home(), 'admin', false);
      const id = await plain.subscribe('subscribe_entities', { entity_ids: [sensor] });
      await plain.when(() => plain.events(id).length > 0);
      assert.equal(plain.frames.length, 4);
      plain.close();
    });

    it('a change has the id last, + with s, lc and c', async () => {
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensor] });
      await home().lab.setValue(sensor, 17.5);
      await client.when(() => client.events(id).length > 1);
      const event = client.events<EntityEvent>(id)[1];
      const plus = event?.c?.[sensor]?.['+'] ?? {};
      assert.equal(plus['s'], '17.5');
      assertKeys(plus, ['s', 'lc', 'c']);
      assert.deepEqual(Object.keys(event?.c?.[sensor] ?? {}), ['+']);
      const frame = client.frames.at(-1) ?? '';
      const head = `{"type":"event","event":{"c":{"${sensor}":{"+":{"s":"17.5","lc":`;
      assert.equal(frame.slice(0, head.length), head);
      assert.ok(frame.endsWith(`}}},"id":${id}}`), frame);
    });

    it('the same value again tells nothing', async () => {
      await home().lab.setValue(sensor, 18);
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensor] });
      await home().lab.setValue(sensor, 18);
      await home().lab.setValue(sensor, 19);
      await client.when(() => client.events(id).length > 1);
      assert.equal(client.events<EntityEvent>(id)[1]?.c?.[sensor]?.['+']?.['s'], '19');
    });

    it('unavailable keeps the attributes of the entity, and comes back', async () => {
      const own = freshTitle();
      const entry = await home().lab.add(own, 1, 1);
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensorId(own, 1, 1), buttonId(own, 1)] });
      await home().lab.setMode(entry, 'dead');
      await client.when(() => client.events(id).length > 1);
      await home().lab.setMode(entry, 'ok');
      await client.when(() => client.events(id).length > 2);
      const changes = client
        .events<EntityEvent>(id)
        .slice(1)
        .map((event) => event.c?.[sensorId(own, 1, 1)]);
      assert.deepEqual(
        changes.map((change) => change?.['+']?.['s']),
        ['unavailable', '1'],
      );
      for (const change of changes) assert.deepEqual(Object.keys(change?.['+'] ?? {}), ['s', 'lc', 'c']);
    });

    it('attributes that change alone carry lu, those that go stand under -', async () => {
      const own = freshTitle();
      const entry = await home().lab.add(own, 1, 1);
      await home().lab.setMode(entry, 'dead');
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensorId(own, 1, 1)] });
      await home().lab.setMode(entry, 'setup_not_ready');
      await home().lab.reload(entry);
      await client.when(() => client.events(id).some((event) => JSON.stringify(event).includes('restored')));
      const [dead, last] = client.events<EntityEvent>(id).slice(-1).concat([{}]);
      const change = dead?.c?.[sensorId(own, 1, 1)];
      assert.equal((change?.['+']?.['a'] as Json)?.['restored'], true);
      assert.deepEqual(last, {});
      await home().lab.setMode(entry, 'ok');
      await home().lab.reload(entry);
      await client.when(() => client.events(id).some((event) => JSON.stringify(event).includes('"-"')));
      const back = client.events<EntityEvent>(id).map((event) => event.c?.[sensorId(own, 1, 1)]?.['-']);
      assert.ok(back.some((gone) => gone?.a.includes('restored')));
    });

    it('tells of entities that come and go', async () => {
      const id = await client.subscribe('subscribe_entities');
      const own = freshTitle();
      const entry = await home().lab.add(own, 1, 1);
      const mine = sensorId(own, 1, 1);
      await client.when(() => client.events<EntityEvent>(id).some((event) => event.a?.[mine] && !event.a['sun.sun']));
      const added = client.frames.find((frame) => frame.includes(`{"type":"event","event":{"a":{"${mine}":`));
      assert.ok(added, 'an added entity is spelled like a change, the id last');
      await home().lab.remove(entry);
      await client.when(() => client.events<EntityEvent>(id).some((event) => event.r?.includes(mine)));
      assert.ok(client.frames.some((frame) => frame.includes(`{"type":"event","event":{"r":["${mine}"]},"id":${id}}`)));
    });

    it('says nothing more after unsubscribe_events', async () => {
      const id = await client.subscribe('subscribe_entities', { entity_ids: [sensor] });
      await client.result('unsubscribe_events', { subscription: id });
      await home().lab.setValue(sensor, Math.round(Math.random() * 1e6));
      await client.command('ping');
      assert.equal(client.events(id).length, 1);
    });

    it('include and exclude, where the version has them', async () => {
      const include = { domains: ['sensor'], entities: [buttonId(title, 1)] };
      const answer = await client.command('subscribe_entities', { include, exclude: { entity_globs: ['*_sensor_2'] } });
      if (!isModern(home())) {
        assert.equal(answer.error.code, 'invalid_format');
        return;
      }
      const ids = Object.keys(client.events<EntityEvent>(answer.id)[0]?.a ?? {});
      assert.ok(ids.includes(sensor) && ids.includes(buttonId(title, 1)));
      assert.ok(!ids.includes(sensorId(title, 1, 2)) && !ids.includes('sun.sun'));
      assert.ok(ids.every((one) => one.startsWith('sensor.') || one === buttonId(title, 1)));
    });

    for (const [name, filter, expected] of FILTERS) {
      it(`filter: ${name}`, async () => {
        const one = { sensor, other: sensorId(title, 1, 2), button: buttonId(title, 1) };
        const answer = await client.command('subscribe_entities', filter(one));
        if (!isModern(home())) {
          assert.equal(answer.error.code, 'invalid_format');
          return;
        }
        const ids = new Set(Object.keys(client.events<EntityEvent>(answer.id)[0]?.a ?? {}));
        const mine = Object.entries(one).filter(([, id]) => ids.has(id));
        assert.deepEqual(
          mine.map(([key]) => key),
          expected,
        );
      });
    }

    it('a burst comes in few frames, in order', async () => {
      const own = freshTitle();
      const entry = await home().lab.add(own, 20, 10);
      const id = await client.subscribe('subscribe_entities');
      const frames = client.frames.length;
      await home().lab.setMode(entry, 'dead');
      const dead = () =>
        client.events<EntityEvent>(id).filter((event) => JSON.stringify(event).includes('unavailable'));
      await client.when(() => dead().filter((event) => event.c).length >= 200);
      assert.ok(client.frames.length - frames < 20, `${client.frames.length - frames} frames for 200 changes`);
      await home().lab.remove(entry);
    });

    it('state_changed, for who may', async () => {
      const id = await client.subscribe('subscribe_events', { event_type: 'state_changed' });
      await home().lab.setValue(sensor, 4711);
      await client.when(() => client.events(id).length > 0);
      const event = client.events(id)[0];
      assertKeys(event, ['event_type', 'data', 'origin', 'time_fired', 'context']);
      assertKeys(event?.['data'], ['entity_id', 'old_state', 'new_state']);
      assert.ok(client.frames.at(-1)?.startsWith('{"type":"event","event":{'));
    });
  });
}

const STATE = ['entity_id', 'state', 'attributes', 'last_changed', 'last_updated', 'context'];

interface Mine {
  readonly sensor: string;
  readonly other: string;
  readonly button: string;
}

/** Name, filter, which of the three pass. */
const FILTERS: [string, (mine: Mine) => Json, (keyof Mine)[]][] = [
  ['exclude a domain', () => ({ exclude: { domains: ['sensor'] } }), ['button']],
  ['exclude an entity', ({ other }) => ({ exclude: { entities: [other] } }), ['sensor', 'button']],
  ['exclude a glob', () => ({ exclude: { entity_globs: ['*_sensor_?'] } }), ['button']],
  ['include a glob', () => ({ include: { entity_globs: ['sensor.*_1'] } }), ['sensor']],
  [
    'a named entity beats an excluded domain',
    ({ other }) => ({ include: { entities: [other] }, exclude: { domains: ['sensor'] } }),
    ['other', 'button'],
  ],
  [
    'an excluded entity beats an included domain',
    ({ other }) => ({ include: { domains: ['sensor'] }, exclude: { entities: [other] } }),
    ['sensor'],
  ],
  [
    'an included glob beats an excluded glob',
    () => ({ include: { entity_globs: ['*_sensor_1'] }, exclude: { entity_globs: ['*_sensor_?'] } }),
    ['sensor'],
  ],
  [
    'an included domain beats an excluded one',
    () => ({ include: { domains: ['sensor'] }, exclude: { domains: ['sensor', 'button'] } }),
    ['sensor', 'other'],
  ],
  [
    'entities alone: the excluded one counts for nothing',
    ({ sensor, other }) => ({ include: { entities: [sensor] }, exclude: { entities: [other] } }),
    ['sensor'],
  ],
  ['empty lists filter nothing', () => ({ include: { domains: [] }, exclude: {} }), ['sensor', 'other', 'button']],
];
