import { CaretakerError } from '../error';

/** Knows a home by its config entries: no version of Home Assistant tells a token which instance it is. */
export class Fingerprint {
  readonly #keep: (entryIds: readonly string[]) => void;
  #known: ReadonlySet<string>;

  /** @param keep stores the entry ids of the last sync */
  constructor(known: readonly string[], keep: (entryIds: readonly string[]) => void) {
    this.#known = new Set(known);
    this.#keep = keep;
  }

  /** No config entry in common with the last time means another home behind the address. */
  isHome(entryIds: readonly string[]): boolean {
    return this.#known.size === 0 || entryIds.some((id) => this.#known.has(id));
  }

  /**
   * Before anything of a connection is taken in: nothing of another home may get in.
   * @throws CaretakerError wrong_home
   */
  take(entryIds: readonly string[], url: string): void {
    if (!this.isHome(entryIds)) {
      throw new CaretakerError(
        'wrong_home',
        `Another Home Assistant answers at ${url}. Correct the address, or give this home an instance_id of its own.`,
      );
    }
    const changed = entryIds.length !== this.#known.size || entryIds.some((id) => !this.#known.has(id));
    this.#known = new Set(entryIds);
    if (changed) this.#keep(entryIds);
  }
}
