import type { SecureContextOptions } from 'node:tls';
import { CaretakerError } from '../error';

/** Certificates and checks for https, as the core `tls-config` node fills them in. */
export interface TlsOptions extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'pfx'> {
  rejectUnauthorized?: boolean | undefined;
  servername?: string | undefined;
  ALPNProtocols?: string[] | undefined;
}

/** Where a Home Assistant is and how to be let in. */
export interface Target {
  /** Without a trailing slash; REST paths start with `/api/`. */
  readonly url: string;
  readonly socketUrl: string;
  readonly token: string;
  readonly tls?: TlsOptions | undefined;
}

const SUPERVISOR = 'http://supervisor/core';

/** The Home Assistant that this Node-RED is an add-on of; the Supervisor names its socket differently. */
export function addonTarget(token: string): Target {
  return { url: SUPERVISOR, socketUrl: 'ws://supervisor/core/websocket', token };
}

/** @throws CaretakerError bad_input, naming the field */
export function target(url: string, token: string, tls?: TlsOptions): Target {
  const base = baseUrl(url);
  const trimmed = token.trim();
  if (!trimmed) throw new CaretakerError('bad_input', 'token: is empty. Paste a long-lived access token.');
  return {
    url: base,
    socketUrl: `${base.replace(/^http/, 'ws')}/api/websocket`,
    token: trimmed,
    ...(tls ? { tls } : {}),
  };
}

function baseUrl(url: string): string {
  const text = url.trim();
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
    throw new CaretakerError('bad_input', 'url: must look like http://homeassistant.local:8123 or https://...');
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '').replace(/\/api$/, '');
}
