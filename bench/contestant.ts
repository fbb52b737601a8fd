import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlowNode, NodeRed } from '../tests/support/node-red';
import type { Count, Memory } from './counter';
import type { Loopback } from './loopback';
import type { Flip } from './server';

export type Nodes = 'ours' | 'incumbent';

/** One home each, so that both can be asked in the same round. */
export interface Contest {
  readonly nodes: Nodes;
  readonly home: number;
  readonly entities: number;
}

/** A Node-RED with one of the two packages, a home, and a node that counts. */
export class Contestant {
  readonly contest: Contest;
  readonly #server: Loopback;
  readonly #red: NodeRed;

  /** Resolves when an event has gone all the way. @param folder where the package is */
  static async start(server: Loopback, contest: Contest, folder: string): Promise<Contestant> {
    const red = new NodeRed({ version: 5, nodesDir: folder });
    const contestant = new Contestant(server, contest, red);
    try {
      addCounter(red.userDir);
      await red.start();
      await red.deploy(contest.nodes === 'ours' ? ourFlow(server, contest) : theirFlow(server, contest));
      await server.ask({ do: 'ready', home: contest.home });
      await contestant.burst(200, 20_000);
      return contestant;
    } catch (thrown) {
      await contestant.stop();
      throw new Error(`${contest.nodes}: ${String(thrown)}\n${red.output.slice(-20).join('\n')}`);
    }
  }

  private constructor(server: Loopback, contest: Contest, red: NodeRed) {
    this.#server = server;
    this.contest = contest;
    this.#red = red;
  }

  /** As many flips as fit into the socket; until each was told. @throws Error when they are not, in time */
  async burst(events: number, withinMs: number): Promise<Count> {
    await this.#post(`open/${events}`);
    await this.#server.ask({ do: 'flip', home: this.contest.home, events, rate: 0 });
    const count = await this.#closed(events, withinMs);
    if (count.count === events) return count;
    throw new Error(`${this.contest.nodes} told ${count.count} of ${events} events within ${withinMs} ms`);
  }

  /** Flips at a steady rate. Answers what was told until all were or time was up, and how long each was under way. */
  async steady(events: number, rate: number, withinMs: number): Promise<Count & { readonly latencies: number[] }> {
    await this.#post(`open/${events}`);
    const flips = await this.#server.ask<Flip[]>({ do: 'flip', home: this.contest.home, events, rate });
    const count = await this.#closed(events, withinMs);
    return { ...count, latencies: underWay(flips, count.arrivals) };
  }

  memory(): Promise<Memory> {
    return this.#get<Memory>('memory');
  }

  async stop(): Promise<void> {
    await this.#red.dispose();
  }

  async #closed(events: number, withinMs: number): Promise<Count> {
    const end = Date.now() + withinMs;
    for (;;) {
      const count = await this.#get<Count>(Date.now() > end ? 'count?close' : 'count');
      if (count.arrivals) return count;
      // Asking costs the measured process something: seldom enough not to show.
      await sleep(events > 1_000 ? 250 : 100);
    }
  }

  async #post(path: string): Promise<void> {
    await fetch(`${this.#red.url}/bench/${path}`, { method: 'POST' });
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await fetch(`${this.#red.url}/bench/${path}`)).json()) as T;
  }
}

/** Node-RED loads what lies in the `nodes` folder of its user directory, and wants an html file beside it. */
export function addCounter(userDir: string): void {
  const folder = join(userDir, 'nodes');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'counter.js'),
    `module.exports = require(${JSON.stringify(join(__dirname, 'counter.js'))});`,
  );
  const defaults = '{ category: "bench", defaults: {}, inputs: 1, outputs: 0 }';
  writeFileSync(
    join(folder, 'counter.html'),
    `<script type="text/javascript">RED.nodes.registerType("bench-counter", ${defaults});</script>`,
  );
}

function ourFlow(server: Loopback, { home, entities }: Contest): FlowNode[] {
  return [
    { id: 'flow', type: 'tab', label: 'bench' },
    {
      id: 'home',
      type: 'caretaker-instance',
      instance_id: 'bench',
      name: 'Bench',
      url: server.url(home, entities),
      state_change_grace_period_seconds: 0,
      recovery_grace_period_seconds: 0,
      startup_grace_period_seconds: 0,
      credentials: { token: 'bench' },
    },
    {
      id: 'monitor',
      type: 'caretaker-monitor',
      z: 'flow',
      instances: ['home'],
      kinds: ['entity'],
      direction: 'both',
      wires: [['count']],
    },
    { id: 'count', type: 'bench-counter', z: 'flow', wires: [] },
  ];
}

/** Settings as its editor makes them for a new node. */
function theirFlow(server: Loopback, { home, entities }: Contest): FlowNode[] {
  return [
    { id: 'flow', type: 'tab', label: 'bench' },
    {
      id: 'home',
      type: 'server',
      name: 'Bench',
      version: 6,
      addon: false,
      rejectUnauthorizedCerts: true,
      ha_boolean: ['y', 'yes', 'true', 'on', 'home', 'open'],
      connectionDelay: false,
      cacheJson: true,
      heartbeat: false,
      heartbeatInterval: 30,
      areaSelector: 'friendlyName',
      deviceSelector: 'friendlyName',
      entitySelector: 'friendlyName',
      statusSeparator: ': ',
      statusYear: 'hidden',
      statusMonth: 'short',
      statusDay: 'numeric',
      statusHourCycle: 'default',
      statusTimeFormat: 'h:m',
      enableGlobalContextStore: false,
      credentials: { host: server.url(home, entities), access_token: 'bench' },
    },
    {
      id: 'state',
      type: 'server-state-changed',
      z: 'flow',
      name: '',
      server: 'home',
      version: 6,
      outputs: 1,
      exposeAsEntityConfig: '',
      entities: { entity: [], substring: ['.'], regex: [] },
      outputInitially: false,
      stateType: 'str',
      ifState: '',
      ifStateType: 'str',
      ifStateOperator: 'is',
      outputOnlyOnStateChange: true,
      for: '0',
      forType: 'num',
      forUnits: 'minutes',
      ignorePrevStateNull: false,
      ignorePrevStateUnknown: false,
      ignorePrevStateUnavailable: false,
      ignoreCurrentStateUnknown: false,
      ignoreCurrentStateUnavailable: false,
      outputProperties: [
        { property: 'payload', propertyType: 'msg', value: 'string', valueType: 'entityState' },
        { property: 'data', propertyType: 'msg', value: '', valueType: 'eventData' },
        { property: 'topic', propertyType: 'msg', value: '', valueType: 'triggerId' },
      ],
      wires: [['count']],
    },
    { id: 'count', type: 'bench-counter', z: 'flow', wires: [] },
  ];
}

/** The nth arrival of an entity belongs to its nth flip. */
function underWay(flips: readonly Flip[], arrivals: Count['arrivals']): number[] {
  const left = new Map<string, number[]>();
  for (const [id, at] of arrivals) left.set(id, [...(left.get(id) ?? []), at]);
  return flips.flatMap(([id, at]) => {
    const arrived = left.get(id)?.shift();
    return arrived === undefined ? [] : [arrived - at];
  });
}
