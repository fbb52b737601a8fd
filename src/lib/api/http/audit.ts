import type { Content } from './answer';
import type { Grant } from './keys';
import { type MountedRequest, queryOf } from './mount';

/** Characters of a path that are worth a place in the log. */
const LONGEST = 200;

interface Writing extends MountedRequest {
  readonly method: string;
  readonly ip?: string | undefined;
}

/** A line for the log: who wrote what, to which home, and what came of it. */
export function audited(request: Writing, { key }: Grant, content: Content | null): string {
  const who = key === null ? 'anonymous' : `key '${key}'`;
  const home = homeOf(content?.body) ?? queryOf(request).get('instance_id') ?? '-';
  const path = request.originalUrl.replace(/\?.*$/s, '').slice(0, LONGEST);
  const line = `${who} (${request.ip ?? '-'}) ${request.method} ${path}, home ${home.slice(0, LONGEST)}: ${content?.status}`;
  // One line, whatever somebody called a home.
  return line.replace(/\p{Cc}/gu, ' ');
}

/** The one it was done to says so itself. */
function homeOf(body: unknown): string | undefined {
  const { instance_id } = Object(Array.isArray(body) ? body.at(0) : body) as { readonly instance_id?: unknown };
  return typeof instance_id === 'string' ? instance_id : undefined;
}
