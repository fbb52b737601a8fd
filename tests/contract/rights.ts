import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home, Tokens } from '../support/home';
import { Client, http } from './client';
import { buttonId, freshTitle, isModern, sensorId } from './shape';

const OTHERS = ['user', 'read_only'] as const;

const UPDATED = ['entity', 'device', 'area', 'label', 'floor'].map((kind) => `${kind}_registry_updated`);

const WATCHING: [string, Record<string, unknown>?][] = [
  ['get_config'],
  ['get_states'],
  ['subscribe_entities'],
  ['config/entity_registry/list'],
  ['config/device_registry/list'],
  ['config/area_registry/list'],
  ['config/label_registry/list'],
  ['config/floor_registry/list'],
  ['config_entries/get'],
  ['config_entries/subscribe'],
  ['repairs/list_issues'],
  ['manifest/list'],
  ['render_template', { template: '{{ 1 }}' }],
  ['subscribe_events', { event_type: 'core_config_updated' }],
  ...UPDATED.map((event_type): [string, Record<string, unknown>] => ['subscribe_events', { event_type }]),
];

/** 2024.3 keeps these for administrators. */
const LATER: ReadonlySet<unknown> = new Set(['label_registry_updated', 'floor_registry_updated']);

/** What a service answers to somebody who may not call it: no code of its own. */
const REFUSED = { code: 'home_assistant_error', message: 'Unauthorized' };

const ADMINS: [string, Record<string, unknown>?][] = [
  ['config/entity_registry/update', { entity_id: 'sensor.nobody' }],
  ['config/entity_registry/remove', { entity_id: 'sensor.nobody' }],
  ['config_entries/disable', { entry_id: 'nobody', disabled_by: 'user' }],
  ['config_entries/flow/progress'],
  ['subscribe_events', { event_type: 'call_service' }],
  ['subscribe_events', {}],
];

/** What each kind of user may do, of what we do. */
export function rightsContract(home: () => Home): void {
  describe('rights', () => {
    const title = freshTitle();
    const sensor = sensorId(title, 1, 1);
    let entryId = '';
    const clients = new Map<keyof Tokens, Client>();
    const as = (who: keyof Tokens): Client => {
      const client = clients.get(who);
      assert.ok(client);
      return client;
    };
    before(async () => {
      entryId = await home().lab.add(title, 1, 1);
      for (const who of ['admin', ...OTHERS] as const) clients.set(who, await Client.login(home(), who));
    });
    after(() => {
      for (const client of clients.values()) client.close();
    });

    for (const [type, more] of WATCHING) {
      it(`everybody: ${type} ${more?.['event_type'] ?? ''}`, async () => {
        const isLater = !isModern(home()) && LATER.has(more?.['event_type']);
        for (const [who, client] of clients) {
          assert.equal((await client.command(type, more)).success, who === 'admin' || !isLater);
        }
      });
    }

    for (const [type, more] of ADMINS) {
      it(`only an administrator: ${type} ${more?.['event_type'] ?? ''}`, async () => {
        for (const who of OTHERS) {
          const { error } = await as(who).command(type, more);
          assert.deepEqual(error, { code: 'unauthorized', message: 'Unauthorized' });
        }
      });
    }

    it('only an administrator: reload over REST, 401 for others', async () => {
      const path = `/api/config/config_entries/entry/${entryId}/reload`;
      assert.equal((await http(home(), 'POST', path, 'admin')).status, 200);
      for (const who of OTHERS) {
        assert.deepEqual(await http(home(), 'POST', path, who), { status: 401, body: '401: Unauthorized' });
      }
    });

    it('a read-only user presses no button, a user does', async () => {
      const press = { domain: 'button', service: 'press', target: { entity_id: buttonId(title, 1) } };
      assert.deepEqual((await as('read_only').command('call_service', press)).error, REFUSED);
      const rest = await http(home(), 'POST', '/api/services/button/press', 'read_only', press.target);
      assert.deepEqual(rest, { status: 401, body: '401: Unauthorized' });
      assert.equal((await as('user').command('call_service', press)).success, true);
    });

    it('update_entity: not for a read-only user', async () => {
      const call = { domain: 'homeassistant', service: 'update_entity', service_data: { entity_id: [sensor] } };
      assert.equal((await as('user').command('call_service', call)).success, true);
      assert.deepEqual((await as('read_only').command('call_service', call)).error, REFUSED);
    });

    it('only an administrator restarts', async () => {
      for (const who of OTHERS) {
        const { error } = await as(who).command('call_service', { domain: 'homeassistant', service: 'restart' });
        assert.deepEqual(error, REFUSED);
      }
    });

    it('state_changed is open to all', async () => {
      const id = await as('read_only').subscribe('subscribe_events', { event_type: 'state_changed' });
      await home().lab.setValue(sensor, 99.5);
      await as('read_only').when(() => as('read_only').events(id).length > 0);
    });
  });

  describe('services', () => {
    let client: Client;
    beforeEach(async () => {
      client = await Client.login(home());
    });
    afterEach(() => client.close());

    it('answer the context', async () => {
      const call = { domain: 'persistent_notification', service: 'create' };
      const data = { service_data: { message: 'Hello', title: 'Test', notification_id: 'caretaker_contract' } };
      const result = await client.result<{ context: object }>('call_service', { ...call, ...data });
      assert.deepEqual(Object.keys(result.context).sort(), ['id', 'parent_id', 'user_id']);
      const dismiss = { service_data: { notification_id: 'caretaker_contract' } };
      await client.result('call_service', { domain: 'persistent_notification', service: 'dismiss', ...dismiss });
    });

    it('not_found for one nobody knows', async () => {
      const { error } = await client.command('call_service', { domain: 'caretaker_lab', service: 'nonsense' });
      assert.deepEqual(error, {
        code: 'not_found',
        message: 'Service caretaker_lab.nonsense not found.',
        translation_key: 'service_not_found',
        translation_placeholders: { domain: 'caretaker_lab', service: 'nonsense' },
        translation_domain: 'homeassistant',
      });
    });

    it('invalid_format without what is needed', async () => {
      const { error } = await client.command('call_service', { domain: 'persistent_notification', service: 'create' });
      assert.equal(error.code, 'invalid_format');
      assert.equal((await client.command('call_service', { domain: 'button' })).error.code, 'invalid_format');
    });
  });
}
