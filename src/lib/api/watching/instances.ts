import type { Member } from '../../instance/roster';
import { type Caller, operation, type Reply } from '../operation';
import { askedFor } from '../ready';
import {
  fields,
  flag,
  listOf,
  maybeInstant,
  maybeText,
  maybeWhole,
  ofInstance,
  oneOf,
  orNothing,
  page,
  record,
  text,
  whole,
} from '../schema';
import { CONNECTION_STATES, connectionStateOf, reasonOf } from './home-state';

interface Fields {
  readonly limit: number;
  readonly offset: number;
}

export const instances = operation<Fields>({
  name: 'instances',
  summary: 'Every configured Home Assistant and how it is connected.',
  access: 'read',
  volatile: ['last_health_check'],
  fields: fields({ ...page, limit: { ...page.limit, default: page.limit.maximum } }),
  answer: listOf(
    record({
      ...ofInstance,
      name: text,
      url: maybeText,
      state: oneOf(...CONNECTION_STATES),
      websocket_connected: flag,
      live: flag,
      monitored_entities: whole,
      entities_down: maybeWhole,
      incidents_open: maybeWhole,
      last_health_check: maybeInstant,
      home_assistant_version: maybeText,
      location_name: maybeText,
      time_zone: maybeText,
      reason: orNothing(record({ code: text, message: text })),
      refused: flag,
      standby: maybeText,
    }),
  ),
  run: (caller, asked) => reply(caller, asked),
});

function reply(caller: Caller, { limit, offset }: Fields): Reply {
  const all = askedFor(caller);
  return { body: all.slice(offset, offset + limit).map(item), total: all.length };
}

function item(member: Member): object {
  const { instance_id, name, instance, refusal, standby = null, dossier } = member;
  const { statuses } = instance?.tracker ?? {};
  const checked = instance?.healthCheck.lastGood ?? null;
  return {
    instance_id,
    instance_name: name,
    name,
    url: dossier?.settings().url ?? instance?.url ?? null,
    state: connectionStateOf(member),
    websocket_connected: instance?.state === 'connected',
    live: instance?.live === true,
    monitored_entities: statuses?.judged ?? 0,
    entities_down: statuses?.down ?? null,
    incidents_open: instance?.incidents.open ?? null,
    last_health_check: checked === null ? null : new Date(checked).toISOString(),
    home_assistant_version: instance?.info?.version ?? null,
    location_name: instance?.info?.location_name ?? null,
    time_zone: instance?.info?.time_zone ?? null,
    reason: reasonOf(member),
    refused: refusal !== null,
    standby,
  };
}
