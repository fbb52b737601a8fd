import type { Entry } from '../support/simulator/entry';
import type { Entity } from '../support/simulator/registry';
import type { SimulatedHome } from '../support/simulator/simulated-home';
import type { State } from '../support/simulator/state-machine';
import { DeviceLines } from './device-lines';
import { Line, type Sight, type Status } from './line';
import { at, GRACE, SIGHT, type Span, TOGETHER } from './times';

/** Section 4: elsewhere `unknown` is healthy. */
export const JUDGED_UNKNOWN = 'binary_sensor climate cover fan light lock switch vacuum valve water_heater'.split(' ');

/** From the answer to a deploy until the new nodes have taken over, ms. */
const RENEWAL = 1_500;

/**
 * Knows what truly happens in one home, when Caretaker could see it, and so what has to be told. Looks at the home
 * from its own side only: its states, its registries, and whether a client that has read everything is connected.
 */
export class Oracle {
  readonly lines = new Map<string, Line>();
  /** Removed since the last check. */
  gone: Line[] = [];
  readonly devices = new DeviceLines();
  readonly instance: Line;
  /** What happened, for the report of a mismatch. */
  history: string[] = [];
  mode: 'dark' | 'live' | 'frozen' = 'dark';
  #judged = new Map<string, boolean>();
  #openedThen = 0;
  /** Caretaker saw the home away or not running since it last saw it running. */
  #away: 'no' | 'maybe' | 'yes' = 'no';
  /** Until then Caretaker may begin anew, epoch ms: what it saw of the home before does not count. */
  #renewingUntil = Number.POSITIVE_INFINITY;
  /** By the old or by the new one. */
  #wasSeenMeanwhile = false;
  #notBefore: Span = at(0);

