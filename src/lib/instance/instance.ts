import { TrackedHousehold } from '../core/figures/tracked-household';
import type { HealOptions } from '../core/heal/heal';
import type { Plan } from '../core/heal/plan';
import type { Health } from '../core/health';
import { type IncidentChange, incidentOptions, keyOf } from '../core/incident/incident';
import type { WatchOptions } from '../core/options';
import type { Traits } from '../core/selector';
import type { Subject } from '../core/subject';
import { stateOf } from '../core/tracked';
import { Tracker } from '../core/tracker';
import type { Settled } from '../core/transition';
import { type CaretakerError, describe } from '../error';
import type { Connection } from '../hass/connection';
import type { HealthCheck } from '../hass/health-check';
import { type ConnectionState, Link, type LinkTimes } from '../hass/link';
import type { Target } from '../hass/target';
import type { Namespace, Store } from '../store/store';
import { Absences } from './absences';
import { Alarm } from './alarm';
import { Escalated } from './escalated';
import { RollupSchedule } from './figures/rollup-schedule';
import { Fingerprint } from './fingerprint';
import { Healing, type HealingHost } from './healing';
import { HomeTally } from './home-tally';
import { IncidentWatch } from './incident-watch';
import { Journal, type Telling } from './journal';
import { ESCALATED, GRACE_UNTIL, KNOWN_ENTRIES, type Past, TIME_ZONE } from './past';
import { Retention, type RetentionDays } from './retention';
import { SelfHealth } from './self-health';
import { type HomeInfo, Session } from './session';
import { Sight, type SightHost } from './sight';
import { StoreProbe } from './store-probe';

export interface InstanceConfig {
  readonly instance_id: string;
  readonly name: string;
  readonly target: Target;
  readonly options: WatchOptions;
  readonly healing: HealOptions;
  /** Plans in force, best first. */
  readonly plans: () => readonly Plan[];
  /** No other Node-RED can look after this home now. */
  readonly isOurs: () => boolean;
  readonly times: LinkTimes;
  /** Where its facts rest; in memory alone they end with the process. */
  readonly storeKind: Store['kind'];
  readonly retention: RetentionDays;
  /** What a user should look into. */
  readonly log: (what: string) => void;
  /** What is worth a line, and all right. */
  readonly info: (what: string) => void;
}

/** How often it is seen whether somebody has begun or ended to work on the home, ms. */
const MAINTENANCE_MS = 5_000;

/** The running whole of one Home Assistant: wires connection, tracker and journal, and decides nothing about health. */
export class Instance {
  readonly instance_id: string;
  readonly name: string;
  readonly storeKind: Store['kind'];
  readonly tracker: Tracker;
  readonly incidents: IncidentWatch;
  readonly healing: Healing;
  /** Incidents that people were told to look after. */
  readonly escalated: Escalated;
  /** Writes and reads. */
  readonly storeProbe: StoreProbe;
  /** Since when it runs, epoch ms. */
  readonly startedAt = Date.now();
  info: HomeInfo | null = null;
  /** Grows with whatever was heard from the home. */
  heard = 0;
  readonly tally = new HomeTally();
  readonly #config: InstanceConfig;
  readonly #link: Link;
  readonly #journal: Journal;
  readonly #absences: Absences;
  readonly #retention: Retention;
  readonly #rollups: RollupSchedule;
  readonly #alarm: Alarm;
  readonly #self: SelfHealth;
  readonly #fingerprint: Fingerprint;
  readonly #listeners = new Set<() => void>();
  readonly #sight: Sight;
  readonly #pastZone: string | null;
  #maintenanceTimer: NodeJS.Timeout | undefined;

