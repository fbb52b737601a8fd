import type { TrackedEntity } from '../../core/tracked';
import type { Tracker } from '../../core/tracker';
import { Breath } from '../../instance/breath';
import type { Instance } from '../../instance/instance';
import { operation } from '../operation';
import { runningOf } from '../ready';
import { fields, listOf, page } from '../schema';
import { type EntityFields, EntityFilter, filterFields } from './entity-filter';
import { type EntityRecord, entityAnswer, entityRecord } from './entity-record';
import { inOrder, rollOf } from './roll';

interface Fields extends EntityFields {
  readonly limit: number;
  readonly offset: number;
}

export const entities = operation<Fields>({
  name: 'entities',
  summary: 'The entities of the instances, with Home Assistant’s state and our status.',
  access: 'read',
  volatile: ['last_updated', 'last_reported'],
  followsStates: true,
  fields: fields({ ...filterFields, ...page }),
  answer: listOf(entityAnswer),
  run: async (caller, asked) => {
    const wanted = new Page(asked);
    for (const { instance } of runningOf(caller)) await wanted.take(instance);
    return { body: wanted.body, total: wanted.total };
  },
});

/** Between two looks at the clock. */
const A_FEW = 32;
const MANY = 1_000;

/** A page of what homes have, one after the other, each by entity id. Long work: the loop has its turns. */
class Page {
  readonly body: EntityRecord[] = [];
  total = 0;
  readonly #filter: EntityFilter;
  readonly #from: number;
  readonly #limit: number;
  readonly #breath = new Breath();

  constructor({ limit, offset, ...asked }: Fields) {
    this.#filter = new EntityFilter(asked);
    this.#from = offset;
    this.#limit = limit;
  }

  async take(instance: Instance): Promise<void> {
    const count = this.#filter.countIn(instance.tracker);
    if (count === null) return this.#look(instance, Number.POSITIVE_INFINITY);
    const end = this.total + count;
    // Who is on no page need not be looked at.
    if (end > this.#from && this.body.length < this.#limit) await this.#look(instance, this.#from + this.#limit);
    this.total = end;
  }

  /** @param until how many are looked for, from the first of all homes on */
  async #look(instance: Instance, until: number): Promise<void> {
    const { tracker } = instance;
    const { population } = tracker;
    const fits = this.#filter.in(tracker);
    // Who has moved out meanwhile is no entity of this home.
    const isHere = (one: TrackedEntity) =>
      tracker.population === population || tracker.entities.get(one.subject.id) === one;
    const all = await this.#candidates(tracker);
    for (let n = 0; n < all.length && this.total < until; n += 1) {
      if (n % A_FEW === 0 && this.#breath.due) await this.#breath.take();
      const entity = all[n] as TrackedEntity;
      if (fits(entity) && isHere(entity)) this.#add(entity, instance);
    }
  }

  #add(entity: TrackedEntity, instance: Instance): void {
    if (this.total >= this.#from && this.body.length < this.#limit) this.body.push(entityRecord(entity, instance));
    this.total += 1;
  }

  #candidates(tracker: Tracker): Promise<readonly TrackedEntity[]> {
    // Of many it is quicker to look at all, which are in order.
    if (!this.#filter.isOfDown || tracker.down.size > MANY) return rollOf(tracker, this.#breath);
    const down: TrackedEntity[] = [];
    for (const one of tracker.down) if (one.subject.kind === 'entity') down.push(one as TrackedEntity);
    return inOrder(down, this.#breath);
  }
}
