import { root } from '../tests/support/node-red';
import { Contestant, type Nodes } from './contestant';
import { median, percentile, ratios, short, shuffled, spread } from './figures';
import { incumbent } from './incumbent';
import type { Loopback } from './loopback';
import type { Bound, Row } from './results';

/** What one package showed at one size. */
interface Figures {
  readonly entities: number;
  readonly nodes: Nodes;
  readonly contestant: Contestant;
  readonly burst: number;
  readonly cpu: number[];
  readonly steady: Steady;
}

interface Steady {
  readonly p50: number[];
  readonly p99: number[];
  readonly cores: number[];
  readonly delivered: number[];
}

const RATE = 200;
const STEADY_EVENTS = 800;
/** After the last was sent, until what was not told counts as late, ms. */
const LATE_MS = 8_000;
const BURST_MS = 30_000;
/** Enough for a second of work of each; the incumbent's cost grows with the home. */
const BURSTS: readonly { entities: number; ours: number; incumbent: number; target: number }[] = [
  { entities: 100, ours: 20_000, incumbent: 4_000, target: 20 },
  { entities: 1_000, ours: 20_000, incumbent: 1_500, target: 60 },
  { entities: 10_000, ours: 20_000, incumbent: 200, target: 500 },
];

/** From Home Assistant's event to a node behind ours, and behind the one people use today. */
export async function messages(server: Loopback, rounds: number): Promise<Row> {
  const folders: Readonly<Partial<Record<Nodes, string>>> = { ours: root, ...installed() };
  const figures: Figures[] = [];
  try {
    for (const [index, { entities, ...bursts }] of BURSTS.entries()) {
      for (const nodes of ['ours', 'incumbent'] as const) {
        const folder = folders[nodes];
        if (folder === undefined) continue;
        const home = 1_000 + 2 * index + (nodes === 'ours' ? 0 : 1);
        const contestant = await Contestant.start(server, { nodes, home, entities }, folder);
        const steady = { p50: [], p99: [], cores: [], delivered: [] };
        figures.push({ entities, nodes, contestant, burst: bursts[nodes], cpu: [], steady });
      }
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const one of shuffled(figures)) await measure(one);
      console.error(`messages: round ${round + 1} of ${rounds}`);
    }
    return row(figures, await Promise.all(figures.map(({ contestant }) => contestant.memory())));
  } finally {
    await Promise.all(figures.map(({ contestant }) => contestant.stop()));
  }
}

/** Without it ours is measured alone, and the report says so. */
function installed(): { incumbent?: string } {
  try {
    return { incumbent: incumbent() };
  } catch (thrown) {
    console.error(`The incumbent cannot be installed; ours is measured without it. ${String(thrown)}`);
    return {};
  }
}

async function measure({ contestant, burst, cpu, entities, steady }: Figures): Promise<void> {
  const { cpuUs } = await contestant.burst(burst, BURST_MS);
  cpu.push(cpuUs / burst);
  if (entities < 10_000) return;
  const { latencies, count, ...window } = await contestant.steady(STEADY_EVENTS, RATE, LATE_MS);
  steady.p50.push(percentile(latencies, 50));
  steady.p99.push(percentile(latencies, 99));
  steady.cores.push((100 * window.cpuUs) / 1000 / window.wallMs);
  steady.delivered.push((count / window.wallMs) * 1000);
}

function row(figures: readonly Figures[], memories: readonly { rssMb: number; heapMb: number }[]): Row {
  const compared = figures.some(({ nodes }) => nodes === 'incumbent');
  const bounds: Bound[] = (compared ? BURSTS : []).map(({ entities, target }) => {
    const [ours, theirs] = (['ours', 'incumbent'] as const).map((nodes) => found(figures, entities, nodes)?.cpu ?? []);
    const what = `incumbent / ours, CPU per event at ${entities} entities`;
    return { what, value: median(ratios(theirs ?? [], ours ?? [])), least: target, later: true };
  });
  const lines = figures.map(({ entities, nodes, cpu, steady }, index) => [
    `${nodes}, ${entities} entities`,
    spread(cpu),
    spread(steady.p50),
    spread(steady.p99),
    spread(steady.delivered),
    spread(steady.cores),
    `${short(memories[index]?.rssMb ?? 0)} / ${short(memories[index]?.heapMb ?? 0)}`,
  ]);
  return {
    title: 'Event to message, in Node-RED 5',
    head: [
      'nodes',
      'CPU us/event, saturated',
      `p50 ms at ${RATE}/s`,
      'p99 ms',
      'told/s',
      '% of a core',
      'RSS / heap MB after',
    ],
    lines,
    bounds,
    notes: [
      ...(compared ? [] : ['**The incumbent could not be installed: nothing is compared.**']),
      'One wire to a node that counts; latency from just before the write of the frame to that node. Each event flips an entity between its state and `unavailable`.',
      'Ours: graces 0, each event a judged transition, stored in SQLite before it is told (the store thread is in the CPU). Incumbent: node-red-contrib-home-assistant-websocket 0.80.3, one `server-state-changed` for all entities, settings as its editor makes them.',
      `One Node-RED each for all rounds; a burst is written at once and counted until the last is told. At ${RATE}/s: ${STEADY_EVENTS} events, and ${LATE_MS / 1000} s for what is late; what was not told by then is not in the latencies.`,
    ],
  };
}

function found(figures: readonly Figures[], entities: number, nodes: Nodes): Figures | undefined {
  return figures.find((one) => one.entities === entities && one.nodes === nodes);
}
