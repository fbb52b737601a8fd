import { CaretakerError, describe } from '../error';
import { defaultLinkTimes, type LinkTimes } from '../hass/link';
import { addonTarget, type Target, type TlsOptions, target } from '../hass/target';
import { MemoryStore } from '../store/memory';
import { openStore } from '../store/open';
import type { Store } from '../store/store';
import { Instance } from './instance';
import { logLimit } from './log-limit';
import { parseIdentity, parseWatchOptions } from './parse';
import type { Member, Roster } from './roster';

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
  readonly storeFile: string;
  /** Shorter ones make tests fast. */
  readonly times?: Partial<LinkTimes> | undefined;
  readonly log: (what: string) => void;
  readonly info: (what: string) => void;
}

export interface Hosted {
  stop(): Promise<void>;
}

/** Runs the instance of a config node for as long as the node lives. Never throws: what is wrong is in the roster. */
export function host(config: HostedConfig, roster: Roster): Hosted {
  const { nodeId: id, fields } = config;
  const instance_id = String(fields['instance_id'] ?? '');
  let member: Member = { id, instance_id, name: String(fields['name'] || instance_id), instance: null, refusal: null };
  const put = (change: Partial<Member>) => {
    member = { ...member, ...change };
    roster.put(member);
  };
  let stopping = false;
  let stop = async () => {};

  async function start(): Promise<void> {
    const accepted = accept(config, roster);
    put({ name: accepted.name });
    const log = logLimit(config.log, Date.now);
    const store = await storeFor(config, log);
    stop = () => store.close();
    const instance = new Instance(
      { ...accepted, log, info: config.info, storeKind: store.kind },
      await store.namespace(accepted.instance_id),
    );
    stop = async () => {
      await instance.stop();
      await store.close();
    };
    if (stopping) return;
    put({ instance });
    await instance.start();
  }

  const started = start().catch((thrown: unknown) => {
    const refusal = describe(thrown);
    put({ refusal });
    config.log(refusal);
  });
  return {
    async stop() {
      stopping = true;
      roster.remove(member);
      await started;
      // Put again while it was starting.
      roster.remove(member);
      await stop();
    },
  };
}

/** @throws CaretakerError bad_input */
function accept(config: HostedConfig, roster: Roster) {
  const { instance_id, name } = parseIdentity(config.fields);
  const other = roster.namesake(instance_id, config.nodeId);
  if (other) {
    throw new CaretakerError(
      'bad_input',
      `instance_id: "${instance_id}" is already used by "${other.name}". Give one of the two another instance_id.`,
    );
  }
  return {
    instance_id,
    name: name || instance_id,
    target: targetOf(config),
    options: parseWatchOptions(config.fields),
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
  // Off means no figures; a silent peer still has to be found out.
  const healthCheck = seconds > 0 ? seconds * 1000 : defaultLinkTimes.healthCheck;
  return { ...defaultLinkTimes, healthCheck, ...times };
}

/** A home is watched even where its facts cannot be kept. */
async function storeFor(config: HostedConfig, log: (what: string) => void): Promise<Store> {
  try {
    return await openStore({ file: config.storeFile, log });
  } catch (thrown) {
    log(`${describe(thrown)} Until then facts are kept in memory only.`);
    return new MemoryStore();
  }
}
