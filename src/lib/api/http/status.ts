import { CaretakerError, type ErrorCode } from '../../error';

/** HTTP status by the code of an error: the only such table. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  backup_damaged: 409,
  backup_failed: 503,
  backup_newer: 409,
  backup_not_found: 404,
  bad_input: 400,
  body_too_large: 413,
  busy: 503,
  cannot_connect: 503,
  command_failed: 503,
  command_timeout: 503,
  connection_lost: 503,
  forbidden: 403,
  in_progress: 503,
  instance_ambiguous: 409,
  instance_not_found: 404,
  instance_not_ready: 503,
  instance_required: 400,
  internal: 500,
  invalid_auth: 503,
  lease_lost: 503,
  method_not_allowed: 405,
  no_target: 404,
  not_admin: 403,
  not_found: 404,
  not_home_assistant: 503,
  not_implemented: 501,
  not_recoverable: 409,
  not_set_up: 503,
  store_failed: 503,
  store_newer: 503,
  tls: 503,
  unauthorized: 401,
  unsupported_media_type: 415,
  wrong_home: 503,
};

export interface Problem {
  readonly status: number;
  readonly body: { readonly detail: string; readonly code: ErrorCode };
  /** Nobody foresaw it: it belongs into the log, and only there. */
  readonly unforeseen: boolean;
}

/** What whoever asked is told of an error: its sentence where it is one of ours, else nothing of it. */
export function problemOf(thrown: unknown): Problem {
  if (!(thrown instanceof CaretakerError))
    return { status: STATUS.internal, body: { detail: 'Internal error', code: 'internal' }, unforeseen: true };
  const { code, message } = thrown;
  return { status: STATUS[code], body: { detail: message, code }, unforeseen: code === 'internal' };
}
