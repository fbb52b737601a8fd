import assert from 'node:assert/strict';
import type { World } from '../world';

const DOWN_AND_BACK = [
  ['dead', 'unavailable'],
  ['ok', 'available'],
] as const;

/** An entry of A down and back, told both times. */
export async function flip(world: World): Promise<void> {
  for (const [mode, status] of DOWN_AND_BACK) {
    world.begin();
    await world.a.lab.setMode(world.entry, mode);
    await world.told('a', ({ payload }) => payload?.['status'] === status && payload['kind'] === 'entity');
  }
}

/** A device of A down and back, where A's monitor was set to tell of devices alone. */
export async function flipDevice(world: World): Promise<void> {
  const device = world.a.core.devicesOfEntry(world.entry)[0]?.id ?? '';
  for (const [turn, status] of [
    ['breakDevice', 'unavailable'],
    ['mendDevice', 'available'],
  ] as const) {
    world.begin();
    world.a[turn](device);
    await world.told('a', ({ topic, payload }) => topic === device && payload['status'] === status);
    const others = world.lately.filter((one) => one.caught_by === 'told-a' && one.payload['kind'] !== 'device');
    assert.deepEqual(others, []);
  }
}

/** Every entry of A down and back. */
export async function storm(world: World): Promise<void> {
  const entries = [...world.a.core.entries.keys()];
  for (const [turn, status] of [
    ['breakEntry', 'unavailable'],
    ['mendEntry', 'available'],
  ] as const) {
    world.begin();
    for (const entry of entries) world.a[turn](entry);
    for (const id of entries) {
      await world.told('a', ({ topic, payload }) => topic === id && payload['status'] === status);
    }
  }
}
