import type { Listener, Wish } from './live';
import type { LiveEvent } from './live-event';

/** What one session is told in a second, at most: Node-RED keeps what its client has not taken yet, and nobody sees it. */
const MOST_A_SECOND = 1_000;
/** Characters. */
const MOST_TEXT = 1_048_576;

/** One WebSocket that Node-RED keeps: what it is told goes out as messages. */
export class LiveSession implements Listener {
  readonly #say: (message: string) => void;
  readonly #now: () => number;
  #second = 0;
  #count = 0;
  #length = 0;
  #isCut = false;

  constructor(
    readonly wish: Wish,
    say: (message: string) => void,
    now: () => number,
  ) {
    this.#say = say;
    this.#now = now;
  }

  tell({ name, json }: LiveEvent): void {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) [this.#second, this.#count, this.#length, this.#isCut] = [second, 0, 0, false];
    if (this.#isCut) return;
    this.#count += 1;
    this.#length += json.length;
    this.#isCut = this.#count > MOST_A_SECOND || this.#length > MOST_TEXT;
    this.#say(this.#isCut ? MISSED : `{"type":"${name}",${json.slice(1)}`);
  }

  end(why: string): void {
    this.#say(JSON.stringify({ type: 'error', detail: why, code: 'busy' }));
  }
}

const MISSED = JSON.stringify({
  type: 'missed',
  detail: `More than ${MOST_A_SECOND} records or 1 MiB in a second: the others are left out. Ask for how things are now.`,
});
