import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home } from '../support/home';
import { Client, type Json } from './client';
import { assertKeys, buttonId, freshTitle, isModern, sensorId, slugOf } from './shape';

/** Lists of the registries, and what happens when somebody renames or removes. */
export function registriesContract(home: () => Home): void {
  describe('registries', () => {
    const title = freshTitle();
    let entryId = '';
    let client: Client;
    before(async () => {
      entryId = await home().lab.add(title, 2, 1);
    });
    beforeEach(async () => {
      client = await Client.login(home());
    });
    afterEach(() => client.close());

    it('devices', async () => {
      const devices = await client.result<Json[]>('config/device_registry/list');
      const mine = devices.filter((device) => String(device['name']).startsWith(`${title} `));
      assert.deepEqual(
        mine.map((device) => device['name']),
        [`${title} 1`, `${title} 2`],
      );
      for (const device of mine) {
        assertKeys(device, isModern(home()) ? [...OLD_DEVICE, ...NEW_DEVICE] : OLD_DEVICE);
        assert.deepEqual(device['config_entries'], [entryId]);
        assert.equal(device['manufacturer'], 'Caretaker');
        assert.equal(device['disabled_by'], null);
        if (isModern(home())) assert.equal(device['config_entry_id'], entryId);
      }
    });

    it('entities', async () => {
      const entities = await client.result<Json[]>('config/entity_registry/list');
      const mine = entities.filter((entity) => entity['config_entry_id'] === entryId);
      const ids = [buttonId(title, 1), buttonId(title, 2), sensorId(title, 1, 1), sensorId(title, 2, 1)];
      assert.deepEqual(mine.map((entity) => entity['entity_id']).sort(), ids);
      for (const entity of mine) {
        assertKeys(entity, isModern(home()) ? [...ENTITY, ...NEW_ENTITY] : [...ENTITY, 'has_entity_name']);
        assert.equal(entity['platform'], 'caretaker_lab');
        assert.equal(typeof entity['device_id'], 'string');
        assert.equal(entity['disabled_by'], null);
      }
    });

    it('both lists are spelled with a space after type and result', async () => {
      for (const registry of ['device', 'entity']) {
        await client.result(`config/${registry}_registry/list`);
        assert.match(
          client.frames.at(-1)?.slice(0, 60) ?? '',
          /^\{"id":\d+,"type": "result","success":true,"result": \[\{"/,
        );
      }
    });

    it('areas, labels and floors', async () => {
      await client.result<Json>('config/area_registry/list');
      for (const kind of ['area', 'label', 'floor'] as const) {
        const list = await client.result<Json[]>(`config/${kind}_registry/list`);
        for (const one of list)
          assertKeys(one, isModern(home()) ? [...PLACES[kind], ...NEW_PLACES[kind]] : PLACES[kind]);
      }
    });

    it('a renamed entity goes and comes, and the registry says both names', async () => {
      const from = sensorId(title, 1, 1);
      const to = `${from}_renamed`;
      const updates = await client.subscribe('subscribe_events', { event_type: 'entity_registry_updated' });
      const states = await client.subscribe('subscribe_entities');
      await home().lab.renameEntity(from, to);
      await client.when(() => client.events(states).some((event) => to in ((event['a'] as Json) ?? {})));
      const data = client.events(updates).map((event) => event['data'] as Json);
      assert.deepEqual(
        data.find((one) => one['old_entity_id'] === from),
        {
          action: 'update',
          entity_id: to,
          old_entity_id: from,
          changes: { entity_id: from },
        },
      );
      const kinds = client
        .events(states)
        .slice(1)
        .map((event) => Object.keys(event)[0]);
      assert.deepEqual(kinds.slice(0, 2), ['r', 'a']);
      await home().lab.renameEntity(to, from);
    });

    it('a removed entity goes from the registry and from the states', async () => {
      const own = freshTitle();
      await home().lab.add(own, 1, 1);
      const mine = sensorId(own, 1, 1);
      const updates = await client.subscribe('subscribe_events', { event_type: 'entity_registry_updated' });
      const states = await client.subscribe('subscribe_entities');
      await home().lab.removeEntity(mine);
      await client.when(() =>
        client.events(states).some((event) => (event['r'] as string[] | undefined)?.includes(mine)),
      );
      const data = client.events(updates).map((event) => event['data'] as Json);
      assert.deepEqual(data.at(-1), { action: 'remove', entity_id: mine });
    });

    it('an update of an entity answers the entity', async () => {
      const more = { entity_id: buttonId(title, 2), name: 'Again' };
      const { entity_entry } = await client.result<{ entity_entry: Json }>('config/entity_registry/update', more);
      const keys = isModern(home()) ? [...ENTITY, ...NEW_ENTITY] : [...ENTITY, 'has_entity_name'];
      assertKeys(entity_entry, [...keys, ...EXTENDED]);
      assert.equal(entity_entry['name'], 'Again');
    });

    it('an entity can be disabled by the user', async () => {
      const own = freshTitle();
      await home().lab.add(own, 1, 1);
      const mine = sensorId(own, 1, 1);
      const updates = await client.subscribe('subscribe_events', { event_type: 'entity_registry_updated' });
      const states = await client.subscribe('subscribe_entities');
      await client.result('config/entity_registry/update', { entity_id: mine, disabled_by: 'user' });
      await client.when(() =>
        client.events(states).some((event) => (event['r'] as string[] | undefined)?.includes(mine)),
      );
      const data = () => client.events(updates).map((event) => event['data'] as Json);
      assert.deepEqual(data().at(-1), { action: 'update', entity_id: mine, changes: { disabled_by: null } });
      const back = { entity_id: mine, disabled_by: null };
      const answer = await client.result<Json>('config/entity_registry/update', back);
      assert.equal(answer['reload_delay'], 30);
      await client.command('ping');
      assert.deepEqual(data().at(-1), { action: 'update', entity_id: mine, changes: { disabled_by: 'user' } });
      const states_ = await client.result<Json[]>('get_states');
      const shown = states_.find((state) => state['entity_id'] === mine);
      // It is set up with the next reload only.
      assert.equal(shown?.['state'], isModern(home()) ? 'unavailable' : undefined);
    });

    it('a new entry registers its devices and entities while it is set up', async () => {
      const devices = await client.subscribe('subscribe_events', { event_type: 'device_registry_updated' });
      const entities = await client.subscribe('subscribe_events', { event_type: 'entity_registry_updated' });
      const own = freshTitle();
      const entry = await home().lab.add(own, 1, 1);
      await client.when(() => client.events(entities).filter(isAbout(own)).length >= 2);
      const device = client.events(devices)[0]?.['data'] as Json;
      assertKeys(device, ['action', 'device_id']);
      assert.equal(device['action'], 'create');
      await home().lab.remove(entry);
      await client.when(() => client.events(devices).length > 1);
      const gone = client.events(devices).at(-1)?.['data'] as Json;
      assertKeys(gone, isModern(home()) ? ['action', 'device_id', 'device'] : ['action', 'device_id']);
      assert.deepEqual([gone['action'], gone['device_id']], ['remove', device['device_id']]);
      await client.command('ping');
      const removed = client
        .events(entities)
        .filter(isAbout(own))
        .map((event) => (event['data'] as Json)['action']);
      assert.deepEqual(removed.slice(-2), ['remove', 'remove']);
    });

    it('not_found for an entity nobody knows', async () => {
      for (const command of ['update', 'remove']) {
        const answer = await client.command(`config/entity_registry/${command}`, { entity_id: 'sensor.nobody' });
        assert.deepEqual(answer.error, { code: 'not_found', message: 'Entity not found' });
      }
    });
  });
}

function isAbout(title: string): (event: Json) => boolean {
  return (event) => JSON.stringify(event).includes(slugOf(title));
}

const OLD_DEVICE = [
  'area_id',
  'configuration_url',
  'config_entries',
  'connections',
  'disabled_by',
  'entry_type',
  'hw_version',
  'id',
  'identifiers',
  'manufacturer',
  'model',
  'name_by_user',
  'name',
  'serial_number',
  'sw_version',
  'via_device_id',
];

const NEW_DEVICE = [
  'config_entries_subentries',
  'config_entry_id',
  'config_subentry_id',
  'created_at',
  'labels',
  'model_id',
  'modified_at',
  'next_name_part',
  'parent_device_id',
  'primary_config_entry',
];

const ENTITY = [
  'area_id',
  'config_entry_id',
  'device_id',
  'disabled_by',
  'entity_category',
  'entity_id',
  'hidden_by',
  'icon',
  'id',
  'labels',
  'name',
  'options',
  'original_name',
  'platform',
  'translation_key',
  'unique_id',
];

const NEW_ENTITY = ['categories', 'config_subentry_id', 'created_at', 'modified_at', 'next_name_part'];
const EXTENDED = ['aliases', 'capabilities', 'device_class', 'original_device_class', 'original_icon'];

const PLACES = {
  area: ['aliases', 'area_id', 'icon', 'name', 'picture'],
  label: ['color', 'description', 'icon', 'label_id', 'name'],
  floor: ['floor_id', 'icon', 'level', 'name'],
};

const NEW_PLACES = {
  area: ['floor_id', 'humidity_entity_id', 'labels', 'temperature_entity_id', 'created_at', 'modified_at'],
  label: ['created_at', 'modified_at'],
  floor: ['aliases', 'created_at', 'modified_at'],
};
