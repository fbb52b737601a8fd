/** The answer to a question that many may ask: asked once at a time, and good for a while. */
export class Fresh<T> {
  readonly #ask: () => Promise<T>;
  readonly #goodFor: number;
  #current: Promise<T> | null = null;
  #last: { readonly answer: T; readonly at: number } | null = null;

  /** @param goodFor ms */
  constructor(ask: () => Promise<T>, goodFor: number) {
    this.#ask = ask;
    this.#goodFor = goodFor;
  }

  async get(): Promise<T> {
    if (this.#last && performance.now() - this.#last.at < this.#goodFor) return this.#last.answer;
    this.#current ??= this.#renew().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }

  async #renew(): Promise<T> {
    const answer = await this.#ask();
    this.#last = { answer, at: performance.now() };
    return answer;
  }
}
