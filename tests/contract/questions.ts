import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type ActionSite, act } from '../../src/lib/hass/actions';
import { fetchRegistries } from '../../src/lib/hass/registries';
import { reportedAges } from '../../src/lib/instance/reported-ages';
import type { Home, LabMode } from '../support/home';
import { Client, type Json } from './client';
import { assertKeys, buttonId, freshTitle, isModern, sensorId } from './shape';
import { siteOf, stepOf } from './site';

/** What a heal asks before and after its steps, and what it shows to people. */
export function questionsContract(home: () => Home): void {
  let site: ActionSite;
  beforeEach(async () => {
    site = await siteOf(home());
  });
  afterEach(() => site.connection.end('the test is over'));

  async function entryIn(mode: LabMode): Promise<{ title: string; entryId: string; sensor: string }> {
    const title = freshTitle();
    const entryId = await home().lab.add(title, 2, 2);
    await home().lab.setMode(entryId, mode);
    return { title, entryId, sensor: sensorId(title, 1, 1) };
  }

  describe('what a heal asks', () => {
    it('who waits for a password, and only an administrator hears it', async () => {
      const { title, entryId } = await entryIn('setup_auth_failed');
      await home().lab.reload(entryId);
      const flows = await site.connection.command<Json[]>({ type: 'config_entries/flow/progress' });
      const flow = flows.find(({ context }) => (context as Json)['entry_id'] === entryId);
      assertKeys(flow, ['flow_id', 'handler', 'context', 'step_id']);
      assert.equal(flow?.['handler'], 'caretaker_lab');
      const { source, title_placeholders } = Object(flow?.['context']) as Json;
      assert.deepEqual([source, title_placeholders], ['reauth', { name: title }]);
      for (const who of ['user', 'read_only'] as const) {
        const other = await siteOf(home(), who);
        await assert.rejects(
          other.connection.command({ type: 'config_entries/flow/progress' }),
          /^CaretakerError: unauth/,
        );
        other.connection.end('the test is over');
      }
    });

    it('how an integration learns of changes', async () => {
      const ask = (integrations: string[]) => site.connection.command<Json[]>({ type: 'manifest/list', integrations });
      const [manifest] = await ask(['caretaker_lab']);
      assert.equal(manifest?.['iot_class'], 'local_polling');
      if (isModern(home())) assert.deepEqual(await ask(['nobody_knows']), []);
      else await assert.rejects(ask(['nobody_knows']), { code: 'command_failed' });
    });

    it('how long ago each was heard of: the new one of reports, the old one of updates', async () => {
      const { title, sensor } = await entryIn('ok');
      const other = sensorId(title, 2, 2);
      const ask = async () =>
        new Map(await reportedAges(site.connection, [sensor, other, 'sensor.nobody'], site.signal));
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const before = await ask();
      assert.deepEqual([...before.keys()], [sensor, other]);
      assert.ok(
        [...before.values()].every((age) => age >= 0.9 && age < 30),
        JSON.stringify([...before]),
      );
      await act(stepOf('update_entity', sensor, { entity_id: [sensor] }), site);
      const polled = await ask();
      if (isModern(home())) assert.ok((polled.get(sensor) ?? 99) < 0.9, 'a poll is a report');
      else assert.ok((polled.get(sensor) ?? 0) >= 0.9, 'a poll that finds nothing new is no update');
      assert.ok((polled.get(other) ?? 0) >= 0.9);
      await home().lab.setValue(sensor, 4242);
      assert.ok(((await ask()).get(sensor) ?? 99) < 0.9);
    });

    it('how long ago each of many was heard of, however long their ids', async () => {
      const title = `${freshTitle()} ${'x'.repeat(180)}`;
      const entryId = await home().lab.add(title, 1, 1_000);
      const ids = Array.from({ length: 1_000 }, (_, n) => sensorId(title, 1, n + 1));
      const ages = await reportedAges(site.connection, ids, site.signal);
      assert.deepEqual(
        ages.map(([id]) => id),
        ids,
      );
      await home().lab.remove(entryId);
    });

    it('what the registries say of devices and entities', async () => {
      const { title, entryId } = await entryIn('ok');
      const { devices, entities } = await fetchRegistries(site.connection);
      const device = devices.find(({ name }) => name === `${title} 1`);
      const { id, ...rest } = device ?? { id: '' };
      assert.deepEqual(rest, {
        name: `${title} 1`,
        area_id: null,
        labels: [],
        config_entry_ids: [entryId],
        via_device_id: null,
        parent_device_id: null,
        manufacturer: 'Caretaker',
        ieee: null,
        disabled: false,
      });
      const button = entities.find(({ entity_id }) => entity_id === buttonId(title, 1));
      assert.deepEqual(
        [button?.unique_id, button?.translation_key, button?.platform, button?.device_id],
        [`${entryId}_1_restart`, 'restart', 'caretaker_lab', id],
      );
      const list = await site.connection.command<Json[]>({ type: 'config/device_registry/list' });
      const raw = list.find((one) => one['id'] === id);
      assert.deepEqual([raw?.['identifiers'], raw?.['connections']], [[['caretaker_lab', `${entryId}_1`]], []]);
      const states = await site.connection.command<Json[]>({ type: 'get_states' });
      const shownButton = states.find((state) => state['entity_id'] === buttonId(title, 1));
      assert.equal((shownButton?.['attributes'] as Json | undefined)?.['device_class'], 'restart');
    });
  });

  describe('persistent notifications', () => {
    const id = `caretaker_${freshTitle()}`;
    const mine = async () => (await home().lab.notifications()).filter(({ notification_id }) => notification_id === id);
    const call = (client: Client, service: string, service_data: Json) =>
      client.command('call_service', { domain: 'persistent_notification', service, service_data });

    it('are made, replaced and dismissed under an id of ours', async () => {
      const client = await Client.login(home());
      assert.equal((await call(client, 'create', { notification_id: id, title: 'A', message: 'one' })).success, true);
      assert.equal(
        (await call(client, 'create', { notification_id: id, title: 'B', message: '**two** ü' })).success,
        true,
      );
      const [notification, ...more] = await mine();
      assert.deepEqual(more, []);
      assertKeys(notification, ['notification_id', 'title', 'message', 'created_at']);
      assert.deepEqual([notification?.title, notification?.message], ['B', '**two** ü']);
      for (const _ of [1, 2]) assert.equal((await call(client, 'dismiss', { notification_id: id })).success, true);
      assert.deepEqual(await mine(), []);
      client.close();
    });

    it('are everybody’s', async () => {
      const client = await Client.login(home(), 'read_only');
      assert.equal((await call(client, 'create', { notification_id: id, message: 'three' })).success, true);
      const [notification] = (await client.result<Json[]>('persistent_notification/get')).filter(
        (one) => one['notification_id'] === id,
      );
      assert.equal(notification?.['title'], null);
      assert.equal((await call(client, 'dismiss', { notification_id: id })).success, true);
      client.close();
    });
  });
}
