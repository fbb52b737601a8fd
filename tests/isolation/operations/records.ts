import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually';
import { A, B, type Bound } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';

/** What is kept of healing: kind, id and text of each. */
async function recordsOf(world: World, id: string): Promise<string[]> {
  const { records = [] } = await world.database.rowsOf(id);
  return records.map(({ kind, id: own, body }) => JSON.stringify([kind, own, body])).sort();
}

async function made(world: World, bound: Bound, tag: string): Promise<string> {
  const answer = await world.ask('backup', bound, { payload: { action: 'create', tag } });
  return (answer['backup'] as { backup: string }).backup;
}

const become = (world: World, expected: readonly string[]) =>
  eventually(async () => assert.deepEqual(await recordsOf(world, A), expected));

/** All gone, and all back, as they were. */
async function purgeAndRestore(world: World): Promise<unknown> {
  const before = await recordsOf(world, A);
  assert.ok(before.length > 0);
  const backup = await made(world, 'a', 'records');
  await world.ask('backup', 'a', { payload: { action: 'purge' } });
  await become(world, []);
  const answer = await world.ask('backup', 'a', { payload: { action: 'restore', backup } });
  await become(world, before);
  return answer;
}

/** Those of B become A's too, until A is given back its own. */
async function importRecords(world: World): Promise<unknown> {
  const before = await recordsOf(world, A);
  const own = await made(world, 'a', 'records');
  const { backups } = await world.ask('backup', 'b', { payload: { action: 'list' } });
  const [{ backup }] = backups as [{ backup: string }];
  const answer = await world.ask('backup', 'a', { payload: { action: 'import', from: B, backup } });
  await become(world, await recordsOf(world, B));
  await world.ask('backup', 'a', { payload: { action: 'restore', backup: own } });
  await become(world, before);
  return answer;
}

const one = operationsOf('caretaker-backup');

export const RECORD_OPERATIONS: readonly Operation[] = [
  one('purge and restore records', { shows: 'files', says: /"action":"restore"/ }, purgeAndRestore),
  one("import B's records", { shows: 'files', says: /"action":"import"/ }, importRecords),
];
