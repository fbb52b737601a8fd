import { CaretakerError } from '../error';
import { defaultLinkTimes, type LinkTimes } from '../hass/link';
import { addonTarget, type Target, type TlsOptions, target } from '../hass/target';
import type { LeaseTimes } from './lease-holder';
import { parseHealOptions, parseIdentity, parseWatchOptions } from './parse';

/** A `caretaker-instance` as Node-RED hands it over. */
export interface HostedConfig {
  readonly nodeId: string;
  readonly fields: {
    readonly url?: string | undefined;
    readonly addon?: boolean | undefined;
    readonly [field: string]: unknown;
  };
  readonly token: string;
  readonly tls: TlsOptions | undefined;
  /** The token of the Supervisor that this Node-RED runs under. */
  readonly supervisorToken: string | undefined;
  /** Its `caretaker-store`; without fields the default one. */
  readonly storage: {
    readonly fields: object;
    readonly url: string;
    /** One was chosen that is not there. */
    readonly missing?: boolean | undefined;
  };
  /** The Node-RED user directory. */
  readonly userDir: string;
  /** Shorter ones make tests fast. */
  readonly times?: Partial<LinkTimes> | undefined;
  readonly leaseTimes?: LeaseTimes | undefined;
  readonly log: (what: string) => void;
  readonly info: (what: string) => void;
}

/** What is set, parsed. @throws CaretakerError bad_input */
export function accepted(config: HostedConfig) {
  const { instance_id, name, ...retention } = parseIdentity(config.fields);
  return {
    instance_id,
    name: name || instance_id,
    retention,
    target: targetOf(config),
    options: parseWatchOptions(config.fields),
    healing: parseHealOptions(config.fields),
    times: timesOf(config),
  };
}

/** @throws CaretakerError bad_input */
export function targetOf({
  fields,
  token,
  tls,
  supervisorToken,
}: Pick<HostedConfig, 'fields' | 'token' | 'tls' | 'supervisorToken'>): Target {
  if (!fields.addon) return target(fields.url ?? '', token, tls);
  if (supervisorToken) return addonTarget(supervisorToken);
  throw new CaretakerError(
    'bad_input',
    'addon: this Node-RED does not run as a Home Assistant add-on. Clear the box and enter url and token.',
  );
}

function timesOf({ fields, times }: HostedConfig): LinkTimes {
  const { health_check_interval_seconds: seconds } = parseWatchOptions(fields);
  // It cannot be off: a connection that died silently is found out no other way.
  const healthCheck = seconds > 0 ? Math.min(Math.max(seconds * 1000, 1_000), DAY_MS) : defaultLinkTimes.healthCheck;
  return { ...defaultLinkTimes, healthCheck, ...times };
}

const DAY_MS = 86_400_000;
