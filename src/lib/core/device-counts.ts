import { isDown } from './health';
import type { Status } from './subject';
import type { Counted, TrackedDevice, TrackedEntity } from './tracked';

export type DeviceJudged = (device: TrackedDevice, status: Status, since: number, now: number) => void;

/**
 * Keeps how many judged entities of each device are up and down. A device is down when it has judged entities and
 * all of them are; it follows the confirmed status of its entities, so it needs no grace of its own.
 */
export class DeviceCounts {
  readonly #judged: DeviceJudged;

  constructor(judged: DeviceJudged) {
    this.#judged = judged;
  }

  /** After an entity's status, judgement or device changed. */
  recount(entity: TrackedEntity, now: number, live: boolean): void {
    const { device } = entity;
    const counted = counts(entity);
    if (!device || counted === entity.counted) return;
    tally(device, entity.counted, -1);
    tally(device, counted, 1);
    entity.counted = counted;
    if (live) this.judge(device, now);
  }

  leave(entity: TrackedEntity): void {
    const { device } = entity;
    if (!device) return;
    tally(device, entity.counted, -1);
    device.members.delete(entity);
    entity.counted = 'no';
    entity.device = null;
  }

  judge(device: TrackedDevice, now: number): void {
    const status =
      device.up > 0 ? 'available' : device.judged > 0 && device.down === device.judged ? 'unavailable' : null;
    if (status === null) device.pending = null;
    if (status === null || (status === device.status && device.pending === null)) return;
    const since = status === 'available' ? sinceOf(device, 'up', Math.min) : sinceOf(device, 'down', Math.max);
    this.#judged(device, status, since, now);
  }
}

function counts(entity: TrackedEntity): Counted {
  if (!entity.judged) return 'no';
  if (entity.status === null) return 'unjudged';
  return isDown(entity.status) ? 'down' : 'up';
}

function tally(device: TrackedDevice, counted: Counted, by: 1 | -1): void {
  if (counted === 'no') return;
  device.judged += by;
  if (counted === 'up') device.up += by;
  if (counted === 'down') device.down += by;
}

/** Down since its last entity went down, up since its first came back. */
function sinceOf(device: TrackedDevice, counted: Counted, pick: (one: number, other: number) => number): number {
  const counting = [...device.members].filter((entity) => entity.counted === counted);
  return counting.map((entity) => entity.since).reduce((one, other) => pick(one, other));
}
