import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { eventually } from '../support/eventually';
import type { Home, LabMode } from '../support/home';
import { Client, type Json } from './client';
import { buttonId, freshTitle, sensorId } from './shape';

/** The ways in which a lab entry is dead, and what brings it back: state of sensor 1 of device 1 and 2, and a button. */
export function labModesContract(home: () => Home): void {
  describe('lab modes', () => {
    let client: Client;
    let title: string;
    let entryId: string;
    beforeEach(async () => {
      client = await Client.login(home());
      title = freshTitle();
      entryId = await home().lab.add(title, 2, 1);
    });
    afterEach(() => client.close());

    async function shown(): Promise<unknown[]> {
      const states = await client.result<Json[]>('get_states');
      const stateOf = (id: string) => states.find((state) => state['entity_id'] === id)?.['state'];
      return [sensorId(title, 1, 1), sensorId(title, 2, 1), buttonId(title, 1)].map(stateOf);
    }
    const dead = ['unavailable', 'unavailable', 'unknown'];
    const half = ['unavailable', '1', 'unknown'];
    const well = ['1', '1', 'unknown'];

    const rows: readonly (readonly [LabMode, readonly unknown[], readonly unknown[]])[] = [
      ['dead', dead, dead],
      ['dead_unload_false', dead, dead],
      ['dead_until_reload', dead, well],
      ['dead_until_slow_reload', dead, well],
      ['dead_until_reload_but_one', dead, half],
      ['dead_until_update', dead, dead],
      ['device_dead', half, half],
      ['device_dead_until_button', half, half],
    ];
    for (const [mode, before, after] of rows) {
      it(`${mode}, and after a reload`, async () => {
        await home().lab.setMode(entryId, mode);
        assert.deepEqual(await shown(), before);
        await home().lab.reload(entryId);
        assert.deepEqual(await shown(), after);
      });
    }

    it('recovers by itself, also after a reload', async () => {
      await home().lab.setMode(entryId, 'recovers', 1);
      assert.deepEqual(await shown(), dead);
      await home().lab.reload(entryId);
      assert.deepEqual(await shown(), dead);
      await eventually(async () => assert.deepEqual(await shown(), well));
    });

    it('recovers no more when it is told otherwise', async () => {
      await home().lab.setMode(entryId, 'recovers', 0.3);
      await home().lab.setMode(entryId, 'dead');
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.deepEqual(await shown(), dead);
    });

    it('dead until update: each by itself', async () => {
      await home().lab.setMode(entryId, 'dead_until_update');
      const service_data = { entity_id: [sensorId(title, 2, 1)] };
      await client.result('call_service', { domain: 'homeassistant', service: 'update_entity', service_data });
      assert.deepEqual(await shown(), half);
    });
  });
}
