import { type Span, Spans } from './spans';

/** How the time of one home counts: not while it is unreachable, nor while somebody works on it. */
export class ValidTime {
  readonly #unreachable: Spans;
  readonly #excluded: Spans;

  constructor(unreachable: readonly Span[] = [], maintenance: readonly Span[] = []) {
    this.#unreachable = new Spans(unreachable);
    this.#excluded = new Spans([...unreachable, ...maintenance]);
  }

  /** How much counts up to `t`, ms: only differences mean something. */
  until(t: number): number {
    return t - this.#excluded.until(t);
  }

  /** How much of `[from, to)` counts, ms. */
  between(from: number, to: number): number {
    return this.until(to) - this.until(from);
  }

  unreachable(from: number, to: number): number {
    return this.#unreachable.until(to) - this.#unreachable.until(from);
  }

  /** Maintenance of a home that could be reached, ms. */
  maintenance(from: number, to: number): number {
    return to - from - this.between(from, to) - this.unreachable(from, to);
  }
}
