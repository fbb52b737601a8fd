import { A, B, type Bound, TITLE } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';

const NODE = `node-${A}`;

type Payload = { readonly action: string; readonly [field: string]: unknown };

/** Of A's own node, which is bound to A alone. */
const own = (payload: Payload) => (world: World) => world.ask('backup', 'a', { payload });
/** Of the node that is bound to all, with a target. */
const at = (target: object, payload: Payload) => (world: World) => world.ask('backup', 'all', { ...target, payload });

/** The name of the newest backup with this tag. */
async function newest(world: World, bound: Bound, tag: string): Promise<string> {
  const { backups } = await world.ask('backup', bound, { payload: { action: 'list' } });
  const found = (backups as { backup: string; tag: string }[]).find((backup) => backup.tag === tag);
  return found?.backup ?? 'there is none';
}

const withOwn =
  (payload: Payload, tag = 'kept') =>
  async (world: World) =>
    world.ask('backup', 'a', { payload: { backup: await newest(world, 'a', tag), ...payload } });
/** B's own file, by its name and by ways to it. */
const withOther =
  (payload: Payload, way = '') =>
  async (world: World) =>
    world.ask('backup', 'a', { payload: { ...payload, backup: way + (await newest(world, 'b', 'kept')) } });

async function pruneToOne(world: World): Promise<unknown> {
  await world.change({ 'store-a': { backup_keep: 1 } });
  await world.quiet();
  return own({ action: 'prune' })(world);
}

/** Both go by the same title until one is renamed. */
async function byItsOwnName(world: World): Promise<unknown> {
  await world.change({ [NODE]: { name: 'Villa' } });
  await world.quiet();
  return at({ instance_name: 'Villa' }, { action: 'create', tag: 'by-name' })(world);
}

const did = (action: string) => new RegExp(`"instance_id":"${A}".*"action":"${action}"`);
const changed = (shows: 'rows' | 'files', action: string) => ({ shows, says: did(action) });
const NOT_ITS_OWN = /is not the name of a backup of home\./;
const TO_B = `../${B}/`;
const purge = { action: 'purge' };
const unsafe = ['create', 'restore', 'import', 'delete', 'prune', 'purge'];

const one = operationsOf('caretaker-backup');

export const BACKUP_OPERATIONS: readonly Operation[] = [
  one('list', did('list'), own({ action: 'list' }), { action: 'list' }),
  one('create', changed('files', 'create'), own({ action: 'create', tag: 'new' }), { action: 'create' }),
  one('create by id', changed('files', 'create'), at({ instance_id: A }, { action: 'create' })),
  one('create by name', changed('files', 'create'), byItsOwnName),
  one('verify', did('verify'), withOwn({ action: 'verify' }), { action: 'verify' }),
  one("verify B's", NOT_ITS_OWN, withOther({ action: 'verify' })),
  one('restore', changed('rows', 'restore'), withOwn({ action: 'restore' }), { action: 'restore' }),
  one('restore a damaged one', /damaged/, withOwn({ action: 'restore' }, 'damaged')),
  one("restore B's", NOT_ITS_OWN, withOther({ action: 'restore' })),
  one("restore B's by a path", NOT_ITS_OWN, withOther({ action: 'restore' }, TO_B)),
  one("import B's", changed('rows', 'import'), withOther({ action: 'import', from: B }), { action: 'import' }),
  one('import by a path', /is not the id of an instance/, withOther({ action: 'import', from: TO_B })),
  one('import its own', /is this very instance/, withOwn({ action: 'import', from: A })),
  one('delete', changed('files', 'delete'), withOwn({ action: 'delete' }), { action: 'delete' }),
  one("delete B's", NOT_ITS_OWN, withOther({ action: 'delete' })),
  one("delete B's by a path", NOT_ITS_OWN, withOther({ action: 'delete' }, TO_B)),
  one('prune', changed('files', 'prune'), pruneToOne, { action: 'prune' }),
  one('purge', changed('rows', 'purge'), own(purge), { action: 'purge' }),
  ...unsafe.map((action) => one(`${action} without a target`, /instance_required/, at({}, { action, tag: 'lost' }))),
  one('empty id', /instance_required/, at({ instance_id: '' }, purge)),
  one('empty name', /instance_required/, at({ instance_name: '' }, purge)),
  one('all', /instance_required/, at({ instance_id: 'all' }, purge)),
  one('the start of an id', /instance_not_found/, at({ instance_id: 'hom' }, purge)),
  one('a title that both have', /instance_ambiguous/, at({ instance_name: TITLE }, purge)),
  one('id and name that disagree', /instance_ambiguous/, at({ instance_id: A, instance_name: 'Villa' }, purge)),
  one('a home it is not bound to', /instance_not_found/, (world) => {
    return world.ask('backup', 'a', { instance_id: B, payload: purge });
  }),
];
