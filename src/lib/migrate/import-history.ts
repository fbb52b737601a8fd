import { hostname } from 'node:os';
import { resolveCommand } from '../core/resolve';
import { CaretakerError, describe } from '../error';
import { LeaseHolder } from '../instance/lease-holder';
import { backupFolder, openStorage, type Storage } from '../instance/storage';
import { whileClaimed } from '../instance/while-claimed';
import { Backups } from '../store/backups';
import type { Store } from '../store/store';
import type { HaBossDatabase, Row } from './ha-boss-database';
import { type History, type HomeRows, historyOf } from './history';
import { DEFAULT_ID, type Home, idFrom } from './homes';
import { type Joining, joining, merged, presentIn, TAKEN_UNTIL } from './merge';

/** Where the history goes. */
export interface Destination {
  readonly storage: Storage;
  /** The Node-RED user directory, where the backups are. */
  readonly userDir: string;
}

/** What HA Boss's database holds of each home, and of homes that nobody names. */
export interface Histories {
  readonly ofHomes: readonly (readonly [home: Home, history: History])[];
  /** By HA Boss's id: how many rows. */
  readonly ofStrangers: ReadonlyMap<string, number>;
}

const TABLES = [
  ...(['entities', 'integrations', 'health_events'] as const),
  ...(['healing_actions', 'entity_healing_actions', 'device_healing_actions'] as const),
];
const RUNNING = 'Stop that Node-RED, or wait a minute after it was killed, and try again.';
const DAY_MS = 86_400_000;

/**
 * @param defaultId whose the rows are that name no home
 * @throws CaretakerError bad_input when nobody can say
 */
export function historiesIn(
  database: HaBossDatabase,
  homes: readonly Home[],
  defaultId: string | undefined,
  now: number,
): Histories {
  const owners = new Owners(homes, defaultId);
  const rowsOf = new Map(homes.map((home) => [home.instance_id, emptyRows()]));
  const ofStrangers = new Map<string, number>();
  for (const table of TABLES) {
    for (const row of database.rows(table)) {
      const written = row['instance_id'] || DEFAULT_ID;
      const rows = rowsOf.get(owners.idOf(written) ?? '');
      if (rows) rows[table].push(row);
      else ofStrangers.set(written, (ofStrangers.get(written) ?? 0) + 1);
    }
  }
  const ofHomes = homes.map((home) => [home, historyOf(rowsOf.get(home.instance_id) ?? emptyRows(), now)] as const);
  return { ofHomes, ofStrangers };
}

/** Each home's all or nothing, after a backup. Answers what was done, a line each. @throws CaretakerError */
export async function importHistories({ ofHomes }: Histories, to: Destination, now: number): Promise<string[]> {
  const notices: string[] = [];
  const store = await openStorage(to.storage, (notice) => notices.push(notice));
  try {
    if (store.kind === 'memory') {
      throw new CaretakerError('store_failed', `A store needs Node 22.13 or newer, this is ${process.version}.`);
    }
    // Its own from the last time, should that have been cut short, it gets back at once; a Node-RED's never.
    const name = `import-ha-boss on ${hostname()}`;
    const holder = new LeaseHolder(name, name);
    const importAll = async () => {
      const lines: string[] = [];
      for (const [{ instance_id }, history] of ofHomes) {
        const { joins, backup } = await importInto(store, to, instance_id, history).catch((thrown: unknown) => {
          throw unfinished(thrown, lines);
        });
        lines.push(...told(instance_id, history, joins, backup, now));
      }
      return lines;
    };
    // All that get anything are claimed before anything is written.
    const changed = ofHomes.filter(([, { facts, records }]) => facts.length + records.length > 0);
    const claimed = changed.reduce((work, [{ instance_id }]) => {
      return () => whileClaimed(holder, store, instance_id, RUNNING, work);
    }, importAll);
    return [...notices, ...(await claimed())];
  } finally {
    await store.close();
  }
}

/** What was done before stays done, and is not done again the next time. */
function unfinished(thrown: unknown, lines: readonly string[]): CaretakerError {
  const code = thrown instanceof CaretakerError ? thrown.code : 'store_failed';
  return new CaretakerError(code, [...lines, describe(thrown)].join('\n'), thrown);
}

