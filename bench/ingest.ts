import type { Reader, Window } from './client';
import { median, ratios, short, shuffled, spread } from './figures';
import type { Loopback } from './loopback';
import { read } from './reader';
import type { Bound, Row } from './results';

interface Load {
  readonly homes: number;
  readonly entities: number;
  /** Messages in one frame. */
  readonly coalesced: number;
}

type Figures = Record<Reader, { cpu: number[]; rate: number[]; busy: number[] }>;

const READERS: readonly Reader[] = ['bare', 'product'];
const EVENTS = 200_000;
const WARM_UP = 150_000;
const LOADS: readonly Load[] = [1, 20].flatMap((coalesced) => [
  { homes: 1, entities: 100, coalesced },
  { homes: 1, entities: 1_000, coalesced },
  { homes: 1, entities: 10_000, coalesced },
  { homes: 1, entities: 50_000, coalesced },
  { homes: 100, entities: 1_000, coalesced },
]);
/** What an event at 50 000 entities may cost more than one at 100. */
const MOST_GROWTH = 2.5;

/** How much the product's reading and judging costs above the bare reading of the same frames, saturated. */
export async function ingest(server: Loopback, rounds: number): Promise<Row> {
  const figures = new Map<Load, Figures>(LOADS.map((load) => [load, { bare: none(), product: none() }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const load of shuffled(LOADS)) {
      for (const reader of shuffled(READERS)) {
        const { cpuUs, wallMs } = await flooded(server, load, reader);
        const own = (figures.get(load) as Figures)[reader];
        own.cpu.push(cpuUs / EVENTS);
        own.rate.push((EVENTS / wallMs) * 1000);
        own.busy.push(cpuUs / 1000 / wallMs);
      }
    }
    console.error(`ingest: round ${round + 1} of ${rounds}`);
  }
  return row(figures);
}

async function flooded(server: Loopback, { homes, entities, coalesced }: Load, reader: Reader): Promise<Window> {
  const urls = Array.from({ length: homes }, (_, index) => server.url(homes > 1 ? index + 1 : 0, entities, coalesced));
  const job = { reader, urls, warmUp: Math.max(WARM_UP, 3 * entities), events: EVENTS };
  const answer = await read(job, () => server.ask({ do: 'flood', entities, coalesced }));
  return answer as Window;
}

function row(figures: Map<Load, Figures>): Row {
  const bounds: Bound[] = [];
  const lines = [...figures].map(([load, { bare, product }]) => {
    const ratio = ratios(bare.cpu, product.cpu);
    bounds.push({
      what: `events per CPU second against the floor, ${name(load)}`,
      value: median(ratio),
      least: load.entities >= 50_000 ? 0.6 : 0.7,
      later: load.coalesced > 1,
    });
    return [
      name(load),
      spread(bare.cpu),
      spread(product.cpu),
      spread(ratio),
      short(median(bare.rate)),
      short(median(product.rate)),
      short(median(product.busy)),
    ];
  });
  return {
    title: 'Ingest and track, saturated',
    head: [
      'load',
      'floor, us/event',
      'ours, us/event',
      'ours / floor, events per CPU s',
      'floor, events/s',
      'ours, events/s',
      'ours, cores',
    ],
    lines,
    bounds: [...bounds, ...growth(figures)],
    notes: [
      'Floor: bare `ws` and `JSON.parse` on the same frames. Ours: the instance as its node runs it (connection, decoder, read budget, session, tracker, timers), default options, facts in memory.',
      'Bounds are for single messages (k = 1), as the floor was defined; coalesced frames wait for a decoder that is no `JSON.parse`.',
      'k is the number of messages in a frame; a change is about 150 B. Each seventh change is one of an attribute, 1 % go unavailable.',
    ],
  };
}

function growth(figures: Map<Load, Figures>): Bound[] {
  const of = (entities: number, coalesced: number) =>
    [...figures].find(([load]) => load.homes === 1 && load.entities === entities && load.coalesced === coalesced)?.[1];
  return [1, 20].flatMap((coalesced) => {
    const [few, many] = [of(100, coalesced), of(50_000, coalesced)];
    if (!few || !many) return [];
    const floor = median(ratios(many.bare.cpu, few.bare.cpu));
    return {
      what: `CPU per event at 50 000 entities against 100, k = ${coalesced} (the floor itself: ${short(floor)})`,
      value: median(ratios(many.product.cpu, few.product.cpu)),
      most: MOST_GROWTH,
      later: coalesced > 1,
    };
  });
}

function name({ homes, entities, coalesced }: Load): string {
  return `${homes} x ${entities.toLocaleString('en').replace(',', ' ')}, k = ${coalesced}`;
}

function none() {
  return { cpu: [], rate: [], busy: [] };
}
