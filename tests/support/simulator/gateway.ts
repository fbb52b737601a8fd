import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Host } from './host';
import { answerRest } from './rest';
import { Session } from './session';

/** The port: listens, refuses, upgrades, and knows every open socket so that nothing leaks. */
export class Gateway {
  readonly sessions = new Set<Session>();
  /** Every TCP connection that is open now. */
  readonly sockets = new Set<Socket>();
  /** WebSockets ever opened. */
  opened = 0;
  #server: Server | undefined;
  #upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    autoPong: false,
    maxPayload: 64 * 1024 * 1024,
  });
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(
    private readonly host: Host,
    private readonly heartbeatSeconds: number,
  ) {}

  /**
   * Answers the port. Below the ports the system gives to clients: while we are down, a client that tries again and
   * again would one day be given our own port and talk to itself.
   */
  async listenAnywhere(): Promise<number> {
    for (;;) {
      const port = 20_000 + Math.floor(Math.random() * 12_000);
      try {
        return await this.listen(port);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      }
    }
  }

  /** Answers the port. */
  async listen(port: number): Promise<number> {
    const server = createServer((request, response) => {
      answerRest(this.host, request, response).catch(() => response.destroy());
    });
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    this.#heartbeat = setInterval(() => this.#ping(), this.heartbeatSeconds * 1000).unref();
    const address = server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** Says goodbye with 1000, as a restart does, then refuses connections. */
  async closeGracefully(): Promise<void> {
    for (const { socket } of this.sessions) socket.close(1000);
    await Promise.race([this.#allGone(), new Promise((resolve) => setTimeout(resolve, 200))]);
    await this.terminate();
  }

  /** As a killed process: no close frame, and the port refuses. */
  async terminate(): Promise<void> {
    clearInterval(this.#heartbeat);
    const server = this.#server;
    this.#server = undefined;
    const closed = server ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
    const gone = [...this.sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.sockets) socket.destroy();
    await Promise.all([closed, ...gone]);
  }

  async #allGone(): Promise<void> {
    await Promise.all([...this.sessions].map(({ socket }) => new Promise((resolve) => socket.once('close', resolve))));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { faults } = this.host;
    socket.on('error', () => socket.destroy());
    if (faults.isUpgradeStalled || faults.isSilent) return;
    const path = (request.url ?? '').split('?', 1)[0];
    const status = faults.isNotHa || path !== '/api/websocket' ? 404 : faults.upgradeStatus;
    if (status) {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (websocket) => this.#open(websocket));
  }

  #open(websocket: WebSocket): void {
    this.opened++;
    const session = new Session(this.host, websocket);
    this.sessions.add(session);
    websocket.on('close', () => this.sessions.delete(session));
  }

  #ping(): void {
    if (this.host.faults.isSilent) return;
    for (const { socket } of this.sessions) socket.ping();
  }
}
