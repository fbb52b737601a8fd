import type { RefusalReason } from '../core/heal';

/** An incident people were told to look after. */
export interface EscalatedIncident {
  readonly incident_id: string;
  readonly reason: RefusalReason;
  /** Told as one of many. */
  readonly in_digest: boolean;
}

/** The incidents people were told to look after: told once, also over restarts. */
export class Escalated {
  readonly #all: Map<string, EscalatedIncident>;
  readonly #keep: (all: readonly EscalatedIncident[]) => void;

  /** @param keep stores them */
  constructor(all: readonly EscalatedIncident[], keep: (all: readonly EscalatedIncident[]) => void) {
    this.#all = new Map(all.map((one) => [one.incident_id, one]));
    this.#keep = keep;
  }

  get(id: string): EscalatedIncident | undefined {
    return this.#all.get(id);
  }

  has(id: string): boolean {
    return this.#all.has(id);
  }

  all(): EscalatedIncident[] {
    return [...this.#all.values()];
  }

  /** Answers those that nobody was told of before. */
  add(all: readonly EscalatedIncident[]): EscalatedIncident[] {
    const added = all.filter(({ incident_id }) => !this.#all.has(incident_id));
    for (const one of added) this.#all.set(one.incident_id, one);
    if (added.length > 0) this.#keep(this.all());
    return added;
  }

  /** The incident is over. Answers what was told; undefined when nobody was told of it. */
  delete(id: string): EscalatedIncident | undefined {
    const one = this.#all.get(id);
    if (this.#all.delete(id)) this.#keep(this.all());
    return one;
  }
}
