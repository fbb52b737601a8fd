import { DatabaseError } from 'pg';
import { CaretakerError, describe } from '../error';

const UNREACHABLE = 'See that PostgreSQL runs there, and that this machine may connect to it.';
const UNTRUSTED = 'Its certificate is not trusted: name its authority by sslrootcert=<file> in the URL.';
const BUSY = 'It took too long: see whether the server is overloaded, or another program holds a lock there.';
const RESTARTING = 'It is starting or stopping: the next call tries again.';

/** By SQLSTATE, or by the code of a network or TLS error. */
const REMEDIES = new Map([
  ['3D000', 'Create the database, or correct its name in the URL.'],
  ['25006', 'It only lets itself be read: name the primary server, not a replica.'],
  ['25P03', BUSY],
  ['42501', 'Grant the user CREATE on the database and all on the schema caretaker.'],
  ['53100', 'The disk of the server is full: free some space.'],
  ['53300', 'All connections of the server are taken: raise its max_connections.'],
  ['55P03', BUSY],
  ['57014', BUSY],
  ['57P01', RESTARTING],
  ['57P02', RESTARTING],
  ['57P03', RESTARTING],
  ['CERT_HAS_EXPIRED', UNTRUSTED],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNTRUSTED],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Its certificate is for another host: correct the host in the URL.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNTRUSTED],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNTRUSTED],
]);

/** In place of the server's own words, which name the user. */
const REFUSALS = new Map([
  ['28P01', 'it refuses the user or the password. Correct them in the settings of the store.'],
  [
    '28000',
    'it does not let this user in from here. See its pg_hba.conf, and whether it wants TLS (sslmode=verify-full in the URL).',
  ],
]);

/** A CaretakerError that knows whether anything is left to talk to. */
export class PostgresError extends CaretakerError {
  /** The connection is gone, or was never there: whatever is tried next will find out by itself. */
  readonly lost: boolean;

  constructor(message: string, lost: boolean, cause?: unknown) {
    super('store_failed', message, cause);
    this.lost = lost;
  }
}

/** What must not stand in any message. */
export interface Secrets {
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/** What went wrong, and what to do about it. Neither the message nor the cause has the user or the password. */
export function postgresError(thrown: unknown, place: string, secrets: Secrets): CaretakerError {
  if (thrown instanceof CaretakerError) return thrown;
  const code = codeOf(thrown);
  const lost = !(thrown instanceof DatabaseError) || /^(08|57P)/.test(code);
  const refusal = REFUSALS.get(describe(thrown).startsWith('SASL') ? '28P01' : code);
  if (refusal) return new PostgresError(`The store ${place} failed: ${refusal}`, lost);
  const words = scrub(describe(thrown) || code, secrets);
  const remedy = REMEDIES.get(code) ?? (lost ? UNREACHABLE : undefined);
  const cause = Object.assign(new Error(words), { code });
  return new PostgresError(`The store ${place} failed: ${words}.${remedy ? ` ${remedy}` : ''}`, lost, cause);
}

/** The user as a word of its own, the password anywhere, both also as they stand in a URL. */
function scrub(text: string, { user, password }: Secrets): string {
  let clean = text;
  for (const secret of spellings(password)) clean = clean.replaceAll(secret, '***');
  for (const secret of spellings(user)) {
    clean = clean.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(secret)}(?![\\p{L}\\p{N}_])`, 'gu'), '***');
  }
  return clean;
}

function spellings(secret: string | undefined): string[] {
  return secret ? [...new Set([secret, encodeURIComponent(secret)])] : [];
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function codeOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
}
