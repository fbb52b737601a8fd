import type { Absence } from '../transition';
import type { Belongs, Household } from './household';

/** A household that knows of those who are there no more what they were of. */
export class FormerHousehold implements Household {
  readonly #now: Household;
  /** By entity. */
  readonly #integrations = new Map<string, string>();

  /** @param absences oldest first */
  constructor(now: Household, absences: Iterable<Pick<Absence, 'subject' | 'integration'>>) {
    this.#now = now;
    for (const { subject, integration } of absences) {
      if (subject.kind === 'entity' && integration !== null) this.#integrations.set(subject.id, integration);
    }
  }

  get instance_id(): string {
    return this.#now.instance_id;
  }

  integrationOf(one: Belongs): string | null {
    const former = one.kind === 'entity' && !this.has(one.id) ? this.#integrations.get(one.id) : undefined;
    return former ?? this.#now.integrationOf(one);
  }

  deviceOf(entity: Belongs): string | null {
    return this.#now.deviceOf(entity);
  }

  has(entityId: string): boolean {
    return this.#now.has(entityId);
  }

  nameOf(kind: 'entity' | 'device', id: string): string {
    return this.#now.nameOf(kind, id);
  }
}
