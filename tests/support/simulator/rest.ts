import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host } from './host';
import { isRecord } from './message';
import { type RestAnswer, reloadAnswer } from './rest-answer';
import { callService, ServiceError } from './services';
import { fullState } from './state-machine';
import type { User } from './users';

const TEXT: Readonly<Record<number, string>> = {
  400: '400: Bad Request',
  401: '401: Unauthorized',
  404: '404: Not Found',
  405: '405: Method Not Allowed',
  500: '500 Internal Server Error\n\nServer got itself in trouble',
  502: '502 Bad Gateway',
  503: '503 Service Unavailable',
};

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly user: User;
}

/** Answers one HTTP request as Home Assistant's REST API would. */
export async function answerRest(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { faults, users, calls } = host;
  const body = await readBody(request);
  if (faults.isSilent) return;
  if (faults.isNotHa) return send(response, 200, '<!doctype html><title>Router</title><h1>It works</h1>', 'text/html');
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  if (!path.startsWith('/api/'))
    return send(response, path === '/' ? 200 : 404, path === '/' ? '<!doctype html>' : TEXT[404], 'text/html');
  if (faults.restStatus) return send(response, faults.restStatus, TEXT[faults.restStatus] ?? 'Error', 'text/plain');
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const user = users.login(faults.isAuthInvalid ? undefined : token);
  const method = request.method ?? 'GET';
  calls.push({ via: 'rest', type: `${method} ${path}`, payload: body, who: user?.group ?? null, at: Date.now() });
  if (!user) return refuse(response);
  const wait = faults.delayOf(`${method} ${path}`);
  if (wait === Number.POSITIVE_INFINITY) return;
  if (wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
  const answer = await route(host, { method, path, body, user });
  if (answer === 'unauthorized') {
    users.failedLogins++;
    return refuse(response);
  }
  if (answer === undefined) return send(response, 404, TEXT[404], 'text/plain');
  send(response, answer.status, JSON.stringify(answer.body), 'application/json');
}

async function route(host: Host, request: Request): Promise<RestAnswer | 'unauthorized' | undefined> {
  const { core } = host;
  const { method, path, user } = request;
  if (method === 'GET') return read(host, path);
  const reload = /^\/api\/config\/config_entries\/entry\/([^/]+)\/reload$/.exec(path);
  const entry = /^\/api\/config\/config_entries\/entry\/([^/]+)$/.exec(path);
  const service = /^\/api\/services\/([^/]+)\/([^/]+)$/.exec(path);
  if (service?.[1] && service[2]) return await serve(host, request, service[1], service[2]);
  if (user.group !== 'admin') return 'unauthorized';
  if (method === 'POST' && reload?.[1]) return await reloadAnswer(core, host.entries, reload[1]);
  if (method === 'DELETE' && entry?.[1]) return await removeEntry(host, entry[1]);
  if (path === '/api/config/core/check_config')
    return { status: 200, body: { result: 'valid', errors: null, warnings: null } };
  return undefined;
}

function read(host: Host, path: string): RestAnswer | undefined {
  const { core } = host;
  if (path === '/api/') return { status: 200, body: { message: 'API running.' } };
  if (path === '/api/config') return { status: 200, body: core.config() };
  if (path === '/api/core/state') {
    const recorder = { migration_in_progress: false, migration_is_live: false };
    return { status: 200, body: { state: core.state, recorder_state: recorder } };
  }
  if (path === '/api/states') {
    return { status: 200, body: [...core.states.all.values()].map((state) => fullState(state, core.modern)) };
  }
  const one = /^\/api\/states\/([^/]+)$/.exec(path);
  if (!one?.[1]) return undefined;
  const state = core.states.all.get(decodeURIComponent(one[1]));
  if (!state) return { status: 404, body: { message: 'Entity not found.' } };
  return { status: 200, body: fullState(state, core.modern) };
}

async function removeEntry(host: Host, entryId: string): Promise<RestAnswer> {
  const entry = host.core.entries.get(entryId);
  if (!entry) return { status: 404, body: { message: 'Invalid entry specified' } };
  return { status: 200, body: { require_restart: await host.entries.remove(entry) } };
}

async function serve(
  host: Host,
  request: Request,
  domain: string,
  service: string,
): Promise<RestAnswer | 'unauthorized'> {
  try {
    await callService(host, { domain, service, data: request.body, user: request.user });
    return { status: 200, body: [] };
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'unauthorized') return 'unauthorized';
    if (error instanceof ServiceError && error.code !== 'home_assistant_error')
      return { status: 400, body: { message: error.message } };
    return { status: 500, body: { message: String(error) } };
  }
}

function refuse(response: ServerResponse): void {
  send(response, 401, TEXT[401], 'text/plain; charset=utf-8');
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
