/** A process of its own: one way of reading, measured from inside. Its job comes as JSON, its answer leaves as a line. */
import { writeSync } from 'node:fs';
import { Bare } from './bare';
import { product } from './product';

export interface Job {
  readonly reader: Reader;
  /** One home each. */
  readonly urls: readonly string[];
  /** Events before the window opens, and in it; none: only the start is measured. */
  readonly warmUp: number;
  readonly events: number;
}

/** `bare` is the floor: `ws` and `JSON.parse`. */
export type Reader = 'bare' | 'product';

export interface Started {
  readonly startMs: number;
  readonly startCpuMs: number;
  readonly rssMb: number;
}

export interface Window {
  readonly wallMs: number;
  readonly cpuUs: number;
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
let seen = 0;
let opened = { wall: 0, cpu: 0 };

/**
 * The window opens and closes here, in the handler: a busy loop reads a socket many times in a row before it looks at
 * anything else, so a window opened by a message or a timer opens late or never.
 */
function counted(events: number): void {
  if (job.events === 0) return;
  const before = seen;
  seen += events;
  if (before < job.warmUp && seen >= job.warmUp) opened = { wall: performance.now(), cpu: cpuUs() };
  if (before < job.warmUp || seen < job.warmUp + job.events) return;
  const window: Window = {
    wallMs: performance.now() - opened.wall,
    cpuUs: (cpuUs() - opened.cpu) * (job.events / (seen - job.warmUp)),
  };
  say(window);
  process.exit(0);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function say(what: Started | Window): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

async function start(): Promise<void> {
  const wall = performance.now();
  const cpu = cpuUs();
  if (job.reader === 'product') await product(job.urls, counted);
  else await Promise.all(job.urls.map((url) => new Bare(url, counted).synced));
  say({
    startMs: performance.now() - wall,
    startCpuMs: (cpuUs() - cpu) / 1000,
    rssMb: process.memoryUsage().rss / 2 ** 20,
  });
  if (job.events === 0) process.exit(0);
}

start().catch((thrown: unknown) => {
  console.error(thrown);
  process.exit(1);
});
