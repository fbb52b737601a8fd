import type { Reader, Started } from './client';
import { median, ratios, shuffled, spread } from './figures';
import type { Loopback } from './loopback';
import { read } from './reader';
import type { Row } from './results';

const READERS: readonly Reader[] = ['bare', 'product'];
const LOADS = [
  { homes: 1, entities: 10_000 },
  { homes: 1, entities: 50_000 },
  { homes: 100, entities: 1_000 },
];

/** From the first packet until everything is tracked, against the bare reading of the same answers. */
export async function coldStart(server: Loopback, rounds: number): Promise<Row> {
  const figures = LOADS.map((load) => ({ load, bare: [] as Started[], product: [] as Started[] }));
  // The first to ask would wait until the home is made.
  for (const { load } of figures) await started(server, load, 'bare');
  for (let round = 0; round < rounds; round += 1) {
    for (const { load, ...own } of shuffled(figures)) {
      for (const reader of shuffled(READERS)) own[reader].push(await started(server, load, reader));
    }
    console.error(`cold-start: round ${round + 1} of ${rounds}`);
  }
  const wall = (list: readonly Started[]) => list.map(({ startMs }) => startMs);
  const cpu = (list: readonly Started[]) => list.map(({ startCpuMs }) => startCpuMs);
  const rss = (list: readonly Started[]) => list.map(({ rssMb }) => rssMb);
  return {
    title: 'Cold start to fully tracked',
    head: ['load', 'raw, ms', 'ours, ms', 'ours / raw', 'raw, CPU ms', 'ours, CPU ms', 'raw, RSS MB', 'ours, RSS MB'],
    lines: figures.map(({ load, bare, product }) => [
      `${load.homes} x ${load.entities}`,
      spread(wall(bare)),
      spread(wall(product)),
      spread(ratios(wall(product), wall(bare))),
      spread(cpu(bare)),
      spread(cpu(product)),
      spread(rss(bare)),
      spread(rss(product)),
    ]),
    bounds: figures.map(({ load, bare, product }) => ({
      what: `time to tracked against raw, ${load.homes} x ${load.entities}`,
      value: median(ratios(wall(product), wall(bare))),
      most: 1.3,
      later: true,
    })),
    notes: [
      'Raw: the same questions asked and the same answers (registries, entries, states) parsed by `JSON.parse`, each in a new process. RSS as it is at that moment, nothing collected.',
    ],
  };
}

function started(server: Loopback, { homes, entities }: { homes: number; entities: number }, reader: Reader) {
  const urls = Array.from({ length: homes }, (_, index) => server.url(homes > 1 ? index + 1 : 0, entities));
  return read({ reader, urls, warmUp: 0, events: 0 }, async () => {});
}
