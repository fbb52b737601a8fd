import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home, LabMode } from '../support/home';
import { Client, http, type Json } from './client';
import { assertKeys, buttonId, freshTitle, isModern, sensorId } from './shape';

interface Shown {
  readonly state: string;
  readonly attributes: Json;
}

/** Config entries: what is told of them, and what a reload does, row by row. */
export function entriesContract(home: () => Home): void {
  let client: Client;
  beforeEach(async () => {
    client = await Client.login(home());
  });
  afterEach(() => client.close());

  async function entryOf(entryId: string): Promise<Json | undefined> {
    const entries = await client.result<Json[]>('config_entries/get', { domain: 'caretaker_lab' });
    return entries.find((entry) => entry['entry_id'] === entryId);
  }

  async function shown(entityId: string): Promise<Shown | undefined> {
    const states = await client.result<(Shown & { entity_id: string })[]>('get_states');
    return states.find((state) => state.entity_id === entityId);
  }

  /** An entry of one device with two sensors, in this mode. */
  async function entryIn(mode: LabMode): Promise<{ title: string; entryId: string; sensor: string }> {
    const title = freshTitle();
    const entryId = await home().lab.add(title, 1, 2);
    await home().lab.setMode(entryId, mode);
    return { title, entryId, sensor: sensorId(title, 1, 1) };
  }

  describe('config entries', () => {
    it('have these fields', async () => {
      const { entryId, title } = await entryIn('ok');
      const entry = await entryOf(entryId);
      assertKeys(entry, isModern(home()) ? [...ENTRY, ...NEW_ENTRY] : ENTRY);
      assert.equal(entry?.['title'], title);
      assert.equal(entry?.['state'], 'loaded');
      assert.equal(entry?.['reason'], null);
      assert.equal(entry?.['disabled_by'], null);
      assert.equal(entry?.['supports_unload'], true);
      assert.equal(entry?.['source'], 'user');
      assert.match(entryId, isModern(home()) ? /^[0-9A-HJKMNP-TV-Z]{26}$/ : /^[0-9a-f]{32}$/);
    });

    it('come all at once with type null, then as they change', async () => {
      const { entryId } = await entryIn('ok');
      const id = await client.subscribe('config_entries/subscribe');
      const first = await client.when(() => client.events<Json[]>(id)[0]);
      assert.ok(first.length > 0 && first.every((one) => one['type'] === null));
      assert.ok(first.some((one) => (one['entry'] as Json)['entry_id'] === entryId));
      await home().lab.reload(entryId);
      const path = () => statesOf(client, id, entryId);
      await client.when(() => path().at(-1) === 'updated loaded');
      const steps = ['updated not_loaded', 'updated setup_in_progress', 'updated loaded'];
      assert.deepEqual(path(), isModern(home()) ? ['updated unload_in_progress', ...steps] : steps);
      await home().lab.remove(entryId);
      await client.when(() => path().at(-1)?.startsWith('removed'));
    });

    it('say added when one is made', async () => {
      const id = await client.subscribe('config_entries/subscribe');
      const { entryId } = await entryIn('ok');
      await client.when(() => statesOf(client, id, entryId).includes('updated loaded'));
      const path = statesOf(client, id, entryId);
      assert.deepEqual(path, ['added not_loaded', 'updated setup_in_progress', 'updated loaded']);
    });

    it('are disabled and enabled', async () => {
      const { entryId, sensor } = await entryIn('ok');
      const states = await client.subscribe('subscribe_entities');
      const answer = await client.result('config_entries/disable', { entry_id: entryId, disabled_by: 'user' });
      assert.deepEqual(answer, { require_restart: false });
      const entry = await entryOf(entryId);
      assert.equal(entry?.['state'], 'not_loaded');
      assert.equal(entry?.['disabled_by'], 'user');
      const gone = await shown(sensor);
      if (isModern(home())) assert.equal(gone, undefined);
      const list = await client.result<Json[]>('config/entity_registry/list');
      assert.equal(list.find((one) => one['entity_id'] === sensor)?.['disabled_by'], 'config_entry');
      const devices = await client.result<Json[]>('config/device_registry/list');
      const device = devices.find((one) => (one['config_entries'] as string[]).includes(entryId));
      assert.equal(device?.['disabled_by'], 'config_entry');
      await home().lab.enable(entryId);
      assert.equal((await shown(sensor))?.state, '1');
      assert.equal((await entryOf(entryId))?.['state'], 'loaded');
      const path = client
        .events(states)
        .slice(1)
        .filter((event) => JSON.stringify(event).includes(sensor));
      const disabledPath = isModern(home()) ? ['c', 'r', 'a', 'c'] : undefined;
      if (disabledPath)
        assert.deepEqual(
          path.map((event) => Object.keys(event)[0]),
          disabledPath,
        );
    });

    it('not_found for one nobody knows', async () => {
      const answer = await client.command('config_entries/disable', { entry_id: 'nobody', disabled_by: 'user' });
      assert.equal(answer.error.code, 'not_found');
    });
  });

  describe('a reload', () => {
    const ok = { status: 200, body: { require_restart: false } };

    it('of dead until reload: all back', async () => {
      const { entryId, sensor, title } = await entryIn('dead_until_reload');
      assert.equal((await shown(sensor))?.state, 'unavailable');
      assert.equal((await shown(sensor))?.attributes['restored'], undefined);
      assert.equal((await shown(buttonId(title, 1)))?.state, 'unknown');
      assert.deepEqual(await home().lab.reload(entryId), ok);
      assert.equal((await shown(sensor))?.state, '1');
      assert.equal((await entryOf(entryId))?.['state'], 'loaded');
    });

    it('of dead for good: 200, still unavailable', async () => {
      const { entryId, sensor } = await entryIn('dead');
      assert.deepEqual(await home().lab.reload(entryId), ok);
      assert.equal((await entryOf(entryId))?.['state'], 'loaded');
      assert.equal((await shown(sensor))?.state, 'unavailable');
    });

    const failing: [LabMode, string, string][] = [
      ['setup_not_ready', 'setup_retry', 'The lab device does not answer'],
      ['setup_false', 'setup_error', 'Failed to set up the config entry'],
      ['setup_auth_failed', 'setup_error', 'The lab password has changed'],
    ];
    for (const [mode, state, reason] of failing) {
      it(`into ${mode}: 200, ${state}, all restored`, async () => {
        const { entryId, sensor, title } = await entryIn(mode);
        assert.equal((await shown(sensor))?.state, '1');
        assert.deepEqual(await home().lab.reload(entryId), ok);
        const entry = await entryOf(entryId);
        assert.equal(entry?.['state'], state);
        assert.equal(entry?.['reason'], isModern(home()) || mode !== 'setup_false' ? reason : null);
        for (const id of [sensor, buttonId(title, 1)]) {
          const now = await shown(id);
          assert.equal(now?.state, 'unavailable');
          assert.equal(now?.attributes['restored'], true);
        }
        const name = isModern(home()) ? `${title} 1 Sensor 1` : 'Sensor 1';
        const restored = { restored: true, state_class: 'measurement', friendly_name: name, supported_features: 0 };
        assert.deepEqual((await shown(sensor))?.attributes, restored);
        assert.equal(await hasReauth(client, entryId), mode === 'setup_auth_failed');
        await home().lab.setMode(entryId, 'ok');
        await home().lab.reload(entryId);
        assert.equal((await shown(sensor))?.state, '1');
        // The old one asks for the password still, though the entry is loaded.
        assert.equal(await hasReauth(client, entryId), mode === 'setup_auth_failed' && !isModern(home()));
      });
    }

    it('waits for a slow set-up', async () => {
      const { entryId, sensor } = await entryIn('ok');
      await home().lab.setMode(entryId, 'setup_slow', 0.5);
      const begun = Date.now();
      const pending = home().lab.reload(entryId);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal((await entryOf(entryId))?.['state'], 'setup_in_progress');
      assert.equal((await shown(sensor))?.attributes['restored'], true);
      assert.deepEqual(await pending, ok);
      assert.ok(Date.now() - begun >= 490);
      assert.equal((await shown(sensor))?.state, '1');
    });

    it('that cannot unload', async () => {
      const { entryId, sensor } = await entryIn('unload_false');
      const modern = isModern(home());
      assert.deepEqual(await home().lab.reload(entryId), { status: 200, body: { require_restart: modern } });
      assert.equal((await entryOf(entryId))?.['state'], modern ? 'failed_unload' : 'loaded');
      assert.equal((await shown(sensor))?.state, '1');
      if (!modern) {
        const removal = await http(home(), 'DELETE', `/api/config/config_entries/entry/${entryId}`, 'admin');
        assert.deepEqual(removal, { status: 200, body: { require_restart: true } });
        return;
      }
      const refused = { status: 403, body: { message: 'Entry cannot be reloaded' } };
      assert.deepEqual(await home().lab.reload(entryId), refused);
      assert.equal((await shown(sensor))?.state, '1');
      const disable = { entry_id: entryId, disabled_by: 'user' };
      assert.deepEqual(await client.result('config_entries/disable', disable), { require_restart: true });
      assert.equal((await shown(sensor))?.state, '1');
    });

    it('of an unknown entry: 404', async () => {
      const answer = await http(home(), 'POST', '/api/config/config_entries/entry/nobody/reload', 'admin');
      assert.deepEqual(answer, { status: 404, body: { message: 'Invalid entry specified' } });
    });
  });

  describe('buttons', () => {
    it('bring a device back', async () => {
      const title = freshTitle();
      const entryId = await home().lab.add(title, 2, 1);
      await home().lab.setMode(entryId, 'device_dead_until_button');
      assert.equal((await shown(sensorId(title, 1, 1)))?.state, 'unavailable');
      assert.equal((await shown(sensorId(title, 2, 1)))?.state, '1');
      await client.result('call_service', {
        domain: 'button',
        service: 'press',
        target: { entity_id: buttonId(title, 1) },
      });
      assert.equal((await shown(sensorId(title, 1, 1)))?.state, '1');
      assert.match((await shown(buttonId(title, 1)))?.state ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    });
  });
}

/** `type state` of every event about this entry, the first list left out. */
function statesOf(client: Client, id: number, entryId: string): string[] {
  const changes = client.events<{ type: string | null; entry: Json }[]>(id).flat();
  return changes
    .filter((one) => one.type !== null && one.entry['entry_id'] === entryId)
    .map((one) => `${one.type} ${one.entry['state']}`);
}

async function hasReauth(client: Client, entryId: string): Promise<boolean> {
  const flows = await client.result<{ context: Json }[]>('config_entries/flow/progress');
  return flows.some(({ context }) => context['source'] === 'reauth' && context['entry_id'] === entryId);
}

const ENTRY = [
  'entry_id',
  'domain',
  'title',
  'source',
  'state',
  'supports_options',
  'supports_remove_device',
  'supports_unload',
  'pref_disable_new_entities',
  'pref_disable_polling',
  'disabled_by',
  'reason',
];

const NEW_ENTRY = [
  'created_at',
  'modified_at',
  'supports_reconfigure',
  'supported_subentry_types',
  'error_reason_translation_domain',
  'error_reason_translation_key',
  'error_reason_translation_placeholders',
  'num_subentries',
];
