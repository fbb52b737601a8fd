import { CaretakerError } from '../../error';

/** At once, of one node; more than anybody asks for who waits for answers. */
const MOST = 200;

/** What is being answered now: not too much at once, and nothing for ever. */
export class InFlight {
  readonly #open = new Set<(why: CaretakerError) => void>();

  /**
   * @param mostMs how long it may take; `Infinity` is as long as it likes
   * @throws CaretakerError busy, and whatever the work throws
   */
  async run<T>(work: () => Promise<T>, mostMs: number): Promise<T> {
    if (this.#open.size >= MOST) throw new CaretakerError('busy', 'Too many requests at once. Try again in a moment.');
    let giveUp: (why: CaretakerError) => void = () => {};
    const ended = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#open.add(giveUp);
    const late = () => giveUp(new CaretakerError('busy', `It took longer than ${mostMs / 1000} s.`));
    const timer = Number.isFinite(mostMs) ? setTimeout(late, mostMs) : undefined;
    try {
      return await Promise.race([work(), ended]);
    } finally {
      clearTimeout(timer);
      this.#open.delete(giveUp);
    }
  }

  /** What is still being worked on is answered for now. */
  stop(): void {
    const why = new CaretakerError('busy', 'Node-RED is being deployed. Try again in a moment.');
    for (const giveUp of [...this.#open]) giveUp(why);
  }
}
