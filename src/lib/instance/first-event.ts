import { CaretakerError } from '../error';

/** Until a subscription must have sent its first event, ms. */
const FIRST_MS = 30_000;

/** The first event of a subscription, taken in: it may come before or after the answer to it, or never. */
export class FirstEvent {
  /** Never left unhandled, so it may be awaited late or not at all. */
  readonly taken: Promise<void>;
  #pending = true;
  #finish: (error?: unknown) => void = () => {};

  constructor(what: string, signal: AbortSignal) {
    this.taken = new Promise((resolve, reject) => {
      const lost = () => this.#finish(new CaretakerError('connection_lost', `${what}: the connection ended.`));
      const timer = setTimeout(() => {
        this.#finish(new CaretakerError('command_timeout', `${what}: nothing came within ${FIRST_MS / 1000} s.`));
      }, FIRST_MS);
      this.#finish = (error) => {
        this.#pending = false;
        clearTimeout(timer);
        signal.removeEventListener('abort', lost);
        if (error === undefined) resolve();
        else reject(error);
      };
      if (signal.aborted) lost();
      else signal.addEventListener('abort', lost);
    });
    this.taken.catch(() => {});
  }

  get pending(): boolean {
    return this.#pending;
  }

  /** Takes the event in; what that throws is what `taken` rejects with. */
  take(work: () => void): void {
    this.#pending = false;
    try {
      work();
      this.#finish();
    } catch (thrown) {
      this.#finish(thrown);
    }
  }
}
