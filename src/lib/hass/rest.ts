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

/**
 * One REST call. Any status is an answer; only what is no answer rejects.
 * @param path starts with `/api/`
 * @param timeout ms
 * @throws CaretakerError cannot_connect, tls, command_timeout
 */
export function request(
  target: Target,
  method: 'GET' | 'POST',
  path: string,
  timeout: number,
  body?: unknown,
): Promise<Answer> {
  const url = `${target.url}${path}`;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: {
        authorization: `Bearer ${target.token}`,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
      // The whole of it, from name look-up to the last byte.
      signal: AbortSignal.timeout(timeout),
      ...target.tls,
    };
    const sent = (url.startsWith('https:') ? https : http).request(url, options, (response) => {
      read(response).then((read) => resolve({ status: response.statusCode ?? 0, body: read }), fail);
    });
    function fail(error: Error): void {
      const late = error.name === 'TimeoutError' || error.name === 'AbortError';
      reject(
        late
          ? new CaretakerError('command_timeout', `${url} did not answer in time.`, error)
          : connectError(error, target),
      );
    }
    sent.on('error', fail);
    sent.end(text);
  });
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