  /** @param past what it resumes from */
  constructor(config: InstanceConfig, namespace: Namespace, past: Past) {
    this.#config = config;
    this.instance_id = config.instance_id;
    this.name = config.name;
    this.storeKind = config.storeKind;
    this.#pastZone = past.timeZone;
    this.#retention = new Retention(namespace, config.retention, config.log);
    this.#rollups = new RollupSchedule({
      instance_id: this.instance_id,
      namespace,
      // What its integrations are is known once it has been seen.
      household: () => (this.info ? new TrackedHousehold(this.instance_id, this.tracker) : null),
      timeZone: () => this.timeZone,
      trouble: config.log,
    });
    this.#journal = new Journal(namespace, config.log);
    this.#absences = new Absences(this.#journal);
    this.storeProbe = new StoreProbe(namespace);
    this.#self = new SelfHealth(config, config.options);
    this.#fingerprint = new Fingerprint(past.knownEntries, (ids) =>
      this.#journal.note(KNOWN_ENTRIES, JSON.stringify(ids)),
    );
    this.tracker = new Tracker(config.options, {
      settled: (settled) => this.#settled(settled),
      renamed: (kind, from, to) => {
        this.#journal.rename(kind, from, to);
        this.incidents.rename(kind, from, to);
        this.healing.holds.rename(kind, from, to);
      },
      left: (seen, integration) => this.#absences.left(seen, integration, Date.now()),
      back: (seen) => this.#absences.back(seen, Date.now()),
      removed: (subject, seen, integration) => {
        this.#absences.removed(subject, seen, integration, Date.now());
        this.#stale();
      },
    });
    this.#sight = new Sight(this.#sightHost(), config.options.startup_grace_period_seconds, past);
    this.#link = new Link(config.target, config.times, {
      sync: (connection, signal) => this.#sync(connection, signal),
      changed: (state, reason) => this.#linkChanged(state, reason),
      trouble: (what) => config.log(what),
    });
    this.escalated = new Escalated(past.escalated, (all) => this.#journal.note(ESCALATED, JSON.stringify(all)));
    const options = incidentOptions(config.options.incident_window_seconds);
    this.incidents = new IncidentWatch(this, options, past.incidents, (change) => this.#incident(change));
    this.healing = new Healing(this.#healingHost(), config.healing, config.plans, past);
    this.#alarm = new Alarm(
      () => Math.min(this.tracker.nextDue, this.#self.due, this.incidents.due),
      (now) => this.#tick(now),
    );
    this.#resume(past);
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
    return this.#sight.live;
  }

  /** Since when it is live or not, epoch ms. */
  get liveSince(): number {
    return this.#sight.since;
  }

  /** Its own, as it said last; UTC until it ever did. */
  get timeZone(): string {
    return this.info?.time_zone ?? this.#pastZone ?? 'UTC';
  }

  /** Its own, as a subject. */
  get self(): Readonly<Health> {
    return this.#self.health;
  }

  get connection(): Connection | null {
    return this.#link.connection;
  }

  get reauth(): ReadonlySet<string> {
    return this.healing.reauth;
  }

  isInMaintenance(now: number): boolean {
    return this.healing.maintenanceUntil(now) !== null;
  }

  trouble(what: string): void {
    this.#config.log(what);
  }

  get healthCheck(): HealthCheck {
    return this.#link.healthCheck;
  }

  get journal(): Telling {
    return this.#journal;
  }

  /** No other Node-RED looks after it, and what was done before is known. */
  get isOurs(): boolean {
    return this.#config.isOurs();
  }

  start(): void {
    this.#judgeSelf();
    this.#link.start();
    this.#rollups.start();
    this.#maintenanceTimer = setInterval(() => this.#judgeOrNot(Date.now()), MAINTENANCE_MS);
  }

  /** Ends the connection and writes what is queued. */
  async stop(): Promise<void> {
    this.#alarm.stop();
    this.#retention.stop();
    const rolledUp = this.#rollups.stop();
    clearInterval(this.#maintenanceTimer);
    await this.healing.stop();
    await this.#link.stop();
    await rolledUp;
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

  /** The present confirmed status of every subject. */
  *present(now: number): Iterable<Settled> {
    yield* confirmed(this.self, this.self.state, now);
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
        identify: (entryIds) => this.#fingerprint.take(entryIds, this.url),
        described: (info) => this.#described(info),
        worked: () => {
          this.heard += 1;
          this.#alarm.set();
        },
        trouble: (what) => this.#config.log(what),
      },
      signal,
    );
    await session.sync();
    if (!signal.aborted) session.watchSilence();
  }

  /** Whether a home with these config entries is this one. */
  isHome(entryIds: readonly string[]): boolean {
    return this.#fingerprint.isHome(entryIds);
  }

  #described(info: HomeInfo): void {
    if (info.time_zone !== (this.info?.time_zone ?? this.#pastZone)) this.#journal.note(TIME_ZONE, info.time_zone);
    this.info = info;
    this.#look();
  }

  #linkChanged(state: ConnectionState, reason: CaretakerError | null): void {
    if (reason) this.#config.log(`${state}: ${reason.message}`);
    this.#look();
  }

  /** Whether the home can be seen, after something that decides it may have changed. */
  #look(): void {
    if (this.#sight.look(this.state, this.info?.running ?? null, this.reason?.code)) this.#greet();
    this.#judgeSelf();
    this.#announce();
  }

  #greet(): void {
    this.#config.info(
      `connected to ${this.info?.location_name}, Home Assistant ${this.info?.version}, ${this.tracker.entities.size} entities`,
    );
  }

  #judgeOrNot(now: number): void {
    this.healing.holds.expire(now);
    this.#sight.judge(now);
  }

  #judgeSelf(): void {
    // Until the first try has ended nothing is known.
    if (this.state === 'disconnected' && this.reason === null) return;
    this.#add(this.#self.see(this.live, this.state, Date.now()));
    this.#alarm.set();
  }

  #add(settled: Settled | null): void {
    if (settled) this.#settled(settled);
  }

  #settled(settled: Settled): void {
    this.#journal.add(settled);
    this.tally.settled(settled);
    if (settled.subject.kind === 'config_entry' && settled.status === 'unavailable') this.healing.askForReauth();
    this.#stale();
  }

  /** What is down may have other causes now. */
  #stale(): void {
    this.incidents.changed(Date.now());
    this.#alarm.set();
  }

  #incident({ event, incident }: IncidentChange): void {
    const at = incident.updated_at;
    const open = incident.resolved_at === null;
    const natural = event === 'resolved' ? this.healing.resolved(incident) : null;
    const body = { event, ...incident, ...(natural !== null && { natural }) };
    this.#journal.put({ kind: 'incident', id: incident.incident_id, at, open, body });
  }

  #tick(now: number): void {
    try {
      this.tracker.tick(now);
      this.#add(this.#self.settle(now));
      if (this.incidents.due <= now) this.incidents.look(now);
    } catch (thrown) {
      this.#config.log(describe(thrown));
    }
  }

  #resume({ subjects, absences }: Past): void {
    const absent = new Map(absences.map((one) => [keyOf(one.absence.subject), one]));
    for (const one of subjects) {
      const { subject, status, state, since } = one;
      const open = absent.get(keyOf(subject));
      const resumed = this.tracker.resume(subject, status, state, since, open !== undefined);
      if (subject.kind === 'instance') this.#self.resume(one);
      else if (open && resumed) this.#absences.resume(resumed, open);
    }
    if (this.self.status === 'unavailable') this.#sight.resumeAway(this.self.since);
  }

  #sightHost(): SightHost {
    return {
      tracker: this.tracker,
      isInMaintenance: (now) => this.isInMaintenance(now),
      graced: (until) => this.#journal.note(GRACE_UNTIL, String(until)),
      turned: () => this.#stale(),
    };
  }

  #healingHost(): HealingHost {
    const instance = this;
    return {
      tracker: this.tracker,
      target: this.#config.target,
      incidents: this.incidents,
      get live() {
        return instance.live && instance.#config.isOurs();
      },
      get info() {
        return instance.info;
      },
      get timeZone() {
        return instance.timeZone;
      },
      get connection() {
        return instance.connection;
      },
      put: (kind, id, body, open) => this.#journal.put({ kind, id, at: Date.now(), open, body }),
      worked: () => {
        this.#judgeOrNot(Date.now());
        this.#stale();
      },
      trouble: (what) => this.trouble(what),
    };
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
