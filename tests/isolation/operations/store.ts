import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/eventually';
import { A, B, ORPHAN } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';
import { flip } from './flip';

const STORE = 'store-a';

const test = (world: World) => world.post('/caretaker/stores/test', { id: STORE, ...world.storage });
const route = 'POST /caretaker/stores/purge';
const purge = (world: World, instance_id: string) => world.post('/caretaker/stores/purge', { id: STORE, instance_id });

/** Of what A kept under another id for a while. */
async function purgeOrphan(world: World): Promise<unknown> {
  await world.change({ 'node-home': { instance_id: ORPHAN } });
  await flip(world);
  await world.change({});
  await world.quiet();
  // Who has just left it still holds it for a second.
  const answer = await eventually(async () => {
    const answer = await purge(world, ORPHAN);
    assert.equal(answer['ok'], true, JSON.stringify(answer));
    return answer;
  });
  assert.deepEqual((await world.database.rowsOf(ORPHAN))['transitions'], []);
  return answer;
}

const both = new RegExp(`"ok":true.*"instance_id":"${A}".*"instance_id":"${B}"`);

/** Another file: A begins anew there, what it had stays. */
async function elsewhere(world: World): Promise<void> {
  await world.change({ [STORE]: { kind: 'sqlite', file: 'elsewhere/facts.sqlite' } });
  await eventually(() => assert.ok(existsSync(join(world.nodeRed.userDir, 'elsewhere', 'facts.sqlite'))));
  await world.quiet();
}

/** A store that does not open: A is watched all the same. */
async function broken(world: World): Promise<string> {
  await world.change({ [STORE]: { kind: 'sqlite', file: '/dev/null/facts.sqlite' } });
  return world.shows(/in memory only/);
}

async function refused(world: World): Promise<unknown> {
  await world.change({ [STORE]: { kind: 'nonsense' } });
  return world.ask('backup', 'a', { payload: { action: 'list' } });
}

/** 0.1 s: all but the last fact of each subject goes. */
async function retention(world: World): Promise<void> {
  await flip(world);
  const count = async () => (await world.database.rowsOf(A))['transitions']?.length ?? 0;
  const before = await count();
  await world.change({ [STORE]: { retention_days: 1e-6 } });
  await eventually(async () => assert.ok((await count()) < before), 10_000);
}

const one = operationsOf('caretaker-store');
const PURGED = { shows: 'sockets', says: /"ok":true/ } as const;
const REFUSED = { shows: 'roster', says: /is not ready: kind: must be/ } as const;
const NO_ORPHAN = /is configured: it is no orphan/;

export const STORE_OPERATIONS: readonly Operation[] = [
  one('test and show size', both, test, { route: 'POST /caretaker/stores/test' }),
  one("purge of nobody's", PURGED, purgeOrphan, { route }),
  one("purge of B's: refused", NO_ORPHAN, (world) => purge(world, B), { route }),
  one('another store', 'sockets', elsewhere),
  one('bad store: crash in its start', 'statuses', broken),
  one('bad option: crash in its start', REFUSED, refused),
  one('retention', 'rows', retention),
];
