import assert from 'node:assert/strict';
import type { Told } from '../support/node-red';
import type { World } from './world';

const isEvent =
  (event: string) =>
  ({ payload }: Told) =>
    payload?.['event'] === event;

/** Both have been healed once and are held back in places that matter to nobody: each kind of record is there to lose. */
export async function furnishHealing(world: World): Promise<void> {
  for (const bound of ['a', 'b'] as const) {
    const { lab } = world[bound];
    await lab.setMode(world.entry, 'dead_until_reload');
    const { payload } = await world.told(bound, isEvent('opened'));
    const ask = (fields: object) => world.ask('heal', bound, { payload: fields });
    const healed = await ask({ incident_id: payload['incident_id'] });
    assert.equal(healed['outcome'], 'healed', JSON.stringify(healed));
    await lab.setMode(world.entry, 'ok');
    await world.told(bound, isEvent('resolved'));
    await ask({ action: 'suppress', integration: 'mqtt' });
    const window = { action: 'maintenance', from: '2998-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' };
    assert.equal((await ask(window))['in_maintenance'], false);
  }
}
