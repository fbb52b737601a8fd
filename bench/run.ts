/**
 * `npm run bench [-- --rounds N] [--only row]`: the rows of the design's section on speed, into bench/RESULTS.md.
 * `--only store` is all rows whose names begin so; they take the place of their sections alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { api } from './api';
import { coldStart } from './cold-start';
import { figuresYear } from './figures-year';
import { ingest } from './ingest';
import { Loopback } from './loopback';
import { memory } from './memory';
import { messages } from './messages';
import { holds, markdown, type Row, withRow } from './results';
import { store } from './store';
import { storeBackup } from './store-backup';
import { storeHomes } from './store-homes';
import { tenHomesRow } from './ten-homes';

type Measure = (server: Loopback, rounds: number) => Promise<Row>;

const ROWS: Readonly<Record<string, Measure>> = {
  ingest,
  messages,
  'cold-start': coldStart,
  memory,
  'ten-homes': tenHomesRow,
  api,
  store,
  'store-homes': storeHomes,
  'store-backup': storeBackup,
  'figures-year': figuresYear,
};
const LEAST_ROUNDS = 5;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string' }, only: { type: 'string' } } });
  const rounds = Number(values.rounds ?? LEAST_ROUNDS);
  const names = Object.keys(ROWS).filter((name) => isAsked(name, values.only));
  if (!(rounds >= 1) || names.length === 0) {
    throw new Error(`--rounds takes a number, --only one of ${Object.keys(ROWS).join(', ')}.`);
  }
  const start = Date.now();
  const rows: Row[] = [];
  for (const name of names) rows.push(await alone(ROWS[name] as Measure, rounds));
  const report = [heading(rounds, Date.now() - start), ...rows.map(markdown)].join('\n');
  console.log(report);
  // A run of few rounds is a look.
  if (rounds >= LEAST_ROUNDS) record(values.only === undefined ? report : null, rows);
  const broken = rows.flatMap((row) => row.bounds).filter((bound) => !bound.later && !holds(bound));
  for (const { what } of broken) console.error(`Broken: ${what}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function isAsked(name: string, only: string | undefined): boolean {
  return only === undefined || name === only || name.startsWith(`${only}-`);
}

/** @param report of a run of all rows; without it these take the place of what was measured of them before */
function record(report: string | null, rows: readonly Row[]): void {
  const file = join(resolve(__dirname, '../..'), 'bench/RESULTS.md');
  const alone = `Measured apart from the rest: ${today()}, Node ${process.version}.`;
  const marked = rows.map((row) => ({ ...row, notes: [...row.notes, alone] }));
  writeFileSync(file, report ?? marked.reduce(withRow, readFileSync(file, 'utf8')));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Each row has a server of its own, so that none inherits the memory of another. */
async function alone(measure: Measure, rounds: number): Promise<Row> {
  const server = await Loopback.start();
  try {
    return await measure(server, rounds);
  } finally {
    await server.stop();
  }
}

function heading(rounds: number, ms: number): string {
  const [cpu] = cpus();
  return `# Speed, measured

Made by \`npm run bench\`; the targets stand in the design, section 10.

- ${today()}, Node ${process.version}, ${process.platform} ${release()} ${process.arch}
- ${cpus().length} x ${cpu?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB; took ${Math.round(ms / 1000)} s
- Method: server and client are processes of their own on 127.0.0.1, no TLS, no compression; frames are made before
  they are measured. CPU is user and system time of the whole client process, all threads, over a window that opens and
  closes in the client's own handler after a warm-up. ${rounds} rounds, all variants interleaved in random order; a ratio
  is formed inside its round, then the median is taken: median [min..max]. Absolute figures are this machine's, ratios
  are the claim.
`;
}

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
