import { changedAt, updatedAt } from '../../core/stamps';
import { STATUSES } from '../../core/subject';
import type { TrackedEntity } from '../../core/tracked';
import type { Instance } from '../../instance/instance';
import { copyOf } from '../copy';
import { isoOf } from '../iso';
import { flag, maybeInstant, maybeOneOf, maybeText, ofInstance, record, text } from '../schema';

export const entityFields = {
  ...ofInstance,
  entity_id: text,
  name: text,
  state: maybeText,
  attributes: { type: 'object' },
  last_changed: maybeInstant,
  last_updated: maybeInstant,
  last_reported: maybeInstant,
  monitored: flag,
  status: maybeOneOf(...STATUSES),
  since: maybeInstant,
  unreachable: flag,
  domain: text,
  device_id: maybeText,
  config_entry_id: maybeText,
  area_id: maybeText,
  integration: maybeText,
  incident_id: maybeText,
} as const;

export const entityAnswer = record(entityFields);

export type EntityRecord = Readonly<Record<keyof typeof entityFields, unknown>>;

/** An entity as it crosses a boundary; nothing in it is the tracker's own. Instants are ISO 8601 UTC. */
export function entityRecord(entity: TrackedEntity, instance: Instance): EntityRecord {
  const { subject, attributes, judged, status, since } = entity;
  const confirmed = judged ? status : null;
  return {
    instance_id: instance.instance_id,
    instance_name: instance.name,
    entity_id: subject.id,
    name: nameOf(entity),
    // Registered, and never seen: it has none.
    state: entity.raw ?? (entity.state || null),
    attributes: copyOf(attributes),
    last_changed: isoOf(changedAt(entity)),
    last_updated: isoOf(updatedAt(entity)),
    // A report that changes nothing is heard of only where silence is watched.
    last_reported: entity.stale > 0 && entity.heard > 0 ? isoOf(entity.heard) : null,
    monitored: judged,
    status: confirmed,
    since: confirmed === null ? null : isoOf(since),
    unreachable: !instance.live,
    domain: entity.domain,
    device_id: subject.device_id ?? null,
    config_entry_id: subject.config_entry_id ?? null,
    area_id: subject.area_id ?? null,
    integration: integrationOf(entity, instance),
    incident_id: instance.incidents.of(subject) ?? null,
  };
}

/** As its home calls it now. */
export function nameOf({ subject, attributes }: TrackedEntity): string {
  const friendly = attributes['friendly_name'];
  return typeof friendly === 'string' && friendly ? friendly : subject.name;
}

function integrationOf({ subject, entry }: TrackedEntity, { tracker }: Instance): string | null {
  return tracker.registry.entities.get(subject.id)?.platform ?? (entry?.entry.domain || null);
}
