import { median, shuffled, spread } from './figures';
import type { Bound, Row } from './results';
import { type Appended, ask } from './store-job';
import { type Kind, usePlace } from './store-place';

const KINDS: readonly Kind[] = ['sqlite', 'postgres', 'memory'];
export const NAMES: Readonly<Record<Kind, string>> = { sqlite: 'SQLite', postgres: 'PostgreSQL', memory: 'memory' };
const LOADS = [
  { homes: 10, call: 500, facts: 200_000 },
  { homes: 100, call: 1, facts: 10_000 },
];
const [BURST] = LOADS;

/** How many facts a second a store takes, and what they take up. */
export async function store(_server: unknown, rounds: number): Promise<Row> {
  const figures = LOADS.flatMap((load) => KINDS.map((kind) => ({ load, kind, runs: [] as Appended[] })));
  for (let round = 0; round < rounds; round += 1) {
    for (const { load, kind, runs } of shuffled(figures)) {
      runs.push(await usePlace(kind, (place) => ask(place, { do: 'append', ...load })));
    }
    console.error(`store: round ${round + 1} of ${rounds}`);
  }
  const perSecond = (runs: readonly Appended[], facts: number) => runs.map(({ wallMs }) => (facts * 1000) / wallMs);
  const bytes = (runs: readonly Appended[]) => runs.flatMap(({ bytesPerFact }) => bytesPerFact ?? []);
  const bursts = figures.filter(({ load, kind }) => load === BURST && kind !== 'memory');
  return {
    title: 'Store: facts a second, saturated',
    head: ['store', 'homes x facts a call', 'facts/s', 'CPU us/fact', 'bytes/fact with index'],
    lines: figures.map(({ load, kind, runs }) => [
      NAMES[kind],
      `${load.homes} x ${load.call}`,
      spread(perSecond(runs, load.facts)),
      spread(runs.map(({ cpuMs }) => (cpuMs * 1000) / load.facts)),
      spread(bytes(runs)),
    ]),
    bounds: bursts.flatMap(({ load, kind, runs }): Bound[] => [
      { what: `facts/s, ${NAMES[kind]}`, value: median(perSecond(runs, load.facts)), least: 50_000 },
      {
        what: `bytes a fact with index, ${NAMES[kind]}`,
        value: median(bytes(runs)),
        most: 65,
        later: kind !== 'sqlite',
      },
    ]),
    notes: [
      'The targets are those of the file; PostgreSQL adds 28 bytes to each row and 12 to each of its two places in an index.',
      'Each home makes its next call once the one before is acknowledged. 10 000 entities in all; their own rows, which come once, are in no figure.',
      'CPU of our process, all threads; PostgreSQL runs beside it on the same machine, settings as they come, and takes its own. Memory keeps the newest 10 000 facts of a home.',
    ],
  };
}
