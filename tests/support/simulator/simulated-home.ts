import type { Home, Lab, Tokens } from '../home';
import { SimulatedCore } from './core';
import { Entries } from './entries';
import { Faults } from './faults';
import { Gateway } from './gateway';
import type { Host, RecordedCall } from './host';
import { House, type HouseSize } from './house';
import { Life } from './life';
import { Power } from './power';
import type { DeviceCure } from './registry';
import { SimulatedLab } from './simulated-lab';
import type { Attributes } from './state-machine';
import { Users } from './users';

export interface SimulatedHomeOptions {
  readonly name?: string;
  /** The same seed gives the same home: rooms, ids, tokens, and what happens in it. */
  readonly seed?: number;
  /** Default: any free one. */
  readonly port?: number;
  readonly version?: '2026.11.0' | '2024.3.3';
  readonly home?: HouseSize;
  /** Of the people who live there; `en` unless said. */
  readonly language?: string;
  /** ms before every answer. */
  readonly latency?: number;
  /** How long a start takes. */
  readonly startSeconds?: number;
  /** Between two pings of ours; Home Assistant: 55. */
  readonly heartbeatSeconds?: number;
  /** A client that lets this many messages wait is put out; Home Assistant: 4096. Default: none is. */
  readonly maxPending?: number;
}

/** A Home Assistant on loopback that speaks what we use of it, with a life of its own and faults on command. */
export class SimulatedHome implements Home {
  readonly core: SimulatedCore;
  readonly entries: Entries;
  readonly users: Users;
  readonly lab: Lab & SimulatedLab;
  readonly life: Life;
  readonly faults: Faults;
  /** Every call this home got, the refused ones too. */
  readonly calls: RecordedCall[] = [];
  readonly #gateway: Gateway;
  readonly #power: Power;
  readonly #startPort: number;
  #restarting: Promise<void> = Promise.resolve();

