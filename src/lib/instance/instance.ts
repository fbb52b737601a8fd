import { type Health, newHealth, observe, settle } from '../core/health';
import type { WatchOptions } from '../core/options';
import type { Traits } from '../core/selector';
import type { Status, Subject } from '../core/subject';
import { stateOf } from '../core/tracked';
import { Tracker } from '../core/tracker';
import type { Settled } from '../core/transition';
import { CaretakerError, describe } from '../error';
import type { Connection } from '../hass/connection';
import { type ConnectionState, Link, type LinkTimes } from '../hass/link';
import type { Target } from '../hass/target';
import type { Namespace, Store } from '../store/store';
import { type Consumer, Journal } from './journal';
import { type HomeInfo, Session } from './session';

export interface InstanceConfig {
  readonly instance_id: string;
  readonly name: string;
  readonly target: Target;
  readonly options: WatchOptions;
  readonly times: LinkTimes;
  /** Where its facts rest; in memory alone they end with the process. */
  readonly storeKind: Store['kind'];
  /** Facts older than this are deleted; 0 keeps them for ever. */
  readonly retention_days: number;
  /** What a user should look into. */
  readonly log: (what: string) => void;
  /** What is worth a line, and all right. */
  readonly info: (what: string) => void;
}

/** The note under which the config entry ids of the last sync are kept. */
const KNOWN_ENTRIES = 'entry_ids';
/** The note on when the last start-up grace ends, epoch ms: a deploy does not end it. */
const GRACE_UNTIL = 'grace_until';
/** What keeps us from a Home Assistant that is away; a refused token or another home is something else. */
const AWAY = new Set(['cannot_connect', 'connection_lost', 'command_timeout']);
/** The longest a timer may be set to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;
/** How often facts past their time are looked for, ms. */
const PRUNE_MS = 6 * 3_600_000;

/** The running whole of one Home Assistant: wires connection, tracker and journal, and decides nothing about health. */
export class Instance {
  readonly instance_id: string;
  readonly name: string;
  readonly storeKind: Store['kind'];
  readonly tracker: Tracker;
  info: HomeInfo | null = null;
  /** Epoch ms of the last health check that was answered by both WebSocket and REST. */
  lastHealthCheck: number | null = null;
  readonly #config: InstanceConfig;
  readonly #link: Link;
  readonly #journal: Journal;
  readonly #namespace: Namespace;
  readonly #self: Health;
  readonly #listeners = new Set<() => void>();
  #knownEntries: ReadonlySet<string> = new Set();
  /** Home Assistant was away or not running since we last saw it running. */
  #away = false;
  #graceUntil = 0;
  #live = false;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #stopped = false;
  #pruneTimer: NodeJS.Timeout | undefined;

