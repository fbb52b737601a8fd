import { suppressedBy } from '../../core/heal/suppression';
import type { TrackedEntity } from '../../core/tracked';
import { CaretakerError } from '../../error';
import type { Instance } from '../../instance/instance';
import type { Member } from '../../instance/roster';
import { type Caller, operation, type Reply } from '../operation';
import { ownerOf } from '../owner';
import { assertRuns } from '../ready';
import { fields, instant, listOf, maybeInstant, maybeText, orNothing, record, text } from '../schema';
import { entityFields, entityRecord } from './entity-record';
import { incidentAnswer, openIncident } from './incident-item';
import { isStored } from './stored-entity';

const entityId = { type: 'string', minLength: 1, maxLength: 255 } as const;

export const entity = operation<{ readonly entity_id: string }>({
  name: 'entity',
  summary: 'One entity: its state, where it belongs, and what is wrong with it.',
  access: 'read',
  volatile: ['last_updated', 'last_reported', 'duration_seconds'],
  followsStates: true,
  fields: fields({ entity_id: entityId }, ['entity_id']),
  answer: record({
    ...entityFields,
    device: orNothing(record({ id: text, name: text })),
    config_entry: orNothing(record({ id: text, name: text, domain: text, state: text })),
    area: orNothing(record({ id: text, name: text })),
    incidents: listOf(incidentAnswer),
    suppression: orNothing(
      record({ suppression_id: text, kind: text, id: text, since: instant, until: maybeInstant, reason: maybeText }),
    ),
  }),
  run: (caller, { entity_id }) => reply(caller, entity_id),
});

async function reply(caller: Caller, id: string): Promise<Reply> {
  const owner = await ownerOf(caller, {
    what: 'Entity',
    id,
    has: (member) => has(member, id),
    assertTells: assertRuns,
  });
  assertRuns(owner);
  const { instance } = owner;
  const found = instance.tracker.entities.get(id);
  // It was removed while others were asked.
  if (!found) throw new CaretakerError('not_found', `Entity '${id}' not found`);
  return { body: detailed(found, instance, caller.now) };
}

/** What does not run here may still have it. */
function has(member: Member, id: string): boolean | Promise<boolean> {
  return member.instance ? member.instance.tracker.entities.has(id) : isStored(member, id);
}

function detailed(found: TrackedEntity, instance: Instance, now: number): object {
  const { device, entry, subject } = found;
  const { registry } = instance.tracker;
  const one = entityRecord(found, instance);
  const area = subject.area_id;
  return {
    ...one,
    device: device && { id: device.subject.id, name: device.subject.name },
    config_entry: entry && {
      id: entry.subject.id,
      name: entry.subject.name,
      domain: entry.entry.domain,
      state: entry.entry.state,
    },
    area: area === undefined ? null : { id: area, name: registry.areas.get(area) ?? area },
    incidents: instance.incidents
      .all()
      .filter(({ incident_id }) => incident_id === one.incident_id)
      .map((incident) => openIncident(incident, instance, now)),
    suppression: suppressionOf(subject.id, instance, now),
  };
}

function suppressionOf(id: string, { healing }: Instance, now: number): object | null {
  const names = healing.view({ kind: 'entity', id })?.names;
  const found = names && suppressedBy(healing.holds.suppressions.values(), names, now);
  if (!found) return null;
  const { suppression_id, kind, id: of, began, until, reason } = found;
  const [since, end] = [began, until].map((at) => (at === null ? null : new Date(at).toISOString()));
  return { suppression_id, kind, id: of, since, until: end, reason };
}
