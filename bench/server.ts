/** A process of its own: as much of a Home Assistant as a client needs, on loopback, with all it says made beforehand. */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import {
  areaRegistry,
  change,
  configEntries,
  deviceRegistry,
  entityId,
  entityRegistry,
  eventMessage,
  floodFrames,
  frame,
  type HomeSize,
  snapshot,
  stateChanged,
  stateOf,
} from './load';

/** What the bench asks for; the answer has the same `id`. */
export type Order =
  | { readonly id: number; readonly do: 'flood'; readonly entities: number; readonly coalesced: number }
  | { readonly id: number; readonly do: 'ready'; readonly home: number }
  | {
      readonly id: number;
      readonly do: 'flip';
      readonly home: number;
      readonly events: number;
      readonly rate: number;
      /** Each comes back with the next event; else only when its turn comes again. */
      readonly comesBack?: true;
    };

/** When a flip was written, by the clock of `process.hrtime`, ms. */
export type Flip = readonly [entityId: string, at: number];

/** Enough for each entity to have its turn; beyond this only memory grows. */
const FLOOD_EVENTS = 20_000;
const CHUNK_BYTES = 65_536;
/** Without a command for this long a client has settled, ms. */
const QUIET_MS = 1_500;

interface Command {
  readonly id: number;
  readonly type: string;
  readonly event_type?: string;
}

/** The parts that are the same for each client of a home. */
class Home {
  readonly size: HomeSize;
  readonly #texts = new Map<string, string>();
  readonly #floods = new Map<string, Buffer>();
  readonly #down: Uint8Array;
  #turn = 0;

  constructor(size: HomeSize) {
    this.size = size;
    this.#down = new Uint8Array(size.entities);
  }

  text(name: string, make: () => string): string {
    let text = this.#texts.get(name);
    if (text !== undefined) return text;
    text = make();
    this.#texts.set(name, text);
    return text;
  }

  flood(coalesced: number, subscription: number): Buffer {
    const key = `${coalesced} ${subscription}`;
    const made = this.#floods.get(key);
    if (made) return made;
    const events = this.size.home > 0 ? 3_000 : Math.max(FLOOD_EVENTS, 2 * this.size.entities);
    const flood = floodFrames(this.size, coalesced, subscription, events);
    this.#floods.set(key, flood);
    return flood;
  }

  /** The next entity goes down, or comes back. */
  flip(comesBack: boolean): { id: string; index: number; from: string; to: string } {
    const turn = this.#turn++;
    const index = (comesBack ? turn >>> 1 : turn) % this.size.entities;
    const well = stateOf(index, 0.25);
    this.#down[index] = this.#down[index] ? 0 : 1;
    const [from, to] = this.#down[index] ? [well, 'unavailable'] : ['unavailable', well];
    return { id: entityId(this.size, index), index, from, to };
  }
}

class Client {
  entitiesId: number | undefined;
  stateChangedId: number | undefined;
  lastCommand = 0;
  readonly home: Home;
  readonly coalesced: number;
  readonly #raw: Socket;
  readonly #firstEvents: Readonly<Record<string, () => string>> = {
    'config_entries/subscribe': () =>
      JSON.stringify(configEntries(this.home.size).map((entry) => ({ type: null, entry }))),
    subscribe_entities: () => snapshot(this.home.size),
  };
  readonly #results: Readonly<Record<string, () => string>> = {
    'auth/current_user': () => '{"id":"bench","name":"Bench","is_owner":true,"is_admin":true}',
    get_config: () => JSON.stringify(config),
    get_services: () => '{"light":{"turn_on":{"name":"Turn on","fields":{}}}}',
    subscribe_events: () => 'null',
    unsubscribe_events: () => 'null',
    supported_features: () => 'null',
    'config/entity_registry/list': () => JSON.stringify(entityRegistry(this.home.size)),
    'config/device_registry/list': () => JSON.stringify(deviceRegistry(this.home.size)),
    'config/area_registry/list': () => JSON.stringify(areaRegistry()),
    'config/label_registry/list': () => '[]',
    'config/floor_registry/list': () => '[]',
  };

  constructor(home: Home, coalesced: number, raw: Socket) {
    this.home = home;
    this.coalesced = coalesced;
    this.#raw = raw;
    this.#say('{"type":"auth_required","ha_version":"2026.11.0"}');
  }

  heard(text: string): void {
    const message = JSON.parse(text) as Command | Command[];
    this.lastCommand = performance.now();
    for (const command of Array.isArray(message) ? message : [message]) this.#answer(command);
  }

  /** Says the same again and again, as fast as it is read. */
  flood(): void {
    const flood = this.home.flood(this.coalesced, this.entitiesId ?? 0);
    let at = 0;
    const pump = () => {
      while (!this.#raw.destroyed) {
        const chunk = flood.subarray(at, at + CHUNK_BYTES);
        at = at + CHUNK_BYTES >= flood.length ? 0 : at + CHUNK_BYTES;
        if (!this.#raw.write(chunk)) return;
      }
    };
    this.#raw.on('drain', pump);
    pump();
  }

  /** One event as this client has asked for it, ready to be written. */
  flipFrame(comesBack = false): { id: string; bytes: Buffer } {
    const { id, index, from, to } = this.home.flip(comesBack);
    const plus = { s: to, lc: Date.now() / 1000, c: '01KAMF0S2J9Q6W3YV5T8R4X7ZD' };
    const messages = [eventMessage(this.entitiesId ?? 0, change(id, plus))];
    if (this.stateChangedId !== undefined) messages.push(stateChanged(id, index, from, to, this.stateChangedId));
    return { id, bytes: frame(messages.length === 1 ? (messages[0] as string) : `[${messages.join(',')}]`) };
  }

  write(bytes: Buffer): void {
    this.#raw.write(bytes);
  }

  #say(text: string): void {
    this.#raw.write(frame(text));
  }

  #result(id: number, result: string): void {
    this.#say(`{"id":${id},"type":"result","success":true,"result":${result}}`);
  }

  #answer(command: Command): void {
    const { id, type, event_type } = command;
    if (type === 'subscribe_events' && event_type === 'state_changed') this.stateChangedId = id;
    if (type === 'subscribe_entities') this.entitiesId = id;
    if (type === 'auth') this.#say('{"type":"auth_ok","ha_version":"2026.11.0"}');
    else if (type === 'ping') this.#say(`{"id":${id},"type":"pong"}`);
    else if (this.#firstEvents[type]) this.#firstEvent(id, this.home.text(type, this.#firstEvents[type]));
    else if (this.#results[type]) this.#result(id, this.home.text(type, this.#results[type]));
    else this.#say(`{"id":${id},"type":"result","success":false,"error":{"code":"unknown_command","message":""}}`);
  }

  #firstEvent(id: number, event: string): void {
    this.#say(
      `[{"id":${id},"type":"result","success":true,"result":null},{"id":${id},"type":"event","event":${event}}]`,
    );
  }
}

