import { type Span, Spans } from './spans';

/** How the time of one home counts: not while it is unreachable or nobody watches, nor while somebody works on it. */
export class ValidTime {
  readonly #away: Spans;
  readonly #unreachable: Spans;
  readonly #excluded: Spans;

  constructor(away: readonly Span[] = [], maintenance: readonly Span[] = [], unwatched: readonly Span[] = []) {
    this.#away = new Spans(away);
    this.#unreachable = new Spans([...away, ...unwatched]);
    this.#excluded = new Spans([...away, ...unwatched, ...maintenance]);
  }

  /** By what it said of itself it could not be reached at that instant. */
  isAway(at: number): boolean {
    return this.#away.until(at + 1) > this.#away.until(at);
  }

  /** How much counts up to `t`, ms: only differences mean something. */
  until(t: number): number {
    return t - this.#excluded.until(t);
  }

  /** How much of `[from, to)` counts, ms. */
  between(from: number, to: number): number {
    return this.until(to) - this.until(from);
  }

  /** Nobody could know how it was, ms. */
  unreachable(from: number, to: number): number {
    return this.#unreachable.until(to) - this.#unreachable.until(from);
  }

  /** Maintenance of a home that could be reached, ms. */
  maintenance(from: number, to: number): number {
    return to - from - this.between(from, to) - this.unreachable(from, to);
  }
}
