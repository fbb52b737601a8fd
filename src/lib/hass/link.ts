import { setTimeout as sleep } from 'node:timers/promises';
import { CaretakerError, describe } from '../error';
import { backOff, fixedBackOff } from './back-off';
import { Connection, type ConnectionTimes } from './connection';
import { type CheckUp, HealthCheck } from './health-check';
import { defaultSocketTimes } from './socket';
import type { Target } from './target';

/** `degraded`: REST works, WebSocket does not. `error`: it will not get better by itself (bad token, wrong home). */
export type ConnectionState = 'connected' | 'degraded' | 'disconnected' | 'error';

export interface LinkTimes extends ConnectionTimes {
  /** Between two health checks, ms. */
  readonly healthCheck: number;
  /** Until a health check must be answered, ms. */
  readonly ping: number;
  readonly firstRetry: number;
  readonly mostRetry: number;
  /** Waits after a refused token, the last one repeated, ms. */
  readonly refusedRetries: readonly number[];
}

export const defaultLinkTimes: LinkTimes = {
  ...defaultSocketTimes,
  command: 30_000,
  healthCheck: 60_000,
  ping: 10_000,
  firstRetry: 1_000,
  mostRetry: 60_000,
  // Home Assistant may ban an address for failed logins: ten minutes, an hour, then daily.
  refusedRetries: [600_000, 3_600_000, 86_400_000],
};

export interface LinkEvents {
  /**
   * A new connection, logged in. Must bring everything up to date; a rejection ends this connection.
   * @param signal fires when this connection has ended
   */
  sync(connection: Connection, signal: AbortSignal): Promise<void>;
  /** The state or what keeps it there is another one. */
  changed(state: ConnectionState, reason: CaretakerError | null): void;
  trouble(what: string): void;
}

/** Keeps one Home Assistant connected for as long as it is asked to. */
export class Link {
  state: ConnectionState = 'disconnected';
  reason: CaretakerError | null = null;
  connection: Connection | null = null;
  readonly healthCheck: HealthCheck;
  readonly #target: Target;
  readonly #times: LinkTimes;
  readonly #events: LinkEvents;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(target: Target, times: LinkTimes, events: LinkEvents) {
    this.#target = target;
    this.#times = times;
    this.#events = events;
    const link = this;
    this.healthCheck = new HealthCheck({
      target,
      interval: times.healthCheck,
      patience: times.ping,
      get connection() {
        return link.connection;
      },
      signal: this.#stop.signal,
      checked: (check) => this.#checked(check),
    });
  }

  start(): void {
    this.#running = Promise.all([this.#connectForEver(), this.#checkForEver()]);
  }

  /** Resolves once nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.connection?.end('stopped');
    await this.#running;
    await this.healthCheck.ended();
  }

  /** Ends the waiting for the next try. */
  retryNow(): void {
    this.#wake.abort();
  }

  async #connectForEver(): Promise<void> {
    const ordinary = backOff({ first: this.#times.firstRetry, most: this.#times.mostRetry });
    const refused = fixedBackOff(this.#times.refusedRetries);
    while (!this.#stop.signal.aborted) {
      const reason = await this.#connectOnce(() => {
        ordinary.reset();
        refused.reset();
      });
      if (this.#stop.signal.aborted) return;
      const hopeless = reason.code === 'invalid_auth';
      if (hopeless) this.healthCheck.restRefused = true;
      this.#change(hopeless || reason.code === 'wrong_home' ? 'error' : 'disconnected', reason);
      await this.#pause((hopeless ? refused : ordinary).next(Math.random()));
    }
  }

  /** One connection from first packet to its end; answers why it ended. Never rejects. */
  async #connectOnce(settled: () => void): Promise<CaretakerError> {
    const life = new AbortController();
    let connection: Connection | undefined;
    const abort = () => {
      life.abort();
      // What waits for an answer does not see the signal.
      connection?.end('stopped');
    };
    this.#stop.signal.addEventListener('abort', abort);
    let ended: (error: CaretakerError) => void = () => {};
    const end = new Promise<CaretakerError>((resolve) => {
      ended = resolve;
    });
    const events = {
      ended: (why: string) => {
        life.abort();
        ended(new CaretakerError('connection_lost', `The connection ended: ${why}.`));
      },
      trouble: (what: string) => this.#events.trouble(what),
    };
    try {
      connection = await Connection.connect(this.#target, this.#times, events, life.signal);
      this.healthCheck.restRefused = false;
      if (life.signal.aborted) connection.end('stopped');
      await this.#events.sync(connection, life.signal);
      if (life.signal.aborted) return await end;
      this.connection = connection;
      this.#change('connected', null);
      // One that is lost right after it was made does not count as a success.
      const stable = setTimeout(settled, this.#times.firstRetry * 5);
      const reason = await end;
      clearTimeout(stable);
      return reason;
    } catch (thrown) {
      return thrown instanceof CaretakerError ? thrown : new CaretakerError('cannot_connect', describe(thrown), thrown);
    } finally {
      this.connection = null;
      connection?.end('given up');
      life.abort();
      this.#stop.signal.removeEventListener('abort', abort);
    }
  }

  async #checkForEver(): Promise<void> {
    const { healthCheck } = this.#times;
    // Homes that were deployed together are not checked in one moment.
    for (let wait = healthCheck * (1 - Math.random() / 2); !this.#stop.signal.aborted; wait = healthCheck) {
      if (!(await this.#sleep(wait, this.#stop.signal))) return;
      await this.healthCheck.run();
    }
  }

  #checked({ rest }: CheckUp): void {
    const answers = rest?.ok === true;
    if (this.connection || this.state === 'error') return;
    // Until the first try has ended nobody knows whether the socket works.
    if (this.state === 'disconnected' && this.reason === null) return;
    this.#tell(answers ? 'degraded' : 'disconnected', this.reason);
  }

  #change(state: ConnectionState, reason: CaretakerError | null): void {
    // The socket's tries go on while REST works.
    const stays = state === 'disconnected' && this.state === 'degraded' && reason?.code !== 'connection_lost';
    this.#tell(stays ? this.state : state, reason);
  }

  #tell(state: ConnectionState, reason: CaretakerError | null): void {
    const known = state === this.state && reason?.code === this.reason?.code;
    this.reason = reason;
    this.state = state;
    if (known) return;
    try {
      this.#events.changed(state, reason);
    } catch (thrown) {
      this.#events.trouble(describe(thrown));
    }
  }

  async #pause(ms: number): Promise<void> {
    await this.#sleep(ms, AbortSignal.any([this.#stop.signal, this.#wake.signal]));
    // Renewed after the waiting: a wish uttered during the last try counts as well.
    this.#wake = new AbortController();
  }

  /** False when it was interrupted. */
  async #sleep(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await sleep(ms, undefined, { signal });
      return true;
    } catch {
      return false;
    }
  }
}
