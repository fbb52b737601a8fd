import { ERR_INVALID_AUTH, Connection as Haws } from 'home-assistant-js-websocket';
import type { EntitiesEvent } from '../core/compressed';
import { CaretakerError, describe } from '../error';
import { decode } from './decoder';
import { attach, type HassSocket, openSocket, type SocketTimes } from './socket';
import type { Target } from './target';

/** What `home-assistant-js-websocket` wants of a socket. */
type HawsSocket = ConstructorParameters<typeof Haws>[0];

export interface Message {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface ConnectionEvents {
  /** The end of this connection; told once, never before `connect` has resolved. */
  ended(why: string): void;
  /** Something Home Assistant should not have sent, or a fault of ours in taking it in. */
  trouble(what: string): void;
}

export interface ConnectionTimes extends SocketTimes {
  /** Until a command must be answered, ms. */
  readonly command: number;
}

/** Home Assistant's have 180 characters; a shorter text may be a word of any sentence. */
const LEAST_TOKEN = 8;

/**
 * One authenticated socket, from login to its end; it never reconnects, so nothing of an old connection can reach a
 * new one. The library matches answers to commands; its reconnecting, resubscribing and collections are not used:
 * they leave rejections unhandled, resurrect what was unsubscribed and copy all entities with each event.
 */
export class Connection {
  readonly version: string;
  readonly #haws: Haws;
  readonly #open: HassSocket;
  readonly #events: ConnectionEvents;
  readonly #times: ConnectionTimes;
  readonly #token: string;
  readonly #waiting = new Set<(error: CaretakerError) => void>();
  #toHaws: { message: (event: { data: string }) => void; close: () => void } = { message: () => {}, close: () => {} };
  #entitiesId: number | undefined;
  #onEntities: ((events: readonly EntitiesEvent[]) => void) | undefined;
  #ended = false;
  /** Counts whatever arrives: cheaper with each frame than a look at the clock. */
  heard = 0;

  /** @throws CaretakerError as `openSocket` */
  static async connect(target: Target, times: ConnectionTimes, events: ConnectionEvents, signal: AbortSignal) {
    return new Connection(await openSocket(target, times, signal), times, events, target.token);
  }

