import { setTimeout as sleep } from 'node:timers/promises';
import { A, B, ORPHAN, TITLE } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';
import { flip, flipDevice, storm } from './flip';

const NODE = `node-${A}`;
const NOBODY = 'http://127.0.0.1:9';

/** One field of A changed, only that node deployed. */
const change = (fields: Record<string, unknown>) => (world: World) => world.change({ [NODE]: fields });

async function during(world: World, start: () => void): Promise<void> {
  start();
  await sleep(200);
  await flip(world);
  world.a.faults.clear();
}

const SENSOR = 'sensor.lab_1_sensor_1';

async function remove(world: World): Promise<void> {
  await world.a.lab.removeEntity(SENSOR);
}

const deployFull = (world: World) => world.deploy('full', { [NODE]: { recovery_grace_period_seconds: 0.15 } });
const deployFlows = (world: World) => world.deploy('flows', { [NODE]: { recovery_grace_period_seconds: 0.2 } });

async function flowsOfA(world: World): Promise<void> {
  await world.deploy('flows', { 'monitor-a': { kinds: ['device'] } });
  await flipDevice(world);
}

async function deleteAndAdd(world: World): Promise<void> {
  await world.change({ [NODE]: null });
  await world.change({});
}

async function disableAndEnable(world: World): Promise<void> {
  await world.change({ [NODE]: { d: true } });
  await world.change({});
}

async function refused(world: World, fields: Record<string, unknown>): Promise<unknown> {
  await world.change({ [NODE]: fields });
  return world.ask('backup', 'a', { payload: { action: 'list' } });
}

async function lost(world: World, fields: Record<string, unknown>, shown: RegExp): Promise<void> {
  await world.change({ [NODE]: fields });
  await world.shows(shown);
}

const ROUTE = '/caretaker/instances';
const testRoute = `POST ${ROUTE}/test`;
const importRoute = `POST ${ROUTE}/import`;

/** Under another id for a while: what it kept under that is nobody's afterwards, and A may have it. */
async function takeOver(world: World): Promise<unknown> {
  await world.change({ [NODE]: { instance_id: ORPHAN } });
  await flip(world);
  await world.change({});
  await world.quiet();
  return world.post(`${ROUTE}/import`, { id: NODE, from: ORPHAN });
}

const takeOverOther = (world: World) => world.post(`${ROUTE}/import`, { id: NODE, from: B });
const orphans = (world: World) => world.get(`${ROUTE}/${NODE}/orphans`);
const diagnose = (world: World) => world.get(`${ROUTE}/${NODE}/diagnostics`);

const test = (world: World) => world.post('/caretaker/instances/test', { id: NODE, url: world.a.url });
const testOther = (world: World) => world.post('/caretaker/instances/test', { id: NODE, url: NOBODY });

const one = operationsOf('caretaker-instance');
const notReady = (why: string) => ({ shows: 'roster', says: new RegExp(`is not ready: ${why}`) }) as const;
const CONNECTED = new RegExp(`"ok":true.*"location_name":"${TITLE}"`);
/** Nothing of B's, which has as many backups. */
const ORPHANS = new RegExp(`^{"ok":true,"instance_id":"${A}","orphans":\\[{"instance_id":"${ORPHAN}"(?!.*"${B}").*}$`);

export const INSTANCE_OPERATIONS: readonly Operation[] = [
  one('deploy all, A changed', 'sockets', deployFull, { startsB: true }),
  one('deploy modified flows, A changed', 'sockets', deployFlows),
  one('deploy modified flows, a tab of A', 'told', flowsOfA),
  one('deploy modified nodes, A changed', 'sockets', change({ startup_grace_period_seconds: 0.3 })),
  one('rename', 'roster', change({ name: 'Villa' })),
  one("rename to B's id", 'roster', change({ name: B })),
  one('wrong token', 'sockets', (world) => lost(world, { credentials: { token: 'wrong' } }, /refused/)),
  one('dead url', 'statuses', (world) => lost(world, { url: NOBODY }, /disconnected/)),
  one('bad url: crash in its start', notReady('url'), (world) => refused(world, { url: 'nonsense' })),
  one('bad option: crash in its start', notReady('include'), (world) => refused(world, { include: { entities: 7 } })),
  one('bad id: crash in its start', notReady('instance_id'), (world) => refused(world, { instance_id: `../${B}` })),
  one("B's id: refused", notReady('.* is already used'), (world) => refused(world, { instance_id: B })),
  one('disable', 'roster', change({ d: true })),
  one('enable again', 'sockets', disableAndEnable),
  one('delete', 'roster', (world) => world.change({ [NODE]: null })),
  one('delete and add again', 'sockets', deleteAndAdd),
  one('test connection', CONNECTED, test, { route: testRoute }),
  one('test connection elsewhere: refused', /the address was changed/, testOther, { route: testRoute }),
  one('taken over from an id it had', { shows: 'rows', says: /"ok":true/ }, takeOver, { route: importRoute }),
  one("take over B's: refused", /is configured: it is no orphan/, takeOverOther, { route: importRoute }),
  one("list nobody's", ORPHANS, orphans, { route: `GET ${ROUTE}/:id/orphans` }),
  one('diagnostics', new RegExp(`"namespace":"caretaker_${A}"`), diagnose, { route: `GET ${ROUTE}/:id/diagnostics` }),
  one('an entry goes down and comes back', 'rows', flip),
  one('everything goes down and comes back', 'told', storm),
  one('its sockets are cut', 'sockets', async (world) => world.a.faults.dropSockets()),
  one('it restarts', 'sockets', (world) => world.a.restart()),
  one('it floods', 'told', (world) => during(world, () => world.a.faults.flood(2_000))),
  one('it sends garbage', 'told', (world) => during(world, () => world.a.faults.garbage())),
  one('an entity is removed from it', 'rows', remove),
];
