import type { Listener, Wish } from './live';
import type { LiveEvent } from './live-event';

/** Records one session is told in a second, at most. */
const MOST_A_SECOND = 1_000;

/** One WebSocket that Node-RED keeps: what it is told goes out as messages. */
export class LiveSession implements Listener {
  readonly #say: (message: string) => void;
  readonly #now: () => number;
  #second = 0;
  #count = 0;

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
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    this.#count += 1;
    if (this.#count <= MOST_A_SECOND) this.#say(`{"type":"${name}",${json.slice(1)}`);
    else if (this.#count === MOST_A_SECOND + 1) this.#say(MISSED);
  }

  end(why: string): void {
    this.#say(JSON.stringify({ type: 'error', detail: why, code: 'busy' }));
  }
}

const MISSED = JSON.stringify({
  type: 'missed',
  detail: `More than ${MOST_A_SECOND} records in a second: the others are left out. Ask for how things are now.`,
});
