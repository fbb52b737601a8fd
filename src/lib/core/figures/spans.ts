/** A stretch of time, `[from, to)` in epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Stretches of time, made disjoint; answers how much of the time up to an instant they cover. */
export class Spans {
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  /** How much those before each cover, ms. */
  readonly #before: number[] = [];

  constructor(spans: Iterable<Span>) {
    const sorted = [...spans].filter(({ from, to }) => from < to).sort((one, other) => one.from - other.from);
    for (const span of sorted) this.#add(span);
  }

  /** How much of the time up to `t` they cover, ms. */
  until(t: number): number {
    const index = this.#lastFrom(t);
    if (index < 0) return 0;
    const to = this.#to[index] ?? t;
    return (this.#before[index] ?? 0) + Math.min(t, to) - (this.#from[index] ?? t);
  }

  #add({ from, to }: Span): void {
    const last = this.#to.length - 1;
    const end = this.#to[last];
    if (end !== undefined && from <= end) {
      this.#to[last] = Math.max(end, to);
      return;
    }
    this.#before.push(end === undefined ? 0 : (this.#before[last] ?? 0) + end - (this.#from[last] ?? end));
    this.#from.push(from);
    this.#to.push(to);
  }

  /** The last one that begins before `t`; -1 when none does. */
  #lastFrom(t: number): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#from[middle] ?? t) < t) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
