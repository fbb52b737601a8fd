import type { SimulatedCore } from './core';
import type { State, StateChange } from './state-machine';

/** As the recorder keeps a state; it is empty when the entity was removed. */
export type Recorded = Pick<State, 'state' | 'attributes' | 'last_changed' | 'last_updated'>;

export interface Span {
  /** Epoch seconds; what changed at either end to the microsecond is not in it. */
  readonly start: number;
  readonly end: number;
}

/** Of each entity; a flood must not fill the memory. */
const MOST = 2_000;

/** Keeps what every entity was, over restarts too. */
export class Recorder {
  readonly #states = new Map<string, Recorded[]>();

  constructor(core: SimulatedCore) {
    core.on('state', ({ entity_id, old_state, new_state }: StateChange) => {
      const now = Date.now() / 1000;
      const gone = { state: '', attributes: old_state?.attributes ?? {}, last_changed: now, last_updated: now };
      this.#add(entity_id, new_state ?? gone);
    });
  }

  /** Oldest first. */
  within(entityId: string, { start, end }: Span): Recorded[] {
    const all = this.#states.get(entityId) ?? [];
    return all.filter(({ last_updated: at }) => at > start && at < end);
  }

  /** What it was at an instant. */
  at(entityId: string, instant: number): Recorded | undefined {
    return this.#states.get(entityId)?.findLast(({ last_updated: at }) => at <= instant);
  }

  /** As if it had been so then; in the order of the instants. @param at epoch seconds */
  pretend(entityId: string, state: string, at: number): void {
    this.#add(entityId, { state, attributes: {}, last_changed: at, last_updated: at });
    this.#states.get(entityId)?.sort((one, other) => one.last_updated - other.last_updated);
  }

  #add(entityId: string, one: Recorded): void {
    const known = this.#states.get(entityId);
    if (!known) this.#states.set(entityId, [one]);
    else {
      known.push(one);
      if (known.length > MOST) known.shift();
    }
  }
}
