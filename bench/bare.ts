import { WebSocket } from 'ws';

/** What the product asks for, in its order. */
const COMMANDS = [
  { type: 'auth/current_user' },
  { type: 'config_entries/subscribe' },
  { type: 'subscribe_events', event_type: 'entity_registry_updated' },
  { type: 'subscribe_events', event_type: 'device_registry_updated' },
  { type: 'subscribe_events', event_type: 'area_registry_updated' },
  { type: 'subscribe_events', event_type: 'core_config_updated' },
  { type: 'config/entity_registry/list' },
  { type: 'config/device_registry/list' },
  { type: 'config/area_registry/list' },
  { type: 'config/label_registry/list' },
  { type: 'subscribe_entities' },
  { type: 'get_config' },
];

/** The floor: nothing but `ws` and `JSON.parse` on the very frames that the product gets. */
export class Bare {
  /** All that was asked for has come. */
  readonly synced: Promise<void>;
  readonly #socket: WebSocket;
  #answers = 0;

  constructor(url: string, counted: (events: number) => void) {
    this.#socket = new WebSocket(`${url.replace('http', 'ws')}/api/websocket`, { perMessageDeflate: false });
    this.synced = new Promise((done, fail) => {
      this.#socket.on('error', fail);
      this.#socket.once('message', () => this.#ask(counted, done));
    });
  }

  #ask(counted: (events: number) => void, done: () => void): void {
    const send = (message: object) => this.#socket.send(JSON.stringify(message));
    this.#socket.once('message', () => {
      this.#socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as { id: number } | { id: number }[];
        if (this.#answers >= COMMANDS.length) return counted(Array.isArray(message) ? message.length : 1);
        this.#answers += 1;
        if (this.#answers === COMMANDS.length) done();
      });
      for (const [index, command] of COMMANDS.entries()) send({ id: index + 2, ...command });
    });
    send({ type: 'auth', access_token: 'bench' });
  }
}
