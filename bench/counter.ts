/** The Node-RED node of the bench: counts what comes and reads the clock; told over the admin port what to wait for. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NodeAPI } from 'node-red';
import { costOf } from './asked';

/** What came since it was opened. */
export interface Count {
  readonly count: number;
  readonly wallMs: number;
  readonly cpuUs: number;
  /** By the clock of `process.hrtime`, ms. */
  readonly arrivals: readonly (readonly [topic: string, at: number])[];
}

export interface Memory {
  readonly rssMb: number;
  readonly heapMb: number;
}

interface Open {
  readonly expected: number;
  readonly wall: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly arrivals: [string, number][];
  count: number;
  result: Count | undefined;
}

let open: Open | undefined;

function register(RED: NodeAPI): void {
  RED.nodes.registerType('bench-counter', function construct(config) {
    RED.nodes.createNode(this, config);
    this.on('input', (message, _, done) => {
      heard(String(message.topic));
      done();
    });
  });
  RED.httpAdmin.post('/bench/open/:expected', ({ params }, response) => {
    const expected = Number(params.expected);
    open = { expected, wall: performance.now(), cpu: process.cpuUsage(), arrivals: [], count: 0, result: undefined };
    response.json({});
  });
  /** What there is so far, closed when all came or when it is asked to. */
  RED.httpAdmin.get('/bench/count', ({ query }, response) => {
    if (open && query['close'] !== undefined) open.result ??= result(open);
    response.json(open?.result ?? { count: open?.count ?? 0 });
  });
  RED.httpAdmin.get('/bench/memory', ({ query }, response) => {
    if (query['as_is'] === undefined) collect();
    const { rss, heapUsed } = process.memoryUsage();
    response.json({ rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 } satisfies Memory);
  });
  RED.httpAdmin.get('/bench/cost', ({ query }, response) => {
    const fields = JSON.parse(String(query['fields'])) as object;
    costOf(String(query['name']), fields, Number(query['times'])).then(
      (cost) => response.json(cost),
      (thrown: unknown) => response.status(500).json({ error: String(thrown) }),
    );
  });
}

function heard(topic: string): void {
  if (!open || open.result) return;
  open.count += 1;
  open.arrivals.push([topic, Number(process.hrtime.bigint()) / 1e6]);
  if (open.count === open.expected) open.result = result(open);
}

function result({ wall, cpu, count, arrivals }: Open): Count {
  const { user, system } = process.cpuUsage(cpu);
  return { count, wallMs: performance.now() - wall, cpuUs: user + system, arrivals };
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

module.exports = register;
