/** The first of many in some order, of which only as many are kept as are asked for. */
export class Best<T> {
  /** How many there were. */
  total = 0;
  readonly #kept: T[] = [];
  readonly #most: number;
  readonly #compare: (one: T, other: T) => number;

  /** @param most so many of them may be asked for */
  constructor(most: number, compare: (one: T, other: T) => number) {
    this.#most = most;
    this.#compare = compare;
  }

  take(one: T): void {
    this.total += 1;
    this.#kept.push(one);
    if (this.#kept.length >= 2 * this.#most + 1_000) this.#trim();
  }

  /** Of two that are alike the one that came first. */
  from(offset: number): T[] {
    this.#trim();
    return this.#kept.slice(offset);
  }

  #trim(): void {
    this.#kept.sort(this.#compare);
    this.#kept.length = Math.min(this.#kept.length, this.#most);
  }
}
