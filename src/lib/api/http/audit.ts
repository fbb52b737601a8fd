import { saidIn } from '../../core/resolve';
import type { Content } from './answer';
import type { Asked } from './fields';
import type { Grant } from './keys';
import { type MountedRequest, queryOf } from './mount';

/** Characters of a path that are worth a place in the log. */
const LONGEST = 200;

interface Writing extends MountedRequest {
  readonly method: string;
  readonly ip?: string | undefined;
}

/** What a body may name, the first that is there. */
const TARGETS = ['entity_id', 'device_id', 'entry_id', 'integration', 'incident_id', 'suppression_id', 'window_id'];

/** A line for the log: who wrote what, to which home, and what came of it. @param asked null where it could not be read */
export function audited(request: Writing, { key }: Grant, asked: Asked | null, content: Content | null): string {
  const who = key === null ? 'anonymous' : `key '${key}'`;
  const home = homeOf(content?.body) ?? saidIn(asked?.reference ?? {}) ?? queryOf(request).get('instance_id') ?? '-';
  const path = request.originalUrl.replace(/\?.*$/s, '').slice(0, LONGEST);
  const to = `home ${worded(home)}${targetOf(asked)}`;
  const line = `${who} (${request.ip ?? '-'}) ${request.method} ${path}, ${to}: ${content?.status}`;
  // One line, whatever somebody called a home.
  return line.replace(/\p{Cc}/gu, ' ');
}

function targetOf(asked: Asked | null): string {
  const name = TARGETS.find((one) => asked?.fields[one] !== undefined);
  return name === undefined ? '' : `, ${name} ${worded(asked?.fields[name])}`;
}

function worded(value: unknown): string {
  return String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, LONGEST);
}

/** The one it was done to says so itself. */
function homeOf(body: unknown): string | undefined {
  const { instance_id } = Object(Array.isArray(body) ? body.at(0) : body) as { readonly instance_id?: unknown };
  return typeof instance_id === 'string' ? instance_id : undefined;
}