  constructor(
    readonly instanceId: string,
    readonly home: SimulatedHome,
  ) {
    this.instance = new Line('instance', instanceId);
    this.lines.set('instance', this.instance);
    const { core } = home;
    core.on('state', ({ entity_id }: { entity_id: string }) => this.#on(() => this.#stateOf(entity_id)));
    core.on('entry', (_: string, entry: Entry) => this.#on(() => this.#entryChanged(entry)));
    core.on('event', (type: string) => {
      if (type.endsWith('_registry_updated')) this.#on(() => this.#reconcile(Date.now()));
    });
    home.calls.push = (...calls) => {
      for (const { type } of calls) if (type === 'get_config') this.#asked();
      return 0;
    };
  }

  get isPending(): boolean {
    return [...this.lines.values()].some((line) => line.isPending);
  }

  /** What its home calls it, whatever its id is now. */
  keyOf(line: Line): string {
    return this.#keys.get(line) ?? line.id;
  }
  readonly #keys = new WeakMap<Line, string>();

  /** To be called often: sees connections end. */
  look(): void {
    const { home } = this;
    if (this.mode === 'live' && (home.sessions === 0 || home.opened !== this.#openedThen)) this.#goDark();
    if (this.mode === 'dark' && this.#away === 'no' && home.core.state !== 'RUNNING') this.#away = 'maybe';
    const now = Date.now();
    for (const line of this.lines.values()) line.advance(now);
  }

  /** The instance is about to be redeployed, or Node-RED to end. */
  renew(): void {
    this.say('Caretaker begins anew');
    this.#renewingUntil = Number.POSITIVE_INFINITY;
    this.#wasSeenMeanwhile = false;
    if (this.mode === 'dark') this.#forgetAway();
  }

  /** It runs again since some instant of this span; where the home was not to be had, that is a sight, too. */
  began(span: Span): void {
    this.look();
    // A deploy is answered before the old connection has ended.
    this.#renewingUntil = Date.now() + RENEWAL;
    if (this.mode !== 'dark') return;
    this.instance.observe(span, { status: 'unavailable', since: at(span.lo - SIGHT.early, span.hi + SIGHT.late) });
  }

  /** Nothing reaches Caretaker any more, and it does not know. */
  freeze(): void {
    this.look();
    this.say('falls silent');
    if (this.mode === 'live') this.mode = 'frozen';
  }

  /** The silence is over, and with it the connection. @param foundOut when Caretaker must have noticed it before */
  thaw(foundOut?: Span): void {
    this.say('is heard again');
    if (this.mode !== 'frozen') return;
    if (foundOut) this.instance.observe(foundOut, { status: 'unavailable', since: foundOut });
    this.#goDark();
  }

  say(what: string): void {
    this.history.push(`${new Date().toISOString().slice(14, 23)} ${this.instanceId} ${what}`);
  }

  #on(work: () => void): void {
    this.look();
    work();
  }

  /** The last thing Caretaker asks before it judges. */
  #asked(): void {
    this.look();
    if (this.home.core.state !== 'RUNNING') this.#away = this.#isRenewing ? 'maybe' : 'yes';
    else if (this.mode === 'dark') this.#goLive();
  }

  #goLive(): void {
    const now = Date.now();
    this.mode = 'live';
    this.#openedThen = this.home.opened;
    const from = now + GRACE.startup;
    this.#notBefore = this.#away === 'no' ? at(0) : at(this.#away === 'maybe' ? 0 : from, from);
    this.say(`is seen again (away: ${this.#away})`);
    this.#wasSeenMeanwhile = true;
    this.#away = 'yes';
    this.#reconcile(now);
    this.devices.notes.push({ at: now, what: 'live' });
    this.instance.observe(at(now), { status: 'available', since: sighted(now) });
    for (const entry of this.home.core.entries.values()) this.#judgeEntry(entry, now);
    for (const entity of this.home.core.entities.values()) this.#judge(entity, now);
  }

  #goDark(): void {
    const now = Date.now();
    this.mode = 'dark';
    this.say('is out of sight');
    for (const line of this.lines.values()) if (line !== this.instance) line.dark(at(now));
    if (this.#isRenewing) this.#forgetAway();
    // Whoever is stopped sees nothing; whoever has just begun sees that there is no connection.
    if (this.#renewingUntil < Number.POSITIVE_INFINITY)
      this.instance.observe(at(now), { status: 'unavailable', since: sighted(now) });
    this.devices.notes.push({ at: now, what: 'dark' });
  }

  get #isRenewing(): boolean {
    return Date.now() <= this.#renewingUntil;
  }

  #forgetAway(): void {
    this.#away = this.#wasSeenMeanwhile ? 'maybe' : 'no';
    this.instance.dark(at(Date.now()));
  }

  #stateOf(entityId: string): void {
    const entity = this.home.core.entities.get(entityId);
    if (entity) this.#judge(entity, Date.now());
  }

