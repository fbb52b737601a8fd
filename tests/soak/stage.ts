import { setTimeout as sleep } from 'node:timers/promises';
import { pick, type Random, seededRandom } from '../support/simulator/random';
import type { Entity } from '../support/simulator/registry';
import type { SimulatedHome } from '../support/simulator/simulated-home';
import type { Oracle } from './oracle';

/** Chance, from a seed of its own, so that what others draw meanwhile does not matter. */
export class Dice {
  readonly random: Random;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Another one, for whatever runs beside. */
  child(): Dice {
    return new Dice(Math.floor(this.random() * 2 ** 32));
  }

  pick<T>(list: readonly T[]): T {
    return pick(this.random, list);
  }

  between(lo: number, hi: number): number {
    return Math.round(lo + this.random() * (hi - lo));
  }

  chance(of: number): boolean {
    return this.random() < of;
  }
}

/** Something that stays broken beyond its batch. */
export interface Broken {
  readonly keys: readonly string[];
  /** Set where it can be made to look well for a moment. */
  readonly entity?: Entity;
  mend(): void | Promise<void>;
}

/** One home in one batch: what is still free to be played with. */
export class Stage {
  /** What is broken since earlier batches. */
  broken: Broken[] = [];
  /** Set for each batch: resolves when the last disturbance is over and everything is seen again. */
  calm: Promise<void> = Promise.resolve();
  /** Of what is broken: with what this batch has something to do. */
  readonly touched = new Set<Broken>();
  #used = new Set<string>();

  constructor(
    readonly home: SimulatedHome,
    readonly oracle: Oracle,
  ) {}

  reset(): void {
    this.#used.clear();
    this.touched.clear();
  }

  /** An entity that is well and that nothing else has to do with in this batch. */
  claimEntity(dice: Dice, fits: (entity: Entity) => boolean = () => true): Entity | undefined {
    const free = [...this.home.core.entities.values()].filter((entity) => this.#isWell(entity) && fits(entity));
    const entity = free.length > 0 ? dice.pick(free) : undefined;
    if (entity) this.use(keysOf(entity));
    return entity;
  }

  /** A device of at least so many entities, all of them well. */
  claimDevice(dice: Dice, atLeast = 1): Entity[] | undefined {
    const devices = [...this.home.core.devices.keys()].map((id) => this.membersOf(id));
    const free = devices.filter((members) => members.length >= atLeast && members.every((one) => this.#isWell(one)));
    const members = free.length > 0 ? dice.pick(free) : undefined;
    if (members) this.use(keysOf(members[0]!));
    return members;
  }

  /** A lab entry that is well, with everything in it. */
  claimEntry(dice: Dice): string | undefined {
    const free = [...this.home.core.entries.values()].filter(({ entry_id, domain, state, disabled_by }) => {
      if (domain !== 'caretaker_lab' || state !== 'loaded' || disabled_by) return false;
      const members = [...this.home.core.entitiesOfEntry(entry_id)];
      return !this.isUsed(`e:${entry_id}`) && members.every((one) => this.#isWell(one));
    });
    const entry = free.length > 0 ? dice.pick(free).entry_id : undefined;
    if (entry) this.use([`e:${entry}`]);
    return entry;
  }

  membersOf(device: string): Entity[] {
    return [...this.home.core.entities.values()].filter(({ device_id }) => device_id === device);
  }

  use(keys: readonly string[]): void {
    for (const key of keys) this.#used.add(key);
  }

  isUsed(key: string): boolean {
    return this.#used.has(key) || this.broken.some(({ keys }) => keys.includes(key));
  }

  /** Registries and states change only while the home runs; waits for it. */
  async running(): Promise<void> {
    while (this.home.core.state !== 'RUNNING') await sleep(10);
  }

  /** Waits until nobody looks; false when that does not happen any more. */
  async dark(): Promise<boolean> {
    let isCalm = false;
    const calmed = () => {
      isCalm = true;
    };
    this.calm.then(calmed, calmed);
    await this.until(() => isCalm || this.oracle.mode === 'dark');
    return !isCalm;
  }

  async until(test: () => boolean): Promise<void> {
    while (!test()) await sleep(10);
  }

  #isWell(entity: Entity): boolean {
    const state = this.home.core.states.all.get(entity.entity_id);
    if (!entity.registered || entity.disabled_by || entity.dead || !state || state.state === 'unavailable')
      return false;
    const entry = entity.config_entry_id ? this.home.core.entries.get(entity.config_entry_id) : undefined;
    if (entry && entry.state !== 'loaded') return false;
    const [own, ...others] = keysOf(entity);
    return (
      !this.isUsed(own!) &&
      !others.some((key) => this.broken.some(({ keys }) => keys.includes(key))) &&
      !this.#isEntryUsed(entity)
    );
  }

  #isEntryUsed({ config_entry_id }: Entity): boolean {
    return config_entry_id !== null && this.#used.has(`e:${config_entry_id}`);
  }
}

/** What is taken with an entity: its device, else itself; and where it is, so that nobody takes the whole entry. */
export function keysOf({ id, device_id }: Entity): string[] {
  return [device_id === null ? `n:${id}` : `d:${device_id}`];
}

export { sleep };
