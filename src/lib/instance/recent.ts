/** The last few of what may be endless: the oldest goes. */
export class Recent<T> {
  readonly #most: number;
  readonly #kept: T[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(one: T): void {
    this.#kept.push(one);
    if (this.#kept.length > this.#most) this.#kept.shift();
  }

  /** Newest first. */
  list(): T[] {
    return [...this.#kept].reverse();
  }
}
