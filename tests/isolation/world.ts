import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../src/lib/store/open';
import { openPostgres } from '../../src/lib/store/postgres';
import { recordCode } from '../../src/lib/store/stored-record';
import { eventually } from '../support/eventually';
import { type FlowNode, NodeRed, type Told } from '../support/node-red';
import { startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { type Database, postgresDatabase, sqliteDatabase } from './database';
import { A, B, type Bound, flowsOf, TITLE } from './flows';
import { furnishHealing, furnishPast } from './furnish';
import { callsOf, differs, filesOf, type Part, socketsOf, type Trace } from './trace';

export type Kind = 'sqlite' | 'postgres';

/** What is done every so many hours is done every second: nobody waits that long for a test. */
const HURRY = `--import=data:text/javascript,${encodeURIComponent(
  'const slow = setInterval; globalThis.setInterval = (run, ms, ...rest) => slow(run, ms >= 3600000 ? 1000 : ms, ...rest);',
)}`;

/** What the heal node can be asked without doing anything. */
const HOLDS = ['suppressions', 'windows'] as const;

/** What does not move for so long has come to rest, ms. */
const QUIET_MS = 150;
/** When a home has its first sums. */
const SUMS_MS = 4_000;
/** How far each was told is stored half a second later, ms. */
const PLACES_MS = 800;

type Changes = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

/** Two homes that are equal in all but the id, watched by one Node-RED over one store. */
export class World {
  readonly a: SimulatedHome;
  readonly b: SimulatedHome;
  /** An entry of the lab in each: the ids are equal, as the seeds are. */
  readonly entry: string;
  readonly nodeRed: NodeRed;
  /** The fields of its stores. */
  readonly storage: { readonly kind: Kind };
  /** What the Home Assistant of B is asked whenever it is connected to. */
  login: readonly string[] = [];
  #database: Database | undefined;
  readonly #base: readonly FlowNode[];
  #flows: readonly FlowNode[] = [];
  /** Where in all that was told the present operation begins. */
  #since = 0;
  /** As they were last sent: who sends them again makes Node-RED start the node again. */
  readonly #secrets = new Map<string, string>();

  private constructor(homes: readonly SimulatedHome[], entry: string, nodeRed: NodeRed, url: string | undefined) {
    [this.a, this.b] = homes as [SimulatedHome, SimulatedHome];
    this.entry = entry;
    this.nodeRed = nodeRed;
    this.storage = { kind: url === undefined ? 'sqlite' : 'postgres' };
    this.#base = flowsOf({ a: this.a, b: this.b, storage: this.storage, storeUrl: url });
  }

  /** @param nodesDir where Node-RED finds the package; default the checkout */
  static async start(kind: Kind, nodesDir?: string): Promise<World> {
    const homes = await Promise.all([1, 2].map(() => startSimulatedHome({ seed: 11, name: TITLE, startSeconds: 0.2 })));
    const entries = await Promise.all(homes.map(({ lab }) => lab.add('Lab', 2, 2)));
    assert.equal(entries[0], entries[1], 'equal seeds give equal ids');
    const nodeRed = new NodeRed({ env: { NODE_OPTIONS: HURRY }, ...(nodesDir ? { nodesDir } : {}) });
    const url = kind === 'postgres' ? await (await startPostgres()).createDatabase() : undefined;
    const world = new World(homes, entries[0] as string, nodeRed, url);
    try {
      await furnishPast(() =>
        url ? openPostgres({ url, log: () => {} }) : openStore({ file: world.file, log: () => {} }),
      );
      await nodeRed.start();
      // It says that its flows are started before it listens.
      await eventually(() => fetch(nodeRed.url));
      await world.deploy('full', {});
      await world.#connected();
      world.#database = url ? await postgresDatabase(url) : sqliteDatabase(world.file);
      await world.#furnish();
    } catch (thrown) {
      await world.stop();
      throw thrown;
    }
    return world;
  }

  async stop(): Promise<void> {
    await this.#database?.close();
    await this.nodeRed.dispose();
    await Promise.all([this.a.stop(), this.b.stop()]);
  }

  get caretaker(): string {
    return join(this.nodeRed.userDir, 'caretaker');
  }

  get file(): string {
    return join(this.caretaker, 'caretaker.sqlite');
  }

  get database(): Database {
    assert.ok(this.#database);
    return this.#database;
  }

  /** Until the place of a consumer of A is stored, or is not. */
  async settledPlace(monitor: string, isThere: boolean): Promise<void> {
    await eventually(async () => {
      const places = (await this.database.rowsOf(A))['consumers'] ?? [];
      assert.equal(
        places.some(({ consumer }) => consumer === `monitor:${monitor}`),
        isThere,
      );
    });
  }

  /** Both have lived and have backups: there is something to lose. One of A's is damaged. */
  async #furnish(): Promise<void> {
    await this.#still();
    this.login = callsOf(this.b);
    this.begin();
    await furnishHealing(this);
    // In one second, so that equal names differ in nothing but the home.
    for (const bound of ['a', 'b'] as const) {
      for (const tag of ['kept', 'kept', 'kept', 'other'])
        await this.ask('backup', bound, { payload: { action: 'create', tag } });
    }
    const folder = join(this.caretaker, 'backups', A);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `caretaker_${A}_2001-01-01_00-00-00_damaged.ndjson.gz`), 'damaged');
    for (const bound of ['a', 'b'] as const) await this.shows(/all well/, bound);
    await this.#connected();
    await this.#well();
    await this.#still(PLACES_MS);
  }

  /**
   * Deploys the flows as they are at first, with these nodes changed, added or (null) taken away; so the next deploy
   * takes back what this one changed.
   */
  async deploy(type: 'full' | 'nodes' | 'flows', changes: Changes): Promise<void> {
    const kept = this.#base.filter(({ id }) => changes[id] !== null).map((node) => ({ ...node, ...changes[node.id] }));
    const isNew = ([id, node]: [string, unknown]) => node !== null && !this.#base.some((one) => one.id === id);
    const added = Object.entries(changes)
      .filter(isNew)
      .map(([, node]) => node as FlowNode);
    this.#flows = [...kept, ...added];
    for (const { id } of this.#base) if (changes[id] === null) this.#secrets.delete(id);
    const { output } = this.nodeRed;
    const said = output.length;
    await this.nodeRed.deploy(
      this.#flows.map((node) => this.#withoutKnownSecret(node)),
      type,
    );
    // It answers before it has begun; a message sent meanwhile would be lost.
    await eventually(() =>
      assert.ok(output.slice(said).some((line) => /Started (modified )?(flows|nodes)/.test(line))),
    );
  }

  #withoutKnownSecret({ credentials, ...node }: FlowNode): FlowNode {
    const secret = JSON.stringify(credentials ?? {});
    if (this.#secrets.get(node.id) === secret) return node as FlowNode;
    this.#secrets.set(node.id, secret);
    return (credentials ? { ...node, credentials } : node) as FlowNode;
  }

  /** What is usual: only the modified nodes. */
  async change(changes: Changes): Promise<void> {
    await this.deploy('nodes', changes);
  }

  /** A message to a command node; its answer, or `{error, code}`. */
  async ask(node: string, bound: Bound, message: object): Promise<Record<string, unknown>> {
    return this.post(`/ask/${node}/${bound}`, message);
  }

  async post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' };
    return this.#fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return this.#fetch(path, {});
  }

  /** A request to the API of the node that is bound so: what it was answered with. */
  async api(bound: Bound, method: string, path: string, fields: object): Promise<Record<string, unknown>> {
    const headers = { 'content-type': 'application/json' };
    const query = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    const isRead = method === 'GET';
    const url = `${this.nodeRed.url}/api-${bound}${path}${isRead && query.size > 0 ? `?${query}` : ''}`;
    const signal = AbortSignal.timeout(8_000);
    const response = await fetch(url, { method, headers, signal, ...(!isRead && { body: JSON.stringify(fields) }) });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  async #fetch(path: string, options: RequestInit): Promise<Record<string, unknown>> {
    const signal = AbortSignal.timeout(8_000);
    const response = await fetch(`${this.nodeRed.url}${path}`, { ...options, signal });
    return (await response.json()) as Record<string, unknown>;
  }

  /** What was told before is not waited for any more. */
  begin(): void {
    this.#since = this.nodeRed.told.length;
  }

  get lately(): readonly Told[] {
    return this.nodeRed.told.slice(this.#since);
  }

  /** A message of the monitor that is bound so, since `begin`. */
  async told(bound: Bound, isMeant: (one: Told) => boolean): Promise<Told> {
    return eventually(() => {
      const found = this.lately.find((one) => one.caught_by === `told-${bound}` && isMeant(one));
      assert.ok(found, `nothing of it was told to ${bound}`);
      return found;
    }, 10_000);
  }

  /** What the status of a home's own monitor comes to say, since `begin`. */
  async shows(text: RegExp, bound: Bound = 'a'): Promise<string> {
    return eventually(async () => {
      const last = statusesOf(bound, this.lately).at(-1) ?? '';
      assert.match(last, text);
      return last;
    }, 10_000);
  }

  async traceOf(id: typeof A | typeof B): Promise<Trace> {
    const bound = id === A ? 'a' : 'b';
    const home = this[bound];
    const isOfA = (path: string) =>
      /(^|\/)((home|home_2_old)(\.[a-z.]+)?|caretaker_home_(2_old_)?\d{4}-[^/]*)(\/|$)/.test(path);
    const isDatabase = (path: string) => /^[^/]*\.sqlite(-wal|-shm)?$/.test(path);
    const told = this.nodeRed.told.filter((one) => one.instance_id === id || one.caught_by === `told-${bound}`);
    const { consumers, ...rows } = await this.database.rowsOf(id);
    return {
      rows,
      places: consumers,
      files: filesOf(this.caretaker, (path) => !isDatabase(path) && isOfA(path) === (id === A)),
      calls: callsOf(home),
      sockets: socketsOf(home),
      told: told.filter((one) => one.payload).map((one) => JSON.stringify(one)),
      statuses: [...new Set(statusesOf(bound, this.nodeRed.told))],
      roster: await this.ask('backup', bound, { payload: { action: 'list' } }),
      holds: await Promise.all(
        HOLDS.map((action) => this.ask('heal', bound, { instance_id: id, payload: { action } })),
      ),
      diagnostics: withoutClock(await this.get(`/caretaker/instances/node-${id}/diagnostics`)),
    };
  }

  /** Until nothing moves any more and both homes are as they should be. */
  async quiet(): Promise<void> {
    await this.#connected();
    await this.#well();
    await this.#summedUp();
    await this.#still();
  }

  async #connected(): Promise<void> {
    await eventually(() => {
      for (const { sessions, subscriptions } of [this.a, this.b]) {
        assert.equal(sessions, 1);
        assert.ok(subscriptions >= 7);
      }
    }, 15_000);
  }

  /** Until neither has an incident that is open. */
  async #well(): Promise<void> {
    await eventually(async () => {
      for (const id of [A, B] as const) {
        const records = (await this.database.rowsOf(id))['records'] ?? [];
        const open = records.filter(({ open, body }) => Boolean(open) && /incident_id/.test(JSON.stringify(body)));
        assert.deepEqual(open, []);
      }
    }, 15_000);
  }

  /** The first sums come within two seconds of the first facts; where a leak is planted they may never come. */
  async #summedUp(): Promise<void> {
    const isSummedUp = async () => {
      const { transitions = [], records = [] } = await this.database.rowsOf(A);
      return transitions.length === 0 || records.some(({ kind }) => kind === recordCode('rollup'));
    };
    for (const end = Date.now() + SUMS_MS; Date.now() < end && !(await isSummedUp()); ) await sleep(QUIET_MS);
  }

  /** Until what can be seen of A has been the same for a moment. */
  async #still(ms = QUIET_MS): Promise<void> {
    const parts: readonly Part[] = ['rows', 'calls', 'sockets', 'told'];
    for (let before = await this.traceOf(A); ; ) {
      await sleep(ms);
      const after = await this.traceOf(A);
      if (!parts.some((part) => differs(before, after, part))) return;
      before = after;
    }
  }

  /** Back to how it was at first, A too; not a word of this may reach B. */
  async reset(): Promise<void> {
    this.a.faults.clear();
    await this.a.lab.setMode(this.entry, 'ok');
    if (this.#isChanged()) await this.deploy('nodes', {});
    await this.quiet();
  }

  #isChanged(): boolean {
    const plain = (flows: readonly FlowNode[]) => JSON.stringify(flows);
    return plain(this.#flows) !== plain(this.#base);
  }
}

function statusesOf(bound: Bound, told: readonly Told[]): string[] {
  const shown = told.filter((one) => one.caught_by === `shown-${bound}`);
  return shown.map((one) => JSON.stringify({ ...(one as unknown as { status: object }).status, source: null }));
}

/** Instants, and the size of a store that both homes share. */
const CLOCK = new Set(['at', 'last_health_check', 'bytes', 'uptime_seconds']);

function withoutClock(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutClock);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !CLOCK.has(key));
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutClock(field)]));
}
