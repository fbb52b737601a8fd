import { CaretakerError, describe } from '../error';
import { Backups } from '../store/backups';
import type { Namespace, Store } from '../store/store';
import { inTurn } from '../store/turns';
import { BackupSchedule } from './backup-schedule';
import { Dossier } from './dossier';
import { keepUnwatched } from './figures/unwatched';
import { rememberStore } from './home-store';
import { accepted, type HostedConfig } from './hosted-config';
import { Instance, type InstanceConfig } from './instance';
import type { Keeping } from './keeping';
import { type Lease, leaseHolder } from './lease-holder';
import { logLimit } from './log-limit';
import { readPast } from './past';
import { planFolder } from './plan-folder';
import type { Member, Roster } from './roster';
import { isStandIn, openOrStandIn } from './stand-in';
import { backupFolder, storageOf } from './storage';

export interface Hosted {
  /** @param removed it is gone for good; else it stays configured, and comes back with a deploy */
  stop(removed?: boolean): Promise<void>;
}

/** Runs the instance of a config node for as long as the node lives. Never throws: what is wrong is in the roster. */
export function host(config: HostedConfig, roster: Roster): Hosted {
  const running = new Running(config, roster);
  running.start();
  return running;
}

/** The newest answer to our claim. */
interface Standing {
  /** Null before the first one. */
  readonly token: number | null;
  /** For how long nobody had looked after the home when it came to be ours, ms; null: nobody ever had. */
  readonly idle_ms: number | null;
  /** Which other Node-RED has it, in a sentence. */
  readonly standby: string | null;
}

class Running implements Hosted {
  readonly #config: HostedConfig;
  readonly #roster: Roster;
  readonly #log: (what: string) => void;
  readonly #dossier: Dossier;
  /** A restore that outlasts the patience of a deploy ends before the next life of its home begins. */
  readonly #turns: string;
  #member: Member;
  #store: Store | undefined;
  #instance: Instance | undefined;
  #schedule: BackupSchedule | undefined;
  #lease: Lease | undefined;
  #claim: Standing = { token: null, idle_ms: null, standby: null };
  /** Watches under a claim. */
  #watchUnder: (token: number | null) => Promise<void> = async () => undefined;
  #watchedUnder: number | null = null;
  #stopping = false;
  #leaveRoster: () => void = () => {};

  constructor(config: HostedConfig, roster: Roster) {
    this.#dossier = new Dossier(config, Date.now);
    const info = (what: string) => config.info(this.#dossier.clean(what));
    this.#config = { ...config, log: this.#dossier.hearing(config.log), info };
    this.#roster = roster;
    this.#log = logLimit(this.#config.log, Date.now);
    const instance_id = String(config.fields['instance_id'] ?? '');
    const name = String(config.fields['name'] || instance_id);
    this.#turns = `${config.userDir} ${instance_id}`;
    this.#member = {
      id: config.nodeId,
      instance_id,
      name,
      instance: null,
      refusal: null,
      keeping: null,
      moved: null,
      standby: null,
      dossier: this.#dossier,
    };
  }

