import type { ServerResponse } from 'node:http';
import { CaretakerError } from '../../error';
import type { Roster } from '../../instance/roster';
import type { Caller, Operation, Reply } from '../operation';
import { type Answer, type Content, write } from './answer';
import { audited } from './audit';
import { fieldsOfBody, type Incoming } from './body';
import { DOCS_HEADERS, DOCS_PAGE } from './docs-page';
import { EventStream } from './event-stream';
import { type Asked, askedBy } from './fields';
import { InFlight } from './in-flight';
import { type Grant, Keyring } from './keys';
import { Live, type Wish } from './live';
import { liveEvent } from './live-event';
import { LiveSession } from './live-session';
import { type MountedRequest, mountedAt, queryOf } from './mount';
import { type Document, openApi, operationOf } from './openapi';
import type { ApiOptions } from './options';
import { RecentReplies } from './recent-replies';
import { MethodNotAllowed, match } from './routes';
import { type Problem, problemOf } from './status';
import { LIVE_FIELDS, sessionRequest, wishOf } from './subscribe';

/** As much of a request as Express hands to `http in` as is looked at. */
export interface Request extends MountedRequest, Incoming {
  readonly method: string;
  readonly ip?: string | undefined;
}

export interface Outputs {
  /** Of a write: who did what. */
  audit(line: string): void;
  /** What nobody foresaw. */
  error(what: string): void;
  now(): number;
}

/** What became known of a request on the way, for the log. */
interface Visit {
  grant?: Grant;
  operation?: Operation;
  asked?: Asked;
}

const READ_MS = 30_000;
const CLOSED = 'The API is not set up. Its node in Node-RED says why.';
const DEPLOYED = 'Node-RED is being deployed. Subscribe again.';

/** All that one caretaker-api node answers. */
export class Api {
  readonly #options: ApiOptions;
  readonly #roster: Roster;
  readonly #outputs: Outputs;
  readonly #version: string;
  readonly #keyring: Keyring;
  readonly #inFlight = new InFlight();
  readonly #recent = new RecentReplies();
  readonly #live = new Live();
  #described: Document | undefined;
  #streams = 0;
  #closed = false;

  constructor(options: ApiOptions, roster: Roster, version: string, outputs: Outputs) {
    this.#options = options;
    this.#roster = roster;
    this.#version = version;
    this.#outputs = outputs;
    this.#keyring = new Keyring(options.keys, options.anonymous);
  }

