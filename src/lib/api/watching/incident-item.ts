import type { Incident } from '../../core/incident/incident';
import { STATUSES } from '../../core/subject';
import { type IncidentRecord, incidentRecord } from '../../instance/incident-record';
import type { StoredRecord } from '../../store/stored-record';
import {
  flag,
  instant,
  listOf,
  maybeOneOf,
  maybeText,
  namedThing,
  number,
  ofInstance,
  oneOf,
  record,
  text,
} from '../schema';

const explained = listOf(record({ kind: text, id: text, name: text, status: oneOf(...STATUSES), since: instant }));

export const incidentAnswer = record({
  ...ofInstance,
  event: oneOf('present', 'resolved'),
  incident_id: text,
  root: namedThing,
  confidence: number,
  explained,
  unexplained: listOf(namedThing),
  recovered: explained,
  since: instant,
  at: instant,
  duration_seconds: number,
  suggested_action: record({ action: text, targets: listOf(namedThing), recoverable: flag, state: maybeText }),
  resolution: maybeOneOf('recovered', 'removed', 'merged'),
  merged_into: maybeText,
  split_from: maybeText,
});

type Home = { readonly instance_id: string; readonly name: string };

/** One that has not ended lasts until now, whenever it was last told. */
export function openIncident(incident: Incident, home: Home, now: number): IncidentRecord {
  const duration_seconds = Math.round(Math.max(0, now - incident.since)) / 1000;
  return { ...incidentRecord(incident, home, 'present'), duration_seconds };
}

/** As it was stored. */
export function storedIncident({ body }: StoredRecord, home: Home, now: number): IncidentRecord {
  const incident = body as Incident;
  if (incident.resolved_at === null) return openIncident(incident, home, now);
  return incidentRecord(incident, home, 'resolved');
}
