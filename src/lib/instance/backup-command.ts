import { type Reference, type Refusal, resolveCommand } from '../core/resolve';
import { CaretakerError } from '../error';
import type { BackupInfo } from '../store/backup-folder';
import type { Backups } from '../store/backups';
import type { Keeping } from './keeping';
import { type BackupOptions, parseBackupOptions } from './parse';
import type { Member } from './roster';

/** A backup as it crosses a boundary. */
export interface BackupRecord {
  readonly backup: string;
  readonly instance_id: string;
  readonly tag: string;
  readonly created_at: string;
  readonly bytes: number;
}

export interface BackupAnswer {
  readonly instance_id: string;
  readonly instance_name: string;
  readonly action: BackupOptions['action'];
  /** What was made: the backup asked for, or the safety backup. */
  readonly backup?: BackupRecord;
  readonly backups?: readonly BackupRecord[];
  /** Names of the backups that were deleted. */
  readonly pruned?: readonly string[];
  /** Rows by table, of what was verified or restored. */
  readonly rows?: Readonly<Record<string, number>>;
}

type Done = Omit<BackupAnswer, 'instance_id' | 'instance_name' | 'action'>;

/**
 * One backup operation on one home. What is not certain to be meant for it is refused, and nothing runs.
 * @param fields `action`, `tag`, `backup`, `from`
 * @throws CaretakerError bad_input, instance_required, instance_ambiguous, instance_not_found, instance_not_ready, and as `Backups`
 */
export async function backupCommand(
  visible: readonly Member[],
  reference: Reference,
  fields: unknown,
): Promise<BackupAnswer> {
  const options = parseBackupOptions(fields);
  const resolved = resolveCommand(visible, reference);
  if (!resolved.ok) throw refused(resolved.refusal);
  const { instance_id, name, keeping, refusal } = resolved.value;
  if (!keeping) {
    const why = refusal ?? 'its store is not open yet. Try again in a moment';
    throw new CaretakerError(
      'instance_not_ready',
      `Instance '${instance_id}' is not ready: ${why.replace(/\.$/, '')}.`,
    );
  }
  return { instance_id, instance_name: name, action: options.action, ...(await run(keeping, options)) };
}

async function run({ backups, withoutWatching }: Keeping, options: BackupOptions): Promise<Done> {
  const { action, tag, from } = options;
  switch (action) {
    case 'create':
      return { backup: backupRecord(await backups.create(tag ?? 'manual')) };
    case 'list':
      return { backups: (await backups.list()).map(backupRecord) };
    case 'verify':
      return { rows: { ...(await backups.verify(fileOf(options))).rows } };
    case 'restore': {
      const file = fileOf(options);
      // Nobody stops watching for a file that is not there, or is damaged.
      await backups.verify(file);
      return restored(withoutWatching(() => backups.restore(file)));
    }
    case 'import': {
      const [source, file] = [required('from', from), fileOf(options)];
      await backups.verify(file, source);
      return restored(withoutWatching(() => backups.importFrom(source, file)));
    }
    case 'delete':
      await backups.delete(fileOf(options));
      return { pruned: [fileOf(options)] };
    case 'prune':
      return { pruned: await backups.prune(tag ?? null) };
    case 'purge':
      return { backup: backupRecord(await withoutWatching(() => backups.purge())) };
  }
}

async function restored(work: ReturnType<Backups['restore']>): Promise<Done> {
  const { rows, safety } = await work;
  return { rows: { ...rows }, backup: backupRecord(safety) };
}

export function backupRecord({ name, instance_id, tag, created_at, bytes }: BackupInfo): BackupRecord {
  return { backup: name, instance_id, tag, created_at: new Date(created_at).toISOString(), bytes };
}

function fileOf({ backup }: BackupOptions): string {
  return required('backup', backup);
}

function required(field: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new CaretakerError('bad_input', `${field}: is missing. Set it in the node or as msg.payload.${field}.`);
}

function refused({ code, message }: Refusal): CaretakerError {
  return new CaretakerError(code, message);
}
