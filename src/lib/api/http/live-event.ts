/** A record of a monitor, as it is passed on. */
export interface LiveEvent {
  readonly name: 'transition' | 'incident';
  readonly instance_id: string;
  /** What it is about, as a monitor is asked for it. */
  readonly kind: string;
  /** The same for the same record, however often it is told. */
  readonly id: string;
  /** The record. */
  readonly json: string;
}

export const KINDS = ['entity', 'device', 'config_entry', 'instance', 'incident'] as const;
const EVENTS = ['transition', 'present', 'opened', 'updated', 'resolved'];

interface Told {
  readonly event?: unknown;
  readonly instance_id?: unknown;
  readonly incident_id?: unknown;
  readonly kind?: unknown;
  readonly id?: unknown;
  readonly since?: unknown;
  readonly at?: unknown;
}

/** Undefined of whatever is no record of a caretaker-monitor. */
export function liveEvent(payload: unknown): LiveEvent | undefined {
  const record = Object(payload) as Told;
  const { event, instance_id, kind } = record;
  if (typeof instance_id !== 'string' || !EVENTS.includes(String(event))) return undefined;
  const isIncident = kind === undefined && typeof record.incident_id === 'string';
  if (!isIncident && !KINDS.includes(kind as (typeof KINDS)[number])) return undefined;
  const parts = isIncident ? [record.incident_id, record.at] : [kind, record.id, record.since];
  return {
    name: isIncident ? 'incident' : 'transition',
    instance_id,
    kind: isIncident ? 'incident' : String(kind),
    // A line break would end the line it stands in.
    id: [instance_id, ...parts].join('/').replace(/[\r\n\0]/g, ' '),
    json: JSON.stringify(payload),
  };
}
