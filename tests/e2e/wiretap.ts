import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Json } from '../contract/client';

/** What only looks. Whatever else a home is asked is a deed. */
const LOOKS = [
  /^(auth|ping|supported_features|render_template|unsubscribe_events)$/,
  /^get_\w+$/,
  /^subscribe_\w+$/,
  /\/(list|list_issues|get|subscribe|current_user|progress|info)$/,
];

/** Something a home was told to do. */
interface Deed {
  /** `homeassistant.update_entity sensor.a, sensor.b`, `POST /api/...`, or the type of a command. */
  readonly what: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Stands between Node-RED and a home, whatever home it is, and notes what the home is told to do. */
export class Wiretap {
  readonly deeds: Deed[] = [];
  /** Commands and requests of any kind. */
  heard = 0;
  readonly #to: string;
  readonly #door = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer));

  /** @param to address of the home */
  constructor(to: string) {
    this.#to = to;
    this.#server.on('upgrade', (asked, socket, head) => this.#upgrade(asked, socket, head));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    for (const client of this.#door.clients) client.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method = 'GET', url = '/', headers } = asked;
    this.heard += 1;
    if (method !== 'GET') this.#note(`${method} ${url}`);
    const passed = request(this.#to + url, { method, headers, agent: false }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
      got.on('error', () => answer.destroy());
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  }

  /** A home that is down lets nobody in here either. */
  #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const home = new WebSocket(this.#to.replace('http', 'ws') + asked.url, { perMessageDeflate: false });
    socket.on('error', () => home.terminate());
    home.on('error', () => socket.destroy());
    home.once('open', () => this.#door.handleUpgrade(asked, socket, head, (client) => this.#join(client, home)));
  }

  #join(client: WebSocket, home: WebSocket): void {
    client.on('message', (data, binary) => {
      for (const message of [JSON.parse(String(data))].flat()) this.#hear(message as Json);
      home.send(data, { binary });
    });
    home.on('message', (data, binary) => client.send(data, { binary }));
    home.on('close', () => client.terminate());
    client.on('close', () => home.terminate());
    client.on('error', () => client.terminate());
  }

  #hear(message: Json): void {
    const type = String(message['type']);
    this.heard += 1;
    if (type === 'call_service') this.#note(`${message['domain']}.${message['service']} ${aboutOf(message)}`);
    else if (!LOOKS.some((look) => look.test(type))) this.#note(type);
  }

  #note(what: string): void {
    this.deeds.push({ what, at: Date.now() });
  }
}

function aboutOf({ service_data }: Json): string {
  const { entity_id, ...more } = Object(service_data) as Json;
  return [entity_id ?? JSON.stringify(more)].flat().join(', ');
}
