/** As much as is needed of a request as Express hands it to `http in`. */
export interface MountedRequest {
  /** Behind the root of Node-RED's http nodes, still encoded. */
  readonly path: string;
  /** With that root, and with the query. */
  readonly originalUrl: string;
  /** Where it was caught: `/api/*`. */
  readonly route?: { readonly path?: unknown } | undefined;
}

export interface Mounted {
  /** What is behind the mount: `/status`. */
  readonly path: string;
  /** What stands before that, as the caller wrote it: `/red/api`. */
  readonly base: string;
}

/** A mount above ours may leave it in the path: `/caretaker/*` for `/caretaker/api/status`. */
const OWN = /^\/api(?=\/|$)/;

/** Not from `params[0]`: that is decoded, and an encoded slash is part of a name. */
export function mountedAt({ path, originalUrl, route }: MountedRequest): Mounted {
  const mount = typeof route?.path === 'string' ? route.path : '';
  const above = mount.endsWith('/*') ? mount.slice(0, -2).split('/').length - 1 : 0;
  const behind = `/${path
    .split('/')
    .slice(above + 1)
    .join('/')}`.replace(OWN, '');
  const full = originalUrl.replace(/[?#].*$/s, '');
  const base = full.endsWith(behind) ? full.slice(0, full.length - behind.length) : '';
  return { path: behind || '/', base };
}

export function queryOf({ originalUrl }: MountedRequest): URLSearchParams {
  const at = originalUrl.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : originalUrl.slice(at + 1));
}
