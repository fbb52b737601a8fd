import type { MaintenanceWindow } from '../heal/heal';
import { isDown } from '../health';
import { digest, type Incident, keyOf } from '../incident/incident';
import type { Fact } from '../transition';
import type { Checkpoint } from './checkpoint';

/** A checkpoint as it is kept, with what tells whether it still holds. */
export interface Rollup extends Checkpoint {
  /** What came after it, in the order of facts and records, it may not know. */
  readonly seq: number;
  /** When the last fact that began before `at` was confirmed, epoch ms; `at` when there is none. */
  readonly late_until: number;
  /** Incidents that were open, as they were known. */
  readonly incidents: readonly Footprint[];
  /** Ids of the maintenance windows that were not over. */
  readonly windows: readonly string[];
}

interface Footprint {
  readonly incident_id: string;
  readonly digest: string;
}

/** What came after a rollup was made. */
export interface News {
  readonly facts: Iterable<Fact>;
  readonly incidents: Iterable<Incident>;
  readonly windows: Iterable<MaintenanceWindow>;
}

/** All of an incident that figures depend on, but for its end. */
export function footprintOf(incident: Incident): Footprint {
  const { incident_id, root, since, merged_into, explained, recovered } = incident;
  const members = [...explained, ...recovered].map((one) => `${keyOf(one)} ${one.since}`).sort();
  return { incident_id, digest: digest(`${keyOf(root)} ${since} ${merged_into} ${members.join(' ')}`) };
}

/** Since when it matters to the sums of a home, epoch ms. */
export function reachesBackTo({ subject: { kind }, previous_status, status, at, since }: Fact): number {
  // Devices and entries are what their entities are.
  if (kind !== 'entity' && kind !== 'instance') return at;
  // The first sight of something that is well says nothing about the time before.
  return previous_status === null && !isDown(status) ? at : since;
}

export function beganAt(window: MaintenanceWindow): number {
  return window.repeats === 'once' ? window.from : window.began;
}

/** Up to when what was summed up is what is known now, epoch ms: its own instant, or the earliest that came late. */
export function soundUntil({ at, seq, incidents, windows }: Rollup, news: News): number {
  let sound = at;
  const earlier = (since: number) => {
    sound = Math.min(sound, since);
  };
  const known = new Map(incidents.map((footprint) => [footprint.incident_id, footprint.digest]));
  for (const fact of news.facts) if (fact.seq > seq) earlier(reachesBackTo(fact));
  for (const incident of news.incidents) {
    if (incident.since < at && footprintOf(incident).digest !== known.get(incident.incident_id))
      earlier(incident.since);
  }
  // One that was known may have ended since, but not in the past.
  for (const window of news.windows) if (!windows.includes(window.window_id)) earlier(beganAt(window));
  return sound;
}
