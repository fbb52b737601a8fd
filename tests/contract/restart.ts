import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { act } from '../../src/lib/hass/actions';
import type { Home } from '../support/home';
import { Client, type Json } from './client';
import { freshTitle, isModern, sensorId } from './shape';
import { siteOf, stepOf } from './site';

interface Seen {
  readonly snapshot: Record<string, Json>;
  readonly client: Client;
  readonly states: number;
  readonly core: number;
  readonly config: Json;
}

/** Logs in again and again until somebody answers, as a client that lost its home does. */
async function reconnect(home: Home, ms = 90_000): Promise<Seen> {
  const end = Date.now() + ms;
  for (;;) {
    try {
      const client = await Client.login(home);
      const core = await client.subscribe('subscribe_events', { event_type: 'core_config_updated' });
      const states = await client.subscribe('subscribe_entities');
      const config = await client.result<Json>('get_config');
      const [first] = client.events<{ a?: Record<string, Json> }>(states);
      return { snapshot: first?.a ?? {}, client, states, core, config };
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Comes last: it takes the home down. */
export function restartContract(home: () => Home): void {
  describe('restart, kill and tokens', () => {
    const titles = { good: freshTitle(), bad: freshTitle(), stuck: freshTitle() };
    let stuck = '';
    before(async () => {
      await home().lab.add(titles.good, 2, 3);
      const bad = await home().lab.add(titles.bad, 1, 1);
      stuck = await home().lab.add(titles.stuck, 1, 1);
      await home().lab.setMode(bad, 'setup_not_ready');
      await home().lab.setValue(sensorId(titles.good, 1, 1), 123.5);
    });

    it('closes with 1000, refuses, comes back empty and fills up', async () => {
      const client = await Client.login(home());
      const stops = await client.subscribe('subscribe_events', { event_type: 'homeassistant_stop' });
      const before = Object.keys((await client.result<Json[]>('get_states')) ?? {}).length;
      const restarted = home().restart();
      // The old one cuts the connection, and answers again only when most is there.
      assert.equal(await client.closed(90_000), isModern(home()) ? 1000 : 1006);
      assert.equal(client.events(stops).length, 0, 'no stop event is told');
      await assert.rejects(Client.dial(home()));
      const seen = await reconnect(home());
      if (isModern(home())) {
        assert.equal(seen.config['state'], 'NOT_RUNNING');
        assert.ok(Object.keys(seen.snapshot).length < before / 2, `${Object.keys(seen.snapshot).length} of ${before}`);
        await seen.client.when(() => seen.client.events(seen.core).length >= 2, 90_000);
      }
      await restarted;
      assert.equal((await seen.client.result<Json>('get_config'))['state'], 'RUNNING');
      assertFilledUp(seen, titles);
      seen.client.close();
    });

    function assertFilledUp(seen: Seen, { good, bad }: typeof titles): void {
      const events = seen.client.events<{ a?: Record<string, Json>; c?: object }>(seen.states).slice(1);
      const mine = sensorId(good, 1, 1);
      const added = seen.snapshot[mine] ?? events.find((event) => event.a?.[mine])?.a?.[mine];
      assert.equal(added?.['s'], '123.5', 'it comes back with its own value, never unavailable before');
      assert.ok(
        events.every((event) => !event.a || Object.keys(event.a).length === 1),
        'one entity an event',
      );
      const lostId = sensorId(bad, 1, 1);
      const lost = seen.snapshot[lostId] ?? events.find((event) => event.a?.[lostId])?.a?.[lostId];
      assert.equal(lost?.['s'], 'unavailable');
      assert.equal((lost?.['a'] as Json | undefined)?.['restored'], true);
    }

    it('is restarted by an action of ours; notifications do not outlive it', async () => {
      const site = await siteOf(home());
      const service_data = { message: 'Soon forgotten' };
      const create = { type: 'call_service', domain: 'persistent_notification', service: 'create', service_data };
      await site.connection.command(create);
      const witness = await Client.login(home());
      const { context_id } = await act(stepOf('restart', 'home'), site);
      assert.ok(context_id === null || context_id.length === 26, `${context_id}`);
      assert.ok(await witness.closed(90_000));
      const seen = await reconnect(home());
      if (seen.config['state'] !== 'RUNNING') {
        const isRunning = async () => (await seen.client.result<Json>('get_config'))['state'] === 'RUNNING';
        while (!(await isRunning())) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const left = await home().lab.notifications();
      assert.ok(left.every(({ message }) => message !== service_data.message));
      seen.client.close();
    });

    it('heals a failed unload', async () => {
      if (!isModern(home())) return;
      await home().lab.setMode(stuck, 'unload_false');
      await home().lab.reload(stuck);
      await home().restart();
      const client = await Client.login(home());
      const entries = await client.result<Json[]>('config_entries/get', { domain: 'caretaker_lab' });
      assert.equal(entries.find((entry) => entry['entry_id'] === stuck)?.['state'], 'loaded');
      await home().lab.setMode(stuck, 'ok');
      client.close();
    });

    it('is killed without a goodbye and started again', async () => {
      const client = await Client.login(home());
      const { url, tokens } = home();
      await home().kill();
      assert.equal(await client.closed(), 1006);
      await assert.rejects(Client.dial(home()));
      await home().start();
      assert.deepEqual({ url: home().url, tokens: home().tokens }, { url, tokens });
      const again = await Client.login(home());
      assert.equal((await again.result<Json>('get_config'))['state'], 'RUNNING');
      const states = await again.result<Json[]>('get_states');
      assert.ok(states.some((state) => state['entity_id'] === sensorId(titles.good, 2, 3) && state['state'] === '3'));
      again.close();
    });

    it('a revoked token is put out, and let in again', async () => {
      const client = await Client.login(home(), 'read_only');
      const other = await Client.login(home(), 'admin');
      await home().setTokenValid('read_only', false);
      assert.equal(await client.closed(), isModern(home()) ? 1000 : 1006);
      await assert.rejects(Client.login(home(), 'read_only'));
      assert.equal((await other.command('ping')).type, 'pong');
      await home().setTokenValid('read_only', true);
      const again = await Client.login(home(), 'read_only');
      again.close();
      other.close();
    });
  });
}
