import type { Named } from '../subject';
import type { Action, HealTarget, Level, Step } from './heal';

/** What could be done to a target, as the home's registries tell it. */
export interface Reachable {
  readonly target: HealTarget;
  /** The entry it belongs to or is; null without one. */
  readonly entry: { readonly entry_id: string; readonly name: string; readonly state: string } | null;
  /** Entities of the target that are down and can be polled: their integration does not only listen. */
  readonly pollable: readonly Named[];
  /** Buttons of its devices that restart or ping them and can be pressed now. */
  readonly buttons: readonly Named[];
  /** Its Z-Wave nodes, where nobody offers a ping button; `params` for the service. */
  readonly zwave: readonly Addressed[];
  /** Its ZHA devices; `params` has the `ieee`. */
  readonly zha: readonly Addressed[];
}

export interface Addressed {
  readonly target: Named;
  readonly params: Readonly<Record<string, unknown>>;
}

/** More of one target's entities or devices than this are not tried one by one: then it is their integration. */
const MOST_AT_ONCE = 5;
const LEVELS: readonly Level[] = ['entity', 'device', 'integration', 'home_assistant'];

/**
 * The rungs to climb, lowest first, none that cannot work. A restart of Home Assistant is never among them: only a plan
 * may name it.
 * @param timeout how long each step's effect is waited for, ms
 */
export function ladder(reachable: Reachable, levels: readonly Level[], timeout: number): Step[] {
  const rungs: Record<Exclude<Level, 'home_assistant'>, Step[]> = {
    entity: entitySteps(reachable, timeout),
    device: deviceSteps(reachable, timeout),
    integration: integrationSteps(reachable, timeout),
  };
  return LEVELS.flatMap((level) => (level === 'home_assistant' || !levels.includes(level) ? [] : rungs[level]));
}

/** All of them with one call. */
function entitySteps({ pollable, entry, target }: Reachable, timeout: number): Step[] {
  if (pollable.length === 0 || (entry && entry.state !== 'loaded')) return [];
  const params = { entity_id: pollable.map(({ id }) => id) };
  const [only] = pollable;
  const polled = pollable.length === 1 && only ? only : target;
  return [{ level: 'entity', action: 'update_entity', target: polled, params, timeout }];
}

function deviceSteps({ buttons, zwave, zha, entry }: Reachable, timeout: number): Step[] {
  if (entry && entry.state !== 'loaded') return [];
  const steps = [
    ...buttons.map((target) => device('press_button', { target, params: { entity_id: target.id } }, timeout)),
    ...zwave.map((addressed) => device('zwave_ping', addressed, timeout)),
    ...zha.map((addressed) => device('zha_reconfigure', addressed, timeout)),
  ];
  return steps.length > MOST_AT_ONCE ? [] : steps;
}

function device(action: Action, { target, params }: Addressed, timeout: number): Step {
  return { level: 'device', action, target, params, timeout };
}

function integrationSteps({ entry }: Reachable, timeout: number): Step[] {
  if (!entry) return [];
  const target: Named = { kind: 'config_entry', id: entry.entry_id, name: entry.name };
  return [{ level: 'integration', action: 'reload', target, params: {}, timeout }];
}
