import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, root } from '../support/node-red';
import { queryPostgres, startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';
import { type Figures, registerProbe } from './probe';

export const IDS = ['home', 'cabin', 'loft'] as const;
export type Id = (typeof IDS)[number];

/** The light each home has, which is flipped to see who is told. */
export const FLIPPED = 'light.lifecycle';

/** Facts of `loft` rest in PostgreSQL; the stores that cannot be opened are for whoever is sent there. */
const STORES = { s_folder: 'folder', s_blocked: join('blocked', 'facts.sqlite') } as const;

/** What we read of V8's format: one flat list of numbers, so many to a node. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly string[][] };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** Three homes, a monitor for each, one for all, a backup node, and a Node-RED that tells what it holds. */
export class Site {
  readonly homes: Readonly<Record<Id, SimulatedHome>>;
  readonly nodeRed: NodeRed;
  /** What is deployed, by node id; a test changes it, and deploys. */
  readonly nodes = new Map<string, FlowNode>();
  readonly postgres: string;
  readonly #folder: string;
  /** As the editor does, a token is sent only with a new node or when it changed. */
  readonly #sent = new Map<string, string>();

  private constructor(homes: Site['homes'], postgres: string, folder: string) {
    this.homes = homes;
    this.postgres = postgres;
    this.#folder = folder;
    const nodesDir = [root, writeProbe(join(folder, 'probe'))];
    this.nodeRed = new NodeRed({ userDir: join(folder, 'user'), settings: { nodesDir } });
    writeFileSync(join(this.nodeRed.userDir, 'blocked'), 'in the way');
    mkdirSync(join(this.nodeRed.userDir, 'folder'));
    for (const node of this.#plan()) this.nodes.set(node.id, node);
  }

  static async open(): Promise<Site> {
    const started = IDS.map(async (id) => [id, await startSimulatedHome({ seed: 7 })] as const);
    const homes = Object.fromEntries(await Promise.all(started)) as Record<Id, SimulatedHome>;
    for (const id of IDS) homes[id].setState(FLIPPED, 'on');
    const postgres = await (await startPostgres()).createDatabase();
    const site = new Site(homes, postgres, mkdtempSync(join(tmpdir(), 'caretaker-deploys-')));
    await site.nodeRed.start();
    return site;
  }

  async close(): Promise<void> {
    await this.nodeRed.dispose();
    await Promise.all(IDS.map((id) => this.homes[id].stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The instance node of a home, as it is when all is well. */
  instance(id: Id, fields: Record<string, unknown> = {}): FlowNode {
    const graces = { state_change_grace_period_seconds: 0.05, recovery_grace_period_seconds: 0.05 };
    const store = id === 'loft' ? { store: 's_postgres' } : {};
    return instanceNode(id, this.homes[id], { ...graces, ...store, ...fields });
  }

  put(...nodes: readonly FlowNode[]): void {
    for (const node of nodes) this.nodes.set(node.id, node);
  }

  async deploy(type: 'full' | 'nodes' | 'flows'): Promise<void> {
    for (const id of [...this.#sent.keys()]) if (!this.nodes.has(id)) this.#sent.delete(id);
    const flows = [...this.nodes.values()].map((node) => {
      const { credentials, ...rest } = node;
      const secret = JSON.stringify(credentials);
      if (this.#sent.get(node.id) === secret) return rest as FlowNode;
      this.#sent.set(node.id, secret);
      return node;
    });
    const { output } = this.nodeRed;
    const said = output.length;
    await this.nodeRed.deploy(flows, type);
    // It answers before it has begun: what is watched until then is watched by those who are stopped next.
    await eventually(() =>
      assert.ok(output.slice(said).some((line) => /Started (modified )?(flows|nodes)/.test(line))),
    );
  }

  /** Every home is watched over one socket. */
  async watched(ids: readonly Id[] = IDS): Promise<void> {
    await eventually(() => {
      for (const id of ids) {
        const { sessions, sockets, subscriptions } = this.homes[id];
        assert.deepEqual([id, sessions, sockets, subscriptions > 5], [id, 1, 1, true]);
      }
    }, 10_000);
  }

  async probe(what: 'figures' | 'heap'): Promise<Figures> {
    return (await this.#ask(what)) as Figures;
  }

  /** Objects alive in Node-RED, by the name of their class. */
  async objects(): Promise<Figures> {
    const { file } = (await this.#ask('snapshot')) as { file: string };
    const { snapshot, nodes, strings } = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
    rmSync(file);
    const { node_fields: fields, node_types: types } = snapshot.meta;
    const [type, name] = [fields.indexOf('type'), fields.indexOf('name')];
    const object = types[type]?.indexOf('object');
    const counts: Record<string, number> = {};
    for (let at = 0; at < nodes.length; at += fields.length) {
      if (nodes[at + type] !== object) continue;
      const of = strings[nodes[at + name] as number] as string;
      counts[of] = (counts[of] ?? 0) + 1;
    }
    return counts;
  }

  /** The least of some looks: what comes and goes by itself does not count. */
  async settled(): Promise<Figures> {
    const looks: Figures[] = [];
    for (let look = 0; look < 10; look += 1) {
      const connections = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'Caretaker'";
      const [row] = await queryPostgres(this.postgres, `${connections} AND datname = current_database()`);
      looks.push({ ...(await this.probe('figures')), 'PostgreSQL connections': row?.['n'] as number });
      await sleep(120);
    }
    const names = [...new Set(looks.flatMap((look) => Object.keys(look)))];
    const least = names.map((name) => [name, Math.min(...looks.map((look) => look[name] ?? 0))] as const);
    return Object.fromEntries(least.filter(([, count]) => count > 0));
  }

  async #ask(what: string): Promise<unknown> {
    return (await fetch(`${this.nodeRed.url}/probe/${what}`)).json();
  }

  #plan(): FlowNode[] {
    return [
      { id: 'tab1', type: 'tab', label: 'Each' },
      { id: 'tab2', type: 'tab', label: 'All' },
      { id: 's_postgres', type: 'caretaker-store', kind: 'postgres', credentials: { url: this.postgres } },
      ...Object.entries(STORES).map(([id, file]) => ({ id, type: 'caretaker-store', kind: 'sqlite', file })),
      ...IDS.map((id) => this.instance(id)),
      ...IDS.map((id) => monitorNode(`m_${id}`, 'tab1', [`node-${id}`], ['c1'])),
      catcher('c1', 'tab1'),
      monitorNode('m_all', 'tab2', [], ['c2']),
      catcher('c2', 'tab2'),
      { id: 'backup', type: 'caretaker-backup', z: 'tab2', action: 'create', instances: [], wires: [['c3']] },
      { id: 'failed', type: 'catch', z: 'tab2', scope: null, uncaught: false, wires: [['c3']] },
      catcher('c3', 'tab2'),
      ...IDS.map((id) => {
        const props = [{ p: 'instance_id', v: id, vt: 'str' }];
        return { id: `i_${id}`, type: 'inject', z: 'tab2', props, wires: [['backup']] };
      }),
    ];
  }

  /** Presses the button of the inject node that asks for a backup of this home. */
  async backUp(id: Id): Promise<void> {
    // A full deploy is answered before its nodes are there.
    await eventually(async () => {
      assert.equal((await fetch(`${this.nodeRed.url}/inject/i_${id}`, { method: 'POST' })).status, 200);
    });
  }
}

/** The probe as a package Node-RED finds; answers its folder. */
function writeProbe(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'probe', version: '1.0.0', 'node-red': { nodes: { probe: 'probe.js' } } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'probe.html'), '');
  const from = JSON.stringify(require.resolve('./probe'));
  writeFileSync(join(folder, 'probe.js'), `module.exports = require(${from}).${registerProbe.name};`);
  return folder;
}
