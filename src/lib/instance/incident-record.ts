import type { Incident, IncidentChange, Root } from '../core/incident/incident';
import type { Named, Status } from '../core/subject';

/** A subject that went down because of it. */
interface ExplainedRecord extends Named {
  readonly status: Status;
  readonly since: string;
}

/** An incident as it crosses a boundary: instants are ISO 8601 UTC. */
export interface IncidentRecord {
  /** `present` when it is announced. */
  readonly event: IncidentChange['event'] | 'present';
  readonly incident_id: string;
  readonly instance_id: string;
  readonly instance_name: string;
  readonly root: Root;
  /** 0 to 1. */
  readonly confidence: number;
  readonly explained: readonly ExplainedRecord[];
  readonly unexplained: readonly Named[];
  readonly recovered: readonly ExplainedRecord[];
  readonly since: string;
  readonly at: string;
  readonly duration_seconds: number;
  readonly suggested_action: Incident['suggested_action'];
  readonly resolution: Incident['resolution'];
  readonly merged_into: string | null;
  readonly split_from: string | null;
}

export function incidentRecord(
  incident: Incident,
  instance: { readonly instance_id: string; readonly name: string },
  event: IncidentRecord['event'],
): IncidentRecord {
  const { incident_id, root, confidence, unexplained, since, updated_at, duration_seconds } = incident;
  const explained = (list: Incident['explained']) =>
    list.map((one) => ({ ...one, since: new Date(one.since).toISOString() }));
  return {
    event,
    incident_id,
    instance_id: instance.instance_id,
    instance_name: instance.name,
    root,
    confidence,
    explained: explained(incident.explained),
    unexplained,
    recovered: explained(incident.recovered),
    since: new Date(since).toISOString(),
    at: new Date(updated_at).toISOString(),
    duration_seconds,
    suggested_action: incident.suggested_action,
    resolution: incident.resolution,
    merged_into: incident.merged_into,
    split_from: incident.split_from,
  };
}
