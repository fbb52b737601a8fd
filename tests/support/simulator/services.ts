import { cureOf, type SimulatedCore } from './core';
import type { Entries } from './entries';
import type { Entity } from './registry';
import { type Context, iso, nowSeconds } from './state-machine';
import type { User } from './users';

export class ServiceError extends Error {
  constructor(
    readonly code: 'not_found' | 'invalid_format' | 'home_assistant_error',
    message: string,
    /** What Home Assistant adds to the error. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** A service that refuses does so with this text and no code of its own; only over REST it is a 401. */
export const UNAUTHORIZED = 'Unauthorized';

export interface ServiceCall {
  readonly domain: string;
  readonly service: string;
  readonly data: Record<string, unknown>;
  readonly user: User;
  /** Of what it changes. */
  readonly context: Context;
}

export interface ServiceHost {
  readonly core: SimulatedCore;
  readonly entries: Entries;
  /** Comes back at once; the restart goes on by itself. */
  restartSoon(): void;
}

type Service = (host: ServiceHost, call: ServiceCall) => void | Promise<void>;

const SERVICES: Readonly<Record<string, Service>> = {
  'homeassistant.update_entity': updateEntity,
  'homeassistant.restart': restart,
  'homeassistant.reload_config_entry': reloadConfigEntry,
  'button.press': press,
  'light.turn_on': (host, call) => turn(host, call, 'on'),
  'light.turn_off': (host, call) => turn(host, call, 'off'),
  'switch.turn_on': (host, call) => turn(host, call, 'on'),
  'switch.turn_off': (host, call) => turn(host, call, 'off'),
  'persistent_notification.create': notify,
  'persistent_notification.dismiss': dismiss,
  'zwave_js.ping': pingNodes,
  'caretaker_lab.set_mode': setLabMode,
  'caretaker_lab.set_value': setLabValue,
};

export async function callService(host: ServiceHost, call: ServiceCall): Promise<void> {
  const name = `${call.domain}.${call.service}`;
  const service = SERVICES[name];
  if (!service || (call.domain === 'zwave_js' && !host.core.has('zwave_js'))) {
    throw new ServiceError('not_found', `Service ${name} not found.`, {
      translation_key: 'service_not_found',
      translation_placeholders: { domain: call.domain, service: call.service },
      translation_domain: 'homeassistant',
    });
  }
  await service(host, call);
}

function entityIds(call: ServiceCall): string[] {
  const ids = call.data['entity_id'];
  if (ids === undefined) return [];
  return (Array.isArray(ids) ? ids : String(ids).split(',')).map((id) => String(id).trim());
}

function targets(host: ServiceHost, call: ServiceCall, domain?: string): Entity[] {
  const wanted = new Set(entityIds(call));
  const devices = new Set([call.data['device_id'] ?? []].flat().map(String));
  return [...host.core.entities.values()].filter((entity) => {
    if (domain && !entity.entity_id.startsWith(`${domain}.`)) return false;
    return wanted.has(entity.entity_id) || (entity.device_id !== null && devices.has(entity.device_id));
  });
}

function mayControl(call: ServiceCall): void {
  if (call.user.group === 'read_only') throw new ServiceError('home_assistant_error', UNAUTHORIZED);
}

function mustBeAdmin(call: ServiceCall): void {
  if (call.user.group !== 'admin') throw new ServiceError('home_assistant_error', UNAUTHORIZED);
}

/** As the schema of a service demands. */
function needEntity(call: ServiceCall): void {
  const ids = call.data['entity_id'];
  const isId = (id: unknown) => typeof id === 'string' && id.includes('.');
  if (ids === undefined && call.data['device_id'] !== undefined) return;
  if (ids !== undefined && [ids].flat().every(isId)) return;
  throw new ServiceError('invalid_format', `Entity ID ${JSON.stringify(ids)} is an invalid entity ID at 'entity_id'`);
}

/** A poll: what was reported now carries a new `last_reported`. */
function updateEntity(host: ServiceHost, call: ServiceCall): void {
  needEntity(call);
  mayControl(call);
  for (const entity of targets(host, call)) {
    entity.polled = true;
    host.core.refresh(entity);
  }
}

function restart(host: ServiceHost, call: ServiceCall): void {
  mustBeAdmin(call);
  const errors = host.core.configErrors;
  if (errors !== null) {
    const why = `The system cannot restart because the configuration is not valid: ${errors}`;
    throw new ServiceError('home_assistant_error', why);
  }
  host.restartSoon();
}

async function reloadConfigEntry(host: ServiceHost, call: ServiceCall): Promise<void> {
  mustBeAdmin(call);
  const ids = new Set(targets(host, call).map((entity) => entity.config_entry_id));
  if (typeof call.data['entry_id'] === 'string') ids.add(call.data['entry_id']);
  for (const id of ids) {
    const entry = id ? host.core.entries.get(id) : undefined;
    if (entry) await host.entries.reload(entry);
  }
}

function press(host: ServiceHost, call: ServiceCall): void {
  needEntity(call);
  mayControl(call);
  for (const entity of targets(host, call, 'button')) pressButton(host.core, host.entries, entity, call.context);
}

export function pressButton(core: SimulatedCore, entries: Entries, button: Entity, context: Context): void {
  const shown = core.states.all.get(button.entity_id);
  if (!shown || shown.state === 'unavailable') return;
  button.value = iso(nowSeconds());
  core.refresh(button, context);
  const entry = core.entries.get(button.config_entry_id ?? '');
  const device = core.devices.get(button.device_id ?? '');
  const cure = cureOf(button);
  if (device && cure) core.treat(device, cure);
  if (entry?.mode === 'device_dead_until_button' && device && core.isFirstDevice(device)) entries.setMode(entry, 'ok');
}

/** Deprecated, and there. It tells nobody whether a node has answered. */
function pingNodes({ core }: ServiceHost, call: ServiceCall): void {
  const wanted = new Set([call.data['device_id'] ?? []].flat().map(String));
  for (const id of entityIds(call)) wanted.add(core.entities.get(id)?.device_id ?? '');
  const nodes = [...core.devices.values()].filter(
    ({ id, config_entry_id }) => wanted.has(id) && core.entries.get(config_entry_id)?.domain === 'zwave_js',
  );
  if (nodes.length === 0) throw new ServiceError('invalid_format', 'No zwave_js nodes found for given targets');
  for (const node of nodes) core.treat(node, 'ping');
}

function turn(host: ServiceHost, call: ServiceCall, value: string): void {
  mayControl(call);
  for (const entity of targets(host, call, call.domain)) {
    entity.value = value;
    host.core.refresh(entity, call.context);
  }
}

function notify(host: ServiceHost, call: ServiceCall): void {
  if (typeof call.data['message'] !== 'string')
    throw new ServiceError('invalid_format', "required key not provided at 'message'");
  const id = String(call.data['notification_id'] ?? host.core.newId());
  const title = typeof call.data['title'] === 'string' ? call.data['title'] : null;
  const created_at = iso(nowSeconds());
  host.core.notifications.set(id, { notification_id: id, title, message: call.data['message'], created_at });
}

function dismiss(host: ServiceHost, call: ServiceCall): void {
  host.core.notifications.delete(String(call.data['notification_id']));
}

function setLabMode(host: ServiceHost, call: ServiceCall): void {
  const entry = host.core.entries.get(String(call.data['entry_id']));
  if (!entry) throw new ServiceError('home_assistant_error', `No lab entry ${call.data['entry_id']}`);
  host.entries.setMode(entry, call.data['mode'] as never, Number(call.data['seconds'] ?? 0));
}

function setLabValue(host: ServiceHost, call: ServiceCall): void {
  const entity = host.core.entities.get(String(call.data['entity_id']));
  if (!entity) throw new ServiceError('home_assistant_error', `No lab sensor ${call.data['entity_id']}`);
  entity.value = String(call.data['value']);
  host.core.refresh(entity);
}

export function renameEntity(core: SimulatedCore, entity: Entity, newEntityId: string): void {
  const old = entity.entity_id;
  if (core.entities.has(newEntityId))
    throw new ServiceError('invalid_format', 'Entity with this ID is already registered');
  core.dropEntity(entity);
  entity.entity_id = newEntityId;
  core.addEntity(entity);
  core.fire('entity_registry_updated', {
    action: 'update',
    entity_id: newEntityId,
    changes: { entity_id: old },
    old_entity_id: old,
  });
  core.states.remove(old);
  core.refresh(entity);
}