  private constructor(open: HassSocket, times: ConnectionTimes, events: ConnectionEvents, token: string) {
    this.#token = token;
    this.#open = open;
    this.#times = times;
    this.#events = events;
    this.version = open.version;
    open.socket.send(JSON.stringify({ type: 'supported_features', id: 1, features: { coalesce_messages: 1 } }));
    this.#haws = new Haws(this.#facade(), {
      setupRetry: 0,
      // Should the library ever try to reconnect, this is the one answer after which it stops.
      createSocket: () => Promise.reject(ERR_INVALID_AUTH),
    });
    attach(
      open.socket,
      (text) => this.#take(text),
      () => {
        this.heard += 1;
      },
      (why) => this.#end(why),
    );
  }

  atLeast(year: number, month: number): boolean {
    const [ours = 0, theirs = 0] = this.version.split('.').map(Number);
    return ours > year || (ours === year && theirs >= month);
  }

  /** @throws CaretakerError command_failed (its message starts with Home Assistant's code), command_timeout, connection_lost */
  command<T>(message: Message): Promise<T> {
    return this.#guard(message.type, () => this.#haws.sendMessagePromise<T>({ ...message }));
  }

  /** Events of a subscription; answers what ends it. Its own failure is reported, never thrown. */
  async subscribe<T>(message: Message, heard: (event: T) => void): Promise<() => void> {
    const guarded = (event: T) => {
      try {
        if (!this.#ended) heard(event);
      } catch (thrown) {
        this.#events.trouble(`${message.type}: ${describe(thrown)}`);
      }
    };
    const stop = await this.#guard(message.type, () =>
      this.#haws.subscribeMessage(guarded, { ...message }, { resubscribe: false }),
    );
    return () => {
      if (!this.#ended) this.#guard(message.type, async () => stop()).catch(() => {});
    };
  }

  /**
   * The states of all entities, the events of a frame at once. The first event is the snapshot, and may come before
   * this resolves.
   * @param filter `include` and `exclude` as Home Assistant 2026.11 takes them
   */
  async subscribeEntities(
    filter: Record<string, unknown>,
    heard: (events: readonly EntitiesEvent[]) => void,
  ): Promise<void> {
    this.#onEntities = heard;
    await this.subscribe({ type: 'subscribe_entities', ...filter }, () => {});
  }

  async ping(): Promise<void> {
    await this.#guard('ping', () => this.#haws.ping());
  }

  /** Ends it now, without waiting for the other side. */
  end(why: string): void {
    this.#open.socket.terminate();
    this.#end(why);
  }

  #facade(): HawsSocket {
    const { socket } = this.#open;
    const facade = {
      haVersion: this.#open.version,
      OPEN: socket.OPEN,
      get readyState() {
        return socket.readyState;
      },
      addEventListener: (type: 'message' | 'close', listener: () => void) => {
        this.#toHaws[type] = listener;
      },
      removeEventListener: () => {},
      send: (text: string) => {
        if (text.includes('"subscribe_entities"')) this.#entitiesId = (JSON.parse(text) as { id: number }).id;
        socket.send(text);
      },
      close: () => socket.terminate(),
    };
    return facade as unknown as HawsSocket;
  }

  #take(text: string): void {
    if (this.#ended) return;
    try {
      const { entities, others, garbage } = decode(text, this.#entitiesId);
      // The library warns on the console, and writes back, for each message it does not know.
      for (const message of others) {
        if (this.#haws.commands.has(message.id))
          this.#answer(message, others.length === 1 && entities.length === 0 ? text : undefined);
      }
      if (entities.length > 0 && !this.#ended) this.#onEntities?.(entities);
      if (garbage > 0) this.#events.trouble(`${garbage} messages that make no sense`);
    } catch (thrown) {
      this.#events.trouble(`a frame that makes no sense: ${describe(thrown)}`);
    }
  }

  /**
   * One answer that breaks must not take the rest of its frame with it, nor the entities.
   * @param text of a frame that holds nothing else
   */
  #answer(message: { readonly id: number; readonly type: string }, text: string | undefined): void {
    try {
      this.#toHaws.message({ data: text ?? JSON.stringify(message) });
    } catch (thrown) {
      this.#events.trouble(`a message of type ${message.type} that makes no sense: ${describe(thrown)}`);
    }
  }

  #guard<T>(what: string, run: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(new CaretakerError('connection_lost', `${what}: not connected.`));
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#waiting.delete(lost);
        finish();
      };
      const lost = (error: CaretakerError) => settle(() => reject(error));
      const timer = setTimeout(() => {
        lost(new CaretakerError('command_timeout', `${what}: no answer within ${this.#times.command / 1000} s.`));
      }, this.#times.command);
      this.#waiting.add(lost);
      // The library throws while it sends when the socket has just closed.
      Promise.resolve()
        .then(run)
        .then(
          (value) => settle(() => resolve(value)),
          (thrown: unknown) => lost(commandError(what, thrown, this.#token)),
        );
    });
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    // Before it hears of the close: then it does not reconnect.
    this.#haws.close();
    this.#toHaws.close();
    for (const lost of [...this.#waiting]) lost(new CaretakerError('connection_lost', `The connection ended: ${why}.`));
    this.#events.ended(why);
  }
}

/** The library rejects with numbers, with Home Assistant's error object, or with an error. */
function commandError(what: string, thrown: unknown, token: string): CaretakerError {
  if (typeof thrown === 'number') return new CaretakerError('connection_lost', `${what}: connection lost.`);
  const { code, message, error } = Object(thrown) as { code?: unknown; message?: unknown; error?: { code?: unknown } };
  if (error?.code === 3) return new CaretakerError('connection_lost', `${what}: connection lost.`);
  const words = `${String(code ?? 'error')}: ${what}: ${String(message ?? thrown)}`;
  // A home may say back what it was told; its object says no more than these words.
  const quoted = token.length < LEAST_TOKEN ? words : words.replaceAll(token, '***');
  return new CaretakerError('command_failed', quoted, thrown instanceof Error ? thrown : undefined);
}
