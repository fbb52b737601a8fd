import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { instanceNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { Document, type Endpoint, type OpenApi } from './document';

/** Three homes with the same ids in them, as their seeds are the same. */
export const HOMES = ['home', 'vacation', 'testing'] as const;
export type HomeId = (typeof HOMES)[number];

/** What each key may. */
const KEYS = {
  all: { instances: [], access: 'write' },
  reader: { instances: [], access: 'read' },
  home: { instances: ['home'], access: 'write' },
  vacation: { instances: ['vacation'], access: 'read' },
} as const;
export type Key = keyof typeof KEYS;

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the text is as JSON; the text itself where it is none. */
  readonly body: unknown;
}

export interface Asked {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly path?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly key?: Key | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A real Node-RED with three homes and the API over them: with keys at `/api`, for everybody at `/open`. */
export class ApiSite {
  readonly homes: Readonly<Record<HomeId, SimulatedHome>>;
  readonly nodeRed: NodeRed;
  /** An entry of the lab with two devices, which has the same id in each home. */
  readonly entry: string;
  document: Document;

  private constructor(homes: Record<HomeId, SimulatedHome>, nodeRed: NodeRed, entry: string) {
    this.homes = homes;
    this.nodeRed = nodeRed;
    this.entry = entry;
    this.document = new Document({ paths: {} });
  }

  static async open(version: 4 | 5 = 5): Promise<ApiSite> {
    const started = await Promise.all(HOMES.map(() => startSimulatedHome({ seed: 21, startSeconds: 0.2 })));
    const entries = await Promise.all(started.map(({ lab }) => lab.add('Lab', 2, 2)));
    assert.equal(new Set(entries).size, 1, 'equal seeds give equal ids');
    const homes = Object.fromEntries(HOMES.map((id, n) => [id, started[n]])) as Record<HomeId, SimulatedHome>;
    const site = new ApiSite(homes, new NodeRed({ version }), entries[0] as string);
    try {
      await site.nodeRed.start();
      await site.nodeRed.deploy(flowsOf(homes));
      await site.live();
      const { status, body } = await site.get('/api/openapi.json');
      assert.equal(status, 200);
      site.document = new Document(body as OpenApi);
    } catch (thrown) {
      await site.close();
      throw thrown;
    }
    return site;
  }

  async close(): Promise<void> {
    await this.nodeRed.dispose();
    await Promise.all(HOMES.map((id) => this.homes[id].stop()));
  }

  /** Until every home is connected and seen. */
  async live(): Promise<void> {
    await eventually(async () => {
      const { body } = await this.get('/api/instances');
      const states = (body as { state: string; live: boolean }[]).map(({ state, live }) => [state, live]);
      assert.deepEqual(
        states,
        HOMES.map(() => ['connected', true]),
      );
    }, 20_000);
  }

  /** An operation of the document, its answer held against it. */
  async ask(id: string, asked: Asked = {}): Promise<Answered> {
    const endpoint = this.document.endpoint(id);
    const answer = await this.send(endpoint.method, pathOf(endpoint, asked.path ?? {}), asked);
    const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
    this.document.validate(endpoint, answer.status, type, answer.body);
    return answer;
  }

  async get(path: string, key: Key | null = 'all'): Promise<Answered> {
    return this.send('GET', path, { key });
  }

  /** @param path from the root of Node-RED */
  async send(method: string, path: string, { query = {}, body, key = 'all', headers = {} }: Asked): Promise<Answered> {
    const url = new URL(path, this.nodeRed.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const secret = key === null ? {} : { 'x-api-key': secretOf(key) };
    const response = await fetch(url, {
      method,
      headers: { ...type, ...secret, ...headers },
      ...sent,
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }
}

export function secretOf(key: Key): string {
  return `ck_${key}_0123456789`;
}

function pathOf({ path }: Pick<Endpoint, 'path'>, values: Readonly<Record<string, string>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'x'));
  return filled.startsWith('/api/') ? filled : `/api${filled}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Short waits: an incident is there within a second or two, and a heal in vain ends as soon. */
const EAGER = {
  health_check_interval_seconds: 1,
  incident_window_seconds: 1,
  verify_seconds: 1,
  cooldown_seconds: 0,
  circuit_breaker_threshold: 0,
  max_attempts: 0,
  reloads_per_hour: 10_000,
};

function flowsOf(homes: Readonly<Record<HomeId, SimulatedHome>>): FlowNode[] {
  const keys = Object.entries(KEYS).map(([name, key]) => ({ name, ...key, sha256: sha256(secretOf(name as Key)) }));
  return [
    { id: 'tab', type: 'tab' },
    ...HOMES.map((id) => instanceNode(id, homes[id], { ...EAGER, credentials: { token: homes[id].tokens.admin } })),
    ...apiAt('api', '/api/*', { keys, anonymous: 'none' }),
    ...apiAt('open', '/open/*', { keys: [], anonymous: 'write' }),
    { id: 'failed', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['caught']] },
    catcher('caught', 'tab'),
  ];
}

/** What the example does: a request of each method, the node, and the answer. */
function apiAt(id: string, url: string, fields: object): FlowNode[] {
  const methods = ['get', 'post', 'delete'].map((method) => {
    return { id: `${id}-${method}`, type: 'http in', z: 'tab', url, method, wires: [[id]] };
  });
  return [
    ...methods,
    { id, type: 'caretaker-api', z: 'tab', instances: [], ...fields, wires: [[`${id}-out`], []] },
    { id: `${id}-out`, type: 'http response', z: 'tab', wires: [] },
  ];
}
