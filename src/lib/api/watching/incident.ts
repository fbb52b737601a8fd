import type { IncidentRecord } from '../../instance/incident-record';
import type { Member } from '../../instance/roster';
import { operation } from '../operation';
import { ownerOf } from '../owner';
import { keptBy } from '../ready';
import { fields } from '../schema';
import { incidentAnswer, openIncident, storedIncident } from './incident-item';

export const incident = operation<{ readonly incident_id: string }>({
  name: 'incident',
  summary: 'One incident, open or over.',
  access: 'read',
  volatile: ['duration_seconds'],
  fields: fields({ incident_id: { type: 'string', minLength: 1, maxLength: 255 } }, ['incident_id']),
  answer: incidentAnswer,
  run: async (caller, { incident_id: id }) => {
    const found = new Map<Member, IncidentRecord>();
    const has = async (member: Member) => {
      const one = await look(member, id, caller.now);
      if (one) found.set(member, one);
      return one !== undefined;
    };
    const owner = await ownerOf(caller, { what: 'Incident', id, has, assertTells: keptBy });
    return { body: found.get(owner) };
  },
});

async function look(member: Member, id: string, now: number): Promise<IncidentRecord | undefined> {
  const { instance, keeping, instance_id } = member;
  const open = instance?.incidents.get(id);
  if (open) return openIncident(open, member, now);
  const namespace = await keeping?.store.namespace(instance_id);
  const [stored] = (await namespace?.records({ kind: 'incident', id, limit: 1 })) ?? [];
  return stored && storedIncident(stored, member, now);
}
