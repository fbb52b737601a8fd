import assert from 'node:assert/strict';
import type { Store } from '../../src/lib/store/store';
import { recordCode } from '../../src/lib/store/stored-record';
import { eventually } from '../support/eventually';
import type { Told } from '../support/node-red';
import { A, B } from './flows';
import type { World } from './world';

const HOUR = 3_600_000;

/** Of its own home, also where a leak is planted that tells of another. */
const isEvent =
  (event: string, id: string) =>
  ({ instance_id, payload }: Told) =>
    instance_id === id && payload?.['event'] === event;

const OF_THE_PAST = [recordCode('absence'), recordCode('unwatched')];

/** In both something has been removed, and both were not watched for a while: before anybody watched them here. */
export async function furnishPast(open: () => Promise<Store>): Promise<void> {
  const store = await open();
  for (const id of [A, B]) {
    const [namespace, now] = [await store.namespace(id), Date.now()];
    const subject = { kind: 'entity', id: 'light.gone', name: 'Gone' };
    const absence = {
      subject,
      status: 'available',
      since: now - 2 * HOUR,
      integration: null,
      from: now - HOUR,
      to: null,
    };
    await namespace.put({ kind: 'absence', id: 'light.gone', at: now - HOUR, open: false, body: absence });
    await namespace.put({ kind: 'unwatched', id: 'x', at: now, open: false, body: { from: now - HOUR, to: now } });
  }
  await store.close();
}

/** Both have been healed once and are held back in places that matter to nobody: each kind of record is there to lose. */
export async function furnishHealing(world: World): Promise<void> {
  await Promise.all([furnish(world, 'a', A), furnish(world, 'b', B)]);
}

async function furnish(world: World, bound: 'a' | 'b', id: string): Promise<void> {
  const { lab } = world[bound];
  const ask = (fields: object) => world.ask('heal', bound, { payload: fields });
  await lab.setMode(world.entry, 'dead_until_reload');
  const { payload } = await world.told(bound, isEvent('opened', id));
  // Only what helps: the steps below it would be waited for in vain.
  const healed = await ask({ incident_id: payload['incident_id'], levels: ['integration'] });
  assert.equal(healed['outcome'], 'healed', JSON.stringify(healed));
  await lab.setMode(world.entry, 'ok');
  await world.told(bound, isEvent('resolved', id));
  await ask({ action: 'suppress', integration: 'mqtt' });
  const window = { action: 'maintenance', from: '2998-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' };
  assert.equal((await ask(window))['in_maintenance'], false);
  // The first sums are made as soon as there is something to sum up.
  await eventually(async () => {
    const all = (await world.database.rowsOf(id))['records'] ?? [];
    const records = all.filter(({ kind }) => !OF_THE_PAST.includes(Number(kind)));
    // Where a leak is planted that keeps them elsewhere it has none at all.
    assert.ok(records.length === 0 || records.some(({ kind }) => kind === recordCode('rollup')));
  }, 30_000);
}