  constructor(options: SimulatedHomeOptions) {
    const seed = options.seed ?? 1;
    this.#startPort = options.port ?? 0;
    this.core = new SimulatedCore(options.name ?? 'Home', options.version ?? '2026.11.0', seed);
    this.core.language = options.language ?? 'en';
    this.entries = new Entries(this.core);
    this.users = new Users(() => this.core.newId());
    this.life = new Life(this.core, this.entries);
    const house = new House(this.core, this.entries);
    house.furnish(options.home ?? 'small');
    this.lab = new SimulatedLab(this.core, this.entries, house);
    this.faults = new Faults(
      () => this.#gateway,
      () => this.#swap(),
      () => this.restart(),
      (count) => this.life.changes(count),
    );
    this.faults.latency = options.latency;
    this.#gateway = new Gateway(
      this.#host(options.maxPending ?? Number.POSITIVE_INFINITY),
      options.heartbeatSeconds ?? 55,
    );
    this.#power = new Power(this.core, this.entries, this.#gateway, options.startSeconds ?? 0.3);
  }

  #host(maxPending: number): Host {
    const { core, entries, users, faults, calls } = this;
    return { core, entries, users, faults, calls, maxPending, restartSoon: () => this.#restartSoon() };
  }

  get url(): string {
    return `http://127.0.0.1:${this.#power.port}`;
  }

  get version(): string {
    return this.core.version;
  }

  get tokens(): Tokens {
    return this.users.tokens;
  }

  /** TCP connections open now. */
  get sockets(): number {
    return this.#gateway.sockets.size;
  }

  /** WebSockets open now. */
  get sessions(): number {
    return this.#gateway.sessions.size;
  }

  /** WebSockets ever opened. */
  get opened(): number {
    return this.#gateway.opened;
  }

  get failedLogins(): number {
    return this.users.failedLogins;
  }

  /** Subscriptions of all clients. */
  get subscriptions(): number {
    return [...this.#gateway.sessions].reduce((sum, session) => sum + session.subscriptions.size, 0);
  }

  async open(): Promise<void> {
    await this.#power.first(this.#startPort);
  }

  async restart(): Promise<void> {
    this.#restarting = this.#cycle();
    await this.#restarting;
  }

  async #cycle(): Promise<void> {
    await this.#power.goDown();
    await this.#power.start();
  }

  #restartSoon(): void {
    setImmediate(() => {
      this.restart().catch(() => undefined);
    });
  }

  async kill(): Promise<void> {
    await this.#power.kill();
    await this.#restarting;
  }

  async start(): Promise<void> {
    await this.#power.start();
  }

  async setTokenValid(who: keyof Tokens, valid: boolean): Promise<void> {
    this.users.setValid(who, valid);
    if (valid) return;
    for (const session of this.#gateway.sessions) {
      if (session.user?.group !== who) continue;
      if (this.core.modern) session.socket.close(1000);
      else session.socket.terminate();
    }
  }

  async setConfigValid(valid: boolean): Promise<void> {
    this.core.configErrors = valid ? null : 'Error loading /config/configuration.yaml: while parsing a flow sequence';
  }

  async log(): Promise<readonly string[]> {
    return Array.from({ length: this.failedLogins }, () => 'Login attempt or request with invalid authentication');
  }

  async stop(): Promise<void> {
    this.life.stop();
    this.faults.clear();
    await this.kill();
    this.entries.dispose();
  }

  /** Says any state for any entity, also for one that did not exist. Of `unavailable` a restart knows nothing. */
  setState(entityId: string, state: string, attributes?: Attributes): void {
    const entity = this.core.entities.get(entityId);
    if (entity && state !== 'unavailable') {
      entity.value = state;
      if (attributes) entity.live = { ...attributes };
      this.core.refresh(entity);
      return;
    }
    const known = entity ? this.core.base(entity) : this.core.states.all.get(entityId)?.attributes;
    this.core.states.set(entityId, state, attributes ?? known ?? { friendly_name: entityId });
  }

  /** Drops a state without a word in any registry: the entity is missing. */
  loseState(entityId: string): void {
    this.core.states.remove(entityId);
  }

  /** Its integration does not bring it any more: `restored` though its entry is loaded; or it does again. */
  orphan(entityId: string, orphaned = true): void {
    const entity = this.core.entities.get(entityId);
    if (!entity) throw new Error(`No entity ${entityId}`);
    entity.orphaned = entity.waiting = orphaned;
    this.core.refresh(entity);
  }

  /** Its integration says the same again: only `last_reported` moves. */
  report(entityId: string): void {
    const entity = this.core.entities.get(entityId);
    if (entity) this.core.refresh(entity);
  }

  /** As if it had last been heard of so many seconds ago. */
  age(entityId: string, seconds: number): void {
    this.core.states.age(entityId, seconds);
  }

  breakEntity(entityId: string): void {
    this.life.break('entity', entityId);
  }

  mendEntity(entityId: string): void {
    this.life.mend('entity', entityId);
  }

  /** @param cure what brings it back beside `mendDevice` */
  breakDevice(deviceId: string, cure: DeviceCure | null = null): void {
    this.life.breakDevice(deviceId, cure);
  }

  mendDevice(deviceId: string): void {
    this.life.mend('device', deviceId);
  }

  breakEntry(entryId: string): void {
    this.life.break('config_entry', entryId);
  }

  mendEntry(entryId: string): void {
    this.life.mend('config_entry', entryId);
  }

  /** So many changes in one coalesced frame. */
  burst(count: number): void {
    this.life.changes(count);
  }

  /** Other ids for entries and devices: another home behind the same address. */
  #swap(): void {
    const entries = [...this.core.entries.values()];
    this.core.entries.clear();
    for (const entry of entries) {
      const old = entry.entry_id;
      const members = [...this.core.entitiesOfEntry(old)];
      const devices = this.core.devicesOfEntry(old);
      const entryId = this.core.newEntryId();
      for (const entity of members) this.core.dropEntity(entity);
      Object.assign(entry, { entry_id: entryId });
      this.core.entries.set(entryId, entry);
      for (const device of devices) device.config_entry_id = entryId;
      for (const entity of members) {
        entity.config_entry_id = entryId;
        this.core.addEntity(entity);
      }
    }
  }
}

export async function startSimulatedHome(options: SimulatedHomeOptions = {}): Promise<SimulatedHome> {
  const home = new SimulatedHome(options);
  await home.open();
  return home;
}
