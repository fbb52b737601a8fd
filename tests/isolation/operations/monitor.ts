import { monitorOf } from '../flows';
import { type Operation, operationsOf } from '../operation';
import type { World } from '../world';
import { flipDevice } from './flip';

const OWN = 'monitor-a';

const SECOND = 'second';

async function add(world: World, fields: Record<string, unknown> = {}): Promise<void> {
  await world.change({ [SECOND]: monitorOf('a', SECOND, fields) });
  await world.settledPlace(SECOND, true);
}

async function addAndRemove(world: World): Promise<string> {
  await add(world);
  await world.change({});
  await world.settledPlace(SECOND, false);
  return 'its place is forgotten';
}

async function announce(world: World): Promise<void> {
  await add(world, { announce: true });
  await world.told('a', ({ payload }) => payload?.['event'] === 'present');
}

async function disable(world: World): Promise<void> {
  await world.change({ [OWN]: { d: true } });
  await world.settledPlace(OWN, false);
}

async function deployAnew(world: World): Promise<void> {
  await world.change({ [OWN]: { kinds: ['device'] } });
  await flipDevice(world);
}

const one = operationsOf('caretaker-monitor');

export const MONITOR_OPERATIONS: readonly Operation[] = [
  one('new', 'places', (world) => add(world)),
  one('new and removed', /forgotten/, addAndRemove),
  one('announce', 'told', announce),
  one('disable', 'places', disable),
  one('deploy anew', 'told', deployAnew),
];
