import { performance } from 'node:perf_hooks';

interface Pausable {
  pause(): void;
  resume(): void;
}

/** Work on incoming frames in one turn of the event loop before every socket has to wait for the next turn, ms. */
const TURN_MS = 5;

/**
 * Keeps a burst from holding Node-RED's loop: libuv reads a busy socket many times in a row, and a hundred busy ones
 * one after the other. Shared by all sockets of this process, as the loop is.
 */
class ReadBudget {
  readonly #sockets = new Set<Pausable>();
  #spent = 0;
  #turn: NodeJS.Immediate | undefined;
  #paused = false;

  /** Answers the function that takes the socket out again. */
  add(socket: Pausable): () => void {
    this.#sockets.add(socket);
    if (this.#paused) socket.pause();
    return () => this.#sockets.delete(socket);
  }

  /** Runs work on a frame and counts it. */
  spend(work: () => void): void {
    const start = performance.now();
    try {
      work();
    } finally {
      this.#spent += performance.now() - start;
      this.#turn ??= setImmediate(() => this.#nextTurn());
      if (this.#spent > TURN_MS && !this.#paused) this.#pauseAll();
    }
  }

  #pauseAll(): void {
    this.#paused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  #nextTurn(): void {
    this.#turn = undefined;
    this.#spent = 0;
    if (!this.#paused) return;
    this.#paused = false;
    for (const socket of this.#sockets) socket.resume();
  }
}

export const readBudget = new ReadBudget();
