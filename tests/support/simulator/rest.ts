import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SimulatedCore } from './core';
import type { Host } from './host';
import { isRecord } from './message';
import { type RestAnswer, reloadAnswer } from './rest-answer';
import { callService, ServiceError, UNAUTHORIZED } from './services';
import { fullState, type StateChange } from './state-machine';
import type { User } from './users';

const TEXT: Readonly<Record<number, string>> = {
  400: '400: Bad Request',
  403: '403: Forbidden',
  401: '401: Unauthorized',
  404: '404: Not Found',
  405: '405: Method Not Allowed',
  500: '500 Internal Server Error\n\nServer got itself in trouble',
  502: '502 Bad Gateway',
  503: '503 Service Unavailable',
};

interface Request {
  readonly body: Record<string, unknown>;
  readonly user: User;
  /** Whoever asked waits no more: what is done for him is cancelled. */
  readonly hungUp: AbortSignal;
}

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: RegExp;
  readonly admin?: boolean;
  readonly answer: (host: Host, request: Request, parts: string[]) => RestAnswer | Promise<RestAnswer>;
}

const ENTRY = /^\/api\/config\/config_entries\/entry\/([^/]+)$/;
const RELOAD = /^\/api\/config\/config_entries\/entry\/([^/]+)\/reload$/;

const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/api\/$/, answer: () => ok({ message: 'API running.' }) },
  { method: 'GET', path: /^\/api\/config$/, answer: ({ core }) => ok(core.config()) },
  { method: 'GET', path: /^\/api\/core\/state$/, answer: coreState },
  { method: 'GET', path: /^\/api\/states$/, answer: ({ core }) => ok(allStates(core)) },
  { method: 'GET', path: /^\/api\/states\/([^/]+)$/, answer: ({ core }, _, [id = '']) => oneState(core, id) },
  { method: 'POST', path: /^\/api\/services\/([^/]+)\/([^/]+)$/, answer: serve },
  {
    method: 'POST',
    path: RELOAD,
    admin: true,
    answer: ({ core, entries }, { hungUp }, [id = '']) => reloadAnswer(core, entries, decodeURIComponent(id), hungUp),
  },
  { method: 'DELETE', path: ENTRY, admin: true, answer: removeEntry },
  { method: 'POST', path: /^\/api\/config\/core\/check_config$/, admin: true, answer: ({ core }) => ok(checked(core)) },
];

/** Answers one HTTP request as Home Assistant's REST API would. */
export async function answerRest(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { faults } = host;
  const body = await readBody(request);
  if (faults.isSilent) return;
  if (faults.isNotHa) return send(response, 200, '<!doctype html><title>Router</title><h1>It works</h1>', 'text/html');
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (path === '/')
    return send(response, 200, '<!DOCTYPE html><html><head><title>Home Assistant</title></head></html>', 'text/html');
  if (path === '/api/websocket') return send(response, 400, 'No WebSocket UPGRADE hdr: None', 'text/plain');
  if (faults.restStatus) return refuse(response, faults.restStatus);
  const routes = ROUTES.filter((route) => route.path.test(path));
  const route = routes.find((one) => one.method === request.method);
  if (!route) return refuse(response, routes.length > 0 ? 405 : 404);
  const hungUp = new AbortController();
  response.on('close', () => hungUp.abort());
  const answer = await authorized(host, route, request, { body, hungUp: hungUp.signal });
  if (typeof answer === 'number') refuse(response, answer);
  else if (answer) send(response, answer.status, JSON.stringify(answer.body), 'application/json');
}

/** A status without a body of its own, or nothing at all when it is never to be answered. */
async function authorized(
  host: Host,
  route: Route,
  { method, headers, url = '/' }: IncomingMessage,
  asked: Omit<Request, 'user'>,
): Promise<RestAnswer | number | undefined> {
  const { faults, users, calls } = host;
  const path = url.split('?', 1)[0] ?? '/';
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  const user = users.login(faults.isAuthInvalid ? undefined : token);
  const type = `${method} ${path}`;
  calls.push({ via: 'rest', type, payload: asked.body, who: user?.group ?? null, at: Date.now() });
  const refused = faults.refusalOf(type);
  if (refused) return refused;
  if (!user) return 401;
  const wait = faults.delayOf(type);
  if (wait === Number.POSITIVE_INFINITY) return undefined;
  if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
  const isRefused = route.admin && user.group !== 'admin';
  const answer = isRefused
    ? undefined
    : await route.answer(host, { ...asked, user }, (route.path.exec(path) ?? []).slice(1));
  if (answer && answer.status !== 401) return answer.body === undefined ? answer.status : answer;
  users.failedLogins++;
  return 401;
}

function ok(body: unknown): RestAnswer {
  return { status: 200, body };
}

function checked({ configErrors: errors }: SimulatedCore): unknown {
  return { result: errors === null ? 'valid' : 'invalid', errors, warnings: null };
}

function coreState({ core }: Host): RestAnswer {
  const recorder_state = { migration_in_progress: false, migration_is_live: false };
  return ok(core.modern ? { state: core.state, recorder_state } : { state: core.state });
}

function allStates(core: SimulatedCore): unknown[] {
  return [...core.states.all.values()].map((state) => fullState(state, core.modern));
}

function oneState(core: SimulatedCore, id: string): RestAnswer {
  const state = core.states.all.get(decodeURIComponent(id));
  if (!state) return { status: 404, body: { message: 'Entity not found.' } };
  return ok(fullState(state, core.modern));
}

async function removeEntry({ core, entries }: Host, _: Request, [id = '']: string[]): Promise<RestAnswer> {
  const entry = core.entries.get(id);
  if (!entry) return { status: 404, body: { message: 'Invalid entry specified' } };
  return ok({ require_restart: await entries.remove(entry) });
}

/** Answers the states that changed while the service ran. */
async function serve(host: Host, { body, user }: Request, [domain = '', service = '']: string[]): Promise<RestAnswer> {
  const changed = new Map<string, unknown>();
  const onState = ({ entity_id, new_state }: StateChange) => {
    if (new_state) changed.set(entity_id, fullState(new_state, host.core.modern));
  };
  host.core.on('state', onState);
  try {
    await callService(host, { domain, service, data: body, user, context: host.core.states.context(user.id) });
    return ok([...changed.values()]);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.message === UNAUTHORIZED) return { status: 401, body: undefined };
    return { status: error.code === 'home_assistant_error' ? 500 : 400, body: undefined };
  } finally {
    host.core.off('state', onState);
  }
}

function refuse(response: ServerResponse, status: number): void {
  send(response, status, TEXT[status] ?? 'Error', 'text/plain; charset=utf-8');
}

function send(response: ServerResponse, status: number, body: string | undefined, type: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body ?? '');
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
