import { instant } from './compressed';
import type { Graces, Verdict } from './health';
import { judgeEntity } from './judge';
import type { Status } from './subject';
import type { TrackedEntity } from './tracked';

/** Gone without having been removed: the registry's own word on a removal may come a moment after the state. */
const MISSING_MS = 5_000;
/** Home Assistant reloads an integration half a minute after one of its entities was enabled; till then it is restored. */
const ENABLED_MS = 60_000;

export function statusOf(entity: TrackedEntity): Status {
  return judgeEntity({
    domain: entity.domain,
    state: entity.raw,
    restored: entity.restored,
    entryLoaded: entity.restored && entity.entry?.entry.state === 'loaded',
    silent: entity.silent,
  });
}

export function entityVerdict(entity: TrackedEntity, status: Status, now: number): Verdict {
  return { status, state: entity.raw ?? status, since: sinceOf(entity, status, now) };
}

export function gracesFor(entity: TrackedEntity, status: Status, now: number): Graces {
  if (status === 'missing') {
    const down = Math.max(entity.graces.down, MISSING_MS, entity.enabledAt + ENABLED_MS - now);
    return { down, back: entity.graces.back };
  }
  // Its threshold was its grace.
  return status === 'stale' ? { down: 0, back: 0 } : entity.graces;
}

function sinceOf(entity: TrackedEntity, status: Status, now: number): number {
  if (entity.raw === undefined) return now;
  if (status === 'stale') return entity.heard + entity.stale;
  // It reported again, which need not have changed its state.
  if (entity.status === 'stale' && status === 'available') return entity.heard;
  return instant(entity.lastChanged) ?? now;
}
