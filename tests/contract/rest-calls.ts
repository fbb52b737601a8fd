import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Home } from '../support/home';
import { Client, http, type Json } from './client';
import { assertKeys, buttonId, freshTitle, isModern, sensorId } from './shape';

/** Over the ids in `ids`: how many seconds ago each was heard of. */
const AGES = `{% set ns = namespace(list=[]) %}{% for id in ids %}{% set one = states[id] %}{% if one %}
{% set ns.list = ns.list + [[id, as_timestamp(now()) - as_timestamp(one.last_reported)]] %}
{% endif %}{% endfor %}{{ ns.list }}`;

const INSTANTS = `[{% for id in ids %}{% set one = states[id] %}{% if one %}
["{{ id }}", {{ as_timestamp(one.last_reported) }}],{% endif %}{% endfor %}]`;

export function restContract(home: () => Home): void {
  describe('REST', () => {
    it('GET /api/', async () => {
      assert.deepEqual(await http(home(), 'GET', '/api/', 'read_only'), {
        status: 200,
        body: { message: 'API running.' },
      });
    });

    it('401 without a token and with a bad one', async () => {
      const refused = { status: 401, body: '401: Unauthorized' };
      for (const path of ['/api/', '/api/config', '/api/states'])
        assert.deepEqual(await http(home(), 'GET', path, null), refused);
      const response = await fetch(`${home().url}/api/`, { headers: { authorization: 'Bearer nonsense' } });
      assert.deepEqual({ status: response.status, body: await response.text() }, refused);
    });

    it('GET /api/config is what get_config answers', async () => {
      const client = await Client.login(home());
      const { body } = await http(home(), 'GET', '/api/config', 'admin');
      const config = await client.result<Json>('get_config');
      assertKeys(body, Object.keys(config));
      client.close();
    });

    it('GET /api/core/state', async () => {
      const { status, body } = await http(home(), 'GET', '/api/core/state', 'admin');
      assert.equal(status, 200);
      assertKeys(body, isModern(home()) ? ['state', 'recorder_state'] : ['state']);
      assert.equal((body as Json)['state'], 'RUNNING');
    });

    it('GET a state, and all', async () => {
      const title = freshTitle();
      await home().lab.add(title, 1, 1);
      const { status, body } = await http(home(), 'GET', `/api/states/${sensorId(title, 1, 1)}`, 'read_only');
      assert.equal(status, 200);
      const keys = ['entity_id', 'state', 'attributes', 'last_changed', 'last_updated', 'context'];
      assertKeys(body, isModern(home()) ? [...keys, 'last_reported'] : keys);
      const all = await http(home(), 'GET', '/api/states', 'read_only');
      assert.ok((all.body as Json[]).some((state) => state['entity_id'] === sensorId(title, 1, 1)));
    });

    it('404 for what nobody knows', async () => {
      const unknown = await http(home(), 'GET', '/api/states/sensor.nobody', 'admin');
      assert.deepEqual(unknown, { status: 404, body: { message: 'Entity not found.' } });
      assert.deepEqual(await http(home(), 'GET', '/api/nonsense', 'admin'), { status: 404, body: '404: Not Found' });
    });

    it('a service', async () => {
      const title = freshTitle();
      await home().lab.add(title, 1, 1);
      const entity_id = sensorId(title, 1, 1);
      const path = '/api/services/homeassistant/update_entity';
      const answer = await http(home(), 'POST', path, 'admin', { entity_id });
      assert.deepEqual(answer, { status: 200, body: [] });
      const unknown = await http(home(), 'POST', '/api/services/homeassistant/nonsense', 'admin', {});
      assert.deepEqual(unknown, { status: 400, body: '400: Bad Request' });
      const press = { entity_id: buttonId(title, 1) };
      const pressed = await http(home(), 'POST', '/api/services/button/press', 'admin', press);
      assert.deepEqual(
        (pressed.body as Json[]).map((state) => state['entity_id']),
        [buttonId(title, 1)],
      );
    });

    it('what is not there is 404 and what cannot be done 405, with or without a token', async () => {
      assert.equal((await http(home(), 'GET', '/api/nonsense', null)).status, 404);
      assert.equal((await http(home(), 'GET', '/api', 'admin')).status, 404);
      assert.equal((await http(home(), 'POST', '/api/', 'admin')).status, 405);
      assert.equal((await http(home(), 'GET', '/api/websocket', null)).status, 400);
    });

    it('the page of its own at the root', async () => {
      const { status, body } = await http(home(), 'GET', '/', null);
      assert.equal(status, 200);
      assert.match(String(body), /<title>Home Assistant<\/title>/);
    });
  });

  describe('last_reported', () => {
    it('is told by a template alone, and a poll moves it', async () => {
      const title = freshTitle();
      await home().lab.add(title, 1, 2);
      const ids = [sensorId(title, 1, 1), sensorId(title, 1, 2), 'sensor.nobody'];
      const client = await Client.login(home(), 'read_only');
      const id = await client.subscribe('render_template', { template: AGES, variables: { ids } });
      if (!isModern(home())) {
        await client.command('ping');
        assert.equal(client.events(id).length, 0);
        client.close();
        return;
      }
      const event = await client.when(() => client.events(id)[0]);
      assertKeys(event, ['result', 'listeners']);
      assertKeys(event['listeners'], ['all', 'domains', 'entities', 'time']);
      const ages = event['result'] as [string, number][];
      assert.deepEqual(
        ages.map(([one]) => one),
        ids.slice(0, 2),
      );
      assert.ok(
        ages.every(([, age]) => age >= 0 && age < 60),
        JSON.stringify(ages),
      );
      client.close();
    });

    it('as instants', async () => {
      if (!isModern(home())) return;
      const title = freshTitle();
      await home().lab.add(title, 1, 1);
      const ids = [sensorId(title, 1, 1)];
      const client = await Client.login(home());
      const id = await client.subscribe('render_template', { template: INSTANTS, variables: { ids } });
      const event = await client.when(() => client.events(id)[0]);
      const [[, before] = ['', 0]] = event['result'] as [string, number][];
      assert.ok(Math.abs(Date.now() / 1000 - before) < 60);
      await client.result('unsubscribe_events', { subscription: id });
      await new Promise((resolve) => setTimeout(resolve, 20));
      const states = await client.subscribe('subscribe_entities', { entity_ids: ids });
      const call = { domain: 'homeassistant', service: 'update_entity', service_data: { entity_id: ids } };
      await client.result('call_service', call);
      const again = await client.subscribe('render_template', { template: INSTANTS, variables: { ids } });
      const later = await client.when(() => client.events(again)[0]);
      const [[, after] = ['', 0]] = later['result'] as [string, number][];
      assert.ok(after > before, `${after} > ${before}`);
      assert.equal(client.events(states).length, 1, 'a poll that finds nothing new is not told');
      client.close();
    });
  });
}
