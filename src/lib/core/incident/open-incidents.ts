import type { Kind } from '../subject';
import type { Down } from './home-view';
import { type Incident, keyOf, type Root } from './incident';
import { explainedOf, OpenIncident } from './open-incident';
import type { Atom } from './risk-groups';

/** The open incidents of a home, and whose each subject is: of one at most. */
export class OpenIncidents {
  readonly #open = new Map<string, OpenIncident>();
  readonly #owners = new Map<string, OpenIncident>();

  /** As they were when we last ran. */
  resume(stored: Iterable<Incident>): void {
    for (const told of stored) {
      const open = OpenIncident.resume(told);
      this.add(open);
      for (const key of open.explained.keys()) this.#owners.set(key, open);
    }
  }

  /** May be changed while it is walked through. */
  all(): OpenIncident[] {
    return [...this.#open.values()];
  }

  /** How many of them were told. */
  get told(): number {
    let count = 0;
    for (const { told } of this.#open.values()) if (told) count += 1;
    return count;
  }

  /** The incident of each subject. */
  get owners(): ReadonlyMap<string, OpenIncident> {
    return this.#owners;
  }

  byRoot(): Map<string, OpenIncident> {
    return new Map(this.all().map((open) => [keyOf(open.root), open]));
  }

  add(open: OpenIncident): void {
    this.#open.set(open.id, open);
  }

  delete(open: OpenIncident): void {
    this.#open.delete(open.id);
    for (const key of open.explained.keys()) if (this.#owners.get(key) === open) this.#owners.delete(key);
  }

  take(open: OpenIncident, down: Down, now: number): void {
    const key = keyOf(down.subject);
    const before = this.#owners.get(key);
    if (before !== open) before?.release(key, 'moved', now);
    open.take(key, explainedOf(down), now);
    this.#owners.set(key, open);
  }

  release(open: OpenIncident, key: string, to: 'back' | 'removed', now: number): void {
    open.release(key, to, now);
    this.#owners.delete(key);
  }

  /** Those of which everything is there, oldest first. */
  within(atoms: Iterable<Atom>): OpenIncident[] {
    const found = new Map<OpenIncident, number>();
    for (const { key } of atoms) {
      const open = this.#owners.get(key);
      if (open) found.set(open, (found.get(open) ?? 0) + 1);
    }
    const whole = [...found].filter(([open, count]) => count === open.size).map(([open]) => open);
    return whole.sort(
      (one, other) => one.openedAt - other.openedAt || one.since - other.since || (one.id < other.id ? -1 : 1),
    );
  }

  rename(kind: Kind, from: string, to: string): void {
    const before = keyOf({ kind, id: from });
    const after = keyOf({ kind, id: to });
    for (const open of this.#open.values()) open.rename(before, after, to);
    const open = this.#owners.get(before);
    if (!open) return;
    this.#owners.delete(before);
    this.#owners.set(after, open);
  }

  /** The widest group of a root may be another one now. */
  measure(reach: (root: Root) => number): void {
    for (const open of this.#open.values()) open.reach = reach(open.root);
  }
}
