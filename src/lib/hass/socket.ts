import { WebSocket } from 'ws';
import { CaretakerError } from '../error';
import { readBudget } from './read-budget';
import type { Target } from './target';

export interface SocketTimes {
  /** From the first packet to the end of the upgrade, ms. */
  readonly handshake: number;
  /** From the open socket to `auth_ok`, ms. */
  readonly auth: number;
}

export const defaultSocketTimes: SocketTimes = { handshake: 15_000, auth: 15_000 };

/** The snapshot of 50 000 entities is 12 MB; a frame beyond this is no snapshot. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** An open, authenticated socket. */
export interface HassSocket {
  readonly socket: WebSocket;
  readonly version: string;
}

/**
 * Opens a socket and logs in.
 * @param signal ends the attempt
 * @throws CaretakerError cannot_connect, tls, not_home_assistant, invalid_auth, command_timeout
 */
export function openSocket(target: Target, times: SocketTimes, signal: AbortSignal): Promise<HassSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(target.socketUrl, {
      maxPayload: MAX_FRAME_BYTES,
      // Compression on loopback or a home network costs 15 times the CPU of everything else.
      perMessageDeflate: false,
      ...target.tls,
    });
    // The library's own time-out starts anew with each byte a peer dribbles.
    let timer = setTimeout(() => end(handshakeTimeout(target)), times.handshake);

    function end(error: CaretakerError): void {
      release();
      socket.terminate();
      reject(error);
    }
    function release(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners();
      // Until somebody attaches: an error nobody listens to ends the process.
      socket.on('error', () => {});
    }
    const aborted = () => end(new CaretakerError('connection_lost', 'The connection was given up.'));

    if (signal.aborted) return end(new CaretakerError('connection_lost', 'The connection was given up.'));
    signal.addEventListener('abort', aborted);
    socket.on('error', (error) => end(connectError(error, target)));
    socket.on('close', (code) => end(new CaretakerError('cannot_connect', `Closed during login (${code}).`)));
    socket.on('open', () => {
      clearTimeout(timer);
      timer = setTimeout(() => end(authTimeout(target)), times.auth);
    });
    socket.on('message', (data, binary) => {
      const step = loginStep(binary ? '' : String(data), target);
      if (step instanceof CaretakerError) return end(step);
      if (step.send) return socket.send(step.send);
      if (step.version === undefined) return;
      release();
      resolve({ socket, version: step.version });
    });
  });
}

/** Lets the socket take part in the read budget, hears frames, and tells its end exactly once. */
export function attach(
  socket: WebSocket,
  onFrame: (text: string) => void,
  onAlive: () => void,
  onEnd: (why: string) => void,
) {
  const leave = readBudget.add(socket);
  let error: Error | undefined;
  socket.on('error', (thrown) => {
    error = thrown;
    // It would wait half a minute for the other side's goodbye.
    socket.terminate();
  });
  socket.on('close', (code) => {
    leave();
    onEnd(error ? error.message : `closed (${code})`);
  });
  socket.on('ping', onAlive);
  socket.on('message', (data, binary) => {
    onAlive();
    if (binary) return;
    const text = String(data);
    readBudget.begin();
    onFrame(text);
    readBudget.spend(text.length);
  });
  // It broke right behind the login.
  if (socket.readyState !== socket.OPEN) socket.terminate();
}

function loginStep(text: string, target: Target): { send?: string; version?: string } | CaretakerError {
  const message = parseLogin(text);
  switch (message?.type) {
    case 'auth_required':
      return { send: JSON.stringify({ type: 'auth', access_token: target.token }) };
    case 'auth_ok':
      return { version: String(message.ha_version ?? '') };
    case 'auth_invalid':
      return new CaretakerError('invalid_auth', 'Home Assistant does not accept this token. Make a new one there.');
    default:
      return new CaretakerError('not_home_assistant', `${target.url} does not answer like a Home Assistant.`);
  }
}

function parseLogin(text: string): { type?: unknown; ha_version?: unknown } | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}

function handshakeTimeout(target: Target): CaretakerError {
  return new CaretakerError('cannot_connect', `${target.url} did not answer the WebSocket upgrade in time.`);
}

function authTimeout(target: Target): CaretakerError {
  return new CaretakerError('command_timeout', `${target.url} accepted the connection but did not log us in.`);
}

/** What kept a socket or a request from Home Assistant. */
export function connectError(error: Error & { code?: unknown }, target: Target): CaretakerError {
  const code = String(error.code ?? '');
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO/.test(code)) {
    return new CaretakerError('tls', `TLS: ${error.message}. Set a TLS configuration that trusts it.`, error);
  }
  const unexpected = /Unexpected server response: (\d+)/.exec(error.message)?.[1];
  if (unexpected === '403') {
    const banned = 'Home Assistant may have banned this address, see its ip_bans.yaml';
    return new CaretakerError('cannot_connect', `${target.url} refuses us (HTTP 403): ${banned}.`, error);
  }
  // A proxy in front of a Home Assistant that is starting answers 502 to 504.
  if (unexpected && !/^50[234]$/.test(unexpected)) {
    return new CaretakerError('not_home_assistant', `${target.url} is no Home Assistant (HTTP ${unexpected}).`, error);
  }
  return new CaretakerError('cannot_connect', `No connection to ${target.url}: ${error.message || code}.`, error);
}
