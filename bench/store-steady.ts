import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Namespace, Store } from '../src/lib/store/store';
import { percentile } from './figures';
import { treeCpuMs } from './process-times';
import { ENTITIES, FactSource } from './store-facts';
import type { Job, Steady } from './store-job';
import { homesOf, type Place } from './store-place';

/** Before anything is counted, ms. */
const WARM_MS = 2_000;
const TICK_MS = 5;

/** What a journal does: one call at a time, and what settles meanwhile goes along with the next. */
class Writer {
  readonly #namespace: Pick<Namespace, 'append'>;
  readonly #source: FactSource;
  readonly #delays: number[];
  #settled: number[] = [];
  writing: Promise<void> | undefined;

  constructor(namespace: Pick<Namespace, 'append'>, source: FactSource, delays: number[]) {
    this.#namespace = namespace;
    this.#source = source;
    this.#delays = delays;
  }

  settle(): void {
    this.#settled.push(performance.now());
    this.writing ??= this.#write();
  }

  async #write(): Promise<void> {
    await undefined;
    while (this.#settled.length > 0) {
      const settled = this.#settled;
      this.#settled = [];
      await this.#namespace.append(this.#source.facts(settled.length));
      const now = performance.now();
      for (const at of settled) this.#delays.push(now - at);
    }
    this.writing = undefined;
  }
}

/** A load as of many homes on a quiet day; `stored` is false for the control. */
export async function steady(store: Store, place: Place, job: Extract<Job, { do: 'steady' }>): Promise<Steady> {
  const delays: number[] = [];
  const ids = Array.from({ length: job.homes }, (_, n) => `home_${n}`);
  const writers = (await homesOf(store, ids)).map((namespace, n) => {
    const control = { append: async () => [] };
    return new Writer(job.stored ? namespace : control, new FactSource(ENTITIES / job.homes, n), delays);
  });
  const perMs = (job.homes * job.perHome) / 1000;
  const run = async (ms: number) => {
    const start = performance.now();
    for (let made = 0; made < ms * perMs; ) {
      await new Promise((done) => setTimeout(done, TICK_MS));
      const due = Math.min(ms, performance.now() - start) * perMs;
      for (; made < due; made += 1) writers[made % writers.length]!.settle();
    }
  };
  await run(WARM_MS);
  await Promise.all(writers.map(({ writing }) => writing));
  delays.length = 0;
  const serverBefore = place.server === null ? null : treeCpuMs(place.server);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  delay.enable();
  await run(job.ms);
  delay.disable();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const served = serverBefore === null ? null : (treeCpuMs(place.server!) ?? 0) - serverBefore;
  await Promise.all(writers.map(({ writing }) => writing));
  return {
    delayP99: delay.percentile(99) / 1e6,
    delayMost: delay.max / 1e6,
    cpu: (user + system) / 10 / ms,
    serverCpu: served === null ? null : (served * 100) / ms,
    storedP50: percentile(delays, 50),
    storedP99: percentile(delays, 99),
    factsPerSecond: (delays.length * 1000) / ms,
  };
}
