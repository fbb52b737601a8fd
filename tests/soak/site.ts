import { instanceNode, monitorNode } from '../nodes/flows';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { startSimulatedHome } from '../support/simulator/simulated-home';
import { Oracle } from './oracle';
import { type Dice, Stage, sleep } from './stage';
import { GRACE, type Span } from './times';
import { Inbox } from './told';

const VERSIONS = { home: '2026.11.0', cabin: '2026.11.0', barn: '2024.3.3' } as const;
const START_SECONDS = 0.8;
const CHECK_SECONDS = 2;
/** Caretaker's time for the answer to a ping, ms. */
const PING_MS = 10_000;

/** What a user of Caretaker has: a Node-RED, and homes that look just the same. */
export class Site {
  readonly nodeRed: NodeRed;
  readonly inbox: Inbox;
  readonly stages: Stage[] = [];
  /** What Node-RED said since it was first started. */
  readonly log: string[] = [];
  #titles = new Map<string, string>();
  #watcher: NodeJS.Timeout | undefined;
  /** Only one thing at a time is done to Node-RED. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly seed: number) {
    this.nodeRed = new NodeRed({ version: seed % 2 === 0 ? 4 : 5 });
    this.inbox = new Inbox(this.nodeRed);
  }

  get oracles(): Oracle[] {
    return this.stages.map(({ oracle }) => oracle);
  }

  async open(): Promise<void> {
    for (const [id, version] of Object.entries(VERSIONS)) {
      const home = await startSimulatedHome({
        seed: this.seed,
        name: 'Home',
        version: version as never,
        startSeconds: START_SECONDS,
      });
      for (const n of [1, 2, 3, 4]) await home.lab.add(`Lab ${n}`, 2, 3);
      this.stages.push(new Stage(home, new Oracle(id, home)));
    }
    this.#watcher = setInterval(() => {
      for (const oracle of this.oracles) oracle.look();
    }, 10);
    await this.nodeRed.start();
    await this.#anew(this.oracles, () => this.nodeRed.deploy(this.#flows(true)));
    await this.seen();
  }

  async close(): Promise<void> {
    clearInterval(this.#watcher);
    await this.nodeRed.dispose();
    for (const { home } of this.stages) await home.stop();
  }

  /** Until Caretaker sees every home. */
  async seen(within = 60_000): Promise<void> {
    const end = Date.now() + within;
    while (this.oracles.some(({ mode }) => mode !== 'live')) {
      if (Date.now() > end)
        throw new Error(`not seen: ${this.oracles.filter(({ mode }) => mode !== 'live').map((one) => one.instanceId)}`);
      if (!this.nodeRed.running) throw new Error('Node-RED ended');
      await sleep(20);
    }
  }

  /** One after the other: a deploy of a Node-RED that is just being stopped would fail. */
  exclusively(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  async redeployMonitor(dice: Dice): Promise<void> {
    this.#titles.set('monitor', `Monitor ${dice.between(1, 1_000_000)}`);
    await this.nodeRed.deploy(this.#flows(), 'nodes');
  }

  async redeployInstance(dice: Dice): Promise<void> {
    const oracle = dice.pick(this.oracles);
    this.#titles.set(oracle.instanceId, `Title ${dice.between(1, 1_000_000)}`);
    await this.#anew([oracle], () => this.nodeRed.deploy(this.#flows(), 'nodes'));
  }

  async redeployAll(): Promise<void> {
    await this.#anew(this.oracles, () => this.nodeRed.deploy(this.#flows(), 'full'));
  }

  async stopAndStart(awayMs: number): Promise<void> {
    for (const oracle of this.oracles) oracle.renew();
    await this.nodeRed.stop();
    await sleep(awayMs);
    await this.#start();
  }

  async killAndStart(awayMs: number): Promise<void> {
    for (const oracle of this.oracles) oracle.renew();
    this.inbox.kills.push(Date.now());
    for (const oracle of this.oracles) oracle.say('kill -9');
    await this.nodeRed.kill();
    await sleep(awayMs);
    await this.#start();
  }

  /** Long enough to be found out by the health check. */
  async silence({ home, oracle }: Stage, ms: number): Promise<void> {
    const from = Date.now();
    oracle.freeze();
    home.faults.halfOpen(true);
    await sleep(ms);
    const found = { lo: from + PING_MS - 300, hi: from + PING_MS + CHECK_SECONDS * 1000 + 1_500 };
    oracle.thaw(ms > PING_MS ? found : undefined);
    home.faults.halfOpen(false);
    home.faults.dropSockets();
  }

  async #start(): Promise<void> {
    this.log.push(...this.nodeRed.output.splice(0));
    await this.#anew(this.oracles, () => this.nodeRed.start());
  }

  async #anew(oracles: readonly Oracle[], work: () => Promise<void>): Promise<void> {
    const lo = Date.now();
    for (const oracle of oracles) oracle.renew();
    await work();
    const span: Span = { lo, hi: Date.now() + 500 };
    for (const oracle of oracles) oracle.began(span);
  }

  #flows(isFirst = false): FlowNode[] {
    const fields = {
      state_change_grace_period_seconds: GRACE.down / 1000,
      recovery_grace_period_seconds: GRACE.back / 1000,
      startup_grace_period_seconds: GRACE.startup / 1000,
      health_check_interval_seconds: CHECK_SECONDS,
    };
    const instances = this.stages.map(({ home, oracle: { instanceId } }) => {
      const name = this.#titles.get(instanceId) ?? instanceId;
      const { credentials, ...node } = instanceNode(instanceId, home, { ...fields, name });
      return isFirst ? { ...node, credentials } : node;
    });
    return [
      { id: 'tab', type: 'tab', label: 'Soak' },
      ...(instances as FlowNode[]),
      monitorNode('m-all', 'tab', [], ['all'], { name: this.#titles.get('monitor') ?? 'Monitor' }),
      catcher('all', 'tab'),
      monitorNode('m-back', 'tab', ['node-cabin'], ['back'], { direction: 'back', kinds: ['entity', 'device'] }),
      catcher('back', 'tab'),
    ];
  }
}
