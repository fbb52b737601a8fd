import { matcher } from '../../core/selector';
import { STATUSES, type Status } from '../../core/subject';
import type { TrackedEntity } from '../../core/tracked';
import type { Tracker } from '../../core/tracker';
import { listOf, type ObjectSchema, oneOf } from '../schema';
import { nameOf } from './entity-record';

const word = { type: 'string', minLength: 1, maxLength: 255 } as const;

/** Whatever is given must fit. */
export const filterFields: ObjectSchema['properties'] = {
  status: { anyOf: [oneOf(...STATUSES), listOf(oneOf(...STATUSES))] },
  domain: word,
  area: word,
  integration: word,
  search: word,
  monitored: { type: 'boolean', default: true },
};

export interface EntityFields {
  readonly status?: Status | readonly Status[];
  readonly domain?: string;
  /** Its id or its name. */
  readonly area?: string;
  /** Its domain, or the id or the title of a config entry. */
  readonly integration?: string;
  /** A part of the id or the name. */
  readonly search?: string;
  readonly monitored: boolean;
}

/** Which entities are asked for. */
export class EntityFilter {
  readonly #fields: EntityFields;
  readonly #statuses: readonly Status[] | null;
  readonly #needle: string | undefined;

  constructor(fields: EntityFields) {
    this.#fields = fields;
    this.#statuses = fields.status === undefined ? null : [...new Set([fields.status].flat())];
    this.#needle = fields.search?.toLowerCase();
  }

  /** How many there are in a home; null when they have to be looked at to know it. */
  countIn({ statuses, entities }: Tracker): number | null {
    const { domain, area, integration, monitored } = this.#fields;
    if ([domain, area, integration, this.#needle].some((one) => one !== undefined)) return null;
    // What is not monitored has no status.
    if (!monitored) return this.#statuses ? 0 : entities.size - statuses.judged;
    return this.#statuses?.reduce((sum, one) => sum + statuses.of(one), 0) ?? statuses.judged;
  }

  /** Only such as are down are asked for. */
  get isOfDown(): boolean {
    return this.#fields.monitored && this.#statuses !== null && !this.#statuses.includes('available');
  }

  /** What fits one home's entities. */
  in(tracker: Tracker): (entity: TrackedEntity) => boolean {
    const { area, integration } = this.#fields;
    const selectors = [area && { areas: [area] }, integration && { integrations: [integration] }];
    const chosen = selectors.flatMap((selector) => (selector ? matcher(selector, {}) : []));
    return (entity) => {
      if (!this.#fits(entity)) return false;
      if (chosen.length === 0) return true;
      const traits = tracker.traits(entity.subject);
      return traits !== undefined && chosen.every((fits) => fits(traits));
    };
  }

  /** As far as the entity itself tells. */
  #fits(entity: TrackedEntity): boolean {
    const { domain = entity.domain, monitored } = this.#fields;
    if (entity.judged !== monitored || entity.domain !== domain) return false;
    if (this.#statuses && !this.#hasStatus(entity)) return false;
    return this.#needle === undefined || isNamed(entity, this.#needle);
  }

  #hasStatus({ judged, status }: TrackedEntity): boolean {
    return judged && status !== null && this.#statuses?.includes(status) === true;
  }
}

function isNamed(entity: TrackedEntity, needle: string): boolean {
  return entity.subject.id.includes(needle) || nameOf(entity).toLowerCase().includes(needle);
}
