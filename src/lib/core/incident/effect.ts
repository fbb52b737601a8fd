import { enough, NEAR_RATIO, provenSince } from './candidate';
import type { Fallen } from './fallen';
import { type IncidentOptions, keyOf } from './incident';
import type { OpenIncident } from './open-incident';
import { type Atom, counts, type Group } from './risk-groups';

/**
 * Whether causes that were told are still in effect. What falls while its cause is in effect is explained by it and
 * starts no incident of its own; a cause that nobody can see suppresses nothing.
 */
export class Effects {
  readonly #down: ReadonlyMap<Atom, Fallen>;
  readonly #options: IncidentOptions;
  readonly #known = new Map<Group, { readonly proven: number | null; readonly down: number }>();

  constructor(down: ReadonlyMap<Atom, Fallen>, options: IncidentOptions) {
    this.#down = down;
    this.#options = options;
  }

  /** The open incident that explains what has just fallen; the narrowest of them. */
  causeOf(fallen: Fallen, byRoot: ReadonlyMap<string, OpenIncident>): OpenIncident | undefined {
    for (const group of fallen.atom.groups) {
      const open = byRoot.get(keyOf(group.root));
      if (open && this.#explains(open, group, fallen)) return open;
    }
    return undefined;
  }

  proven(group: Group): boolean {
    return this.#of(group).proven !== null;
  }

  /** @param group the one that `open` is about */
  #explains(open: OpenIncident, group: Group, fallen: Fallen): boolean {
    if (open.recovered.has(fallen.atom.key)) return true;
    const { proven, down } = this.#of(group);
    const window = 1000 * this.#options.window_seconds;
    if (proven !== null) {
      if (fallen.since < proven - window) return false;
      return group.proof !== null || down >= group.size / 2 || this.#soon(fallen.since, proven);
    }
    if (fallen.since < open.since - window) return false;
    const { trickle_seconds, hit_ratio } = this.#options;
    if (fallen.since > open.since + 1000 * trickle_seconds) return down >= enough(hit_ratio, down) * group.size;
    // Seen late, or slow to fall: in the first minutes it is looked at anew as one.
    return down + open.recovered.size >= NEAR_RATIO * group.size;
  }

  #soon(since: number, proven: number): boolean {
    return since - proven <= 1000 * this.#options.effect_seconds;
  }

  #of(group: Group): { readonly proven: number | null; readonly down: number } {
    const known = this.#known.get(group);
    if (known) return known;
    const members = group.atoms.flatMap((atom) => this.#down.get(atom) ?? []);
    members.sort((one, other) => one.since - other.since);
    const proven = provenSince(group, members, this.#down, { window: 1000 * this.#options.window_seconds });
    const found = { proven, down: members.filter(({ atom }) => counts(group, atom)).length };
    this.#known.set(group, found);
    return found;
  }
}
