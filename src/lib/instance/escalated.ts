/** The incidents people were told to look after: told once, also over restarts. */
export class Escalated {
  readonly #ids: Set<string>;
  readonly #keep: (ids: readonly string[]) => void;

  /** @param keep stores them */
  constructor(ids: readonly string[], keep: (ids: readonly string[]) => void) {
    this.#ids = new Set(ids);
    this.#keep = keep;
  }

  /** False when it was told before. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    this.#keep([...this.#ids]);
    return true;
  }

  /** The incident is over. False when nobody was told of it. */
  delete(id: string): boolean {
    if (!this.#ids.delete(id)) return false;
    this.#keep([...this.#ids]);
    return true;
  }
}
