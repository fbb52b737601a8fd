import { join } from 'node:path';
import { CaretakerError, describe } from '../error';
import { defaultLinkTimes, type LinkTimes } from '../hass/link';
import { addonTarget, type Target, type TlsOptions, target } from '../hass/target';
import { Backups } from '../store/backups';
import { MemoryStore } from '../store/memory';
import type { Namespace, Store } from '../store/store';
import { inTurn } from '../store/turns';
import { Instance, type InstanceConfig } from './instance';
import { logLimit } from './log-limit';
import { parseIdentity, parseWatchOptions } from './parse';
import type { Member, Roster } from './roster';
import { openStorage, type Storage, storageOf } from './storage';

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
  readonly storage: { readonly fields: object; readonly url: string };
  /** The Node-RED user directory. */
  readonly userDir: string;
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
  const running = new Running(config, roster);
  running.start();
  return running;
}

class Running implements Hosted {
  readonly #config: HostedConfig;
  readonly #roster: Roster;
  readonly #log: (what: string) => void;
  #member: Member;
  #store: Store | undefined;
  #instance: Instance | undefined;
  #stopping = false;
  #leaveRoster: () => void = () => {};

  constructor(config: HostedConfig, roster: Roster) {
    this.#config = config;
    this.#roster = roster;
    this.#log = logLimit(config.log, Date.now);
    const instance_id = String(config.fields['instance_id'] ?? '');
    const name = String(config.fields['name'] || instance_id);
    this.#member = { id: config.nodeId, instance_id, name, instance: null, refusal: null, keeping: null };
  }

  start(): void {
    inTurn(this, () => this.#start()).catch((thrown: unknown) => {
      const refusal = describe(thrown);
      this.#put({ refusal });
      this.#config.log(refusal);
      this.#waitForTheId();
    });
  }

  /** Who was refused for another's instance_id starts when the other gives it up. */
  #waitForTheId(): void {
    const { instance_id, id } = this.#member;
    if (!this.#roster.namesake(instance_id, id)) return;
    const leave = this.#roster.onChange(() => {
      clearTimeout(timer);
      timer = setTimeout(take, HANDOVER_MS);
    });
    let timer: NodeJS.Timeout | undefined;
    const take = () => {
      if (this.#stopping || this.#roster.namesake(instance_id, id)) return;
      this.#leaveRoster();
      this.#put({ refusal: null });
      this.start();
    };
    this.#leaveRoster = () => {
      clearTimeout(timer);
      leave();
    };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#leaveRoster();
    this.#roster.remove(this.#member);
    await inTurn(this, async () => {
      await this.#rest();
      await this.#store?.close();
    });
  }

  async #start(): Promise<void> {
    const accepted = accept(this.#config, this.#roster);
    this.#put({ name: accepted.name });
    const { storage: named, userDir } = this.#config;
    const storage = storageOf(named.fields, named.url, userDir);
    const store = await storeFor(storage, this.#log);
    this.#store = store;
    const namespace = await store.namespace(accepted.instance_id);
    const { retention_days, backup_keep: keep } = storage;
    const watch = () =>
      this.#watch(
        { ...accepted, log: this.#log, info: this.#config.info, storeKind: store.kind, retention_days },
        namespace,
      );
    const backups = new Backups({
      folder: join(userDir, 'caretaker', 'backups'),
      namespace,
      kind: store.kind,
      keep,
      log: this.#log,
    });
    this.#put({ keeping: { store, backups, withoutWatching: (work) => this.#withoutWatching(work, watch) } });
    await watch();
  }

  #withoutWatching<T>(work: () => Promise<T>, watch: () => Promise<void>): Promise<T> {
    return inTurn(this, async () => {
      await this.#rest();
      try {
        return await work();
      } finally {
        await watch();
      }
    });
  }

  async #watch(config: InstanceConfig, namespace: Namespace): Promise<void> {
    if (this.#stopping) return;
    this.#instance = new Instance(config, namespace);
    this.#put({ instance: this.#instance });
    await this.#instance.start();
  }

  async #rest(): Promise<void> {
    this.#put({ instance: null });
    await this.#instance?.stop();
    this.#instance = undefined;
  }

  #put(change: Partial<Member>): void {
    this.#member = { ...this.#member, ...change };
    if (!this.#stopping) this.#roster.put(this.#member);
  }
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
  // It cannot be off: a connection that died silently is found out no other way.
  const healthCheck = seconds > 0 ? Math.min(Math.max(seconds * 1000, 1_000), DAY_MS) : defaultLinkTimes.healthCheck;
  return { ...defaultLinkTimes, healthCheck, ...times };
}

/** What stands in for a store that does not open; outlives a deploy, as the store would. */
const standIns = new Map<string, MemoryStore>();
const DAY_MS = 86_400_000;
/** A deploy takes an instance away and puts it back: its instance_id is not free before this has passed. */
const HANDOVER_MS = 5_000;

/** A home is watched even where its facts cannot be kept. */
async function storeFor(storage: Storage, log: (what: string) => void): Promise<Store> {
  const place = `${storage.kind} ${storage.kind === 'postgres' ? storage.url : storage.file}`;
  try {
    const store = await openStorage(storage, log);
    standIns.delete(place);
    return store;
  } catch (thrown) {
    log(`${describe(thrown)} Then deploy again: until that deploy facts are kept in memory only.`);
    const standIn = standIns.get(place) ?? new MemoryStore();
    standIns.set(place, standIn);
    return standIn;
  }
}
