/** The longest a timer may be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/** One timer for many deadlines: rings at the earliest of them. */
export class Alarm {
  readonly #due: () => number;
  readonly #ring: (now: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #setTo = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** @param due the earliest deadline, epoch ms; Infinity for none */
  constructor(due: () => number, ring: (now: number) => void) {
    this.#due = due;
    this.#ring = ring;
  }

  /** A deadline may have changed. */
  set(): void {
    const due = this.#due();
    if (due >= this.#setTo && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#setTo = due;
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#rings(), Math.min(Math.max(due - Date.now(), 0), LONGEST_MS));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #rings(): void {
    this.#timer = undefined;
    this.#ring(Date.now());
    this.set();
  }
}
