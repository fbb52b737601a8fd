import type { Named } from '../subject';
import type { Owner } from './fallen';
import type { Down } from './home-view';
import {
  confidenceClass,
  type Explained,
  type Incident,
  incidentId,
  keyOf,
  type Resolution,
  type Root,
  type SuggestedAction,
} from './incident';

/** An incident as it is now; `told` is how it was last told. */
export class OpenIncident implements Owner {
  readonly id: string;
  root: Root;
  confidence: number;
  since: number;
  readonly openedAt: number;
  readonly splitFrom: string | null;
  readonly explained = new Map<string, Explained>();
  readonly recovered = new Map<string, Explained>();
  /** How many atoms its group has; 0 for a single subject. */
  reach = 0;
  /** How many atoms it explains; devices follow from their entities and do not count. */
  size = 0;
  told: Incident | null = null;
  /** When something in it last changed, epoch ms. */
  changedAt: number;
  /** Something of it went out by being no subject any more; nothing came back. */
  removed = false;
  /** What is left was looked at afresh since the last change. */
  settled = false;

  constructor(
    root: Root,
    confidence: number,
    since: number,
    openedAt: number,
    from: { id?: string; split?: string } = {},
  ) {
    this.id = from.id ?? incidentId(root, since, openedAt);
    this.root = root;
    this.confidence = confidence;
    this.since = since;
    this.openedAt = openedAt;
    this.changedAt = openedAt;
    this.splitFrom = from.split ?? null;
  }

  /** As it was when we last ran. */
  static resume(told: Incident): OpenIncident {
    const { root, confidence, since, opened_at, split_from } = told;
    const from = { id: told.incident_id, ...(split_from === null ? {} : { split: split_from }) };
    const open = new OpenIncident(root, confidence, since, opened_at, from);
    for (const one of told.explained) open.take(keyOf(one), one, told.updated_at);
    for (const one of told.recovered) open.recovered.set(keyOf(one), one);
    open.told = told;
    return open;
  }

  take(key: string, one: Explained, now: number): void {
    if (!this.explained.has(key)) this.#count(one, 1);
    this.explained.set(key, one);
    this.recovered.delete(key);
    this.since = Math.min(this.since, one.since);
    this.#touch(now);
  }

  /** @param to it is back, no subject any more, or another incident explains it */
  release(key: string, to: 'back' | 'removed' | 'moved', now: number): void {
    const one = this.explained.get(key);
    if (!one) return;
    this.explained.delete(key);
    this.#count(one, -1);
    if (to === 'back') this.recovered.set(key, one);
    if (to === 'removed') this.removed = true;
    this.#touch(now);
  }

  /** It went down again, or otherwise, since it was last looked at. */
  refresh(key: string, down: Down): void {
    const before = this.explained.get(key);
    if (before && (before.since !== down.since || before.status !== down.status)) {
      this.explained.set(key, explainedOf(down));
    }
  }

  rename(from: string, to: string, id: string): void {
    this.root = keyOf(this.root) === from ? { ...this.root, id } : this.root;
    for (const map of [this.explained, this.recovered]) {
      const one = map.get(from);
      if (!one) continue;
      map.delete(from);
      map.set(to, { ...one, id });
    }
    if (!this.told) return;
    const moved = <T extends Root>(one: T): T => (keyOf(one) === from ? { ...one, id } : one);
    const { told } = this;
    this.told = { ...told, root: moved(told.root), explained: told.explained.map(moved) };
  }

  /** The lesser part of a group, and not yet looked at afresh. */
  get isRest(): boolean {
    return this.reach > 0 && !this.settled && this.size > 0 && this.size < this.recovered.size;
  }

  /** Whether what would be told differs in what somebody cares about. */
  newsWith(action: SuggestedAction): 'none' | 'some' | 'root' {
    const { told } = this;
    if (!told || keyOf(told.root) !== keyOf(this.root)) return 'root';
    const before = told.suggested_action;
    if (action.action !== before.action || action.state !== before.state) return 'some';
    if (confidenceClass(told.confidence) !== confidenceClass(this.confidence)) return 'some';
    if (told.explained.length !== this.explained.size) return 'some';
    return told.explained.every((one) => this.explained.has(keyOf(one))) ? 'none' : 'some';
  }

  tell(now: number, unexplained: readonly Named[], action: SuggestedAction): Incident {
    this.told = this.#record(now, unexplained, action);
    return this.told;
  }

  resolve(now: number, mergedInto: string | null): Incident {
    const action = this.told?.suggested_action ?? { action: 'wait', targets: [], recoverable: true, state: null };
    const back: Resolution = this.recovered.size > 0 || !this.removed ? 'recovered' : 'removed';
    return {
      ...this.#record(now, [], action),
      explained: [],
      resolved_at: now,
      resolution: mergedInto === null ? back : 'merged',
      merged_into: mergedInto,
    };
  }

  #record(now: number, unexplained: readonly Named[], suggested_action: SuggestedAction): Incident {
    return {
      incident_id: this.id,
      root: this.root,
      confidence: this.confidence,
      explained: inOrder(this.explained),
      unexplained,
      recovered: inOrder(this.recovered),
      since: this.since,
      opened_at: this.openedAt,
      updated_at: now,
      resolved_at: null,
      resolution: null,
      duration_seconds: Math.round(Math.max(0, now - this.since)) / 1000,
      suggested_action,
      merged_into: null,
      split_from: this.splitFrom,
    };
  }

  #count({ kind }: Explained, by: 1 | -1): void {
    if (kind !== 'device') this.size += by;
  }

  #touch(now: number): void {
    this.changedAt = now;
    this.settled = false;
  }
}

/** First down, first named: the same whatever the order in which it was heard of. */
function inOrder(list: ReadonlyMap<string, Explained>): Explained[] {
  return [...list.values()].sort((one, other) => one.since - other.since || (keyOf(one) < keyOf(other) ? -1 : 1));
}

export function explainedOf({ subject, status, since }: Down): Explained {
  return { kind: subject.kind, id: subject.id, name: subject.name, status: status ?? 'unavailable', since };
}
