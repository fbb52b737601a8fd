import { CaretakerError } from '../error';

/** What the name of a backup file says. */
export interface BackupName {
  readonly instance_id: string;
  /** When it was begun, epoch ms of a full second. */
  readonly created_at: number;
  readonly tag: string;
  /** Above 1 where the name was taken. */
  readonly number: number;
}

const INSTANCE_ID = /^[a-z][a-z0-9_]{0,31}$/;
const TAG = /^[a-z0-9-]{1,64}$/;
/** An id has no dash and a tag no underscore: there is one way only to take a name apart. */
const NAME = /^caretaker_([a-z][a-z0-9_]{0,31})_(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)_([a-z0-9-]+)\.ndjson\.gz$/;
const TAIL = /^([a-z0-9-]+?)(?:-([1-9]\d{0,8}))?$/;

/** The namespace is a pure function of the id. */
export function namespaceOf(instanceId: string): string {
  return `caretaker_${instanceId}`;
}

export function isInstanceId(id: unknown): id is string {
  return typeof id === 'string' && INSTANCE_ID.test(id) && id !== 'all';
}

export function checkInstanceId(instanceId: string): void {
  if (isInstanceId(instanceId)) return;
  throw new CaretakerError('bad_input', `instance_id: ${quote(instanceId)} is not the id of an instance.`);
}

export function isTag(tag: unknown): tag is string {
  return typeof tag === 'string' && TAG.test(tag);
}

export function checkTag(tag: string): void {
  if (isTag(tag)) return;
  throw new CaretakerError('bad_input', `tag: ${quote(tag)} is not 1 to 64 of a-z, 0-9 and "-".`);
}

export function formatBackupName({ instance_id, created_at, tag, number }: BackupName): string {
  const [day, time] = new Date(created_at).toISOString().slice(0, 19).split('T');
  return `${namespaceOf(instance_id)}_${day}_${time?.replaceAll(':', '-')}_${tailOf(tag, number)}.ndjson.gz`;
}

/** Null for whatever `formatBackupName` could not have made. */
export function parseBackupName(name: string): BackupName | null {
  const [, instance_id = '', day, hours, minutes, seconds, tail = ''] = NAME.exec(name) ?? [];
  const created_at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  if (Number.isNaN(created_at) || instance_id === 'all') return null;
  const parsed = { instance_id, created_at, ...partsOf(tail) };
  return TAG.test(parsed.tag) && formatBackupName(parsed) === name ? parsed : null;
}

/** The number is written when it says something, or when the tag's own end would pass for one. */
function tailOf(tag: string, number: number): string {
  return number > 1 || partsOf(tag).tag !== tag ? `${tag}-${number}` : tag;
}

function partsOf(tail: string): Pick<BackupName, 'tag' | 'number'> {
  const [, tag = '', number = '1'] = TAIL.exec(tail) ?? [];
  return { tag, number: Number(number) };
}

function quote(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 80));
}
