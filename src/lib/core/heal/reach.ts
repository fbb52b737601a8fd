import type { Registry, RegistryEntity } from '../registry';
import { named } from '../subject';
import type { TrackedEntity } from '../tracked';
import type { Tracker } from '../tracker';
import { isUp } from './heal-target';
import type { HealView } from './heal-view';
import type { Addressed, Reachable } from './ladder';

/** Domains whose entities have nothing to poll. */
const NOT_POLLED = ['button', 'event', 'scene', 'input_button', 'stt', 'tts', 'conversation', 'notify'];

/**
 * What could be done to a target.
 * @param iotClass how its integration learns of changes, as its manifest says; null when nobody knows
 */
export function reach(tracker: Tracker, view: HealView, iotClass: string | null): Reachable {
  const { target, entry, group } = view;
  const down = group.flatMap(({ subject }) => {
    const entity = tracker.entities.get(subject.id);
    return entity && !isUp(entity) ? [entity] : [];
  });
  const devices = new Set(down.flatMap(({ device }) => (device ? [device.subject.id] : [])));
  if (target.kind === 'device') devices.add(target.id);
  const buttons = buttonsOf(tracker, devices);
  const found = entry ? tracker.find('config_entry', entry.entry_id) : undefined;
  return {
    target,
    entry: entry && { entry_id: entry.entry_id, name: found?.subject.name ?? entry.entry_id, state: entry.state },
    pollable: mayPoll(iotClass) ? down.filter(isPolled).map(({ subject }) => named(subject)) : [],
    buttons: buttons.map(({ subject }) => named(subject)),
    zwave: view.integration === 'zwave_js' ? withoutButton(tracker, devices, buttons) : [],
    zha: view.integration === 'zha' ? zhaDevices(tracker.registry, devices) : [],
  };
}

/** Who only listens has nobody to ask. */
function mayPoll(iotClass: string | null): boolean {
  return iotClass === null || !(iotClass.endsWith('_push') || iotClass === 'assumed_state');
}

function isPolled({ domain, raw, restored }: TrackedEntity): boolean {
  return raw !== undefined && !restored && !NOT_POLLED.includes(domain);
}

/** Those of the devices that can be pressed now. */
function buttonsOf(tracker: Tracker, devices: ReadonlySet<string>): TrackedEntity[] {
  return [...tracker.entities.values()].filter((entity) => {
    if (entity.domain !== 'button' || entity.disabled) return false;
    const registered = tracker.registry.entities.get(entity.subject.id);
    if (!registered?.device_id || !devices.has(registered.device_id)) return false;
    if (entity.raw === undefined || entity.raw === 'unavailable') return false;
    return pings(registered) || (restarts(entity) && isDead(tracker, registered.device_id));
  });
}

/** By what Home Assistant says it is for, never by what the user has called it. */
function restarts({ attributes }: TrackedEntity): boolean {
  return attributes['device_class'] === 'restart';
}

/** Nothing of it is up but what has nothing to report: a router is not restarted for one sensor of it. */
function isDead(tracker: Tracker, deviceId: string): boolean {
  const members = tracker.devices.get(deviceId)?.members ?? [];
  const telling = [...members].filter(({ judged, domain }) => judged && !NOT_POLLED.includes(domain));
  return telling.length > 0 && telling.every((entity) => !isUp(entity));
}

function pings({ platform, translation_key, unique_id }: RegistryEntity): boolean {
  return platform === 'zwave_js' && (translation_key === 'ping' || unique_id?.endsWith('.ping') === true);
}

/** Z-Wave devices whose ping button is disabled or not there. */
function withoutButton(tracker: Tracker, devices: ReadonlySet<string>, buttons: readonly TrackedEntity[]): Addressed[] {
  const registered = buttons.flatMap(({ subject }) => tracker.registry.entities.get(subject.id) ?? []);
  const served = new Set(registered.filter(pings).map(({ device_id }) => device_id));
  return [...devices]
    .filter((id) => !served.has(id))
    .map((id) => ({ target: deviceOf(tracker.registry, id), params: { device_id: id } }));
}

function zhaDevices(registry: Registry, devices: ReadonlySet<string>): Addressed[] {
  return [...devices].flatMap((id) => {
    const ieee = registry.devices.get(id)?.ieee;
    return ieee ? [{ target: deviceOf(registry, id), params: { ieee } }] : [];
  });
}

function deviceOf(registry: Registry, id: string) {
  return { kind: 'device' as const, id, name: registry.devices.get(id)?.name ?? id };
}
