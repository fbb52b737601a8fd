import { CaretakerError } from '../../error';

/** At once, of one key of one node; more than anybody asks for who waits for answers. */
const MOST = 200;

interface Open {
  readonly key: string | null;
  /** A command: it is done, whether anybody waits for it or not. */
  readonly goesOn: boolean;
  giveUp(why: CaretakerError): void;
}

/** What is being answered now: not too much at once, and nothing for ever. */
export class InFlight {
  readonly #open = new Set<Open>();

  /**
   * @param mostMs how long it may take; `Infinity` is as long as it likes
   * @param key whose it is: what one asks for takes no place from another
   * @throws CaretakerError busy, in_progress, and whatever the work throws
   */
  async run<T>(work: () => Promise<T>, mostMs: number, key: string | null): Promise<T> {
    if (this.#heldBy(key) >= MOST)
      throw new CaretakerError('busy', 'Too many requests at once. Try again in a moment.');
    let giveUp: Open['giveUp'] = () => {};
    const ended = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const open: Open = { key, goesOn: !Number.isFinite(mostMs), giveUp };
    this.#open.add(open);
    const late = () => giveUp(new CaretakerError('busy', `It took longer than ${mostMs / 1000} s.`));
    const timer = Number.isFinite(mostMs) ? setTimeout(late, mostMs) : undefined;
    try {
      return await Promise.race([work(), ended]);
    } finally {
      clearTimeout(timer);
      this.#open.delete(open);
    }
  }

  /** What is still being worked on is answered for now. */
  stop(): void {
    for (const { giveUp, goesOn } of [...this.#open]) giveUp(goesOn ? underWay() : deployed());
  }

  #heldBy(key: string | null): number {
    let held = 0;
    for (const open of this.#open) if (open.key === key) held += 1;
    return held;
  }
}

function deployed(): CaretakerError {
  return new CaretakerError('busy', 'Node-RED is being deployed. Try again in a moment.');
}

/** Whoever asked again would have it done twice. */
function underWay(): CaretakerError {
  return new CaretakerError(
    'in_progress',
    'Node-RED is being deployed, and what was asked for goes on. Look what came of it before you ask again.',
  );
}
