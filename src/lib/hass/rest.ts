import http from 'node:http';
import https from 'node:https';
import { CaretakerError } from '../error';
import { connectError } from './socket';
import type { Target } from './target';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers of Home Assistant that we read are small; more is not from Home Assistant. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface RequestOptions {
  readonly body?: unknown;
  /** Ends the call. */
  readonly signal?: AbortSignal;
  /** Does not keep this process alive. */
  readonly background?: boolean;
}

/**
 * One REST call. Any status is an answer; only what is no answer rejects.
 * @param path starts with `/api/`
 * @param timeout for the whole of it, from name look-up to the last byte, ms
 * @throws CaretakerError cannot_connect, tls, command_timeout, connection_lost
 */
export function request(
  target: Target,
  method: 'GET' | 'POST',
  path: string,
  timeout: number,
  { body, signal, background = false }: RequestOptions = {},
): Promise<Answer> {
  const url = `${target.url}${path}`;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(givenUp(url));
    const send = url.startsWith('https:') ? https.request : http.request;
    const sent = send(url, { method, headers: headersFor(target, text), ...lone, ...target.tls }, (response) => {
      const { statusCode: status = 0 } = response;
      read(response).then((read) => settle(() => resolve({ status, body: read })), fail);
    });
    // A time-out of the request itself would start anew with each byte a peer dribbles.
    const timer = setTimeout(
      () => end(new CaretakerError('command_timeout', `${url} did not answer in time.`)),
      timeout,
    );
    const aborted = () => end(givenUp(url));
    signal?.addEventListener('abort', aborted);
    if (background) {
      timer.unref();
      sent.on('socket', (socket) => socket.unref());
    }
    function settle(finish: () => void): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      finish();
    }
    function end(error: CaretakerError): void {
      settle(() => reject(error));
      sent.destroy();
    }
    function fail(error: Error): void {
      end(connectError(error, target));
    }
    sent.on('error', fail);
    sent.end(text);
  });
}

/** A connection of its own that ends with the answer: nothing of a home lingers after it was stopped. */
const lone = { agent: false } as const;

function givenUp(url: string): CaretakerError {
  return new CaretakerError('connection_lost', `${url}: the request was given up.`);
}

function headersFor({ token }: Target, text: string | undefined): http.OutgoingHttpHeaders {
  const headers = { authorization: `Bearer ${token}` };
  if (text === undefined) return headers;
  return { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
}

async function read(response: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