  #entryChanged(entry: Entry): void {
    const now = Date.now();
    this.#reconcile(now);
    if (this.mode !== 'live' || !this.home.core.entries.has(entry.entry_id)) return;
    this.#judgeEntry(entry, now);
    for (const entity of this.home.core.entitiesOfEntry(entry.entry_id)) this.#judge(entity, now);
  }

  /** Follows the registries: what was renamed keeps its line, what was removed has none any more. */
  #reconcile(now: number): void {
    const { core } = this.home;
    if (this.mode === 'frozen') return;
    const there = new Set(['instance']);
    for (const entry of core.entries.values()) there.add(entry.entry_id);
    for (const entity of core.entities.values()) {
      there.add(entity.id);
      this.#place(entity, now);
    }
    for (const [key, line] of this.lines) {
      if (there.has(key)) continue;
      line.dark(at(now));
      line.isGone = true;
      this.gone.push(line);
      this.lines.delete(key);
      this.#judged.delete(key);
      if (line.kind === 'entity') this.devices.notes.push({ at: now, what: 'left', member: key });
      this.say(`${line.kind} ${line.id} was removed`);
    }
    for (const id of this.#devicesNow) if (!core.devices.has(id)) this.#forgetDevice(id, now);
    for (const id of core.devices.keys()) this.#devicesNow.add(id);
  }
  readonly #devicesNow = new Set<string>();

  #forgetDevice(device: string, now: number): void {
    this.#devicesNow.delete(device);
    this.devices.notes.push({ at: now, what: 'gone', device });
  }

  #place(entity: Entity, now: number): void {
    const line = this.#line('entity', entity.id, entity.entity_id, entity);
    if (line.id !== entity.entity_id) {
      this.say(`entity ${line.id} is ${entity.entity_id} now`);
      line.rename(entity.entity_id, now);
    }
    const isJudged = this.#isJudged(entity);
    if (this.#judged.get(entity.id) === isJudged) return;
    this.#judged.set(entity.id, isJudged);
    this.devices.notes.push({ at: now, what: 'placed', member: entity.id, device: entity.device_id, isJudged });
    if (!isJudged) line.dark(at(now));
    else this.#judge(entity, now);
  }

  #isJudged(entity: Entity): boolean {
    return !entity.disabled_by && !this.#entryOf(entity)?.disabled_by;
  }

  #entryOf(entity: Entity): Entry | undefined {
    return entity.config_entry_id ? this.home.core.entries.get(entity.config_entry_id) : undefined;
  }

  #judge(entity: Entity, now: number): void {
    const line = this.#line('entity', entity.id, entity.entity_id, entity);
    const state = this.home.core.states.all.get(entity.entity_id);
    this.#sayState(entity, state);
    if (this.mode !== 'live' || !this.#isJudged(entity)) return;
    // Never seen is not gone.
    if (!state && line.courses.every(({ status, pending }) => status === null && pending === null)) return;
    line.observe(at(now), this.#sight(entity, now), this.#notBefore);
  }

  /** Which healthy state it has does not matter. */
  #sayState(entity: Entity, state: State | undefined): void {
    const isWell = state && state.state !== 'unavailable' && state.state !== 'unknown';
    const word = isWell
      ? 'well'
      : `${state?.state ?? 'without a state'}${state?.attributes['restored'] ? ', restored' : ''}`;
    if (this.#said.get(entity.id) === word) return;
    this.#said.set(entity.id, word);
    this.say(`entity ${entity.entity_id} is ${word}`);
  }
  readonly #said = new Map<string, string>();

  #sight(entity: Entity, now: number): Sight {
    const state = this.home.core.states.all.get(entity.entity_id);
    if (!state) return { status: 'missing', since: sighted(now) };
    const changed = Math.round(state.last_changed * 1000);
    return { status: this.#statusOf(entity, state), since: at(changed - TOGETHER, changed + TOGETHER) };
  }

  #statusOf(entity: Entity, state: State): Status {
    if (state.state === 'unavailable') {
      const isLoaded = this.#entryOf(entity)?.state === 'loaded';
      return state.attributes['restored'] === true && isLoaded ? 'missing' : 'unavailable';
    }
    const domain = entity.entity_id.slice(0, entity.entity_id.indexOf('.'));
    return state.state === 'unknown' && JUDGED_UNKNOWN.includes(domain) ? 'unknown' : 'available';
  }

  #judgeEntry(entry: Entry, now: number): void {
    const line = this.#line('config_entry', entry.entry_id, entry.entry_id);
    this.say(`entry ${entry.title} is ${entry.state}${entry.disabled_by ? ' (disabled)' : ''}`);
    if (entry.disabled_by) line.dark(at(now));
    else if (!entry.state.endsWith('_in_progress')) {
      const status = entry.state === 'loaded' ? 'available' : 'unavailable';
      line.observe(at(now), { status, since: sighted(now) }, this.#notBefore);
    }
  }

  #line(kind: 'entity' | 'config_entry', key: string, id: string, entity?: Entity): Line {
    let line = this.lines.get(key);
    if (line) return line;
    const belongs = entity && { device_id: entity.device_id, config_entry_id: entity.config_entry_id };
    line = new Line(kind, id, belongs);
    this.lines.set(key, line);
    this.#keys.set(line, key);
    return line;
  }
}

function sighted(now: number): Span {
  return at(now - SIGHT.early, now + SIGHT.late);
}
