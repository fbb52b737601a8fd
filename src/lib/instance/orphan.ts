import { CaretakerError } from '../error';
import { backedUpInstances } from '../store/backup-folder';
import { isInstanceId } from '../store/backup-name';
import { Backups } from '../store/backups';
import type { Store } from '../store/store';
import { inTurn } from '../store/turns';
import { type BackupRecord, backupRecord } from './backup-command';
import type { Keeping } from './keeping';
import { leaseHolder } from './lease-holder';
import type { Member, Roster } from './roster';
import { backupFolder, openStorage, storageOf } from './storage';
import { whileClaimed } from './while-claimed';

const ORPHANED = 'It is no orphan.';

/** What was stored under an id that no configured instance has any more. */
interface Orphan {
  readonly instance_id: string;
  /** What this store holds of it; null where only backups are left. */
  readonly transitions: number | null;
  /** Newest first. */
  readonly backups: readonly BackupRecord[];
}

export interface PurgeRequest {
  readonly instance_id?: unknown;
  /** Where it was seen: the dialog may show another store than the one that is deployed. */
  readonly place?: unknown;
}

/** A `caretaker-store` as it was deployed; without fields the default one. */
export interface DeployedStore {
  readonly fields: object;
  readonly url: string;
  readonly userDir: string;
}

export interface Orphans {
  /** Who could take them over. */
  readonly instance_id: string;
  readonly orphans: readonly Orphan[];
}

export interface Purged {
  readonly instance_id: string;
  readonly transitions: number;
  /** What holds all of it now. */
  readonly backup: BackupRecord;
}

export interface TakenOver {
  readonly instance_id: string;
  readonly from: string;
  /** What was taken in. */
  readonly backup: string;
  /** What the instance had before. */
  readonly safety: BackupRecord;
  /** By table. */
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Deletes what a store holds of an instance that nobody configures, once a backup of it was made and read again. A
 * disabled node is not in the roster, nor are those of a Node-RED that does not run: who asks has to know about them.
 * @throws CaretakerError bad_input, lease_lost, and as the store and its backups
 */
export async function purgeOrphan(deployed: DeployedStore, asked: PurgeRequest, roster: Roster): Promise<Purged> {
  const instance_id = idOf('instance_id', asked.instance_id);
  refuseConfigured('instance_id', instance_id, roster);
  const storage = storageOf(deployed.fields, deployed.url, deployed.userDir);
  const store = await openStorage(storage, () => {});
  try {
    checkPlace(store, asked.place);
    const { kind } = store;
    const namespace = await store.namespace(instance_id);
    const folder = backupFolder(deployed.userDir);
    const backups = new Backups({ folder, namespace, kind, keep: storage.backup_keep, log: () => {} });
    const purge = async () => {
      const { transitions } = await stored(store, 'instance_id', instance_id);
      const backup = await backups.create('before-purge');
      await backups.verify(backup.name);
      refuseConfigured('instance_id', instance_id, roster);
      await namespace.purge();
      return { instance_id, transitions, backup: backupRecord(backup) };
    };
    // Twice at once, the second would make a backup of nothing.
    const key = `purge of ${store.place} ${instance_id}`;
    const holder = leaseHolder(deployed.userDir);
    return await inTurn(key, () => whileClaimed(holder, store, instance_id, ORPHANED, purge));
  } finally {
    await store.close();
  }
}

/** Whose history an instance could take over: what its store and the backup folders hold of nobody's. */
export async function orphansFor(member: Member | undefined, roster: Roster): Promise<Orphans> {
  const { store, folder, backupsOf } = keepingOf(member);
  const configured = configuredIds(roster);
  const found = new Map<string, number | null>();
  for (const instance_id of await backedUpInstances(folder)) found.set(instance_id, null);
  for (const { instance_id, transitions } of await store.sizes()) found.set(instance_id, transitions);
  const all: Orphan[] = [];
  for (const [instance_id, transitions] of [...found].sort()) {
    if (configured.has(instance_id) || !isInstanceId(instance_id)) continue;
    const backups = (await (await backupsOf(instance_id)).list()).map(backupRecord);
    all.push({ instance_id, transitions, backups });
  }
  return { instance_id: member?.instance_id ?? '', orphans: all };
}

/**
 * Takes the history of an instance that nobody configures any more into this one; the source stays as it is.
 * @param backup the name of one of its backups; without it a new one is made of what the store holds
 * @throws CaretakerError bad_input, instance_not_found, instance_not_ready, and as the store and its backups
 */
export async function takeOver(
  member: Member | undefined,
  { from, backup }: { readonly from?: unknown; readonly backup?: unknown },
  roster: Roster,
): Promise<TakenOver> {
  const keeping = keepingOf(member);
  const source = idOf('from', from);
  refuseConfigured('from', source, roster);
  const name = backup === undefined || backup === '' ? await backUpSource(keeping, source) : String(backup);
  const { rows, safety } = await keeping.withoutWatching(() => keeping.backups.importFrom(source, name));
  const { instance_id } = safety;
  return { instance_id, from: source, backup: name, safety: backupRecord(safety), rows: { ...rows } };
}

async function backUpSource({ store, backupsOf }: Keeping, source: string): Promise<string> {
  await stored(store, 'from', source);
  return (await (await backupsOf(source)).create('before-import')).name;
}

function keepingOf(member: Member | undefined): Keeping {
  if (!member) throw new CaretakerError('instance_not_found', 'This instance is not deployed. Deploy it first.');
  if (member.keeping) return member.keeping;
  const why = member.refusal ?? 'its store is not open yet. Try again in a moment';
  throw new CaretakerError('instance_not_ready', `Instance '${member.instance_id}' is not ready: ${why}.`);
}

function idOf(field: string, value: unknown): string {
  if (isInstanceId(value)) return value;
  const shown = JSON.stringify(String(value).slice(0, 80));
  throw new CaretakerError('bad_input', `${field}: ${shown} is not the id of an instance.`);
}

/** Also of those that were refused. */
function configuredIds(roster: Roster): Set<string> {
  return new Set(roster.chosen([]).map(({ instance_id }) => instance_id));
}

function refuseConfigured(field: string, instanceId: string, roster: Roster): void {
  if (!configuredIds(roster).has(instanceId)) return;
  throw new CaretakerError('bad_input', `${field}: "${instanceId}" is configured: it is no orphan.`);
}

function checkPlace(store: Store, place: unknown): void {
  if (place === undefined || place === store.place) return;
  const message = `place: the store that is deployed is ${store.place}. Deploy first, then test again.`;
  throw new CaretakerError('bad_input', message);
}

async function stored(store: Store, field: string, instanceId: string) {
  const size = (await store.sizes()).find(({ instance_id }) => instance_id === instanceId);
  if (size) return size;
  throw new CaretakerError('bad_input', `${field}: the store ${store.place} holds nothing of "${instanceId}".`);
}
