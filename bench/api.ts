import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FlowNode, NodeRed, root } from '../tests/support/node-red';
import type { Order, Timed } from './api-asker';
import type { Cost } from './asked';
import { addCounter } from './contestant';
import { median, percentile, spread } from './figures';
import type { Loopback } from './loopback';
import type { Row } from './results';

const HOMES = 100;
const ENTITIES = 1_000;
const EVENTS_PER_SECOND = 2_000;
const REQUESTS_PER_SECOND = 500;
const SECONDS = 15;
const SETTLED_MS = 20_000;
const REPEATS = 200;
const PAGE = { limit: 100, offset: 50_000 };
/** What people and their dashboards ask, in turn; `%` is one home after the other. */
const MIXED = [
  '/api/status',
  '/api/instances',
  '/api/status?instance_id=home_%',
  '/api/entities?limit=100',
  '/api/entities?instance_id=home_%&limit=100&offset=500',
  '/api/health?instance_id=home_%',
  '/api/incidents',
  '/api/status',
  '/api/patterns/reliability?instance_id=home_%&hours=24',
  '/api/healing/history?instance_id=home_%',
];

const homes = Array.from({ length: HOMES }, (_, index) => index + 1);

interface Round {
  readonly status: Cost;
  readonly page: Cost;
  readonly quiet: Timed;
  readonly busy: Timed;
}

/** The API over 100 homes: what its sums and pages cost, and how long requests take while homes talk. */
export async function api(server: Loopback, rounds: number): Promise<Row> {
  // As whoever serves pages of his own has it; else each request first passes through the editor, at 0.1 ms.
  const red = new NodeRed({ version: 5, nodesDir: root, settings: { httpAdminRoot: '/editor' } });
  const asker = fork(join(__dirname, 'api-asker.js'));
  try {
    addCounter(red.userDir);
    await red.start();
    await red.deploy(flows(server));
    for (const home of homes) await server.ask({ do: 'ready', home });
    // Until what came with the first sight of all those entities is stored.
    await sleep(SETTLED_MS);
    // Both are compiled as they will be for whoever asks all day.
    await timed(asker, red, REQUESTS_PER_SECOND / 4);
    await measure(server, red, asker);
    const all: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      all.push(await measure(server, red, asker));
      console.error(`api: round ${round + 1} of ${rounds}`);
    }
    return row(all);
  } finally {
    asker.disconnect();
    await red.dispose();
  }
}

async function measure(server: Loopback, red: NodeRed, asker: ChildProcess): Promise<Round> {
  const cost = async (name: string, fields: object) => {
    const query = new URLSearchParams({ name, fields: JSON.stringify(fields), times: String(REPEATS) });
    return (await (await fetch(`${red.adminUrl}/bench/cost?${query}`)).json()) as Cost;
  };
  const [status, page] = [await cost('status', {}), await cost('entities', PAGE)];
  const quiet = await timed(asker, red, REQUESTS_PER_SECOND);
  const rate = EVENTS_PER_SECOND / homes.length;
  const events = rate * (SECONDS + 1);
  const talking = homes.map((home) => server.ask({ do: 'flip', home, events, rate, comesBack: true }));
  const busy = await timed(asker, red, REQUESTS_PER_SECOND);
  await Promise.all(talking);
  return { status, page, quiet, busy };
}

function timed(asker: ChildProcess, { url }: NodeRed, perSecond: number): Promise<Timed> {
  const paths = homes.flatMap((home) => MIXED.map((path) => path.replace('%', String(home))));
  const order: Order = { url, paths, perSecond, requests: perSecond * SECONDS };
  return new Promise((done, fail) => {
    asker.once('message', ({ answer, failure }: { answer?: Timed; failure?: string }) => {
      if (answer) done(answer);
      else fail(new Error(failure));
    });
    asker.send(order);
  });
}

function flows(server: Loopback): FlowNode[] {
  return [
    { id: 'flow', type: 'tab', label: 'bench' },
    ...Array.from({ length: HOMES }, (_, index) => ({
      // Node-RED takes a field that equals the id of a config node for a reference to it.
      id: `node_${index + 1}`,
      type: 'caretaker-instance',
      instance_id: `home_${index + 1}`,
      name: `Home ${index + 1}`,
      url: server.url(index + 1, ENTITIES),
      credentials: { token: 'bench' },
    })),
    { id: 'in', type: 'http in', z: 'flow', url: '/api/*', method: 'get', wires: [['api']] },
    { id: 'api', type: 'caretaker-api', z: 'flow', instances: [], anonymous: 'read', keys: [], wires: [['out'], []] },
    { id: 'out', type: 'http response', z: 'flow', wires: [] },
    { id: 'count', type: 'bench-counter', z: 'flow', wires: [] },
  ];
}

function row(rounds: readonly Round[]): Row {
  const of = (pick: (round: Round) => number) => rounds.map(pick);
  const p = (which: 'quiet' | 'busy', percent: number) => of((round) => percentile(round[which].latencies, percent));
  const line = (name: string, which: 'quiet' | 'busy') => [
    name,
    spread(p(which, 50)),
    spread(p(which, 99)),
    spread(p(which, 100)),
    String(rounds.reduce((sum, round) => sum + round[which].failed, 0)),
  ];
  const failed = rounds.reduce((sum, { quiet, busy }) => sum + quiet.failed + busy.failed, 0);
  const statusCpu = of(({ status }) => status.cpuMs);
  const pageGap = of(({ page }) => page.gapMs);
  return {
    title: `The API over ${HOMES} x 1 000 entities, in Node-RED 5`,
    head: [`${REQUESTS_PER_SECOND} mixed requests/s`, 'p50, ms', 'p99, ms', 'max, ms', 'failed'],
    lines: [line('homes silent', 'quiet'), line(`${EVENTS_PER_SECOND} events/s coming in`, 'busy')],
    bounds: [
      { what: 'CPU of the sums of all homes (status), ms', value: median(statusCpu), most: 0.1 },
      { what: 'longest hold of the loop for a page of entities, ms', value: median(pageGap), most: 5 },
      { what: 'p99 of requests while events come in, ms', value: median(p('busy', 99)), most: 50 },
      { what: 'requests that failed', value: failed, most: 0 },
    ],
    notes: [
      `Requests are sent when they are due, whatever is still open; latency from then to the last byte. In turn: ${MIXED.join(', ')}.`,
      `Status: ${spread(statusCpu)} ms of CPU. A page of ${PAGE.limit} entities in the middle of all: ${spread(of(({ page }) => page.cpuMs))} ms of CPU, longest hold ${spread(pageGap)} ms, over ${REPEATS} in a row.`,
    ],
  };
}
