import type { RefusalReason } from '../core/heal/heal';

/** An incident people were told to look after. */
export interface EscalatedIncident {
  readonly incident_id: string;
  readonly reason: RefusalReason;
  /** Told as one of many. */
  readonly in_digest: boolean;
  /** A persistent notification shows it in that home. */
  readonly notified: boolean;
}

/** The incidents people were told to look after: told once, also over restarts. */
export class Escalated {
  readonly #all: Map<string, EscalatedIncident>;
  readonly #keep: (all: readonly EscalatedIncident[]) => void;
  #keeping = false;

  /** @param keep stores them */
  constructor(all: readonly EscalatedIncident[], keep: (all: readonly EscalatedIncident[]) => void) {
    this.#all = new Map(all.map((one) => [one.incident_id, one]));
    this.#keep = keep;
  }

  get(id: string): EscalatedIncident | undefined {
    return this.#all.get(id);
  }

  all(): EscalatedIncident[] {
    return [...this.#all.values()];
  }

  set(one: EscalatedIncident): void {
    this.#all.set(one.incident_id, one);
    this.#keepSoon();
  }

  /** The incident is over. Answers what was told; undefined when nobody was told of it. */
  delete(id: string): EscalatedIncident | undefined {
    const one = this.#all.get(id);
    if (this.#all.delete(id)) this.#keepSoon();
    return one;
  }

  /** Once for many of them. */
  #keepSoon(): void {
    if (this.#keeping) return;
    this.#keeping = true;
    queueMicrotask(() => {
      this.#keeping = false;
      this.#keep(this.all());
    });
  }
}
