import assert from 'node:assert/strict';
import { LATER } from '../../../src/lib/api/http/later';
import { match, ROUTES, type Route } from '../../../src/lib/api/http/routes';
import { eventually } from '../../support/eventually';
import { A, B, type Bound } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';

type Fields = Readonly<Record<string, unknown>>;

const SENSOR = 'sensor.lab_1_sensor_1';
const DAY = { from: '2996-01-01T00:00:00Z', to: '2997-01-01T00:00:00Z' };
const isRead = ({ method, name }: Route) => method === 'GET' && !['live', 'docs'].includes(name);
/** What only answers. */
export const API_READS = ROUTES.filter(isRead).map(({ name }) => name);
/** The year in the name of a backup of A begins as B ends. */
const OF_B = new RegExp(`${B}(?!\\d)`);
const STATUS = /^\{"status":(\d+)/;

/** A request to the API of a node that is bound so. */
async function send(world: World, bound: Bound, name: string, path: Fields, fields: Fields): Promise<Fields> {
  const route = ROUTES.find((one) => one.name === name) as Route;
  const filled = route.path.replace(/\{(\w+)\}/g, (_, field: string) => encodeURIComponent(String(path[field] ?? 'x')));
  // The table itself says that this is where it goes.
  assert.equal(match(route.method, filled, '').route.name, name);
  return world.api(bound, route.method, filled, fields);
}

const to =
  (name: string, fields: Fields = {}, path: Fields = { entity_id: SENSOR }, bound: Bound = 'a') =>
  (world: World) =>
    send(world, bound, name, path, fields);

/** Something of A is down, until a reload. */
const broken = (next: (world: World) => Promise<unknown>) => async (world: World) => {
  world.begin();
  await world.a.lab.setMode(world.entry, 'dead_until_reload');
  await world.told('a', ({ payload }) => payload?.['status'] === 'unavailable');
  return next(world);
};

/** Each read of A's own node: nothing of B is in any answer. */
async function readAll(world: World): Promise<unknown> {
  const answers: Fields = {};
  for (const name of API_READS) {
    const answer = JSON.stringify(await send(world, 'a', name, { entity_id: SENSOR }, {}));
    assert.ok(!OF_B.test(answer), `${name} tells of ${B}: ${answer.slice(0, 500)}`);
    const status = Number(STATUS.exec(answer)?.[1]);
    assert.ok(status < 500 || LATER.has(name), `${name}: ${answer.slice(0, 500)}`);
    Object.assign(answers, { [name]: status });
  }
  return answers;
}

async function withBackup(world: World, bound: Bound, name: string, of: Bound = bound): Promise<unknown> {
  const { body } = await send(world, of, 'backups', {}, {});
  const list = (Array.isArray(body) ? body : []) as { backup: string; tag: string }[];
  const backup = list.find(({ tag }) => tag === 'kept')?.backup ?? 'there is none';
  return send(world, bound, name, { backup }, {});
}

async function suppressAndLift(world: World): Promise<unknown> {
  const set = await send(world, 'a', 'suppress_entity', { entity_id: SENSOR }, { reason: 'a test' });
  const more = await send(world, 'a', 'suppress', {}, { integration: 'zha' });
  const lifted = await send(world, 'a', 'unsuppress_entity', { entity_id: SENSOR }, {});
  return [set, more, lifted, await send(world, 'a', 'unsuppress', {}, { integration: 'zha' })];
}

async function workOnIt(world: World): Promise<unknown> {
  const { body } = await send(world, 'a', 'start_maintenance', {}, DAY);
  const [window] = (body as { windows: { window_id: string }[] }).windows;
  return send(world, 'a', 'end_maintenance', { window_id: window?.window_id }, {});
}

/** What B has is nothing that the node of A could end. */
async function endOthers(world: World): Promise<unknown> {
  const { body } = await send(world, 'b', 'maintenance', {}, {});
  const ids = JSON.stringify(body).match(/"window_id":"([^"]+)"/)?.[1];
  return send(world, 'a', 'end_maintenance', { window_id: ids }, {});
}

/** Whoever listens at A's node hears of A alone. */
async function listen(world: World): Promise<unknown> {
  const ended = new AbortController();
  const response = await fetch(`${world.nodeRed.url}/api-a/live`, { signal: ended.signal });
  let text = '';
  const read = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  await broken(async () => undefined)(world);
  await eventually(() => assert.match(text, /event: transition/));
  ended.abort();
  await read;
  assert.ok(!OF_B.test(text), text);
  return text;
}

const one = operationsOf('caretaker-api');
const ofA = (rest = '') => new RegExp(`"instance_id":"${A}".*${rest}`);
const writes = ROUTES.filter(({ method, name }) => method !== 'GET' && name !== 'plan' && !LATER.has(name));

export const API_OPERATIONS: readonly Operation[] = [
  // A check of its health writes a word into the store, to see that it can.
  one('each read', { shows: 'rows', says: /"health":200/ }, readAll),
  one('which plan', ofA(), to('plan', { entity_id: SENSOR }), { action: 'plan' }),
  one('heal an entity', { shows: 'rows', says: ofA('"healed"') }, broken(to('heal_entity')), { action: 'heal_entity' }),
  one('heal', { shows: 'rows', says: ofA('"healed"') }, broken(to('heal', { integration: 'caretaker_lab' })), {
    action: 'heal',
  }),
  one('suppress and lift it', { shows: 'rows', says: ofA() }, suppressAndLift),
  ...['suppress', 'suppress_entity', 'unsuppress', 'unsuppress_entity'].map((action) =>
    one(`${action} where several have it`, /"status":(400|404|409)/, to(action, {}, { entity_id: SENSOR }, 'all'), {
      action,
    }),
  ),
  one('maintenance', { shows: 'rows', says: ofA() }, workOnIt, { action: 'start_maintenance' }),
  one("end B's maintenance", /"code":"no_target"/, endOthers, { action: 'end_maintenance' }),
  one('back up', { shows: 'files', says: ofA() }, to('create_backup', { tag: 'new' }), { action: 'create_backup' }),
  one('verify', ofA(), (world) => withBackup(world, 'a', 'verify_backup'), { action: 'verify_backup' }),
  one("verify B's", /"status":40/, (world) => withBackup(world, 'a', 'verify_backup', 'b')),
  one('restore', { shows: 'rows', says: ofA() }, (world) => withBackup(world, 'a', 'restore_backup'), {
    action: 'restore_backup',
  }),
  one("restore B's", /"status":40/, (world) => withBackup(world, 'a', 'restore_backup', 'b')),
  one("delete B's", /"status":40/, (world) => withBackup(world, 'a', 'delete_backup', 'b')),
  one('delete', { shows: 'files', says: ofA() }, (world) => withBackup(world, 'a', 'delete_backup'), {
    action: 'delete_backup',
  }),
  one('prune', ofA(), to('prune_backups'), { action: 'prune_backups' }),
  one('each command without a target', /^(?!.*"status":2)/, async (world) =>
    Promise.all(writes.map(({ name }) => send(world, 'all', name, { entity_id: SENSOR }, { entity_id: SENSOR }))),
  ),
  one('each command for a home it is not bound to', /^(?!.*"status":2).*instance_not_found/, async (world) =>
    Promise.all(writes.map(({ name }) => send(world, 'a', name, { entity_id: SENSOR }, { instance_id: B }))),
  ),
  one('listen', { shows: 'told', says: /event: transition/ }, listen),
  one('a new key', /"key":"ck_/, (world) => world.post('/caretaker/api/keys', {}), {
    route: 'POST /caretaker/api/keys',
  }),
];
