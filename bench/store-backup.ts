import { shuffled, spread } from './figures';
import type { Row } from './results';
import { NAMES } from './store';
import { ENTITIES } from './store-facts';
import { ask, type Copied } from './store-job';
import { type Kind, type Place, swept, usePlace } from './store-place';

const FACTS = 1_000_000;
/** One takes a minute. */
const MOST_ROUNDS = 3;
/** The old million is deleted after a restore: at most so long, ms. */
const SWEEP_MS = 300_000;
const STEPS = ['create', 'verify', 'restore'] as const;

type Runs = Record<(typeof STEPS)[number], Copied[]>;

/** A home of a million facts: backed up, verified and restored, each in a process of its own. */
export async function storeBackup(_server: unknown, asked: number): Promise<Row> {
  const rounds = Math.min(asked, MOST_ROUNDS);
  const figures: { kind: Kind; runs: Runs; bytes: number }[] = [];
  for (const kind of ['sqlite', 'postgres'] as const) {
    figures.push({ kind, runs: { create: [], verify: [], restore: [] }, bytes: 0 });
  }
  await usePlace('sqlite', (sqlite) =>
    usePlace('postgres', async (postgres) => {
      const places = new Map<Kind, Place>([sqlite, postgres].map((place) => [place.kind, place]));
      for (const figure of figures) {
        const { bytes } = await ask(places.get(figure.kind)!, { do: 'fill', facts: FACTS, entities: ENTITIES });
        figure.bytes = bytes;
      }
      for (let round = 0; round < rounds; round += 1) {
        for (const { kind, runs } of shuffled(figures)) await once(places.get(kind)!, runs);
        console.error(`store-backup: round ${round + 1} of ${rounds}`);
      }
    }),
  );
  return row(figures, rounds);
}

async function once(place: Place, runs: Runs): Promise<void> {
  const made = await ask(place, { do: 'create', name: '' });
  runs.create.push(made);
  runs.verify.push(await ask(place, { do: 'verify', name: made.name }));
  runs.restore.push(await ask(place, { do: 'restore', name: made.name }, () => swept(place, SWEEP_MS)));
}

function row(figures: readonly { kind: Kind; runs: Runs; bytes: number }[], rounds: number): Row {
  const seconds = (runs: readonly Copied[]) => spread(runs.map(({ ms }) => ms / 1000));
  return {
    title: 'Store: backup and restore of a home of 1 000 000 facts',
    head: ['store', 'step', 's', 'peak RSS, MB', 'more than before, MB', 'longest stretch of the main loop, ms'],
    lines: figures.flatMap(({ kind, runs }) =>
      STEPS.map((step) => [
        NAMES[kind],
        step,
        seconds(runs[step]),
        spread(runs[step].map(({ mostRssMb }) => mostRssMb)),
        spread(runs[step].map(({ mostRssMb, rssMb }) => mostRssMb - rssMb)),
        spread(runs[step].map(({ longestMs }) => longestMs)),
      ]),
    ),
    bounds: [],
    notes: [
      `${rounds} round${rounds === 1 ? '' : 's'}. 10 000 entities, facts over a year. The backup is of ${spread(figures.map(({ runs }) => (runs.create[0]?.bytes ?? 0) / 2 ** 20))} MB, ${figures.map(({ kind, bytes }) => `the database of ${Math.round(bytes / 2 ** 20)} MB in ${NAMES[kind]}`).join(', ')}.`,
      'A restore reads its backup twice and makes one of what was there before. The old rows are deleted after it, which is not in its time.',
      'RSS of our process, the most of its life, against the moment the store was open; the server of PostgreSQL has its own.',
    ],
  };
}
