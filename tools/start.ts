// `npm start`: Node-RED with Caretaker, Dashboard 2.0 and three simulated homes, or the home named by HA_URL and HA_TOKEN.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FlowNode, freePort, NodeRed, root } from '../tests/support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../tests/support/simulator/simulated-home';

const EXAMPLE = 'examples/01 - Tell me what went down.json';
const HOMES = [
  { instance_id: 'home', name: 'Home', port: 18123 },
  { instance_id: 'cabin', name: 'Cabin', port: 18124 },
  { instance_id: 'parents', name: 'Parents', port: 18125 },
];
const STATE_CHANGES_PER_SECOND = 2;
const TROUBLES_PER_MINUTE = 4;
/** Shorter than the defaults: nobody wants to wait for the first message of a demonstration. */
const GRACES = { state_change_grace_period_seconds: 5, recovery_grace_period_seconds: 3 };

async function main(): Promise<void> {
  const { HA_URL, HA_TOKEN } = process.env;
  const own = HA_URL && HA_TOKEN ? { HA_URL, HA_TOKEN } : undefined;
  if (HA_URL && !HA_TOKEN) throw new Error('HA_URL is set but HA_TOKEN is not. Set it to a long-lived access token.');
  const nodeRed = new NodeRed({ ...(own ? { env: own } : {}) });
  const homes: SimulatedHome[] = [];
  const stop = onceOnSignal(async () => {
    await nodeRed.stop();
    await nodeRed.dispose();
    await Promise.all(homes.map((home) => home.stop()));
  });
  try {
    if (!own) for (const home of HOMES) homes.push(await startHome(home));
    nodeRed.port = await freePort(1880);
    await nodeRed.start();
    await nodeRed.deploy(flows(own ? undefined : homes));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  nodeRed.echo();
  console.log(`\n  Caretaker watches ${own ? HA_URL : 'three simulated homes: Home, Cabin and Parents'}.`);
  console.log(`  Editor:    ${nodeRed.url}  (the messages are in the debug sidebar)`);
  console.log('  Ctrl-C ends everything and leaves nothing behind.\n');
}

async function startHome({ name, port }: (typeof HOMES)[number]): Promise<SimulatedHome> {
  const home = await startSimulatedHome({ name, home: 'house', seed: port, port: await freePort(port) });
  home.life.start({ rate: STATE_CHANGES_PER_SECOND, troublesPerMinute: TROUBLES_PER_MINUTE });
  return home;
}

/** The first example, its homes replaced by those that run. */
function flows(homes: readonly SimulatedHome[] | undefined): FlowNode[] {
  const example = JSON.parse(readFileSync(join(root, EXAMPLE), 'utf8')) as FlowNode[];
  const isInstance = ({ type }: FlowNode) => type === 'caretaker-instance';
  if (!homes) {
    const [instance] = example.filter(isInstance);
    const own = {
      ...instance,
      instance_id: 'home',
      name: 'Home',
      url: '${HA_URL}',
      credentials: { token: '${HA_TOKEN}' },
    };
    return [...example.filter((node) => !isInstance(node)), own as unknown as FlowNode];
  }
  return example.map((node) => {
    const home = homes[HOMES.findIndex(({ instance_id }) => instance_id === node['instance_id'])];
    if (!isInstance(node) || !home) return node;
    return { ...node, ...GRACES, url: home.url, credentials: { token: home.tokens.read_only } };
  });
}

function onceOnSignal(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  const once = () => {
    stopped ??= stop();
    return stopped;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      once().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
  return once;
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
});
