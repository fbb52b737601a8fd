import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A port that leads to another port, of one's choice at any time; behind TLS when given a certificate. */
export class Door {
  readonly sockets = new Set<Socket>();
  leadsTo: string;
  readonly #server: Server;
  readonly #scheme: string;
  #port = 0;

  /** @param leadsTo the address of a home */
  constructor(leadsTo: string, tls?: TlsOptions) {
    this.leadsTo = leadsTo;
    this.#scheme = tls ? 'https' : 'http';
    const through = (socket: Socket) => this.#through(socket);
    this.#server = tls ? createTlsServer(tls, through) : createServer(through);
    this.#server.on('tlsClientError', () => {});
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.#port = (this.#server.address() as { port: number }).port;
    return this;
  }

  /** From now on it leads there; who is inside is thrown out. */
  lead(to: string): void {
    this.leadsTo = to;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.lead(this.leadsTo);
    await new Promise((done) => this.#server.close(done));
  }

  #through(socket: Socket): void {
    const inner = connect(Number(new URL(this.leadsTo).port), '127.0.0.1');
    this.sockets.add(socket);
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    socket.on('close', () => this.sockets.delete(socket));
  }
}
