import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Backups } from '../src/lib/store/backups';
import type { Store } from '../src/lib/store/store';
import { ENTITIES, FactSource } from './store-facts';
import type { Appended, Copied, Job } from './store-job';
import { homesOf, openPlace, type Place } from './store-place';
import { steady } from './store-steady';

const HOME = 'home';
/** What the facts of a large home are spread over. */
const YEAR_MS = 365 * 86_400_000;

/** As fast as it takes them: each home waits for one call before it makes the next, as its journal does. */
async function append(store: Store, { homes, call, facts }: Extract<Job, { do: 'append' }>): Promise<Appended> {
  const sources = Array.from({ length: homes }, (_, n) => new FactSource(ENTITIES / homes, n));
  const ids = sources.map((_, n) => `home_${n}`);
  const namespaces = await homesOf(store, ids);
  const write = (each: number, size: number) =>
    Promise.all(
      namespaces.map(async (namespace, n) => {
        for (let done = 0; done < each; done += size) await namespace.append(sources[n]!.facts(size));
      }),
    );
  // The rows of the subjects, which come once, are in no figure.
  await write(ENTITIES / homes, 100);
  const empty = await rowBytes(store);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await write(facts / homes, call);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const bytes = (await rowBytes(store)) - empty;
  return { wallMs, cpuMs: (user + system) / 1000, bytesPerFact: store.kind === 'memory' ? null : bytes / facts };
}

async function rowBytes(store: Store): Promise<number> {
  return (await store.sizes()).reduce((sum, { bytes }) => sum + bytes, 0);
}

async function fill(store: Store, { facts, entities }: Extract<Job, { do: 'fill' }>): Promise<{ bytes: number }> {
  let at = Date.now() - YEAR_MS;
  const source = new FactSource(entities, 0, () => {
    at += Math.floor((Math.random() * 2 * YEAR_MS) / facts);
    return at;
  });
  const [home] = await homesOf(store, [HOME]);
  for (let done = 0; done < facts; done += 5_000) await home!.append(source.facts(5_000));
  return { bytes: await store.bytes() };
}

async function copy(
  store: Store,
  place: Place,
  job: { do: 'create' | 'verify' | 'restore'; name: string },
): Promise<Copied> {
  const [namespace] = await homesOf(store, [HOME]);
  const log = (message: string) => console.error(message);
  const backups = new Backups({ folder: place.folder, namespace: namespace!, kind: store.kind, log });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  const start = performance.now();
  delay.enable();
  let { name } = job;
  if (job.do === 'create') ({ name } = await backups.create('bench'));
  else await backups[job.do](name);
  delay.disable();
  const ms = performance.now() - start;
  const mostRssMb = process.resourceUsage().maxRSS / 1024;
  const bytes = (await backups.list()).find((info) => info.name === name)?.bytes ?? Number.NaN;
  return { name, bytes, ms, rssMb, mostRssMb, longestMs: delay.max / 1e6 };
}

function answer(store: Store, place: Place, job: Job): Promise<object> {
  switch (job.do) {
    case 'append':
      return append(store, job);
    case 'steady':
      return steady(store, place, job);
    case 'fill':
      return fill(store, job);
    default:
      return copy(store, place, job);
  }
}

async function main(place: Place, job: Job): Promise<void> {
  const store = await openPlace(place);
  // What the store does afterwards is no part of the answer, but has its time until the other side lets go.
  process.once('disconnect', () => void store.close().finally(() => process.exit()));
  process.send?.(await answer(store, place, job));
}

if (process.send) {
  main(JSON.parse(process.argv[2] ?? ''), JSON.parse(process.argv[3] ?? '')).catch((thrown: unknown) => {
    console.error(thrown);
    process.exit(1);
  });
}
