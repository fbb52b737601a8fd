import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../src/lib/instance/instance';
import { Watched } from '../tests/lib/instance/watched';
import { eventually } from '../tests/support/eventually';
import { median, percentile, ratios, shuffled, spread } from './figures';
import type { Row } from './results';
import { FLIPPER, type Order, type PeerHome } from './ten-homes-peer';

export interface TenHomes {
  /** Transitions that each of the six good homes made, and that were told of it, in order and once. */
  readonly made: number;
  readonly told: Readonly<Record<string, number>>;
  /** From the change in the home to its status judged, ms. */
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  /** Events that the flooding home got through to us. */
  readonly flooded: number;
}

const GOOD = 6;
const OTHERS = 4;
/** The third of the others. */
const FLOODING = 'other_2';
/** Flips before anything is counted: both sides warm up. */
const WARM = 50;
/** Flips that count, in each run of the bench. */
const FLIPS = 400;

/** Homes in a process of their own. */
class Peer {
  readonly #process: ChildProcess = fork(join(__dirname, 'ten-homes-peer.js'));

  ask<T>(order: Order): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#process.once('message', ({ answer, error }: { answer?: T; error?: string }) => {
        if (error === undefined) resolve(answer as T);
        else reject(new Error(error));
      });
      this.#process.send(order);
    });
  }

  async end(): Promise<void> {
    const exited = new Promise((done) => this.#process.once('exit', done));
    this.#process.disconnect();
    await exited;
  }
}

/** Notes how long each flip took until it was tracked. */
function time({ tracker }: Instance, delays: number[]): void {
  const ingest = tracker.ingest.bind(tracker);
  tracker.ingest = (event, now, snapshot) => {
    ingest(event, now, snapshot);
    const sent = event.c?.[FLIPPER]?.['+']?.a?.['sent'];
    if (typeof sent === 'number') delays.push(performance.timeOrigin + performance.now() - sent);
  };
}

function count({ tracker }: Instance): () => number {
  const ingest = tracker.ingest.bind(tracker);
  let events = 0;
  tracker.ingest = (event, now, snapshot) => {
    events += Object.keys(event.c ?? {}).length;
    ingest(event, now, snapshot);
  };
  return () => events;
}

function add(watched: Watched, id: string, { url, token }: PeerHome): void {
  const fields = {
    state_change_grace_period_seconds: 0,
    recovery_grace_period_seconds: 0,
  };
  const times = { healthCheck: 1_000, ping: 1_000, firstRetry: 100, mostRetry: 1_000 };
  watched.add({ url, token, instance_id: id, fields, times });
}

/**
 * Ten homes watched from one process. @param besets of the four others one is killed, one stalls, one floods and one
 * has a bad token @param flips transitions that each home makes
 */
export async function tenHomes(besets: boolean, flips: number): Promise<TenHomes> {
  const [good, others] = [new Peer(), new Peer()];
  const watched = new Watched();
  try {
    const six = await good.ask<PeerHome[]>({ homes: GOOD, besets: false });
    const four = await others.ask<PeerHome[]>({ homes: OTHERS, besets });
    watched.monitor({ kinds: ['entity'], include: { entities: [FLIPPER] } });
    for (const [n, home] of six.entries()) add(watched, `good_${n}`, home);
    for (const [n, home] of four.entries()) add(watched, `other_${n}`, home);
    const ids = six.map((_, n) => `good_${n}`);
    for (const id of ids) await watched.live(id, 20_000);
    if (besets) await others.ask('beset');
    else for (let n = 0; n < OTHERS; n += 1) await watched.live(`other_${n}`, 20_000);
    await Promise.all([good.ask({ flips: WARM }), besets ? sleep(0) : others.ask({ flips: WARM })]);
    const delays: number[] = [];
    for (const id of ids) time(watched.instance(id), delays);
    const flooded = count(watched.instance(FLOODING));
    await Promise.all([good.ask({ flips }), besets ? sleep(0) : others.ask({ flips })]);
    const made = WARM + flips;
    const told = () => Object.fromEntries(ids.map((id) => [id, inOrder(watched, id)]));
    await eventually(() => {
      if (Object.values(told()).some((count) => count < made)) throw new Error('not all told');
    }).catch(() => {});
    return {
      made,
      told: told(),
      p50: percentile(delays, 50),
      p99: percentile(delays, 99),
      most: percentile(delays, 100),
      flooded: flooded(),
    };
  } finally {
    await watched.dispose();
    await Promise.all([good.end(), others.end()]);
  }
}

/** How many transitions it told, as long as each follows from the one before. */
function inOrder(watched: Watched, id: string): number {
  const told = watched.told.filter((record) => record.instance_id === id);
  const broken = told.findIndex(({ status, id: entity }, n) => {
    return entity !== FLIPPER || status !== (n % 2 === 0 ? 'unavailable' : 'available');
  });
  return broken === -1 ? told.length : broken;
}

/**
 * The row: one killed, one stalled, one flooding, one with a bad token, against ten healthy ones, interleaved. The
 * homes run in processes of their own, so it needs no server.
 */
export async function tenHomesRow(_server: unknown, rounds: number): Promise<Row> {
  await tenHomes(true, WARM);
  const runs: Record<'healthy' | 'beset', TenHomes[]> = { healthy: [], beset: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of shuffled(['healthy', 'beset'] as const))
      runs[kind].push(await tenHomes(kind === 'beset', FLIPS));
  }
  const p99 = (kind: 'healthy' | 'beset') => runs[kind].map((run) => run.p99);
  const line = (kind: 'healthy' | 'beset') => {
    const of = (pick: (run: TenHomes) => number) => spread(runs[kind].map(pick));
    return [kind, of((run) => run.p50), of((run) => run.p99), of((run) => run.most), String(lost(runs[kind]))];
  };
  return {
    title: 'Ten homes, four of them in trouble',
    head: ['the other four', 'p50, ms', 'p99, ms', 'max, ms', 'transitions of the six not told'],
    lines: [line('healthy'), line('beset')],
    bounds: [
      { what: 'p99 of the six, beset against healthy', value: median(ratios(p99('beset'), p99('healthy'))), most: 2 },
      { what: 'transitions of the six not told', value: lost([...runs.healthy, ...runs.beset]), most: 0 },
    ],
    notes: ['From the change in the home to its status judged; 50 changes a second each, each one a transition.'],
  };
}

function lost(runs: readonly TenHomes[]): number {
  return runs.reduce(
    (sum, { made, told }) => sum + Object.values(told).reduce((all, n) => all + Math.abs(made - n), 0),
    0,
  );
}
