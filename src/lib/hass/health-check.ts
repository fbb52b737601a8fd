import { CaretakerError } from '../error';
import type { Connection } from './connection';
import { request } from './rest';
import type { Target } from './target';

/** What one half of a health check came to. */
export interface Sign {
  readonly ok: boolean;
  /** Until the answer, ms; null when none came. */
  readonly latency: number | null;
  /** Why it was not answered as it should be; null when it was. */
  readonly error: CaretakerError | null;
}

/** A ping and a REST call, at one time. */
export interface CheckUp {
  /** Epoch ms; when it was asked. */
  readonly at: number;
  /** The connection that was pinged; null: there was none. */
  readonly connection: Connection | null;
  /** Null without a connection. */
  readonly socket: Sign | null;
  /** Null when none was made: after a 401 each would count as a failed login. */
  readonly rest: Sign | null;
}

export interface HealthCheckHost {
  readonly target: Target;
  /** Between two that nobody asks for, ms. */
  readonly interval: number;
  /** Until a health check must be answered, ms. */
  readonly patience: number;
  readonly connection: Connection | null;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  checked(check: CheckUp): void;
}

/** Asks a home whether it is there, one question at a time however many want to know. */
export class HealthCheck {
  /** How many have ended. */
  count = 0;
  last: CheckUp | null = null;
  /** Epoch ms of the last one that was answered by both, WebSocket and REST. */
  lastGood: number | null = null;
  /** After a 401 no REST call until the token was accepted again: each would count as a failed login. */
  restRefused = false;
  readonly #host: HealthCheckHost;
  #current: Promise<CheckUp> | null = null;

  constructor(host: HealthCheckHost) {
    this.#host = host;
  }

  get interval(): number {
    return this.#host.interval;
  }

  /** One that is no older than `age` ms and of the connection there is now. Never rejects. */
  async noOlderThan(age: number): Promise<CheckUp> {
    const { last } = this;
    const isFresh = last !== null && last.connection === this.#host.connection;
    return isFresh && Date.now() - last.at < age ? last : this.run();
  }

  /** Joins the one that is under way. Never rejects. */
  run(): Promise<CheckUp> {
    this.#current ??= this.#check().finally(() => {
      this.#current = null;
    });
    return this.#current;
  }

  /** Resolves once none is under way. */
  async ended(): Promise<void> {
    await this.#current;
  }

  async #check(): Promise<CheckUp> {
    const at = Date.now();
    const { connection, signal } = this.#host;
    const [socket, rest] = await Promise.all([connection && this.#checkSocket(connection), this.#checkRest()]);
    const check = { at, connection, socket, rest };
    if (signal.aborted) return check;
    this.last = check;
    this.count += 1;
    if (socket?.ok && rest?.ok) this.lastGood = Date.now();
    this.#host.checked(check);
    return check;
  }

  async #checkSocket(connection: Connection): Promise<Sign> {
    const { heard } = connection;
    const judge = () => {
      if (connection.heard === heard) connection.end('no answer to a ping');
    };
    // After a look at the socket: when somebody held up the loop, the answer may lie there unread.
    const giveUp = setTimeout(() => setImmediate(judge), this.#host.patience);
    try {
      return await timed(() => connection.ping());
    } finally {
      clearTimeout(giveUp);
    }
  }

  async #checkRest(): Promise<Sign | null> {
    if (this.restRefused) return null;
    const { target, patience, signal } = this.#host;
    return timed(async () => {
      const { status } = await request(target, 'GET', '/api/', patience, { signal });
      if (status === 401) this.restRefused = true;
      if (status !== 200) throw new CaretakerError('cannot_connect', `GET /api/ was answered with HTTP ${status}.`);
    });
  }
}

async function timed(ask: () => Promise<void>): Promise<Sign> {
  const start = performance.now();
  try {
    await ask();
    return { ok: true, latency: performance.now() - start, error: null };
  } catch (thrown) {
    const error = thrown instanceof CaretakerError ? thrown : new CaretakerError('cannot_connect', String(thrown));
    return { ok: false, latency: null, error };
  }
}
