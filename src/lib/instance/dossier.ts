import type { WatchOptions } from '../core/options';
import type { CaretakerError } from '../error';
import type { ConnectionState } from '../hass/link';
import type { TlsOptions } from '../hass/target';
import { parseWatchOptions } from './parse';
import { Recent } from './recent';
import { blanking, secretsOfUrl } from './secrets';
import { type Storage, storageOf } from './storage';

/** What an instance was configured with, as far as this looks at it. */
export interface Configured {
  readonly fields: { readonly [field: string]: unknown };
  readonly token: string;
  readonly tls: TlsOptions | undefined;
  readonly supervisorToken: string | undefined;
  readonly storage: { readonly fields: object; readonly url: string };
  readonly userDir: string;
}

export interface PastTrouble {
  /** Epoch ms. */
  readonly at: number;
  readonly message: string;
}

export interface PastConnection {
  readonly state: ConnectionState;
  readonly reason: Pick<CaretakerError, 'code' | 'message'> | null;
  /** Epoch ms. */
  readonly at: number;
}

type Secret = 'set' | 'not set';

/** No secret is in here, only whether there is one. */
export interface Settings {
  readonly addon: boolean;
  /** Null when it is none, and so may be anything. */
  readonly url: string | null;
  readonly token: Secret;
  readonly tls: Secret;
  /** @throws CaretakerError bad_input */
  options(): WatchOptions;
  /** @throws CaretakerError bad_input */
  storage(): Omit<Storage, 'url'> & { readonly url: Secret };
}

const MOST_TROUBLES = 50;
const MOST_CONNECTIONS = 50;

/** What is kept of one instance in memory, running or refused, for whoever looks for a cause later. */
export class Dossier {
  readonly troubles = new Recent<PastTrouble>(MOST_TROUBLES);
  readonly connections = new Recent<PastConnection>(MOST_CONNECTIONS);
  /** Takes the secrets of this instance out of a text: the last line of defence, none should be there. */
  readonly clean: (text: string) => string;
  /** Private, so that whoever prints a dossier prints no secret. */
  readonly #settings: Settings;
  readonly #now: () => number;

  constructor(configured: Configured, now: () => number) {
    const { token, tls, supervisorToken, storage } = configured;
    this.#settings = settingsOf(configured);
    this.#now = now;
    const tlsSecrets = [tls?.passphrase, tls?.key].map((one) => (typeof one === 'string' ? one : undefined));
    this.clean = blanking([token, token.trim(), supervisorToken, ...tlsSecrets, ...secretsOfUrl(storage.url)]);
  }

  /** A log that is remembered, and clean. */
  hearing(log: (what: string) => void): (what: string) => void {
    return (what) => {
      const message = this.clean(what);
      this.troubles.add({ at: this.#now(), message });
      log(message);
    };
  }

  saw(state: ConnectionState, reason: CaretakerError | null): void {
    const [last] = this.connections.list();
    if (last?.state === state && last.reason?.code === reason?.code) return;
    // Until the first try has ended there is nothing to say.
    if (!last && state === 'disconnected' && !reason) return;
    const { code, message } = reason ?? {};
    const why = code && message ? { code, message: this.clean(message) } : null;
    this.connections.add({ state, reason: why, at: this.#now() });
  }

  settings(): Settings {
    return this.#settings;
  }
}

function settingsOf({ fields, token, tls, supervisorToken, storage, userDir }: Configured): Settings {
  const addon = fields['addon'] === true;
  return {
    addon,
    url: addon ? null : bareUrl(String(fields['url'] ?? '')),
    token: isSet(addon ? supervisorToken : token.trim()),
    tls: isSet(tls),
    options: () => parseWatchOptions(fields),
    storage: () => {
      const { url, ...rest } = storageOf(storage.fields, storage.url, userDir);
      return { ...rest, url: isSet(url) };
    },
  };
}

function isSet(secret: unknown): Secret {
  return secret ? 'set' : 'not set';
}

/** Without user, password and query. What is no address may be a secret that was pasted into the wrong field. */
function bareUrl(text: string): string | null {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) return null;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
