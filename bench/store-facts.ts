import type { Settled } from '../src/lib/core/transition';

/** Of all homes together. */
export const ENTITIES = 10_000;
const STATES = ['on', 'unavailable', 'off', 'unavailable', '21.5', 'unknown'] as const;

/** Transitions of one home, one entity after the other. */
export class FactSource {
  readonly #entities: readonly string[];
  readonly #clock: () => number;
  #made = 0;

  /** @param clock epoch ms */
  constructor(entities: number, home: number, clock: () => number = Date.now) {
    this.#clock = clock;
    this.#entities = Array.from({ length: entities }, (_, n) => `sensor.home_${home}_room_${n}_temperature`);
  }

  facts(count: number): Settled[] {
    return Array.from({ length: count }, () => this.#fact());
  }

  #fact(): Settled {
    const n = this.#made % this.#entities.length;
    const turn = Math.floor(this.#made / this.#entities.length);
    this.#made += 1;
    const state = STATES[(n + turn) % STATES.length] ?? 'on';
    const status = state === 'unavailable' || state === 'unknown' ? state : 'available';
    const at = this.#clock();
    return {
      subject: { kind: 'entity', id: this.#entities[n] ?? '', name: `Temperature ${n}`, domain: 'sensor' },
      status,
      previous_status: turn === 0 ? null : 'unavailable',
      state,
      at,
      since: at - Math.floor(Math.random() * 60_000),
      seconds: turn === 0 ? null : 60,
    };
  }
}
