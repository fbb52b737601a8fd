import type { NodeAPI, NodeDef, NodeMessage, NodeStatus } from 'node-red';
import { Monitor, type MonitorView } from '../lib/instance/monitor';
import { parseMonitorOptions } from '../lib/instance/parse';
import { roster } from '../lib/instance/roster';
import { defineNode } from './shell';

export default function register(RED: NodeAPI): void {
  defineNode<NodeDef>(RED, 'caretaker-monitor', ({ node, config, onClose }) => {
    const monitor = new Monitor(node.id, parseMonitorOptions(config), roster, {
      send: (record) => {
        const topic = 'id' in record ? record.id : record.incident_id;
        node.send({ topic, instance_id: record.instance_id, payload: record } as NodeMessage);
      },
      show: (views) => node.status(status(RED, views)),
    });
    onClose((removed) => monitor.stop(removed));
  });
}

/** A status stands beside its node and must not run over the next ones. */
const MOST_SHOWN = 2;

/** The worst first: what does not answer, what is on its way, what is down. */
function status(RED: NodeAPI, views: readonly MonitorView[]): NodeStatus {
  const say = (key: string, values: object = {}) => RED._(`monitor.status.${key}`, { ...values });
  const of = (...states: MonitorView['state'][]) => views.filter(({ state }) => states.includes(state));
  if (views.length === 0) return { fill: 'grey', shape: 'ring', text: say('none') };

  const lost = of('error', 'refused', 'disconnected');
  const shaky = of('degraded', 'connecting');
  const down = views.filter(({ down }) => down > 0).map(({ name, down }) => say('down', { name, count: down }));
  const parts = [...[...lost, ...shaky].map(({ name, state }) => say(state, { name })), ...down];
  if (views.some(({ stored }) => !stored)) parts.unshift(say('memory'));
  const others = of('standby');
  for (const { name } of others) parts.push(say('standby', { name }));
  const shown = parts.slice(0, MOST_SHOWN);
  if (parts.length > shown.length) shown.push(say('more', { count: parts.length - shown.length }));
  const text = shown.join(', ');

  if (lost.length > 0) return { fill: 'red', shape: 'ring', text };
  if (shaky.length > 0) return { fill: 'yellow', shape: 'ring', text };
  if (others.length > 0 && parts.length === others.length) return { fill: 'grey', shape: 'ring', text };
  if (parts.length > 0) return { fill: 'red', shape: 'dot', text };
  return { fill: 'green', shape: 'dot', text: say('well', { count: views.length }) };
}
