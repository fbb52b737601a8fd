import type { Named } from '../subject';
import { Effects } from './effect';
import type { Fallen } from './fallen';
import type { Down, HomeView } from './home-view';
import { type IncidentChange, type IncidentOptions, keyOf } from './incident';
import type { OpenIncident } from './open-incident';
import type { Atom, RiskGroups } from './risk-groups';

/** One look at a home: all that is down in it, and whose it is. */
export class Round {
  readonly now: number;
  readonly view: HomeView;
  readonly groups: RiskGroups;
  readonly down = new Map<string, Down>();
  readonly fallen = new Map<Atom, Fallen>();
  readonly changes: IncidentChange[] = [];
  /** When to look again, epoch ms. */
  due = Number.POSITIVE_INFINITY;
  readonly #options: IncidentOptions;
  #effects: Effects | null = null;
  #alone: Fallen[] | null = null;

  constructor(now: number, view: HomeView, groups: RiskGroups, options: IncidentOptions) {
    this.now = now;
    this.view = view;
    this.groups = groups;
    this.#options = options;
    for (const down of view.down()) this.down.set(keyOf(down.subject), down);
  }

  /** @param owners the incident of each subject */
  own(owners: ReadonlyMap<string, OpenIncident>): void {
    this.fallen.clear();
    for (const [key, { subject, since }] of this.down) {
      const atom = this.groups.atoms.get(key);
      if (!atom) continue;
      const owner = owners.get(key) ?? null;
      this.fallen.set(atom, { atom, since, owner, blocked: owner === null && this.view.isMasked(subject) });
    }
    this.#effects = null;
  }

  *free(): Iterable<Fallen> {
    for (const fallen of this.fallen.values()) if (fallen.owner === null && !fallen.blocked) yield fallen;
  }

  /** The entity of a device that was the last to go down. */
  lastOf(deviceKey: string): Fallen | undefined {
    let last: Fallen | undefined;
    for (const atom of this.groups.groups.get(deviceKey)?.atoms ?? []) {
      const fallen = this.fallen.get(atom);
      if (fallen && (!last || fallen.since > last.since)) last = fallen;
    }
    return last;
  }

  get effects(): Effects {
    this.#effects ??= new Effects(this.fallen, this.#options);
    return this.#effects;
  }

  /** A known subject of the home, down or not. */
  has(key: string): boolean {
    return this.groups.atoms.has(key) || this.groups.groups.has(key);
  }

  lookAgain(at: number): void {
    this.due = Math.min(this.due, at);
  }

  /** What went down about when the incident's subjects did, and is explained by nothing but itself. */
  besides(open: OpenIncident, owners: ReadonlyMap<string, OpenIncident>): Named[] {
    const isAlone = ({ atom }: Fallen) => (owners.get(atom.key)?.reach ?? 0) === 0;
    this.#alone ??= [...this.fallen.values()].filter((fallen) => !fallen.blocked && isAlone(fallen));
    const window = 1000 * this.#options.window_seconds;
    let last = open.since;
    for (const { since } of open.explained.values()) last = Math.max(last, since);
    return this.#alone
      .filter(({ since }) => since >= open.since - window && since <= last + window)
      .filter((fallen) => isAlone(fallen) && !open.explained.has(fallen.atom.key))
      .sort((one, other) => one.since - other.since || (one.atom.key < other.atom.key ? -1 : 1))
      .map(({ atom }) => atom.subject);
  }
}
