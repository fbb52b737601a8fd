import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import { pick } from './random';
import type { Device, DeviceCure, Entity } from './registry';
import { iso, nowSeconds } from './state-machine';

export interface LifeOptions {
  /** State changes a second. */
  readonly rate: number;
  /** Things that break or mend a minute; 0: nothing breaks. */
  readonly troublesPerMinute?: number;
}

export interface Trouble {
  /** Epoch ms. */
  readonly at: number;
  readonly kind: 'entity' | 'device' | 'config_entry';
  readonly id: string;
  readonly broken: boolean;
}

const OFTEN = new Set(['sensor', 'binary_sensor', 'light', 'switch', 'cover', 'climate', 'fan', 'media_player']);

/** People live here: values drift, lights go on and off, somebody walks past, buttons are pressed. */
export class Life {
  /** What truly broke and mended, in order: the oracle. */
  readonly troubles: Trouble[] = [];
  #timer: NodeJS.Timeout | undefined;
  #actors: Entity[] = [];
  #next = 0;

  constructor(
    private readonly core: SimulatedCore,
    private readonly entries: Entries,
  ) {
    core.on('cured', (device: Device) => this.mend('device', device.id));
  }

  start({ rate, troublesPerMinute = 0 }: LifeOptions): void {
    this.stop();
    const tick = rate > 20 ? 20 : 1000 / Math.max(rate, 0.1);
    let owed = 0;
    let trouble = 0;
    this.#timer = setInterval(() => {
      if (this.core.state !== 'RUNNING') return;
      owed += (rate * tick) / 1000;
      trouble += (troublesPerMinute * tick) / 60_000;
      const count = Math.floor(owed);
      owed -= count;
      this.changes(count);
      for (; trouble >= 1; trouble--) this.#breakOrMend();
    }, tick).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** So many changes in one turn, which leave in one coalesced frame. Every one changes a state. */
  changes(count: number): void {
    if (count > 0 && (this.#next + count > this.#actors.length || this.#actors.length === 0)) this.#gather();
    for (let i = 0; i < count && this.#actors.length > 0; i++) {
      const entity = this.#actors[this.#next++ % this.#actors.length];
      if (entity) this.#live(entity);
    }
  }

  #gather(): void {
    this.#actors = [];
    this.#next = 0;
    for (const entity of this.core.entities.values()) {
      const shown = this.core.states.all.get(entity.entity_id);
      if (shown && shown.state !== 'unavailable' && OFTEN.has(domainOf(entity))) this.#actors.push(entity);
    }
    for (let i = this.#actors.length - 1; i > 0; i--) {
      const j = Math.floor(this.core.random() * (i + 1));
      const [a, b] = [this.#actors[i], this.#actors[j]];
      if (a && b) [this.#actors[i], this.#actors[j]] = [b, a];
    }
  }

  #live(entity: Entity): void {
    // It may have been removed since the actors were gathered.
    if (this.core.entities.get(entity.entity_id) !== entity) return;
    if (this.core.states.all.get(entity.entity_id)?.state === 'unavailable') return;
    entity.value = nextValue(entity, this.core.random());
    this.core.refresh(entity);
  }

  #breakOrMend(): void {
    const { random } = this.core;
    const broken = this.troubles.filter((one) => one.broken && !this.#isMended(one));
    const one = broken.length > 0 && random() < 0.5 ? pick(random, broken) : undefined;
    if (one) this.mend(one.kind, one.id);
    else this.break(...this.#victim());
  }

  #isMended(trouble: Trouble): boolean {
    return this.troubles.some((one) => one.id === trouble.id && !one.broken && one.at >= trouble.at);
  }

  #victim(): [Trouble['kind'], string] {
    const roll = this.core.random();
    if (roll < 0.6) return ['entity', pick(this.core.random, [...this.core.entities.keys()])];
    if (roll < 0.9) return ['device', pick(this.core.random, [...this.core.devices.keys()])];
    return ['config_entry', pick(this.core.random, [...this.core.entries.keys()])];
  }

  break(kind: Trouble['kind'], id: string): void {
    this.#set(kind, id, true);
  }

  breakDevice(id: string, cure: DeviceCure | null): void {
    const device = this.core.devices.get(id);
    if (device) device.cure = cure;
    this.break('device', id);
  }

  mend(kind: Trouble['kind'], id: string): void {
    this.#set(kind, id, false);
  }

  #set(kind: Trouble['kind'], id: string, broken: boolean): void {
    this.troubles.push({ at: Date.now(), kind, id, broken });
    if (kind === 'entity') this.#setEntity(id, broken);
    else if (kind === 'device') this.#setDevice(id, broken);
    else this.#setEntry(id, broken);
  }

  #setEntity(entityId: string, dead: boolean): void {
    const entity = this.core.entities.get(entityId);
    if (!entity) throw new Error(`No entity ${entityId}`);
    entity.dead = dead;
    if (this.core.state === 'RUNNING') this.core.refresh(entity);
  }

  #setDevice(deviceId: string, dead: boolean): void {
    const device = this.core.devices.get(deviceId);
    if (!device) throw new Error(`No device ${deviceId}`);
    device.dead = dead;
    if (!dead) device.cure = null;
    if (this.core.state !== 'RUNNING') return;
    for (const entity of this.core.entitiesOfEntry(device.config_entry_id)) {
      if (entity.device_id === deviceId) this.core.refresh(entity);
    }
  }

  #setEntry(entryId: string, broken: boolean): void {
    const entry = this.core.entries.get(entryId);
    if (!entry) throw new Error(`No entry ${entryId}`);
    this.entries.setMode(entry, broken ? 'setup_not_ready' : 'ok');
    if (this.core.state === 'RUNNING') this.entries.reload(entry).catch(() => undefined);
  }
}

function domainOf(entity: Entity): string {
  return entity.entity_id.slice(0, entity.entity_id.indexOf('.'));
}

const TURNS: Readonly<Record<string, readonly string[]>> = {
  cover: ['open', 'closed'],
  climate: ['heat', 'off'],
  media_player: ['playing', 'idle', 'paused'],
};

function nextValue(entity: Entity, roll: number): string {
  const domain = domainOf(entity);
  if (domain === 'button') return iso(nowSeconds());
  if (domain !== 'sensor') {
    const turns = TURNS[domain] ?? ['on', 'off'];
    return turns[(turns.indexOf(entity.value) + 1) % turns.length] ?? 'on';
  }
  const number = Number(entity.value);
  if (Number.isNaN(number)) return entity.value;
  const step = Math.round((roll - 0.5) * 20) / 10 || 0.1;
  return String(Math.round((number + step) * 10) / 10);
}