  start(): void {
    inTurn(this.#turns, () => this.#start()).catch((thrown: unknown) => {
      // Its successor has its place.
      if (this.#stopping) return;
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

  async stop(removed = true): Promise<void> {
    this.#leaveRoster();
    this.#schedule?.stop();
    // Between two lives it is still one of the homes a command may be for.
    if (!removed) this.#put({ instance: null, keeping: null, standby: null, lease: undefined });
    this.#stopping = true;
    if (removed) this.#roster.remove(this.#member);
    await inTurn(this.#turns, async () => {
      this.#member.plans?.stop();
      await this.#rest();
      await this.#lease?.leave();
      await this.#store?.close();
    });
  }

  async #start(): Promise<void> {
    const config = accepted(this.#config);
    this.#refuseNamesake();
    this.#put({ name: config.name });
    const { storage: named, userDir } = this.#config;
    const storage = storageOf(named.fields, named.url, userDir);
    const store = await openOrStandIn(named.missing ? null : storage, this.#log);
    this.#store = store;
    const { instance_id } = config;
    this.#put({ moved: rememberStore({ instance_id, userDir, log: this.#log }, store) });
    const namespace = await store.namespace(instance_id);
    const plans = planFolder({ userDir, instanceId: instance_id, log: this.#log, changed: () => {} });
    this.#put({ plans });
    const { backup_keep: keep } = storage;
    const { retention_days, rollup_retention_days } = { ...storage, ...config.retention };
    const retention = { retention_days, rollup_retention_days };
    this.#watchUnder = async (token) => {
      store.fence(instance_id, token);
      const said = { log: this.#log, info: this.#config.info };
      const isOurs = () => this.#member.lease?.isSure() === true;
      await this.#watch(
        { ...config, ...said, isOurs, plans: plans.plans, storeKind: store.kind, retention },
        namespace,
      );
    };
    const folder = backupFolder(userDir);
    const backupsOf = async (id: string) =>
      new Backups({ folder, namespace: await store.namespace(id), kind: store.kind, keep, log: this.#log });
    const backups = await backupsOf(instance_id);
    const withoutWatching: Keeping['withoutWatching'] = (work) => this.#withoutWatching(work);
    this.#put({ keeping: { store, backups, folder, backupsOf, withoutWatching } });
    this.#backUpByTheClock(storage.backup_interval_hours, backups);
    await this.#apply(store);
    await plans.ready;
    await this.#follow();
  }

  /** @throws CaretakerError bad_input */
  #refuseNamesake(): void {
    const { instance_id, id } = this.#member;
    const other = this.#roster.namesake(instance_id, id);
    if (!other) return;
    throw new CaretakerError(
      'bad_input',
      `instance_id: "${instance_id}" is already used by "${other.name}". Give one of the two another instance_id.`,
    );
  }

  async #apply(store: Store): Promise<void> {
    const { userDir, leaseTimes } = this.#config;
    const lease = await leaseHolder(userDir, leaseTimes).apply({
      store,
      instance_id: this.#member.instance_id,
      ours: (token, idle_ms) => this.#turn({ token, idle_ms, standby: null }),
      theirs: (label) => this.#turn({ ...this.#claim, standby: standingBy(label) }),
      trouble: this.#log,
    });
    this.#lease = lease;
    // Who else claims it in a store that did not open, and what must not be healed, nobody knows.
    const isBlind = isStandIn(store);
    this.#put({ lease: { isSure: () => lease.isSure && !isBlind } });
  }

  #turn(claim: Standing): void {
    this.#claim = claim;
    inTurn(this.#turns, () => this.#follow()).catch((thrown: unknown) => this.#log(describe(thrown)));
  }

  /**
   * Watches what is this Node-RED's to watch; anew, from what is stored, when it may have been another's meanwhile. A
   * store that fails keeps nobody from watching: better two who tell of a home than none.
   */
  async #follow(): Promise<void> {
    if (this.#stopping) return;
    const { token, standby } = this.#claim;
    if (this.#member.standby !== standby) this.#tellStandby(standby);
    if (standby !== null) return this.#rest();
    if (this.#instance && this.#watchedUnder === token) return;
    await this.#rest();
    this.#watchedUnder = token;
    await this.#watchUnder(token);
  }

  #tellStandby(standby: string | null): void {
    this.#put({ standby });
    this.#config.info(standby ?? 'No other Node-RED looks after this home any more: taking over.');
  }

  /** Memory alone is not worth it: after a restart the backups of next to nothing would push out the good ones. */
  #backUpByTheClock(intervalHours: number, backups: Backups): void {
    if (intervalHours === 0 || this.#stopping || this.#store?.kind === 'memory') return;
    const { instance_id } = this.#member;
    this.#schedule = new BackupSchedule({
      ...{ instance_id, intervalHours, backups, log: this.#log },
      place: this.#store?.place ?? '',
    });
  }

  #withoutWatching<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(this.#turns, async () => {
      const { standby } = this.#claim;
      if (standby !== null) throw new CaretakerError('lease_lost', `${standby} Do it there.`);
      await this.#rest();
      try {
        return await work();
      } finally {
        await this.#follow();
      }
    });
  }

  async #watch(config: InstanceConfig, namespace: Namespace): Promise<void> {
    if (this.#stopping) return;
    const { idle_ms } = this.#claim;
    // Once: after a restore, say, it is watched on.
    this.#claim = { ...this.#claim, idle_ms: null };
    await keepUnwatched(namespace, idle_ms, Date.now(), this.#log);
    const past = await readPast(namespace, this.#log);
    if (this.#stopping) return;
    if (!past.isKnown) this.#log(`Nothing is healed before the next deploy: ${UNKNOWN_PAST}`);
    const isOurs = () => past.isKnown && config.isOurs();
    const instance = new Instance({ ...config, isOurs }, namespace, past);
    this.#instance = instance;
    instance.onChange(() => this.#dossier.saw(instance.state, instance.reason));
    this.#put({ instance });
    instance.start();
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

function standingBy(label: string): string {
  return `Another Node-RED${label && ` (${label})`} looks after this home: standing by.`;
}

const UNKNOWN_PAST = 'what was done before, and what is suppressed, could not be read from the store.';
/** A deploy takes an instance away and puts it back: its instance_id is not free before this has passed. */
const HANDOVER_MS = 5_000;
