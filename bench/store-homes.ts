import { median, shuffled, spread } from './figures';
import type { Row } from './results';
import { ask, type Steady } from './store-job';
import { type Kind, usePlace } from './store-place';

const LOAD = { homes: 100, perHome: 20, ms: 10_000 };

/** What 2 000 facts a second cost the main loop and the machine, against the same load that nobody stores. */
export async function storeHomes(_server: unknown, rounds: number): Promise<Row> {
  const line = (name: string, kind: Kind, stored: boolean) => ({ name, kind, stored, runs: [] as Steady[] });
  const control = line('control', 'memory', false);
  const [sqlite, postgres] = [line('SQLite', 'sqlite', true), line('PostgreSQL', 'postgres', true)];
  const lines = [control, sqlite, postgres];
  for (let round = 0; round < rounds; round += 1) {
    for (const { kind, stored, runs } of shuffled(lines)) {
      runs.push(await usePlace(kind, (place) => ask(place, { do: 'steady', stored, ...LOAD })));
    }
    console.error(`store-homes: round ${round + 1} of ${rounds}`);
  }
  const more = (runs: readonly Steady[], pick: (run: Steady) => number) =>
    runs.map((run, round) => pick(run) - pick(control.runs[round] as Steady));
  const p99 = (run: Steady) => run.delayP99;
  const most = (run: Steady) => run.delayMost;
  return {
    title: 'Store: 100 homes x 20 facts/s',
    head: [
      'store',
      'main loop p99, ms',
      'max, ms',
      'p99 over control, ms',
      'max over control, ms',
      '% of a core',
      'server, % of a core',
      'stored after p50, ms',
      'p99, ms',
      'facts/s',
    ],
    lines: lines.map(({ name, runs }) => [
      name,
      spread(runs.map(p99)),
      spread(runs.map(most)),
      ...(runs === control.runs ? ['-', '-'] : [spread(more(runs, p99)), spread(more(runs, most))]),
      spread(runs.map(({ cpu }) => cpu)),
      spread(runs.flatMap(({ serverCpu }) => serverCpu ?? [])),
      ...(runs === control.runs
        ? ['-', '-']
        : [spread(runs.map(({ storedP50 }) => storedP50)), spread(runs.map(({ storedP99 }) => storedP99))]),
      spread(runs.map(({ factsPerSecond }) => factsPerSecond)),
    ]),
    bounds: [sqlite, postgres].flatMap(({ name, runs }) => [
      { what: `main loop p99 over the control, ms, ${name}`, value: median(more(runs, p99)), most: 0.5, later: true },
      { what: `main loop max over the control, ms, ${name}`, value: median(more(runs, most)), most: 5, later: true },
    ]),
    notes: [
      `Control: the same facts at the same pace, which nobody stores. ${LOAD.ms / 1000} s each after a warm-up; the loop is measured by \`monitorEventLoopDelay\` at 1 ms, which is in each figure.`,
      'Each home as its journal does it: one call at a time, what settles meanwhile goes along with the next. CPU of our process, all threads (the thread of SQLite too); the server is that of PostgreSQL.',
    ],
  };
}
