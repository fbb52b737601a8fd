import type { Home } from '../support/home';
import type { FlowNode } from '../support/node-red';

/**
 * A config node whose graces are short enough for tests. Its node id is `node-<instance_id>`: Node-RED takes any
 * property that equals a config node's id for a reference to it.
 */
export function instanceNode(
  instance_id: string,
  home: Pick<Home, 'url' | 'tokens'>,
  fields: Record<string, unknown> = {},
): FlowNode {
  return {
    id: `node-${instance_id}`,
    type: 'caretaker-instance',
    instance_id,
    name: `The ${instance_id}`,
    url: home.url,
    state_change_grace_period_seconds: 0.3,
    recovery_grace_period_seconds: 0.2,
    startup_grace_period_seconds: 1,
    credentials: { token: home.tokens.read_only },
    ...fields,
  };
}

export function monitorNode(
  id: string,
  z: string,
  instances: readonly string[],
  wires: readonly string[],
  fields: Record<string, unknown> = {},
): FlowNode {
  const kinds = ['entity', 'device', 'config_entry', 'instance'];
  return {
    id,
    type: 'caretaker-monitor',
    z,
    instances,
    kinds,
    direction: 'both',
    x: 100,
    y: 100,
    wires: [wires],
    ...fields,
  };
}
