import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What the tests themselves say to a Home Assistant: one call, one connection, so a restart in between is harmless. */
export class HassClient {
  constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  async rest(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, init);
    return { status: response.status, body: parse(await response.text()) };
  }

  /** Like `rest`, for calls that have to succeed. */
  async expectRest<Body>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Body> {
    const answer = await this.rest(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    }
    return answer.body as Body;
  }

  async callService(domain: string, service: string, data: Record<string, unknown> = {}): Promise<void> {
    await this.expectRest('POST', `/api/services/${domain}/${service}`, data);
  }

  /** The result of one WebSocket command. */
  async command<Result>(type: string, fields: Record<string, unknown> = {}): Promise<Result> {
    const socket = new WebSocket(`${this.url.replace(/^http/, 'ws')}/api/websocket`);
    try {
      await expectMessage(socket, 'auth_required');
      socket.send(JSON.stringify({ type: 'auth', access_token: this.token }));
      await expectMessage(socket, 'auth_ok');
      socket.send(JSON.stringify({ ...fields, id: 1, type }));
      const answer = await expectMessage(socket, 'result');
      if (answer['success'] !== true) throw new Error(`${type} answered ${JSON.stringify(answer['error'])}`);
      return answer['result'] as Result;
    } finally {
      socket.close();
    }
  }
}

async function expectMessage(socket: WebSocket, type: string): Promise<Record<string, unknown>> {
  const closed = new AbortController();
  socket.once('close', () => closed.abort());
  const [data] = (await once(socket, 'message', { signal: closed.signal })) as [Buffer];
  const message = JSON.parse(data.toString()) as Record<string, unknown>;
  if (message['type'] !== type) throw new Error(`Expected ${type}, got ${data.toString()}`);
  return message;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
