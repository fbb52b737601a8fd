import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { reliability } from '../src/lib/api/patterns/reliability';
import { beginning, type Total } from '../src/lib/core/figures/checkpoint';
import type { Rollup } from '../src/lib/core/figures/rollup';
import { NOTHING } from '../src/lib/core/figures/sums';
import { defaultWatchOptions } from '../src/lib/core/options';
import { Tracker } from '../src/lib/core/tracker';
import type { Settled } from '../src/lib/core/transition';
import { DAY_MS, putRollup, rollupBefore } from '../src/lib/instance/figures/rollups';
import { PRUNED_BEFORE } from '../src/lib/instance/past';
import type { Member } from '../src/lib/instance/roster';
import type { Namespace, Store } from '../src/lib/store/store';
import { median, shuffled, spread } from './figures';
import { entityId } from './load';
import type { Row } from './results';
import { NAMES } from './store';
import { homesOf, type Kind, openPlace, usePlace } from './store-place';

const HOMES = 100;
const ENTITIES = 1_000;
const DAYS = 365;
/** Outages of one home in a day. */
const OUTAGES = 100;
const RETENTION_DAYS = 90;
const INTEGRATIONS = 20;
const REQUESTS = 10;
const KINDS: readonly Kind[] = ['sqlite', 'postgres'];

interface Answered {
  readonly wallMs: number;
  /** How long the main loop worked for it in all, and its longest turn, ms. */
  readonly busyMs: number;
  readonly longestMs: number;
}

