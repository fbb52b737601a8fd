import type { ServerResponse } from 'node:http';
import type { Listener, Wish } from './live';
import type { LiveEvent } from './live-event';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // A proxy that gathers would tell nothing for minutes.
  'X-Accel-Buffering': 'no',
};
/** When a browser tries again, ms. */
const RETRY_MS = 3_000;
/** Who has not read so much is too slow to be told anything live, bytes. */
const MOST_UNREAD = 1_048_576;

/** Server-sent events over one response, which stays open. */
export class EventStream implements Listener {
  readonly #response: ServerResponse;
  readonly #left: () => void;

  constructor(
    response: ServerResponse,
    readonly wish: Wish,
    left: () => void,
  ) {
    this.#response = response;
    this.#left = left;
    response.on('close', left);
    response.on('error', left);
    response.writeHead(200, HEADERS);
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  tell({ name, id, json }: LiveEvent): void {
    this.#write(`event: ${name}\nid: ${id}\ndata: ${json}\n\n`);
  }

  beat(): void {
    // Of whoever had gone before this began no event tells.
    if (this.#response.destroyed) this.#left();
    this.#write(':\n\n');
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (this.#response.writableLength > MOST_UNREAD) this.#response.destroy();
    else this.#response.write(text);
  }
}
