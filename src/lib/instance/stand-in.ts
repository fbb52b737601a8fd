import { CaretakerError, describe } from '../error';
import { MemoryStore } from '../store/memory';
import type { Store } from '../store/store';
import { openStorage, type Storage } from './storage';

/** What stands in for a store that does not open; outlives a deploy, as the store would. */
const standIns = new Map<string, MemoryStore>();

/**
 * A home is watched even where its facts cannot be kept.
 * @param storage null: the store that was chosen is not there, and in another one they must not end up unasked
 */
export async function openOrStandIn(storage: Storage | null, log: (what: string) => void): Promise<Store> {
  const place = storage ? `${storage.kind} ${storage.kind === 'postgres' ? storage.url : storage.file}` : 'nowhere';
  try {
    if (!storage) throw new CaretakerError('bad_input', NOT_THERE);
    const store = await openStorage(storage, log);
    standIns.delete(place);
    return store;
  } catch (thrown) {
    log(`${describe(thrown)} Then deploy again: until that deploy facts are kept in memory only.`);
    const standIn = standIns.get(place) ?? new MemoryStore();
    standIns.set(place, standIn);
    return standIn;
  }
}

const NOT_THERE =
  'store: the caretaker-store that was chosen is not there or disabled. Enable it or choose another one.';

/** What was kept before is elsewhere, and unknown. */
export function isStandIn(store: Store): boolean {
  return [...standIns.values()].some((standIn) => standIn === store);
}
