export type ErrorCode =
  /** The backup file is not what was written once: cut off, changed, or of no such format. */
  | 'backup_damaged'
  /** A backup could not be written or read: the disk or its rights. */
  | 'backup_failed'
  /** Written by a newer Caretaker. */
  | 'backup_newer'
  | 'backup_not_found'
  | 'bad_input'
  /** A request brought more than is taken. */
  | 'body_too_large'
  /** Too much is asked at once, or it took too long. */
  | 'busy'
  | 'cannot_connect'
  | 'command_failed'
  | 'command_timeout'
  | 'connection_lost'
  /** A key that may only read. */
  | 'forbidden'
  /** A command that nobody can wait for any longer: it goes on. */
  | 'in_progress'
  | 'instance_ambiguous'
  | 'instance_not_found'
  | 'instance_not_ready'
  | 'instance_required'
  /** What nobody foresaw; the log has it. */
  | 'internal'
  | 'invalid_auth'
  /** Another Node-RED that shares the store looks after the instance now. */
  | 'lease_lost'
  /** The route is there, but not for this method. */
  | 'method_not_allowed'
  /** The token is not an administrator's. */
  | 'not_admin'
  | 'not_home_assistant'
  /** There is no such route, entity or record. */
  | 'not_found'
  /** Promised, and to come. */
  | 'not_implemented'
  /** Only a restart of Home Assistant or a person can help. */
  | 'not_recoverable'
  /** The home has nothing of that name. */
  | 'no_target'
  /** A node whose settings cannot be. */
  | 'not_set_up'
  | 'store_failed'
  | 'store_newer'
  | 'tls'
  /** No key, or one that nobody was given. */
  | 'unauthorized'
  /** A body that is not JSON. */
  | 'unsupported_media_type'
  | 'wrong_home';

/** The one error of this package: branch on `code`, show `message`, keep the `cause`. */
export class CaretakerError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CaretakerError';
    this.code = code;
  }
}

/** Whatever was thrown, as text fit for a log or a status. */
export function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}