/** What would be taken over, a line a home. */
export function rehearsed({ ofHomes }: Histories): string[] {
  return ofHomes.map(([{ instance_id }, { facts, records }]) => {
    return `${instance_id}: would take over ${counted(facts.length, records)}, but for what was taken over before.`;
  });
}

async function importInto(store: Store, { storage, userDir }: Destination, instance_id: string, history: History) {
  const namespace = await store.namespace(instance_id);
  const present = await presentIn(namespace.dump(), await namespace.note(TAKEN_UNTIL));
  const joins = joining(history, present);
  if (joins.facts.length + joins.records.length === 0) return { joins, backup: null };
  const { kind } = store;
  const folder = backupFolder(userDir);
  const backups = new Backups({ folder, namespace, kind, keep: storage.backup_keep, log: () => {} });
  const { name } = await backups.rewrite('before-import', (rows) => merged(rows, joins, present));
  return { joins, backup: name };
}

function told(id: string, history: History, joins: Joining, backup: string | null, now: number): string[] {
  const old = joins.facts.filter(({ since }) => since < now - KEPT_DAYS * DAY_MS).length;
  const unreadable = [...history.unreadable].map(([why, count]) => `${count} ${why}`).join(', ');
  const lines: [when: unknown, line: string][] = [
    [
      backup,
      `took over ${counted(joins.facts.length, joins.records)}. What was there before is in the backup ${backup}.`,
    ],
    [!backup, 'nothing to take over that is not there yet.'],
    [joins.known, `${joins.known} were taken over before.`],
    [joins.late, `${joins.late} of a time when Caretaker was watching itself are left out: its own facts stand.`],
    [history.repeated, `${history.repeated} events that only said again what was known are left out.`],
    [unreadable, `rows that mean nothing are left out: ${unreadable}.`],
    [
      old,
      `${old} are older than ${KEPT_DAYS} days, which is how long facts are kept unless "Keep what went down and came ` +
        `back for" of the instance or its store says longer: set it before you deploy.`,
    ],
  ];
  return lines.filter(([when]) => when).map(([, line]) => `${id}: ${line}`);
}

/** What a store says unless it is told otherwise. */
const KEPT_DAYS = 90;

function counted(transitions: number, records: readonly { readonly kind: string }[]): string {
  const suppressions = records.filter(({ kind }) => kind === 'suppression').length;
  return `${transitions} transitions, ${records.length - suppressions} heals and ${suppressions} suppressions`;
}

/** Whose rows are whose. */
class Owners {
  readonly #homes: readonly Home[];
  readonly #defaultId: string | undefined;
  /** By what HA Boss called it. */
  readonly #ids = new Map<string, string | undefined>();

  constructor(homes: readonly Home[], defaultId: string | undefined) {
    this.#homes = homes;
    this.#defaultId = defaultId;
  }

  /** @param written what HA Boss called it; undefined when it is none of the homes */
  idOf(written: string): string | undefined {
    if (!this.#ids.has(written)) {
      this.#ids.set(written, written === DEFAULT_ID ? this.#default() : this.#named(idFrom(written)));
    }
    return this.#ids.get(written);
  }

  #named(instance_id: string): string | undefined {
    const found = resolveCommand(this.#homes, { instance_id, instance_name: undefined });
    return found.ok ? found.value.instance_id : undefined;
  }

  /** The one that stands for it: it is said, it is called so, or there is no other. */
  #default(): string {
    const instance_id = this.#defaultId ?? this.#named(DEFAULT_ID);
    const found = resolveCommand(this.#homes, { instance_id, instance_name: undefined });
    if (found.ok) return found.value.instance_id;
    const choices = found.refusal.candidates.join(', ');
    const said = this.#defaultId === undefined ? '' : `There is no ${JSON.stringify(this.#defaultId)}. `;
    throw new CaretakerError(
      'bad_input',
      `${said}The database has rows that name no Home Assistant, or "default". Say whose they are with --default, ` +
        `one of: ${choices}.`,
    );
  }
}

function emptyRows(): { [Table in keyof HomeRows]: Row[] } {
  const none = { health_events: [], healing_actions: [], entity_healing_actions: [], device_healing_actions: [] };
  return { entities: [], integrations: [], ...none };
}
