import type { RawData, WebSocket } from 'ws';
import type { Command, Peer } from './command';
import { COMMANDS } from './commands';
import type { Host } from './host';
import { CommandError, isRecord, type Message } from './message';
import { ServiceError } from './services';
import type { User } from './users';

/** Bytes the kernel has not taken, after which Home Assistant writes no more but keeps what it has to say. */
const WRITE_LIMIT = 1024 * 1024;
/** ... after which this process would run out of memory. */
const MAX_BACKLOG = 512 * 1024 * 1024;
/** Between two looks whether the client reads again, ms. */
const DRAIN_POLL = 5;

/** One WebSocket client: log-in, ids, answers, and the queue that becomes coalesced frames. */
export class Session implements Peer {
  user: User | undefined;
  readonly subscriptions = new Map<number, () => void>();
  #lastId = 0;
  #coalesce = false;
  #queue: string[] = [];
  #scheduled = false;

  constructor(
    readonly host: Host,
    readonly socket: WebSocket,
  ) {
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    socket.on('ping', (data) => {
      if (!host.faults.isSilent) socket.pong(data);
    });
    socket.on('close', () => this.#forget());
    socket.on('error', () => socket.terminate());
    if (!host.faults.isSilent) socket.send(JSON.stringify({ type: 'auth_required', ha_version: host.core.version }));
  }

  result(id: number, value: unknown = null): void {
    this.queue(JSON.stringify({ id, type: 'result', success: true, result: value }));
  }

  error(id: unknown, code: string, message: string, more: Message = {}): void {
    this.queue(JSON.stringify({ id, type: 'result', success: false, error: { code, message, ...more } }));
  }

  event(id: number, event: unknown): void {
    this.queue(JSON.stringify({ id, type: 'event', event }));
  }

  setCoalesce(on: boolean): void {
    this.#coalesce = on;
  }

  /** Messages queued in the same turn leave together. */
  queue(message: string): void {
    if (this.host.faults.isSilent || this.socket.readyState !== this.socket.OPEN) return;
    this.#queue.push(message);
    if (this.#queue.length >= this.host.maxPending) this.socket.terminate();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const queue = this.#queue;
    if (queue.length === 0 || this.socket.readyState !== this.socket.OPEN) return;
    if (Number.isFinite(this.host.maxPending) && this.socket.bufferedAmount > WRITE_LIMIT) {
      this.#scheduled = true;
      setTimeout(() => this.#flush(), DRAIN_POLL).unref();
      return;
    }
    this.#queue = [];
    if (this.socket.bufferedAmount > MAX_BACKLOG) this.socket.terminate();
    else if (this.#coalesce && queue.length > 1) this.socket.send(`[${queue.join(',')}]`);
    else for (const message of queue) this.socket.send(message);
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.host.faults.isSilent) return;
    if (isBinary) return;
    let message: unknown;
    try {
      message = JSON.parse(String(data));
    } catch {
      this.#flush();
      this.socket.close(1000);
      return;
    }
    if (!this.user) this.#login(message);
    else for (const one of Array.isArray(message) ? message : [message]) this.#handle(one);
  }

  #login(message: unknown): void {
    if (this.host.faults.isAuthStalled) return;
    const record = isRecord(message) ? message : {};
    if (record['type'] !== 'auth') {
      this.#refuse("Auth message incorrectly formatted: not a valid value for dictionary value @ data['type']");
      return;
    }
    const user = this.host.users.login(this.host.faults.isAuthInvalid ? null : record['access_token']);
    if (!user) {
      this.#refuse('Invalid access token or password');
      return;
    }
    this.user = user;
    this.socket.send(JSON.stringify({ type: 'auth_ok', ha_version: this.host.core.version }));
  }

  #refuse(message: string): void {
    this.socket.send(JSON.stringify({ type: 'auth_invalid', message }));
    this.socket.close(1000);
  }

  #handle(message: unknown): void {
    const id = isRecord(message) ? message['id'] : 0;
    if (!isRecord(message) || typeof id !== 'number' || id <= 0 || typeof message['type'] !== 'string') {
      this.error(id ?? null, 'invalid_format', 'Message incorrectly formatted.');
      return;
    }
    const type = message['type'];
    this.host.calls.push({ via: 'ws', type, payload: message, who: this.user?.group ?? null, at: Date.now() });
    if (id <= this.#lastId) {
      this.error(id, 'id_reuse', 'Identifier values have to increase.');
      return;
    }
    const command = COMMANDS.get(type);
    const name = nameOf(message, type);
    const wait = this.host.faults.delayOf(type, name);
    if (wait === undefined) this.#run(id, type, command, message);
    else if (wait !== Number.POSITIVE_INFINITY) setTimeout(() => this.#run(id, type, command, message), wait).unref();
    // Home Assistant does not count a command it does not know.
    if (command) this.#lastId = id;
  }

  #run(id: number, type: string, command: Command | undefined, message: Message): void {
    const refused = this.host.faults.rejectionOf(type, nameOf(message, type));
    if (refused) this.error(id, refused.code, refused.message);
    else if (!command || !isKnown(command, this.host)) this.error(id, 'unknown_command', 'Unknown command.');
    else this.#attempt(id, command, message).catch((error: unknown) => this.#failed(id, error));
  }

  async #attempt(id: number, command: Command, message: Message): Promise<void> {
    if (command.admin && this.user?.group !== 'admin') throw new CommandError('unauthorized', 'Unauthorized');
    for (const key of Object.keys(message)) {
      if (key === 'id' || key === 'type' || command.keys.includes(key)) continue;
      if (command.modernKeys?.includes(key) && this.host.core.modern) continue;
      throw new CommandError(
        'invalid_format',
        this.host.core.modern
          ? `not a valid option at '${key}'. Got ${JSON.stringify(message[key])}`
          : `extra keys not allowed @ data['${key}']. Got ${JSON.stringify(message[key])}`,
      );
    }
    for (const key of command.required ?? []) {
      if (!(key in message)) throw new CommandError('invalid_format', missing(key, this.host.core.modern));
    }
    await command.run({ session: this, host: this.host, id, message });
  }

  #failed(id: number, error: unknown): void {
    if (error instanceof ServiceError) this.error(id, error.code, error.message, error.more);
    else if (error instanceof CommandError) this.error(id, error.code, error.message);
    else this.error(id, 'unknown_error', error instanceof Error ? error.message : 'Unknown error');
  }

  #forget(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
    this.#queue = [];
  }
}

/** A service has its own. */
function nameOf({ domain, service }: Message, type: string): string {
  return type === 'call_service' ? `${domain}.${service}` : type;
}

function isKnown({ since, integration }: Command, { core }: Host): boolean {
  return (!since || core.modern) && (!integration || core.has(integration));
}

function missing(key: string, modern: boolean): string {
  return modern
    ? `required key not provided at '${key}'. Got None`
    : `required key not provided @ data['${key}']. Got None`;
}
