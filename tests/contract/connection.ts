import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home } from '../support/home';
import { Client } from './client';
import { assertKeys, isModern } from './shape';

/** Log-in, ids, refusals and the plain calls. */
export function connectionContract(home: () => Home): void {
  describe('log-in', () => {
    it('says its version before anybody logs in', async () => {
      const client = await Client.dial(home());
      const first = await client.until(() => true);
      assert.deepEqual(first, { type: 'auth_required', ha_version: home().version });
      client.close();
    });

    it('lets a good token in', async () => {
      const client = await Client.login(home(), 'read_only', false);
      assert.deepEqual(client.messages[1], { type: 'auth_ok', ha_version: home().version });
      client.close();
    });

    it('refuses a bad token and closes with 1000', async () => {
      const client = await Client.dial(home());
      client.send({ type: 'auth', access_token: 'nonsense' });
      const answer = await client.until((one) => one['type'] !== 'auth_required');
      assert.deepEqual(answer, { type: 'auth_invalid', message: 'Invalid access token or password' });
      assert.equal(await client.closed(), 1000);
    });

    it('refuses whatever comes before the log-in', async () => {
      const client = await Client.dial(home());
      client.send({ id: 1, type: 'ping' });
      const answer = await client.until((one) => one['type'] !== 'auth_required');
      assert.equal(answer['type'], 'auth_invalid');
      assert.match(String(answer['message']), /^Auth message incorrectly formatted/);
      assert.equal(await client.closed(), 1000);
    });
  });

  describe('messages', () => {
    let client: Client;
    beforeEach(async () => {
      client = await Client.login(home(), 'admin', false);
    });
    afterEach(() => client.close());

    it('answers supported_features with a result', async () => {
      const answer = await client.command('supported_features', { features: { coalesce_messages: 1 } });
      assert.deepEqual(answer, { id: 1, type: 'result', success: true, result: null });
    });

    it('answers a ping with a pong', async () => {
      assert.deepEqual(await client.command('ping'), { id: 1, type: 'pong' });
    });

    it('answers control pings', async () => {
      const pong = new Promise((resolve) => client.socket.once('pong', (data) => resolve(String(data))));
      client.socket.ping('hello');
      assert.equal(await pong, 'hello');
    });

    it('spells a result id, type, success, result', async () => {
      await client.command('supported_features', { features: {} });
      assert.equal(client.frames.at(-1), '{"id":1,"type":"result","success":true,"result":null}');
    });

    it('does not know every command', async () => {
      const answer = await client.command('caretaker/nonsense');
      const error = { code: 'unknown_command', message: 'Unknown command.' };
      assert.deepEqual(answer, { id: 1, type: 'result', success: false, error });
    });

    it('refuses an id that does not increase', async () => {
      await client.command('get_config');
      client.send({ id: 1, type: 'ping' });
      const answer = await client.until((one) => one['success'] === false);
      assert.deepEqual(answer['error'], { code: 'id_reuse', message: 'Identifier values have to increase.' });
    });

    it('refuses a message without type, and goes on', async () => {
      client.send({ id: 5 });
      const answer = await client.until((one) => one['success'] === false);
      const error = { code: 'invalid_format', message: 'Message incorrectly formatted.' };
      assert.deepEqual(answer, { id: 5, type: 'result', success: false, error });
      assert.equal((await client.command('ping')).type, 'pong');
    });

    it('refuses a key it does not know', async () => {
      const answer = await client.command('get_config', { nonsense: 1 });
      assert.equal(answer.error.code, 'invalid_format');
    });

    it('closes with 1000 when a frame is not JSON', async () => {
      client.send('{"id":');
      assert.equal(await client.closed(), 1000);
    });

    it('cannot end a subscription that is not there', async () => {
      const answer = await client.command('unsubscribe_events', { subscription: 77 });
      assert.deepEqual(answer.error, { code: 'not_found', message: 'Subscription not found.' });
    });
  });

  describe('plain calls', () => {
    let client: Client;
    before(async () => {
      client = await Client.login(home());
    });
    after(() => client.close());

    it('get_config', async () => {
      const config = await client.result<Record<string, unknown>>('get_config');
      assertKeys(config, isModern(home()) ? [...CONFIG, 'debug', 'logging', 'radius'] : CONFIG);
      assert.equal(config['state'], 'RUNNING');
      assert.equal(config['version'], home().version);
      assert.equal(config['recovery_mode'], false);
      assert.ok((config['components'] as string[]).includes('caretaker_lab'));
    });

    for (const who of ['admin', 'user', 'read_only'] as const) {
      it(`auth/current_user of ${who}`, async () => {
        const other = await Client.login(home(), who);
        const user = await other.result<Record<string, unknown>>('auth/current_user');
        assertKeys(user, ['id', 'name', 'is_owner', 'is_admin', 'credentials', 'mfa_modules']);
        assert.equal(user['is_admin'], who === 'admin');
        other.close();
      });
    }

    it('manifest/list', async () => {
      const list = await client.result<Record<string, unknown>[]>('manifest/list', { integrations: ['caretaker_lab'] });
      assert.equal(list.length, 1);
      assert.equal(list[0]?.['domain'], 'caretaker_lab');
      assert.equal(list[0]?.['is_built_in'], false);
      assert.ok((await client.result<unknown[]>('manifest/list')).length > 5);
    });

    it('repairs/list_issues', async () => {
      const { issues } = await client.result<{ issues: unknown[] }>('repairs/list_issues');
      for (const issue of issues) assertKeys(issue, ISSUE);
    });
  });
}

const CONFIG = [
  'allowlist_external_dirs',
  'allowlist_external_urls',
  'components',
  'config_dir',
  'config_source',
  'country',
  'currency',
  'elevation',
  'external_url',
  'internal_url',
  'language',
  'latitude',
  'location_name',
  'longitude',
  'recovery_mode',
  'safe_mode',
  'state',
  'time_zone',
  'unit_system',
  'version',
  'whitelist_external_dirs',
];

const ISSUE = [
  'breaks_in_ha_version',
  'created',
  'dismissed_version',
  'ignored',
  'domain',
  'is_fixable',
  'issue_domain',
  'issue_id',
  'learn_more_url',
  'severity',
  'translation_key',
  'translation_placeholders',
];
