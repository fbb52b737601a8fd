import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Heard {
  readonly id: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

export type Reply = (message: Heard, socket: WebSocket) => void;

const entry = {
  entry_id: 'entry_1',
  domain: 'demo',
  title: 'Demo',
  state: 'loaded',
  source: 'user',
  disabled_by: null,
};

/** A home that says what a test wants it to say, true or not. Left alone it is a small healthy one. */
export class LyingHome {
  readonly heard: Heard[] = [];
  /** WebSockets ever opened. */
  opened = 0;
  /** Every TCP connection open now. */
  readonly sockets = new Set<Socket>();
  readonly replies = new Map<string, Reply>();
  /** Runs instead of saying `auth_required`. */
  greet: (socket: WebSocket) => void = (socket) => socket.send('{"type":"auth_required","ha_version":"2026.11.0"}');
  /** Runs instead of answering the log-in. */
  admit: (socket: WebSocket) => void = (socket) => socket.send('{"type":"auth_ok","ha_version":"2026.11.0"}');
  readonly #server: Server;
  readonly #upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  #port = 0;

  constructor() {
    this.#server = createServer((_request, response) => response.end('{"message":"API running."}'));
    this.#server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrader.handleUpgrade(request, socket, head, (websocket) => this.#open(websocket));
    });
    this.reply('auth/current_user', { id: 'u', name: 'User', is_admin: false, is_owner: false });
    for (const registry of ['entity', 'device', 'area', 'label']) this.reply(`config/${registry}_registry/list`, []);
    this.reply('get_config', { version: '2026.11.0', location_name: 'Home', time_zone: 'UTC', state: 'RUNNING' });
    this.reply('config_entries/subscribe', null, [{ type: null, entry }]);
    this.reply('subscribe_events', null);
    this.reply('subscribe_entities', null, { a: { 'binary_sensor.door': { s: 'on', a: {}, c: 'x', lc: 1.7e9 } } });
    this.replies.set('ping', ({ id }, socket) => socket.send(JSON.stringify({ id, type: 'pong' })));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.#port = (this.#server.address() as { port: number }).port;
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.#server.close(done));
  }

  /** Answers a command with this result and, as a subscription, with this first event. */
  reply(type: string, result: unknown, event?: unknown): void {
    this.replies.set(type, ({ id }, socket) => {
      socket.send(JSON.stringify({ id, type: 'result', success: true, result }));
      if (event !== undefined) socket.send(JSON.stringify({ id, type: 'event', event }));
    });
  }

  /** The id under which the newest connection asked for this. */
  idOf(type: string): number {
    return this.heard.findLast((message) => message.type === type)?.id ?? 0;
  }

  /** Sends text or bytes as a frame of its own to every client. */
  say(data: unknown): void {
    const frame = typeof data === 'string' || Buffer.isBuffer(data) ? data : JSON.stringify(data);
    for (const socket of this.#upgrader.clients) socket.send(frame);
  }

  #open(socket: WebSocket): void {
    this.opened += 1;
    this.#upgrader.clients.add(socket);
    socket.on('close', () => this.#upgrader.clients.delete(socket));
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Heard;
      if (message.type === 'auth') return this.admit(socket);
      this.heard.push(message);
      this.replies.get(message.type)?.(message, socket);
    });
    this.greet(socket);
  }
}
