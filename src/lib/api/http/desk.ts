import type { ServerResponse } from 'node:http';
import { CaretakerError } from '../../error';
import type { Answer } from './answer';
import type { Api, Request } from './api';
import { mountKey, type Reached } from './mounts';

/** Of `http in`, of `websocket in`, of a status node, or of a monitor. */
export interface ApiMessage {
  readonly req?: Request;
  readonly res?: { readonly _res: ServerResponse };
  readonly _session?: { readonly type?: unknown; readonly id?: unknown };
  readonly status?: { readonly event?: unknown; readonly _session?: { readonly id?: unknown } };
  readonly payload?: unknown;
}

/** To `http response` on the first output, to `websocket out` on the second. */
export type Send = (messages: readonly [object | null, object | null]) => void;

/** Whatever ways a request takes to however many nodes, it is answered once. */
const taken = new WeakSet<object>();

/** Where the messages of one caretaker-api node come in, and are told apart. */
export class Desk {
  readonly #api: Api;
  readonly #send: Send;
  readonly #open = new Set<Promise<void>>();
  #contested: ReadonlySet<string> = new Set();
  #stopped = false;

  constructor(api: Api, send: Send) {
    this.#api = api;
    this.#send = send;
  }

  /** What reaches it, after each deploy. Who was second on a path serves nothing at all. */
  set reached({ contests }: Reached) {
    this.#contested = new Set(contests.map(({ key }) => key));
    this.#api.closed = contests.length > 0;
  }

  /** @throws CaretakerError bad_input */
  async input(msg: ApiMessage, send: Send): Promise<void> {
    const { req, res, _session, status, payload } = msg;
    if (req && res) return this.#tracked(this.#request(msg, req, res._res, send));
    if (status) return this.#status(status);
    if (_session?.type === 'websocket') return this.#session(String(_session.id), payload);
    if (this.#api.tell(payload)) return;
    throw new CaretakerError('bad_input', 'msg: is neither a request of http in nor a record of caretaker-monitor.');
  }

  /** Answers what is being worked on, ends what is open. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#api.stop();
    await Promise.allSettled(this.#open);
  }

  async #tracked(work: Promise<void>): Promise<void> {
    this.#open.add(work);
    try {
      await work;
    } finally {
      this.#open.delete(work);
    }
  }

  async #request(msg: ApiMessage, request: Request, response: ServerResponse, send: Send): Promise<void> {
    const mount = mountKey(request.method, String(request.route?.path ?? ''));
    if (taken.has(response) || this.#contested.has(mount)) return;
    taken.add(response);
    const answer = await this.#api.answer(request, response);
    if (answer === null) return;
    const { status: statusCode, body: payload } = answer;
    const headers = { ...answer.headers, Vary: varyOf(response, answer) };
    // What would carry it is being taken away as well.
    if (this.#stopped) response.writeHead(statusCode, headers).end(payload);
    else send([{ ...msg, statusCode, headers, payload }, null]);
  }

  #status({ event, _session }: NonNullable<ApiMessage['status']>): void {
    if (event === 'disconnect' && _session) this.#api.endSession(String(_session.id));
  }

  #session(id: string, payload: unknown): void {
    const _session = { type: 'websocket', id };
    this.#api.session(id, payload, (said) => this.#send([null, { payload: said, _session }]));
  }
}

/** What a header of CORS says already still holds. */
function varyOf(response: ServerResponse, { headers }: Answer): string {
  return [response.getHeader('vary'), headers['Vary']].filter(Boolean).join(', ');
}
