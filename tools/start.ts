// `npm start`: Node-RED with Caretaker, Dashboard 2.0 and three simulated homes, which are watched and healed, with an API
// that anybody here may read; or the home named by HA_URL and HA_TOKEN, which is only watched, with an API that wants a key.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FlowNode, freePort, NodeRed, root } from '../tests/support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../tests/support/simulator/simulated-home';

const WATCH = '01 - Tell me what went down';
const HEAL = '07 - Heal by itself, tell me what failed';
const PAGE = '10 - A two-home status page';
const API = '12 - The whole API';
const HOMES = [
  { instance_id: 'home', name: 'Home', port: 18123 },
  { instance_id: 'cabin', name: 'Cabin', port: 18124 },
  { instance_id: 'parents', name: 'Parents', port: 18125 },
];
const STATE_CHANGES_PER_SECOND = 2;
const TROUBLES_PER_MINUTE = 0.25;
/** In one home after the other its sensors fall silent, until it is reloaded. */
const WEATHER_STATION = { name: 'Weather station', sensors: 4, firstSeconds: 20, everySeconds: 60 };
/** Shorter than the defaults: nobody wants to wait for the first message of a demonstration. */
const SHORT = {
  state_change_grace_period_seconds: 5,
  recovery_grace_period_seconds: 3,
  incident_window_seconds: 10,
  cooldown_seconds: 30,
  verify_seconds: 5,
  reloads_per_hour: 60,
};

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
    const silence = await weatherStations(homes);
    nodeRed.port = await freePort(1880);
    await nodeRed.start();
    await nodeRed.deploy(own ? flowsOfOwn() : flowsOf(homes));
    silence();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  nodeRed.echo();
  greet(nodeRed.url, own?.HA_URL);
}

function greet(editor: string, ownHome: string | undefined): void {
  console.log(`\n  Caretaker watches ${ownHome ?? 'three simulated homes: Home, Cabin and Parents'}.`);
  console.log(`  Editor:    ${editor}  (the messages are in the debug sidebar)`);
  if (ownHome) console.log(`  API:       ${editor}/api/docs  (make a key in the node "API" first, and deploy)`);
  else {
    console.log(`  API:       ${editor}/api/status  (all of it: ${editor}/api/docs)`);
    console.log(`  Page:      ${editor}/homes`);
  }
  if (!ownHome) console.log('  Each minute one weather station falls silent; see it told, healed and told again.');
  console.log('  Ctrl-C ends everything and leaves nothing behind.\n');
}

async function startHome({ name, port }: (typeof HOMES)[number]): Promise<SimulatedHome> {
  const home = await startSimulatedHome({ name, home: 'house', seed: port, port: await freePort(port) });
  home.life.start({ rate: STATE_CHANGES_PER_SECOND, troublesPerMinute: TROUBLES_PER_MINUTE });
  return home;
}

/** One in each home. Answers what makes them fall silent in turn from then on. */
async function weatherStations(homes: readonly SimulatedHome[]): Promise<() => void> {
  const { name, sensors, firstSeconds, everySeconds } = WEATHER_STATION;
  const stations: { home: SimulatedHome; entryId: string }[] = [];
  for (const home of homes) stations.push({ home, entryId: await home.lab.add(name, 1, sensors) });
  const silenceNext = () => {
    const station = stations.shift();
    if (!station) return;
    stations.push(station);
    station.home.lab.setMode(station.entryId, 'dead_until_reload').catch(console.error);
  };
  return () => {
    setTimeout(() => {
      silenceNext();
      setInterval(silenceNext, everySeconds * 1000);
    }, firstSeconds * 1000);
  };
}

const example = (name: string) =>
  JSON.parse(readFileSync(join(root, 'examples', `${name}.json`), 'utf8')) as FlowNode[];
const isInstance = ({ type }: FlowNode) => type === 'caretaker-instance';

function flowsOfOwn(): FlowNode[] {
  const nodes = example(WATCH);
  const fields = { instance_id: 'home', name: 'Home', url: '${HA_URL}', credentials: { token: '${HA_TOKEN}' } };
  return [...nodes, ...example(API)]
    .flatMap((node) => (isInstance(node) ? [] : [node]))
    .concat({ ...nodes.find(isInstance), ...fields } as never);
}

/** The examples that watch, heal and answer, with the homes that run. */
function flowsOf(homes: readonly SimulatedHome[]): FlowNode[] {
  const heal = example(HEAL);
  const tab = heal.find(({ type }) => type === 'tab')?.id ?? '';
  return [...example(WATCH), ...heal, ...incidents(tab), ...example(PAGE), ...openApi()].map((node) => {
    const home = homes[HOMES.findIndex(({ instance_id }) => instance_id === node['instance_id'])];
    if (!isInstance(node) || !home) return node;
    return { ...node, ...SHORT, url: home.url, credentials: { token: home.tokens.admin } };
  });
}

/** A monitor that tells incidents, beside what heals them. */
function incidents(tab: string): FlowNode[] {
  const told = (id: string, type: string, x: number, fields: object, to: string[]) => ({
    ...{ id, type, z: tab, x, y: 320, wires: [to] },
    ...fields,
  });
  const template = {
    name: 'one sentence',
    template:
      'Incident {{{payload.event}}}: {{{payload.root.name}}} in {{{payload.instance_name}}}, ' +
      '{{payload.explained.length}} things down.',
    ...{ field: 'payload', fieldType: 'msg', format: 'handlebars', syntax: 'mustache', output: 'str' },
  };
  const debug = { name: 'incident', active: true, tosidebar: true, complete: 'payload', targetType: 'msg' };
  return [
    told('demo-monitor', 'caretaker-monitor', 170, { name: '', instances: [], kinds: ['incident'] }, ['demo-words']),
    told('demo-words', 'template', 400, template, ['demo-debug']),
    told('demo-debug', 'debug', 620, debug, []),
  ];
}

/** Nothing in these homes is real: their API may be read without a key, also live. */
function openApi(): FlowNode[] {
  const nodes = example(API).map((node) => (node.type === 'caretaker-api' ? { ...node, anonymous: 'read' } : node));
  const api = nodes.find(({ type }) => type === 'caretaker-api');
  const place = { z: api?.['z'], x: 130, y: 320, wires: [[api?.id]] };
  const told = { name: '', instances: [], kinds: ['incident', 'instance'] };
  return [...nodes, { id: 'demo-live', type: 'caretaker-monitor', ...place, ...told }];
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
