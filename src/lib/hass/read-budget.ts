import { performance } from 'node:perf_hooks';

interface Pausable {
  pause(): void;
  resume(): void;
}

/** Work on incoming frames in one turn of the event loop before every socket has to wait for the next turn, ms. */
const TURN_MS = 5;
/** Text between two looks at the clock: a look costs as much as a tenth of a small frame. */
const LOOK_CHARS = 8_192;

/**
 * Keeps a burst from holding Node-RED's loop: libuv reads a busy socket many times in a row, and a hundred busy ones
 * one after the other. Shared by all sockets of this process, as the loop is.
 */
class ReadBudget {
  readonly #sockets = new Set<Pausable>();
  /** When this turn's work began, by `performance.now()`. */
  #start = 0;
  #chars = 0;
  #turn: NodeJS.Immediate | undefined;
  #paused = false;

  /** Answers the function that takes the socket out again. */
  add(socket: Pausable): () => void {
    this.#sockets.add(socket);
    if (this.#paused) socket.pause();
    return () => this.#sockets.delete(socket);
  }

  /** Before work on a frame. */
  begin(): void {
    if (this.#turn) return;
    this.#start = performance.now();
    this.#chars = 0;
    this.#turn = setImmediate(() => this.#nextTurn());
  }

  /** After it. @param chars the frame's length */
  spend(chars: number): void {
    this.#chars += chars;
    if (this.#chars < LOOK_CHARS) return;
    this.#chars = 0;
    if (!this.#paused && performance.now() - this.#start > TURN_MS) this.#pauseAll();
  }

  #pauseAll(): void {
    this.#paused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  #nextTurn(): void {
    this.#turn = undefined;
    if (!this.#paused) return;
    this.#paused = false;
    for (const socket of this.#sockets) socket.resume();
  }
}

export const readBudget = new ReadBudget();
