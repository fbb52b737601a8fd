import { setTimeout as pause } from 'node:timers/promises';
import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import { isSlow } from './entry';
import type { Gateway } from './gateway';
import type { Entity } from './registry';

/** Going down and coming up, with the order of events of the real one. */
export class Power {
  port = 0;
  /** Grows with every run, so that a start that was cut off tells nothing more. */
  #run = 0;

  constructor(
    private readonly core: SimulatedCore,
    private readonly entries: Entries,
    private readonly gateway: Gateway,
    /** From the port answering to RUNNING; the port itself refuses for a third of it before. */
    private readonly startSeconds: number,
  ) {}

  /** The first start, before anybody looks: at once. */
  async first(port: number): Promise<void> {
    for (const entity of this.core.entities.values()) if (!entity.config_entry_id) this.core.refresh(entity);
    for (const entry of this.core.entries.values()) await this.entries.setup(entry);
    this.core.state = 'RUNNING';
    this.port = port === 0 ? await this.gateway.listenAnywhere() : await this.gateway.listen(port);
  }

  /** Resolves once the port refuses; the sockets were closed with 1000, by the old one with nothing. */
  async goDown(): Promise<void> {
    this.#run++;
    this.core.state = 'STOPPING';
    if (this.core.modern) await this.gateway.closeGracefully();
    else await this.gateway.terminate();
    this.#forget();
  }

  async kill(): Promise<void> {
    this.#run++;
    await this.gateway.terminate();
    this.#forget();
  }

  #forget(): void {
    this.core.state = 'NOT_RUNNING';
    this.core.states.clear();
    this.core.notifications.clear();
    this.core.reauthFlows.clear();
    this.entries.forgetRun();
  }

  /** Resolves at RUNNING, or when it was cut off. */
  async start(): Promise<void> {
    const run = ++this.#run;
    const isCut = () => run !== this.#run;
    await pause((this.startSeconds * 1000) / 3);
    if (isCut()) return;
    for (const entity of this.core.entities.values()) if (entity.early) this.core.refresh(entity);
    await this.gateway.listen(this.port);
    await this.#bringIntegrations(isCut);
    if (isCut()) return;
    this.core.state = 'STARTING';
    this.core.fire('core_config_updated', {});
    this.core.fire('homeassistant_start', {});
    this.#restoreMissing();
    await pause(Math.min(50, this.startSeconds * 50));
    if (isCut()) return;
    this.core.state = 'RUNNING';
    this.core.fire('core_config_updated', {});
    this.core.fire('homeassistant_started', {});
    this.entries.retryWaiting();
  }

  /** One entity after the other, each an `a` of its own, over two thirds of the start. */
  async #bringIntegrations(isCut: () => boolean): Promise<void> {
    const own = [...this.core.entities.values()].filter((entity) => !entity.config_entry_id && !entity.early);
    const steps: (() => Promise<unknown>)[] = own.map((entity) => async () => this.#show(entity));
    for (const entry of this.core.entries.values()) steps.push(() => this.#bring(entry.entry_id));
    const stepMs = (this.startSeconds * 1000 * 2) / 3 / Math.max(1, steps.length);
    let owed = 0;
    for (const step of steps) {
      if (isCut()) return;
      await step();
      owed += stepMs;
      if (owed < 2) continue;
      await pause(owed);
      owed = 0;
    }
  }

  async #bring(entryId: string): Promise<void> {
    const entry = this.core.entries.get(entryId);
    if (!entry) return;
    // A slow set-up holds up nobody but itself.
    const slow = isSlow(entry.mode);
    const setup = this.entries.setup(entry);
    if (!slow) await setup;
    else setup.catch(() => undefined);
  }

  #show(entity: Entity): void {
    this.core.refresh(entity);
  }

  /** What no integration brought back stands there as unavailable and restored. */
  #restoreMissing(): void {
    for (const entity of this.core.entities.values()) {
      if (!entity.registered || entity.disabled_by || this.core.states.all.has(entity.entity_id)) continue;
      this.core.states.set(entity.entity_id, 'unavailable', this.core.restored(entity));
    }
  }
}