const config = {
  components: ['api', 'bench'],
  language: 'en',
  location_name: 'Bench',
  state: 'RUNNING',
  time_zone: 'UTC',
  unit_system: { length: 'km', temperature: '°C' },
  version: '2026.11.0',
};

const homes = new Map<string, Home>();
const clients = new Set<Client>();
const http = createServer((_, response) => response.end('{"message":"API running."}'));
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

/** Addresses look like /<home>/<entities>/<coalesced>/api/websocket. */
http.on('upgrade', (request, raw, head) => {
  const [, home = '0', entities = '1', coalesced = '1'] = (request.url ?? '').split('/');
  sockets.handleUpgrade(request, raw, head, (socket) => {
    (raw as Socket).setNoDelay(true);
    const key = `${home}/${entities}`;
    const at = homes.get(key) ?? new Home({ home: Number(home), entities: Number(entities) });
    homes.set(key, at);
    const client = new Client(at, Number(coalesced), raw as Socket);
    clients.add(client);
    socket.on('message', (data) => client.heard(String(data)));
    socket.on('error', () => {});
    socket.on('close', () => clients.delete(client));
  });
});

async function obey(order: Order): Promise<unknown> {
  if (order.do === 'flood') {
    const suits = ({ home, coalesced }: Client) =>
      home.size.entities === order.entities && coalesced === order.coalesced;
    const flooded = [...clients].filter((client) => suits(client) && client.entitiesId !== undefined);
    // Made before it is measured.
    for (const client of flooded) client.home.flood(client.coalesced, client.entitiesId ?? 0);
    for (const client of flooded) client.flood();
    return flooded.length;
  }
  const client = await settled(order.home);
  return order.do === 'ready' ? true : order.rate > 0 ? flipAtRate(client, order) : flipAtOnce(client, order.events);
}

/** The client of a home once it has all it asked for. */
async function settled(home: number): Promise<Client> {
  for (;;) {
    const client = [...clients].find((client) => client.home.size.home === home && client.entitiesId !== undefined);
    if (client && performance.now() - client.lastCommand > QUIET_MS) return client;
    await new Promise((done) => setTimeout(done, 50));
  }
}

function flipAtOnce(client: Client, events: number): Flip[] {
  client.write(Buffer.concat(Array.from({ length: events }, () => client.flipFrame().bytes)));
  return [];
}

function flipAtRate(client: Client, { events, rate, comesBack }: Extract<Order, { do: 'flip' }>): Promise<Flip[]> {
  const flips: Flip[] = [];
  const start = performance.now();
  return new Promise((done) => {
    const timer = setInterval(
      () => {
        const due = Math.min(events, Math.floor(((performance.now() - start) * rate) / 1000));
        while (flips.length < due) {
          const { id, bytes } = client.flipFrame(comesBack);
          flips.push([id, clock()]);
          client.write(bytes);
        }
        if (flips.length < events) return;
        clearInterval(timer);
        done(flips);
        // Of a hundred homes each has its own.
      },
      Math.max(1, 250 / rate),
    );
  });
}

/** One clock for all processes of this machine, ms. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.on('message', (order: Order) => {
  obey(order).then(
    (answer) => process.send?.({ id: order.id, answer }),
    (thrown: unknown) => process.send?.({ id: order.id, failure: String(thrown) }),
  );
});
process.on('disconnect', () => process.exit(0));
