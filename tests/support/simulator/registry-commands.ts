import type { Call, Command } from './command';
import type { SimulatedCore } from './core';
import { CommandError } from './message';
import {
  areaRecord,
  deviceRecord,
  type Entity,
  entityRecord,
  extendedEntityRecord,
  floorRecord,
  labelRecord,
} from './registry';
import { renameEntity } from './services';

export const REGISTRY_COMMANDS: Readonly<Record<string, Command>> = {
  'config/area_registry/list': list((core) => [...core.areas.values()].map((one) => areaRecord(one, core.modern))),
  'config/label_registry/list': list((core) => [...core.labels.values()].map((one) => labelRecord(one, core.modern))),
  'config/floor_registry/list': list((core) => [...core.floors.values()].map((one) => floorRecord(one, core.modern))),
  'config/device_registry/list': {
    keys: [],
    run: ({ session, host: { core }, id }) => {
      const records = [...core.devices.values()].map((one) => JSON.stringify(deviceRecord(one, core.modern)));
      session.queue(`{"id":${id},"type": "result","success":true,"result": [${records.join(',')}]}`);
    },
  },
  'config/entity_registry/list': {
    keys: [],
    run: ({ session, host: { core }, id }) => {
      const records: string[] = [];
      for (const one of core.entities.values()) {
        if (one.registered) records.push(JSON.stringify(entityRecord(one, core.modern)));
      }
      session.queue(`{"id":${id},"type": "result","success":true,"result": [${records.join(',')}]}`);
    },
  },
  'config/entity_registry/get': {
    keys: ['entity_id'],
    required: ['entity_id'],
    run: (call) => call.session.result(call.id, extendedEntityRecord(registered(call), call.host.core.modern)),
  },
  'config/entity_registry/update': {
    keys: [
      'entity_id',
      'area_id',
      'device_class',
      'disabled_by',
      'hidden_by',
      'icon',
      'name',
      'new_entity_id',
      'aliases',
    ],
    modernKeys: ['labels', 'categories'],
    required: ['entity_id'],
    admin: true,
    run: updateEntity,
  },
  'config/entity_registry/remove': {
    keys: ['entity_id'],
    required: ['entity_id'],
    admin: true,
    run: (call) => {
      const { core } = call.host;
      const entity = registered(call);
      core.dropEntity(entity);
      core.fire('entity_registry_updated', { action: 'remove', entity_id: entity.entity_id });
      core.states.remove(entity.entity_id);
      call.session.result(call.id);
    },
  },
};

function list(records: (core: SimulatedCore) => unknown[]): Command {
  return { keys: [], run: ({ session, host, id }) => session.result(id, records(host.core)) };
}

function registered({ host, message }: Call): Entity {
  const entity = host.core.entities.get(String(message['entity_id']));
  if (!entity?.registered) throw new CommandError('not_found', 'Entity not found');
  return entity;
}

/** Between enabling an entity and the reload of its entry, s. */
const RELOAD_DELAY = 30;

const FIELDS = ['area_id', 'device_class', 'disabled_by', 'hidden_by', 'labels', 'name'] as const;

function updateEntity(call: Call): void {
  const { session, host, id, message } = call;
  const { core } = host;
  const entity = registered(call);
  const target = message['new_entity_id'];
  if (typeof target === 'string' && target !== entity.entity_id) {
    if (core.entities.has(target)) throw new CommandError('invalid_info', 'Entity with this ID is already registered');
    renameEntity(core, entity, target);
  }
  const changes: Record<string, unknown> = {};
  for (const field of FIELDS) {
    if (!(field in message)) continue;
    changes[field] = entity[field];
    Object.assign(entity, { [field]: message[field] });
  }
  if (Object.keys(changes).length > 0) {
    entity.waiting = 'disabled_by' in changes && entity.disabled_by === null;
    core.fire('entity_registry_updated', { action: 'update', entity_id: entity.entity_id, changes });
    core.refresh(entity);
  }
  const answer = { entity_entry: extendedEntityRecord(entity, core.modern) };
  const entry = entity.waiting ? core.entries.get(entity.config_entry_id ?? '') : undefined;
  if (entry) host.entries.reloadLater(entry, RELOAD_DELAY);
  session.result(id, entry ? { ...answer, reload_delay: RELOAD_DELAY } : answer);
}