  constructor(config: InstanceConfig, namespace: Namespace) {
    this.#config = config;
    this.instance_id = config.instance_id;
    this.name = config.name;
    this.storeKind = config.storeKind;
    this.#namespace = namespace;
    this.#journal = new Journal(namespace, config.log);
    this.#self = newHealth({ kind: 'instance', id: config.instance_id, name: config.name });
    this.tracker = new Tracker(config.options, {
      settled: (settled) => this.#journal.add(settled),
      renamed: (kind, from, to) => this.#journal.rename(kind, from, to),
      forgotten: (subject) => this.#journal.forget(subject.kind, subject.id),
    });
    this.#link = new Link(config.target, config.times, {
      sync: (connection, signal) => this.#sync(connection, signal),
      changed: (state, reason) => this.#linkChanged(state, reason),
      healthy: () => {
        this.lastHealthCheck = Date.now();
      },
      trouble: (what) => config.log(what),
    });
  }

  get state(): ConnectionState {
    return this.#link.state;
  }

  get url(): string {
    return this.#config.target.url;
  }

  /** Why it is not connected. */
  get reason(): CaretakerError | null {
    return this.#link.reason;
  }

  /** Connected and running: what is seen counts. */
  get live(): boolean {
    return this.#live;
  }

  /** Resumes from stored facts, then connects. A failing store is told, and watched without. */
  async start(): Promise<void> {
    try {
      for (const { subject, status, state, since } of await this.#namespace.resume()) {
        if (subject.kind === 'instance') Object.assign(this.#self, { status, state, since });
        else this.tracker.resume(subject, status, state, since);
      }
      const known: unknown = JSON.parse((await this.#namespace.note(KNOWN_ENTRIES)) ?? '[]');
      this.#knownEntries = new Set(known as string[]);
      this.#graceUntil = Number((await this.#namespace.note(GRACE_UNTIL)) ?? 0);
      this.#away = this.#self.status === 'unavailable';
    } catch (thrown) {
      this.#config.log(describe(thrown));
    }
    if (this.#stopped) return;
    this.#judgeSelf();
    this.#link.start();
    this.#pruneTimer = setInterval(() => this.#prune(), PRUNE_MS);
  }

  /** Ends the connection and writes what is queued. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#link.stop();
    clearTimeout(this.#timer);
    clearInterval(this.#pruneTimer);
    await this.#journal.close();
  }

  /** The token or the way there was mended: does not wait for the next try. */
  retryNow(): void {
    this.#link.retryNow();
  }

  /** Called whenever the connection state changes or the home becomes visible or invisible. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @see Journal.attach */
  attach(consumer: Consumer): (forGood: boolean) => void {
    return this.#journal.attach(consumer);
  }

  /** @see Journal.leave */
  leave(consumerId: string): void {
    this.#journal.leave(consumerId);
  }

  /** The present confirmed status of every subject. */
  *present(now: number): Iterable<Settled> {
    yield* confirmed(this.#self, this.#self.state, now);
    for (const tracked of this.tracker.all()) yield* confirmed(tracked, stateOf(tracked), now);
  }

  /** Undefined for the instance itself, which no selector can name. */
  traits(subject: Subject): Traits | undefined {
    return subject.kind === 'instance' ? undefined : this.tracker.traits(subject);
  }

  async #sync(connection: Connection, signal: AbortSignal): Promise<void> {
    const session = new Session(
      connection,
      this.tracker,
      this.#config.options,
      {
        identify: (entryIds) => this.#identify(entryIds),
        described: (info) => this.#described(info),
        worked: () => this.#arm(),
        trouble: (what) => this.#config.log(what),
      },
      signal,
    );
    await session.sync();
    if (!signal.aborted) session.watchSilence();
  }

  /** No config entry in common with the last time means another home behind the address. */
  isHome(entryIds: readonly string[]): boolean {
    return this.#knownEntries.size === 0 || entryIds.some((id) => this.#knownEntries.has(id));
  }

  /** Before anything of a connection is taken in: nothing of another home may get in. */
  #identify(entryIds: readonly string[]): void {
    if (!this.isHome(entryIds)) {
      throw new CaretakerError(
        'wrong_home',
        `Another Home Assistant answers at ${this.url}. Correct the address, or give this home an instance_id of its own.`,
      );
    }
    const changed = entryIds.length !== this.#knownEntries.size || entryIds.some((id) => !this.#knownEntries.has(id));
    this.#knownEntries = new Set(entryIds);
    if (changed) this.#journal.note(KNOWN_ENTRIES, JSON.stringify(entryIds));
  }

  #described(info: HomeInfo): void {
    this.info = info;
    this.#look();
  }

  #linkChanged(state: ConnectionState, reason: CaretakerError | null): void {
    if (reason) this.#config.log(`${state}: ${reason.message}`);
    this.#look();
  }

  /** Whether the home can be seen, after something that decides it may have changed. */
  #look(): void {
    const running = this.info?.running === true;
    if (this.state === 'connected' && running) this.#goLive();
    else this.#goDark(running);
    this.#judgeSelf();
    this.#announce();
  }

  #goLive(): void {
    if (this.#live) return;
    const now = Date.now();
    const grace = this.#config.options.startup_grace_period_seconds * 1000;
    if (this.#away) {
      this.#graceUntil = now + grace;
      this.#journal.note(GRACE_UNTIL, String(this.#graceUntil));
    }
    this.#live = true;
    this.#away = false;
    this.tracker.goLive(now, Math.min(this.#graceUntil, now + grace));
    this.#config.info(
      `connected to ${this.info?.location_name}, Home Assistant ${this.info?.version}, ${this.tracker.entities.size} entities`,
    );
  }

  #goDark(running: boolean): void {
    // One that is found running with the first try was not away.
    this.#away ||= this.#live || AWAY.has(this.reason?.code ?? '') || (this.info !== null && !running);
    if (!this.#live) return;
    this.#live = false;
    this.tracker.goDark();
  }

  #judgeSelf(): void {
    // Until the first try has ended nothing is known.
    if (this.state === 'disconnected' && this.reason === null) return;
    const now = Date.now();
    const status: Status = this.#live ? 'available' : 'unavailable';
    const { state_change_grace_period_seconds: down, recovery_grace_period_seconds: back } = this.#config.options;
    const verdict = { status, state: this.state, since: now };
    this.#self.due = observe(this.#self, verdict, now, { down: down * 1000, back: back * 1000 }, 0);
    if (this.#self.due <= now) this.#settleSelf(now);
    this.#arm();
  }

  #settleSelf(now: number): void {
    this.#self.due = Number.POSITIVE_INFINITY;
    const settled = settle(this.#self, now);
    if (settled) this.#journal.add(settled);
  }

  #prune(): void {
    const { retention_days } = this.#config;
    if (retention_days === 0) return;
    this.#namespace
      .prune(Date.now() - retention_days * DAY_MS)
      .catch((thrown: unknown) => this.#config.log(describe(thrown)));
  }

  /** One timer an instance, set to the earliest deadline. */
  #arm(): void {
    const due = Math.min(this.tracker.nextDue, this.#self.due);
    if (due >= this.#timerDue && this.#timer !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDue = due;
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(due - Date.now(), 0), LONGEST_TIMER_MS));
  }

  #tick(): void {
    this.#timer = undefined;
    const now = Date.now();
    try {
      this.tracker.tick(now);
      if (this.#self.due <= now) this.#settleSelf(now);
    } catch (thrown) {
      this.#config.log(describe(thrown));
    }
    this.#arm();
  }

  #announce(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (thrown) {
        this.#config.log(describe(thrown));
      }
    }
  }
}

function* confirmed({ subject, status, since }: Health, state: string, now: number): Iterable<Settled> {
  if (status !== null) yield { subject, status, previous_status: null, state, since, at: now, seconds: null };
}
