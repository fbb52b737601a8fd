import type { Incident, Root } from '../incident/incident';
import type { Kind, Subject } from '../subject';

/** Something that counts as a failure of a group. */
export interface Failure {
  readonly group: string;
  /** Epoch ms. */
  readonly at: number;
}

interface Case {
  readonly incident: Incident;
  readonly since: number;
  readonly until: number;
}

/** The incidents of one home, as the causes of its outages. */
export class Causes {
  readonly #incidents = new Map<string, Incident>();
  /** By kind, then by id. */
  readonly #cases = new Map<Kind, Map<string, Case[]>>();

  /** Each once, as it was last told. */
  add(incident: Incident): void {
    this.#incidents.set(incident.incident_id, incident);
    this.#index(incident);
  }

  /** The incident that explains an outage which began then; one that was merged is what it was merged into. */
  of({ kind, id }: Pick<Subject, 'kind' | 'id'>, since: number): Incident | null {
    const cases = this.#cases.get(kind)?.get(id) ?? [];
    // Home Assistant counts in microseconds, and so do incidents; a store keeps no more than milliseconds of a fact.
    const at = Math.floor(since);
    const found = cases.filter((one) => one.since <= at && at <= one.until);
    const newest = found.reduce<Case | undefined>(
      (best, one) => (best && best.since > one.since ? best : one),
      undefined,
    );
    return newest ? this.#final(newest.incident) : null;
  }

  /**
   * The failures that are incidents: one of the group its root belongs to, or where its root belongs to none one of
   * each group that has something down because of it.
   */
  *failures(groupOf: (one: Root) => string | null): Iterable<Failure> {
    for (const incident of this.#incidents.values()) {
      if (this.#final(incident) !== incident) continue;
      const own = groupOf(incident.root);
      if (own !== null) yield { group: own, at: incident.since };
      else yield* shared(incident, groupOf);
    }
  }

  #index(incident: Incident): void {
    const { since, resolved_at, explained, recovered } = incident;
    const one: Case = { incident, since: Math.floor(since), until: resolved_at ?? Number.POSITIVE_INFINITY };
    for (const { kind, id } of [...explained, ...recovered]) {
      const ids = this.#cases.get(kind) ?? new Map<string, Case[]>();
      this.#cases.set(kind, ids);
      const cases = ids.get(id);
      if (cases) cases.push(one);
      else ids.set(id, [one]);
    }
  }

  #final(incident: Incident): Incident {
    const seen = new Set<Incident>();
    let found = incident;
    while (found.merged_into !== null && !seen.has(found)) {
      seen.add(found);
      found = this.#incidents.get(found.merged_into) ?? found;
    }
    return found;
  }
}

function shared({ explained, recovered }: Incident, groupOf: (one: Root) => string | null): Iterable<Failure> {
  const first = new Map<string, number>();
  for (const one of [...explained, ...recovered]) {
    const group = one.kind === 'entity' ? groupOf(one) : null;
    if (group !== null) first.set(group, Math.min(first.get(group) ?? one.since, one.since));
  }
  return [...first].map(([group, at]) => ({ group, at }));
}
