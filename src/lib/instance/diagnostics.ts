import type { WatchOptions } from '../core/options';
import type { Kind, Status } from '../core/subject';
import { CaretakerError, describe } from '../error';
import type { ConnectionState } from '../hass/link';
import { isInstanceId, namespaceOf } from '../store/backup-name';
import type { NamespaceSize, Store } from '../store/store';
import type { Settings } from './dossier';
import type { Instance } from './instance';
import { patient } from './patient';
import type { PlanProblemText } from './plan-watch';
import type { Member } from './roster';
import { cleaned } from './secrets';
import type { HomeInfo } from './session';
import type { Storage } from './storage';
import type { Versions } from './versions';

interface Problem {
  readonly code: string;
  readonly message: string;
}

/** A part that could not be had says why, and takes no other with it. */
type Part<T> = T | { readonly error: Problem };

interface StorePart {
  readonly kind: Store['kind'];
  readonly place: string;
  /** All that it takes up, with every home in it; null for who may not know of the others. */
  readonly bytes: number | null;
  /** Of this home. */
  readonly size: { readonly subjects: number; readonly transitions: number; readonly bytes: number };
  readonly newest: string | null;
}

interface ConnectionPart {
  /** Null when it does not run. */
  readonly state: ConnectionState | null;
  readonly reason: Problem | null;
  readonly last_health_check: string | null;
  /** Newest first. */
  readonly history: readonly {
    readonly state: ConnectionState;
    readonly reason: Problem | null;
    readonly at: string;
  }[];
}

interface CountsPart {
  /** Judged subjects; `none` is a status not confirmed yet. */
  readonly subjects: Readonly<Record<Kind, Readonly<Partial<Record<Status | 'none', number>>>>>;
  /** All entities of the home, those not judged too. */
  readonly entities: number;
  /** Monitors that are told its transitions. */
  readonly monitors_listening: number;
}

interface QueuesPart {
  /** Facts and notes that wait to be written. */
  readonly journal: number;
  /** Subjects whose grace has not run out. */
  readonly pending_graces: number;
}

interface BackupsPart {
  readonly count: number;
  readonly bytes: number;
  readonly newest: { readonly backup: string; readonly created_at: string; readonly bytes: number } | null;
}

interface SettingsPart extends Pick<Settings, 'addon' | 'url' | 'token' | 'tls'> {
  readonly options: Part<WatchOptions>;
  readonly store: Part<Omit<Storage, 'url'> & { readonly url: string }>;
}

/** Everything that helps to find out what is wrong with one instance, and no secret. Instants are ISO 8601 UTC. */
interface PlansPart {
  readonly names: readonly string[];
  /** Files that do not count as they are, and why. */
  readonly problems: readonly PlanProblemText[];
}

export interface Diagnostics {
  readonly at: string;
  readonly instance_id: string;
  readonly instance_name: string;
  /** Null where the instance_id is none. */
  readonly namespace: string | null;
  readonly running: boolean;
  /** Why it was refused, and what to do about it. */
  readonly refusal: string | null;
  /** Says which other Node-RED looks after it. */
  readonly standby: string | null;
  readonly moved: Member['moved'];
  readonly versions: Versions & { readonly home_assistant: string | null };
  readonly home: Omit<HomeInfo, 'version' | 'is_admin'> | null;
  readonly is_admin: boolean | null;
  readonly connection: Part<ConnectionPart>;
  readonly store: Part<StorePart>;
  readonly counts: Part<CountsPart>;
  readonly queues: Part<QueuesPart>;
  readonly backups: Part<BackupsPart>;
  readonly settings: Part<SettingsPart>;
  readonly plans: Part<PlansPart>;
  /** Newest first. */
  readonly last_errors: readonly { readonly at: string; readonly message: string }[];
}

interface DiagnosticsOptions {
  readonly versions: Versions;
  /** Epoch ms. */
  readonly now: number;
  /** For each part; counting a large store takes its time, one that hangs would take for ever. Default 10 000 ms. */
  readonly patience?: number;
  /** For who may see this home alone: nothing that others make larger. */
  readonly alone?: boolean;
  /** Counts a store: for many homes of one it is to be done once. */
  readonly sizes?: (store: Store) => Promise<NamespaceSize[]>;
}

const PATIENCE_MS = 10_000;

