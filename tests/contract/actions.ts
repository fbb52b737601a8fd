import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Action } from '../../src/lib/core/heal/heal';
import { type ActionSite, act } from '../../src/lib/hass/actions';
import { eventually } from '../support/eventually';
import type { Home, LabMode, Tokens } from '../support/home';
import { Client, type Json } from './client';
import { buttonId, freshTitle, isModern, sensorId } from './shape';
import { siteOf, stepOf } from './site';

type Outcome = 'answered' | 'not_recoverable';

/** What a reload in each mode is answered, by new and old; what it came to is another question. */
const RELOADS: readonly (readonly [LabMode, Outcome, Outcome])[] = [
  ['ok', 'answered', 'answered'],
  ['dead_until_reload', 'answered', 'answered'],
  ['dead', 'answered', 'answered'],
  ['setup_not_ready', 'answered', 'answered'],
  ['setup_false', 'answered', 'answered'],
  ['setup_auth_failed', 'answered', 'answered'],
  ['unload_false', 'not_recoverable', 'answered'],
];

const CONTEXT = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const NOBODY = '00:11:22:33:44:55:66:77';

/** The steps of a heal, by our own code: what they answer, and what they are refused with. */
export function actionsContract(home: () => Home): void {
  let site: ActionSite;
  beforeEach(async () => {
    site = await siteOf(home());
  });
  afterEach(() => site.connection.end('the test is over'));

  async function shown(entityId: string): Promise<Json | undefined> {
    const states = await site.connection.command<Json[]>({ type: 'get_states' });
    return states.find((state) => state['entity_id'] === entityId);
  }

  async function stateOf(entryId: string): Promise<unknown> {
    const entries = await site.connection.command<Json[]>({ type: 'config_entries/get', domain: 'caretaker_lab' });
    return entries.find((entry) => entry['entry_id'] === entryId)?.['state'];
  }

  async function entryIn(mode: LabMode, seconds?: number): Promise<{ title: string; entryId: string; sensor: string }> {
    const title = freshTitle();
    const entryId = await home().lab.add(title, 2, 2);
    await home().lab.setMode(entryId, mode, seconds);
    return { title, entryId, sensor: sensorId(title, 1, 1) };
  }

  describe('actions', () => {
    it('update_entity polls what is named, and nothing else', async () => {
      const { title, sensor } = await entryIn('dead_until_update');
      const { context_id } = await act(stepOf('update_entity', sensor, { entity_id: [sensor] }), site);
      assert.match(context_id ?? '', CONTEXT);
      assert.equal((await shown(sensor))?.['state'], '1');
      assert.equal((await shown(sensorId(title, 1, 2)))?.['state'], 'unavailable');
    });

    it('press_button, under the context it answers', async () => {
      const { title, sensor } = await entryIn('device_dead_until_button');
      assert.equal((await shown(sensor))?.['state'], 'unavailable');
      const button = buttonId(title, 1);
      const { context_id } = await act(stepOf('press_button', button, { entity_id: button }), site);
      assert.equal((await shown(sensor))?.['state'], '1');
      const { context } = (await shown(button)) ?? {};
      assert.equal((context as Json | undefined)?.['id'], context_id);
    });

    for (const action of ['update_entity', 'press_button'] as const) {
      it(`${action} of what nobody knows is answered all the same`, async () => {
        const { context_id } = await act(stepOf(action, 'x', { entity_id: ['button.nobody'] }), site);
        assert.match(context_id ?? '', CONTEXT);
      });

      it(`${action} without an entity is refused`, async () => {
        await assert.rejects(act(stepOf(action, 'x', action === 'press_button' ? { entity_id: 5 } : {}), site), {
          code: 'command_failed',
        });
      });
    }

    it('press_button of one that is unavailable does nothing, and is answered', async () => {
      const { title, entryId } = await entryIn('setup_not_ready');
      await home().lab.reload(entryId);
      const button = buttonId(title, 1);
      assert.match((await act(stepOf('press_button', button, { entity_id: button }), site)).context_id ?? '', CONTEXT);
      assert.equal((await shown(button))?.['state'], 'unavailable');
    });

    it('zwave_ping and zha_reconfigure of what is not there are refused', async () => {
      for (const [action, params] of [
        ['zwave_ping', { device_id: 'nobody' }],
        ['zha_reconfigure', { ieee: NOBODY }],
      ] as const) {
        await assert.rejects(act(stepOf(action, 'x', params), site), { code: 'command_failed' });
      }
    });

    for (const [mode, modern, old] of RELOADS) {
      it(`reload in ${mode}`, async () => {
        const { entryId } = await entryIn(mode);
        const expected = isModern(home()) ? modern : old;
        // Once more: then it is failed_unload, which is refused with 403.
        for (const _ of [1, 2]) {
          const reloaded = act(stepOf('reload', entryId), site);
          if (expected === 'answered') assert.deepEqual(await reloaded, { context_id: null });
          else await assert.rejects(reloaded, { code: expected, message: /restart of Home Assistant/ });
        }
      });
    }

    it('reload of an entry nobody knows', async () => {
      for (const id of ['nobody', '', '..', '../..', 'a/b', 'ü?x#y', '%2e%2e', ' ']) {
        await assert.rejects(
          act(stepOf('reload', id), site),
          { code: 'command_failed', message: /answered 40[045]/ },
          id,
        );
      }
    });

    it('reload answers when the set-up has ended', async () => {
      const { entryId, sensor } = await entryIn('dead_until_slow_reload', 0.6);
      const begun = Date.now();
      await act(stepOf('reload', entryId), site);
      assert.ok(Date.now() - begun >= 590);
      assert.equal((await shown(sensor))?.['state'], '1');
    });

    for (const [what, code] of [
      ['time is up', 'command_timeout'],
      ['it is given up', 'connection_lost'],
    ] as const) {
      it(`reload goes on after ${what}`, async () => {
        const { entryId, sensor } = await entryIn('dead_until_slow_reload', 0.8);
        const stop = new AbortController();
        const patience = code === 'command_timeout' ? 200 : 60_000;
        if (code === 'connection_lost') setTimeout(() => stop.abort(), 200);
        const reloaded = act(stepOf('reload', entryId, {}, patience), { ...site, signal: stop.signal });
        await assert.rejects(reloaded, { code });
        assert.equal(await stateOf(entryId), 'setup_in_progress');
        await eventually(async () => assert.equal((await shown(sensor))?.['state'], '1'));
        assert.equal(await stateOf(entryId), 'loaded');
      });
    }

    it('a reload over REST is cancelled when who asked hangs up, and leaves the entry broken', async () => {
      const { entryId, sensor } = await entryIn('dead_until_slow_reload', 0.8);
      const stop = new AbortController();
      const headers = { authorization: `Bearer ${home().tokens.admin}` };
      const url = `${home().url}/api/config/config_entries/entry/${entryId}/reload`;
      const asked = fetch(url, { method: 'POST', headers, signal: stop.signal });
      setTimeout(() => stop.abort(), 200);
      await assert.rejects(asked);
      await eventually(async () => assert.equal(await stateOf(entryId), 'setup_error'));
      assert.equal((await shown(sensor))?.['state'], 'unavailable');
      await act(stepOf('reload', entryId), site);
      assert.equal((await shown(sensor))?.['state'], '1');
    });

    it('a reload by the service goes on when who asked is gone', async () => {
      const { entryId, sensor } = await entryIn('dead_until_slow_reload', 0.8);
      const client = await Client.login(home());
      const call = { domain: 'homeassistant', service: 'reload_config_entry', service_data: { entry_id: entryId } };
      client.post('call_service', call);
      await eventually(async () => assert.equal(await stateOf(entryId), 'setup_in_progress'));
      client.close();
      await eventually(async () => assert.equal((await shown(sensor))?.['state'], '1'));
    });

    it('a configuration that is broken is not restarted with', async () => {
      await home().setConfigValid(false);
      try {
        const refused = { code: 'not_recoverable', message: /would not start again: .*configuration\.yaml/s };
        await assert.rejects(act(stepOf('restart', 'home'), site), refused);
        const call = { type: 'call_service', domain: 'homeassistant', service: 'restart' };
        await assert.rejects(site.connection.command(call), /home_assistant_error.*configuration is not valid/s);
      } finally {
        await home().setConfigValid(true);
      }
      await site.connection.ping();
    });
  });

  describe('actions of whoever is no administrator', () => {
    const refusals: readonly (readonly [keyof Tokens, Action])[] = [
      ['user', 'reload'],
      ['user', 'restart'],
      ['read_only', 'reload'],
      ['read_only', 'restart'],
      ['read_only', 'update_entity'],
      ['read_only', 'press_button'],
    ];
    for (const [who, action] of refusals) {
      it(`${action} by ${who}: not_admin`, async () => {
        const { title, entryId, sensor } = await entryIn('ok');
        const entity_id = action === 'press_button' ? buttonId(title, 1) : sensor;
        const other = await siteOf(home(), who);
        await assert.rejects(act(stepOf(action, entryId, { entity_id }), other), { code: 'not_admin' });
        other.connection.end('the test is over');
      });
    }

    for (const action of ['update_entity', 'press_button'] as const) {
      it(`${action} by user: done`, async () => {
        const { title, entryId, sensor } = await entryIn('ok');
        const entity_id = action === 'press_button' ? buttonId(title, 1) : sensor;
        const other = await siteOf(home(), 'user');
        assert.match((await act(stepOf(action, entryId, { entity_id }), other)).context_id ?? '', CONTEXT);
        other.connection.end('the test is over');
      });
    }
  });
}