  /**
   * Never rejects: what is wrong is the answer.
   * @param response is written to only by what stays open; then null is answered
   */
  async answer(request: Request, response: ServerResponse): Promise<Answer | null> {
    const visit: Visit = {};
    const content = await this.#content(request, response, visit).catch((thrown: unknown) => this.#problem(thrown));
    const { grant, operation, asked = null } = visit;
    if (grant && operation?.access === 'write') this.#outputs.audit(audited(request, grant, asked, content));
    if (content === null) return null;
    return write(content, request).catch((thrown: unknown) => write(this.#problem(thrown), request));
  }

  /** Whether nothing is served: what it is set up to do cannot be done. */
  set closed(closed: boolean) {
    this.#closed = closed;
  }

  /** What a client says over a WebSocket that Node-RED keeps. */
  session(id: string, payload: unknown, say: (message: string) => void): void {
    try {
      this.#session(`ws:${id}`, payload, say);
    } catch (thrown) {
      say(JSON.stringify({ type: 'error', ...this.#problem(thrown).body }));
    }
  }

  endSession(id: string): void {
    this.#live.leave(`ws:${id}`);
  }

  /** Passes a record on to who may see its home. @returns false of what is no record */
  tell(payload: unknown): boolean {
    const event = liveEvent(payload);
    if (!event) return false;
    const known = this.#roster.chosen(this.#options.instances);
    if (known.some(({ instance_id }) => instance_id === event.instance_id)) this.#live.tell(event);
    return true;
  }

  stop(): void {
    this.#inFlight.stop();
    this.#recent.clear();
    this.#live.stop(DEPLOYED);
  }

  async #content(request: Request, response: ServerResponse, visit: Visit): Promise<Content | null> {
    if (this.#closed) throw new CaretakerError('not_set_up', CLOSED);
    const { method, headers } = request;
    const { path, base } = mountedAt(request);
    // It tells nothing of any home, and asks for the key itself.
    if (/^\/docs\/?$/.test(path) && (method === 'GET' || method === 'HEAD')) return DOCS;
    const grant = this.#keyring.grant(headers['x-api-key']);
    visit.grant = grant;
    const { route, params } = match(method, path, base);
    if (route.name === 'openapi') return { status: 200, body: this.#document(base) };
    if (route.name === 'live') return this.#stream(request, response, grant);
    const operation = operationOf(route);
    if (!operation) throw new Error(`There is no operation ${route.name}`);
    visit.operation = operation;
    if (operation.access === 'write') assertMayWrite(grant, headers);
    const body = route.method === 'GET' ? {} : fieldsOfBody(request);
    visit.asked = askedBy(operation.fields, params, queryOf(request), body);
    const { reference, fields } = visit.asked;
    const caller: Caller = { ...this.#seen(grant), reference, by: 'api', now: this.#outputs.now() };
    const reply = await this.#reply(operation, caller, fields, grant);
    return contentOf(reply);
  }

  /** A read is given up after a while; a command is as long as it is. */
  #reply(operation: Operation, asking: Caller, fields: object, grant: Grant): Promise<Reply> {
    const mostMs = operation.access === 'read' ? READ_MS : Number.POSITIVE_INFINITY;
    // Whoever joins what another has asked for may wait as long again.
    const caller = { ...asking, until: Date.now() + 2 * mostMs };
    const run = () =>
      operation.replays ? this.#recent.reply(operation, caller, fields) : operation.run(caller, fields);
    return this.#inFlight.run(run, mostMs, grant.key);
  }

  #seen({ instances: seen }: Grant): Pick<Caller, 'visible' | 'commanded'> {
    const { instances } = this.#options;
    return { visible: this.#roster.chosen(instances, seen), commanded: this.#roster.commanded(instances, seen) };
  }

  #document(base: string): object {
    const { anonymous } = this.#options;
    const security = anonymous === 'none' ? [{ ApiKey: [] }] : [{ ApiKey: [] }, {}];
    this.#described ??= openApi(this.#version);
    return { ...this.#described, servers: [{ url: base || '/' }], security };
  }

  #stream(request: Request, response: ServerResponse, grant: Grant): Content | null {
    const { reference, fields } = askedBy(LIVE_FIELDS, {}, queryOf(request), {});
    const wish = wishOf(this.#seen(grant).commanded, grant, reference, fields);
    if (request.method === 'HEAD') return { status: 200, body: '', type: 'text/event-stream; charset=utf-8' };
    this.#streams += 1;
    const id = `sse:${this.#streams}`;
    this.#assertRoom(id, grant);
    this.#live.join(id, new EventStream(response, wish, () => this.#live.leave(id)));
    return null;
  }

  #session(id: string, payload: unknown, say: (message: string) => void): void {
    if (this.#closed) throw new CaretakerError('not_set_up', CLOSED);
    const asked = sessionRequest(payload);
    if (asked.type !== 'subscribe') {
      if (asked.type === 'unsubscribe') this.#live.leave(id);
      say(JSON.stringify({ type: asked.type === 'ping' ? 'pong' : 'unsubscribed' }));
      return;
    }
    // Whoever subscribes anew and may not is not told anything any more.
    this.#live.leave(id);
    const grant = this.#keyring.grant(asked.key, 'Set api_key in the message.');
    const wish = wishOf(this.#seen(grant).commanded, grant, asked.reference, asked.given);
    this.#assertRoom(id, grant);
    this.#live.join(id, new LiveSession(wish, say, this.#outputs.now));
    say(JSON.stringify(subscribed(wish)));
  }

  #assertRoom(id: string, { key }: Grant): void {
    if (!this.#live.makeRoom(id, key)) throw new CaretakerError('busy', 'Too many listen already.');
  }

  #problem(thrown: unknown): Content & Pick<Problem, 'body'> {
    const { status, body, unforeseen } = problemOf(thrown);
    if (unforeseen) this.#outputs.error(String((thrown as Error | undefined)?.stack ?? thrown));
    return { status, body, headers: headersOf(thrown) };
  }
}

const DOCS: Content = { status: 200, body: DOCS_PAGE, type: 'text/html; charset=utf-8', headers: DOCS_HEADERS };

function contentOf({ status = 200, body, type, total, left_out }: Reply): Content {
  const headers = {
    ...(total !== undefined && { 'X-Total-Count': String(total) }),
    ...(left_out && { 'X-Left-Out': left_out.join(', ') }),
  };
  return { status, body, type, headers };
}

/** Before anything else is looked at, so that no answer tells more than the key may know. */
function assertMayWrite({ key, access }: Grant, headers: Request['headers']): void {
  if (access !== 'write') {
    if (key === null) throw new CaretakerError('unauthorized', 'API key required. Provide X-API-Key header.');
    throw new CaretakerError('forbidden', 'This key may only read.');
  }
  // A page of somebody else, open in the browser of somebody who gets here, may ask for this, but it has no key.
  if (key === null && headers['sec-fetch-site'] === 'cross-site')
    throw new CaretakerError('forbidden', 'A page of another site may write only with a key.');
}

function subscribed({ only, kinds }: Wish): object {
  return { type: 'subscribed', instance_id: only ?? 'all', kinds: kinds.length > 0 ? kinds : 'all' };
}

function headersOf(thrown: unknown): Readonly<Record<string, string>> {
  if (thrown instanceof MethodNotAllowed) return { Allow: thrown.allow };
  const code = thrown instanceof CaretakerError ? thrown.code : undefined;
  if (code === 'unauthorized') return { 'WWW-Authenticate': 'ApiKey' };
  return code === 'busy' ? { 'Retry-After': '1' } : {};
}
