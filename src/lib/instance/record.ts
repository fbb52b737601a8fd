import type { Status, Subject } from '../core/subject';
import type { Settled } from '../core/transition';

/** A transition as it crosses a boundary: instants are ISO 8601 UTC. */
export interface TransitionRecord {
  readonly event: 'transition' | 'present';
  readonly instance_id: string;
  readonly instance_name: string;
  readonly kind: Subject['kind'];
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly previous_status: Status | null;
  readonly state: string;
  readonly at: string;
  readonly since: string;
  readonly seconds: number | null;
  readonly domain?: string | null;
  readonly device_id?: string | null;
  readonly config_entry_id?: string | null;
  readonly area_id?: string | null;
  /** The open incident that explains it, once there is one. */
  readonly incident_id: string | null;
}

export function transitionRecord(
  fact: Settled,
  instance: { readonly instance_id: string; readonly name: string },
  event: TransitionRecord['event'] = 'transition',
  incident_id: string | null = null,
): TransitionRecord {
  const { subject } = fact;
  const record: TransitionRecord = {
    event,
    instance_id: instance.instance_id,
    instance_name: instance.name,
    kind: subject.kind,
    id: subject.id,
    name: subject.name,
    status: fact.status,
    previous_status: fact.previous_status,
    state: fact.state,
    at: new Date(fact.at).toISOString(),
    since: new Date(fact.since).toISOString(),
    seconds: fact.seconds,
    incident_id,
  };
  if (subject.kind !== 'entity') return record;
  return {
    ...record,
    domain: subject.domain ?? null,
    device_id: subject.device_id ?? null,
    config_entry_id: subject.config_entry_id ?? null,
    area_id: subject.area_id ?? null,
  };
}
