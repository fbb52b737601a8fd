import { existsSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CaretakerError, describe } from '../error';
import { storageOf } from '../instance/storage';
import { type ConfigFile, readConfigFile } from './config-file';
import { flowOf } from './flow';
import { HaBossDatabase } from './ha-boss-database';
import { type Home, homesOf, namesHomes } from './homes';
import { type Destination, type Histories, historiesIn, importHistories, rehearsed } from './import-history';
import { Remarks } from './remarks';
import { type Settings, settingsOf } from './settings';

/** As it stands on the command line. */
export interface ImportAsk {
  readonly config: string;
  readonly output?: string | undefined;
  readonly database?: string | undefined;
  readonly store?: string | undefined;
  readonly userDir?: string | undefined;
  /** Whose the rows are that name no home. */
  readonly default?: string | undefined;
  readonly dryRun: boolean;
}

export interface Imported {
  /** Null where it was written to a file, or was not to be. */
  readonly flow: string | null;
  /** For people: what was done, what could not be, and what to do next. */
  readonly lines: readonly string[];
}

/** Everything is looked at before anything is written. @throws CaretakerError */
export async function importHaBoss(ask: ImportAsk, now = Date.now()): Promise<Imported> {
  if (ask.output !== undefined && existsSync(ask.output)) {
    throw new CaretakerError(
      'bad_input',
      `--output: ${ask.output} is there already. Choose another name, or remove it.`,
    );
  }
  const config = await readConfigFile(ask.config);
  const { plan, destination } = withDatabase(ask, config, now);
  const flow = `${JSON.stringify(flowOf(plan.homes, plan.settings, ask.store && resolve(ask.store)), null, 2)}\n`;
  const lines = [...plan.remarks];
  if (plan.histories && destination) {
    const done = ask.dryRun ? rehearsed(plan.histories) : await importHistories(plan.histories, destination, now);
    lines.push(...done, ...strangers(plan.histories));
  }
  lines.push(homesLine(plan.homes, ask));
  if (ask.dryRun) return { flow: null, lines };
  if (ask.output === undefined) return { flow, lines };
  write(ask.output, flow);
  return { flow: null, lines };
}

interface Plan {
  readonly homes: readonly Home[];
  readonly settings: Settings;
  readonly remarks: readonly string[];
  readonly histories: Histories | null;
}

function withDatabase(
  ask: ImportAsk,
  config: ConfigFile,
  now: number,
): { plan: Plan; destination: Destination | null } {
  if (ask.database === undefined) return { plan: planOf(ask, config, null, now), destination: null };
  const destination = destinationOf(ask);
  const database = new HaBossDatabase(ask.database);
  try {
    return { plan: planOf(ask, config, database, now), destination };
  } finally {
    database.close();
  }
}

function planOf(ask: ImportAsk, config: ConfigFile, database: HaBossDatabase | null, now: number): Plan {
  const remarks = new Remarks();
  // As HA Boss does: what was added in its dashboard counts where the file names none.
  const source = database && !namesHomes(config) ? database.config() : config;
  const homes = homesOf(source, remarks);
  const settings = settingsOf(config, homes, remarks);
  const left = database?.leftBehind().map(([table, rows]) => `${table} (${rows})`) ?? [];
  if (left.length > 0) remarks.add(ask.database ?? '', left.join(', '), STAYS);
  const histories = database && historiesIn(database, homes, ask.default, now);
  return { homes, settings, remarks: remarks.lines(), histories };
}

const STAYS =
  'stay there. States are in the recorder of Home Assistant, figures are made of the facts that are taken over, and ' +
  'automations and plans are found or written anew.';

/** @throws CaretakerError bad_input */
function destinationOf({ store, userDir = join(homedir(), '.node-red') }: ImportAsk): Destination {
  const folder = resolve(userDir);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CaretakerError('bad_input', `--user-dir: ${folder} is no folder. Name the user directory of Node-RED.`);
  }
  return { storage: storageOf(store === undefined ? {} : { file: resolve(store) }, '', folder), userDir: folder };
}

function strangers({ ofStrangers }: Histories): string[] {
  return [...ofStrangers].map(
    ([id, rows]) =>
      `${JSON.stringify(id)}: ${rows} rows stay there: no Home Assistant of that id is in the configuration.`,
  );
}

function homesLine(homes: readonly Home[], { output, dryRun }: ImportAsk): string {
  const ids = homes.map(({ instance_id }) => instance_id).join(', ');
  if (dryRun) return `Nothing was written. The flow would have: ${ids}.`;
  const where = output === undefined ? 'The flow is what was printed' : `The flow is in ${output}`;
  return `${where}: import it in the menu of Node-RED, and deploy. It has: ${ids}.`;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (thrown) {
    throw new CaretakerError('bad_input', `--output: ${file} cannot be written: ${describe(thrown)}.`, thrown);
  }
}