/** A year of reliability over all homes at once. */
export async function figuresYear(_server: unknown, rounds: number): Promise<Row> {
  // Whenever it is measured, half a day has passed since the newest rollup.
  const now = rollupBefore(Date.now()) + DAY_MS / 2;
  const lines = KINDS.map((kind) => ({ kind, runs: [] as Answered[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { kind, runs } of shuffled(lines)) {
      runs.push(
        await usePlace(kind, async (place) => {
          const store = await openPlace(place);
          try {
            return await answered(await fleetOf(store, now), now);
          } finally {
            await store.close();
          }
        }),
      );
    }
    console.error(`figures-year: round ${round + 1} of ${rounds}`);
  }
  return {
    title: `Figures: a year of reliability, ${HOMES} homes x ${grouped(ENTITIES)} entities`,
    head: ['store', 'wall, ms', 'main loop busy, ms', 'longest turn, ms'],
    lines: lines.map(({ kind, runs }) => [
      NAMES[kind],
      spread(runs.map(({ wallMs }) => wallMs)),
      spread(runs.map(({ busyMs }) => busyMs)),
      spread(runs.map(({ longestMs }) => longestMs)),
    ]),
    bounds: lines.map(({ kind, runs }) => ({
      what: `main loop busy with a year of reliability, ms a home, ${NAMES[kind]}`,
      value: median(runs.map(({ busyMs }) => busyMs)) / HOMES,
      most: 5,
      later: kind !== 'sqlite',
    })),
    notes: [
      `${DAYS} rollups a home with ${INTEGRATIONS} integrations each, and the facts of the half day since the last: ${OUTAGES} outages a home and day, older ones gone after ${RETENTION_DAYS} days. One request for all homes, by integration; median of ${REQUESTS} in a round, after one that is not counted.`,
      'Measured in the process of the bench, which has nothing else to do; the longest turn is that of `monitorEventLoopDelay` at 1 ms, which is in it.',
    ],
  };
}

function grouped(value: number): string {
  return String(value).replace(/(\d)(?=(\d{3})+$)/g, '$1 ');
}

async function answered(fleet: readonly Member[], now: number): Promise<Answered> {
  const runs: Answered[] = [];
  for (let request = 0; request <= REQUESTS; request += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const caller = { visible: fleet, commanded: fleet, reference: {}, by: 'api', now } as const;
    await new Promise((done) => setTimeout(done, 50));
    delay.enable();
    const [before, start] = [performance.eventLoopUtilization(), performance.now()];
    const { total } = await reliability.run(caller, { days: DAYS });
    const wallMs = performance.now() - start;
    const { active } = performance.eventLoopUtilization(before);
    delay.disable();
    if (!total) throw new Error('There is nothing to tell.');
    if (request > 0) runs.push({ wallMs, busyMs: active, longestMs: delay.max / 1e6 });
  }
  const middle = (pick: (run: Answered) => number) => median(runs.map(pick));
  return {
    wallMs: middle(({ wallMs }) => wallMs),
    busyMs: middle(({ busyMs }) => busyMs),
    longestMs: Math.max(...runs.map(({ longestMs }) => longestMs)),
  };
}

/** Homes that are watched, with a year behind them. */
async function fleetOf(store: Store, now: number): Promise<Member[]> {
  const ids = Array.from({ length: HOMES }, (_, home) => `home_${home}`);
  const namespaces = await homesOf(store, ids);
  const fleet: Member[] = [];
  for (const [home, namespace] of namespaces.entries()) {
    await live(namespace, home, now);
    fleet.push(memberOf(store, namespace.instance_id, home, now));
  }
  return fleet;
}

async function live(namespace: Namespace, home: number, now: number): Promise<void> {
  const midnight = rollupBefore(now);
  const first = midnight - DAYS * DAY_MS;
  const subject = (index: number) => {
    const id = entityId({ home, entities: ENTITIES }, index);
    return { kind: 'entity', id, name: id } as const;
  };
  const common = { state: 'on', seconds: null };
  const births = Array.from({ length: ENTITIES }, (_, index): Settled => {
    const subjectOf = subject(index);
    return {
      ...common,
      subject: subjectOf,
      status: 'available',
      previous_status: null,
      at: first - 1,
      since: first - 1,
    };
  });
  const { at: _, seq } = (await namespace.append(births)).at(-1) ?? { at: first, seq: 0 };
  // What a store keeps where nothing else is set.
  await namespace.setNote(PRUNED_BEFORE, String(now - RETENTION_DAYS * DAY_MS));
  const days = Array.from({ length: DAYS + 1 }, (_, day) => rollupOf(first, day, seq));
  for (let start = 0; start < days.length; start += 50)
    await Promise.all(days.slice(start, start + 50).map((rollup) => putRollup(namespace, rollup)));
  const count = Math.max(1, Math.round((OUTAGES * (now - midnight)) / DAY_MS));
  const outages = Array.from({ length: count }, (_, n) => {
    const at = midnight + Math.floor(((n + 0.2) * (now - midnight)) / count);
    const fell = { ...common, subject: subject((n * 7) % ENTITIES), at, since: at };
    const [down, up] = ['unavailable', 'available'] as const;
    const later = at + Math.floor((now - midnight) / count / 3);
    return [
      { ...fell, status: down, previous_status: up },
      { ...fell, status: up, previous_status: down, at: later, since: later },
    ];
  });
  await namespace.append(outages.flat());
}

function rollupOf(first: number, day: number, seq: number): Rollup {
  const at = first + day * DAY_MS;
  const total = (entities: number, failures: number): Total => {
    const [valid_ms, failure_count] = [day * entities * DAY_MS, day * failures];
    const sums = { ...NOTHING, valid_ms, down_ms: failure_count * 600_000, outage_count: failure_count, failure_count };
    return { ...sums, last_failure: day === 0 ? null : at - 1_000, entities, down: 0 };
  };
  return {
    ...beginning(at, first, false),
    home: total(ENTITIES, OUTAGES),
    integrations: Array.from({ length: INTEGRATIONS }, (_, index) => {
      return { integration: `integration_${index}`, ...total(ENTITIES / INTEGRATIONS, OUTAGES / INTEGRATIONS) };
    }),
    seq,
    late_until: at,
    incidents: [],
    windows: [],
  };
}

function memberOf(store: Store, instance_id: string, home: number, now: number): Member {
  const tracker = new Tracker(defaultWatchOptions, {
    settled: () => {},
    renamed: () => {},
    left: () => {},
    back: () => {},
    removed: () => {},
  });
  const entries = Array.from({ length: ENTITIES }, (_, index) => {
    return [entityId({ home, entities: ENTITIES }, index), { s: 'on', lc: now / 1000 - 60 }] as const;
  });
  for (const [id] of entries) tracker.resume({ kind: 'entity', id, name: id }, 'available', 'on', now - 60_000);
  tracker.goLive(now - 60_000, 0);
  tracker.ingest({ a: Object.fromEntries(entries) }, now, false);
  const self = { subject: { kind: 'instance', id: instance_id, name: instance_id }, status: 'available', state: 'on' };
  const instance = {
    tracker,
    self: { ...self, since: 0 },
    timeZone: 'UTC',
    journal: { rewritten: 0 },
    trouble: (what: string) => console.error(what),
  };
  return {
    ...{ id: instance_id, instance_id, name: instance_id, refusal: null, moved: null },
    instance,
    keeping: { store },
  } as unknown as Member;
}
