import { membersOf } from '../core/incident/home-view';
import type { Incident, IncidentChange, IncidentOptions } from '../core/incident/incident';
import { Incidents } from '../core/incident/incidents';
import type { Kind, Subject } from '../core/subject';
import type { Tracker } from '../core/tracker';
import { describe } from '../error';

/** What settles in one go is looked at in one go, ms. */
const GATHER_MS = 250;
/** Between two looks, which cost some milliseconds in a large home, ms. */
const LOOK_MS = 1_000;

/** The home whose incidents these are, as far as the tracker does not know it. */
export interface WatchedHome {
  readonly instance_id: string;
  readonly name: string;
  /** Connected and running. */
  readonly live: boolean;
  /** Since when it is live or not, epoch ms. */
  readonly liveSince: number;
  /** The home is worked on: nothing new is opened. */
  isInMaintenance(now: number): boolean;
  /** Entries that wait for somebody to sign in again. */
  readonly reauth: ReadonlySet<string>;
  readonly tracker: Tracker;
  trouble(what: string): void;
}

/** The incidents of one home, looked for whenever something has settled. */
export class IncidentWatch {
  readonly #home: WatchedHome;
  readonly #incidents: Incidents;
  readonly #told: (change: IncidentChange) => void;
  readonly #listeners = new Set<(change: IncidentChange) => void>();
  #lookedAt = 0;
  /** Since when something is different that was not looked at, epoch ms; null when nothing is. */
  #staleSince: number | null = null;

  /**
   * @param told each change, before any listener
   * @param stored incidents that were open when we last ran
   */
  constructor(
    home: WatchedHome,
    options: Partial<IncidentOptions>,
    stored: Iterable<Incident>,
    told: (change: IncidentChange) => void,
  ) {
    this.#home = home;
    this.#incidents = new Incidents(options, stored);
    this.#told = told;
  }

  /** When `look` next has something to do, epoch ms. */
  get due(): number {
    if (this.#staleSince !== null) return Math.max(this.#staleSince + GATHER_MS, this.#lookedAt + LOOK_MS);
    // Before the first look nothing can be due: it comes with the first change.
    return this.#lookedAt === 0 ? Number.POSITIVE_INFINITY : this.#incidents.due;
  }

  /** Something settled, or can be seen or not. */
  changed(now: number): void {
    this.#staleSince ??= now;
    // A clock that was set back must not hold up the next look.
    this.#lookedAt = Math.min(this.#lookedAt, now);
  }

  /** Whatever is open, as it was last told. */
  all(): readonly Incident[] {
    return this.#incidents.told();
  }

  /** How many are. */
  get open(): number {
    return this.#incidents.count;
  }

  get(id: string): Incident | undefined {
    return this.all().find(({ incident_id }) => incident_id === id);
  }

  /** The open incident that explains a subject. */
  of(subject: { readonly kind: Kind; readonly id: string }): string | undefined {
    return this.#incidents.incidentOf(subject);
  }

  rename(kind: Kind, from: string, to: string): void {
    this.#incidents.rename(kind, from, to);
  }

  look(now: number): void {
    this.#staleSince = null;
    this.#lookedAt = now;
    const { instance_id, name, live, liveSince, tracker, reauth } = this.#home;
    const isMasked = this.#home.isInMaintenance(now);
    const changes = this.#incidents.evaluate(now, {
      instance: { id: instance_id, name },
      reachable: live,
      reachableSince: liveSince,
      revision: tracker.revision,
      members: () => membersOf(tracker.all(), tracker.registry),
      down: () => tracker.down,
      isMasked: (_subject: Subject) => isMasked,
      reauth,
    });
    for (const change of changes) this.#tell(change);
  }

  /** Told each change from now on; answers what ends that. */
  onChange(listener: (change: IncidentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(change: IncidentChange): void {
    this.#told(change);
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (thrown) {
        this.#home.trouble(describe(thrown));
      }
    }
  }
}
