import type { Subject } from '../core/subject';
import type { Row } from './ha-boss-database';

const ENTITY_ID = /^[a-z0-9_]{1,127}\.[a-z0-9_]{1,127}$/;
/** What HA Boss called an integration of which it knew nothing but the domain of an entity. */
const MADE_UP = /^domain_/;

/** A config entry, as far as HA Boss knew it. */
interface Entry {
  /** Null when the id was made up. */
  readonly entry_id: string | null;
  readonly title: string;
  readonly domain: string | null;
}

/** Who lived in a home, as HA Boss had it. */
export class Inhabitants {
  readonly #entities: ReadonlyMap<string | null | undefined, Row>;
  readonly #entries: ReadonlyMap<string | null | undefined, Row>;

  constructor(entities: readonly Row[], integrations: readonly Row[]) {
    this.#entities = new Map(entities.map((row) => [row['entity_id'], row]));
    this.#entries = new Map(integrations.map((row) => [row['entry_id'], row]));
  }

  entity(id: string): Subject {
    const row = this.#entities.get(id);
    return {
      kind: 'entity',
      id,
      name: row?.['friendly_name'] || id,
      domain: id.split('.')[0],
      device_id: row?.['device_id'] ?? undefined,
      config_entry_id: this.entryOf(id)?.entry_id ?? undefined,
    };
  }

  /** Of an entity. */
  entryOf(id: string): Entry | null {
    return this.entry(this.#entities.get(id)?.['integration_id']);
  }

  entry(id: string | null | undefined): Entry | null {
    if (!id) return null;
    const row = this.#entries.get(id);
    if (MADE_UP.test(id)) return { entry_id: null, title: row?.['title'] || id, domain: null };
    return { entry_id: id, title: row?.['title'] || id, domain: row?.['domain'] ?? null };
  }
}

export function isEntityId(id: string | null | undefined): id is string {
  return typeof id === 'string' && ENTITY_ID.test(id);
}
