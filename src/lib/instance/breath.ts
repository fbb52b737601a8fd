import { setImmediate as turn } from 'node:timers/promises';

/** How long the loop may be held in one go, ms: sockets wait meanwhile. */
const HELD_MS = 2;

/** Gives the loop a turn now and then during long work. Ask `due` often and cheaply, and `take` only when it is. */
export class Breath {
  #since = performance.now();

  get due(): boolean {
    return performance.now() - this.#since >= HELD_MS;
  }

  async take(): Promise<void> {
    await turn();
    this.#since = performance.now();
  }
}