/** Never rejects: what could not be had says so in its place. */
export async function diagnostics(
  member: Member,
  { versions, now, patience = PATIENCE_MS, alone = false, sizes = (store) => store.sizes() }: DiagnosticsOptions,
): Promise<Diagnostics> {
  const { instance_id, name, instance, refusal, standby = null, moved, dossier } = member;
  const part = <T>(work: () => T | Promise<T>) => within(patience, work);
  const { version = null, is_admin = null, ...home } = instance?.info ?? {};
  const [connection, store, counts, queues, backups, settings, plans] = await Promise.all([
    part(() => connectionOf(member)),
    part(() => storeOf(member, sizes, alone)),
    part(() => countsOf(running(member))),
    part(() => queuesOf(running(member))),
    part(() => backupsOf(member)),
    part(() => settingsOf(member, part)),
    part(() => plansOf(member)),
  ]);
  const all: Diagnostics = {
    at: iso(now),
    instance_id,
    instance_name: name,
    namespace: isInstanceId(instance_id) ? namespaceOf(instance_id) : null,
    running: instance !== null,
    refusal,
    standby,
    moved,
    versions: { ...versions, home_assistant: version },
    home: instance?.info ? (home as Diagnostics['home']) : null,
    is_admin,
    connection,
    store,
    counts,
    queues,
    backups,
    settings,
    plans,
    last_errors: dossier?.troubles.list().map(({ at, message }) => ({ at: iso(at), message })) ?? [],
  };
  if (!dossier) return all;
  const clean = cleaned(all, dossier.clean);
  // A password that happens to be a home's name must not unname the home.
  return isInstanceId(instance_id) ? { ...clean, instance_id, namespace: all.namespace } : clean;
}

function connectionOf({ instance, dossier }: Member): ConnectionPart {
  const { state = null, reason = null, healthCheck } = instance ?? {};
  const checked = healthCheck?.lastGood ?? null;
  return {
    state,
    reason: reason && problem(reason),
    last_health_check: checked === null ? null : iso(checked),
    history: dossier?.connections.list().map((change) => ({ ...change, at: iso(change.at) })) ?? [],
  };
}

async function storeOf(
  member: Member,
  sizesOf: NonNullable<DiagnosticsOptions['sizes']>,
  alone: boolean,
): Promise<StorePart> {
  const { store } = kept(member);
  const [sizes, bytes] = await Promise.all([sizesOf(store), alone ? null : store.bytes()]);
  // Never another's: one that has stored nothing yet has no size.
  const own = sizes.filter(({ instance_id }) => instance_id === member.instance_id);
  const {
    subjects,
    transitions,
    bytes: ownBytes,
    newest,
  } = own[0] ?? { subjects: 0, transitions: 0, bytes: 0, newest: null };
  return {
    kind: store.kind,
    place: store.place,
    bytes,
    size: { subjects, transitions, bytes: ownBytes },
    newest: newest === null ? null : iso(newest),
  };
}

function countsOf(instance: Instance): CountsPart {
  const subjects: Record<Kind, Partial<Record<Status | 'none', number>>> = {
    entity: {},
    device: {},
    config_entry: {},
    instance: {},
  };
  for (const { subject, status } of [instance.self, ...instance.tracker.all()]) {
    const counts = subjects[subject.kind];
    counts[status ?? 'none'] = (counts[status ?? 'none'] ?? 0) + 1;
  }
  return {
    subjects,
    entities: instance.tracker.entities.size,
    monitors_listening: instance.journal.consumers.filter((id) => id.startsWith('monitor:')).length,
  };
}

function queuesOf(instance: Instance): QueuesPart {
  let pending_graces = 0;
  for (const { pending } of [instance.self, ...instance.tracker.all()]) if (pending !== null) pending_graces += 1;
  return { journal: instance.journal.queued, pending_graces };
}

async function backupsOf(member: Member): Promise<BackupsPart> {
  const list = await kept(member).backups.list();
  const newest = list.at(0);
  return {
    count: list.length,
    bytes: list.reduce((sum, { bytes }) => sum + bytes, 0),
    newest: newest ? { backup: newest.name, created_at: iso(newest.created_at), bytes: newest.bytes } : null,
  };
}

async function settingsOf({ dossier }: Member, part: <T>(work: () => T) => Promise<Part<T>>): Promise<SettingsPart> {
  if (!dossier) throw new CaretakerError('instance_not_ready', 'Nothing is known of its settings.');
  const { addon, url, token, tls, options, storage } = dossier.settings();
  const [parsed, store] = await Promise.all([part(options), part(storage)]);
  return { addon, url, token, tls, options: parsed, store };
}

/** @throws CaretakerError instance_not_ready */
function running(member: Member): Instance {
  if (member.instance) return member.instance;
  throw notReady(member, 'It does not run at this moment.');
}

/** @throws CaretakerError instance_not_ready */
function kept(member: Member): NonNullable<Member['keeping']> {
  if (member.keeping) return member.keeping;
  throw notReady(member, 'Its store is not open yet.');
}

function plansOf({ plans }: Member): PlansPart {
  return { names: plans?.plans().map(({ name }) => name) ?? [], problems: plans?.problems() ?? [] };
}

function notReady({ refusal, standby }: Member, otherwise: string): CaretakerError {
  return new CaretakerError('instance_not_ready', refusal ?? standby ?? otherwise);
}

async function within<T>(patience: number, work: () => T | Promise<T>): Promise<Part<T>> {
  try {
    return await patient(patience, work);
  } catch (thrown) {
    return { error: problem(thrown) };
  }
}

function problem(thrown: unknown): Problem {
  const code = thrown instanceof CaretakerError ? thrown.code : 'unexpected';
  return { code, message: describe(thrown) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
