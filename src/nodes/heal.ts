import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { describe } from '../lib/error';
import { AutoHeal } from '../lib/instance/auto-heal';
import type { EscalationRecord } from '../lib/instance/escalation';
import { type ActionRecord, healAction } from '../lib/instance/heal-action';
import type { HealRecord } from '../lib/instance/heal-record';
import { parseHealNodeOptions } from '../lib/instance/parse';
import { roster } from '../lib/instance/roster';
import { defineNode } from './shell';

interface HealMessage {
  readonly instance_id?: unknown;
  readonly instance_name?: unknown;
  readonly payload?: unknown;
}

export default function register(RED: NodeAPI): void {
  defineNode<NodeDef>(RED, 'caretaker-heal', ({ node, config, onClose }) => {
    const options = parseHealNodeOptions(config);
    const busy = (action: string, name: string) => {
      node.status({
        fill: 'yellow',
        shape: 'ring',
        text: RED._('heal.status.busy', { action: RED._(`heal.action.${action}`), name }),
      });
    };

    if (options.auto) {
      const auto = new AutoHeal(options, roster, {
        answered: (record) => answer(RED, node, record, {}),
        escalated: (record) => node.send([null, escalation(record)]),
        progress: (_instance, { action, target }) => busy(action, target.name),
        trouble: (what) => node.warn(what),
      });
      onClose(() => auto.stop());
      node.status({ fill: 'green', shape: 'ring', text: RED._('heal.status.watching') });
    }

    node.on('input', (msg, _send, done) => {
      const { instance_id, instance_name, payload } = msg as HealMessage;
      const asked = Array.isArray(payload) ? {} : Object(payload);
      const progress = (_: unknown, { action, target }: { action: string; target: { name: string } }) =>
        busy(action, target.name);
      healAction(roster.commanded(options.instances), { instance_id, instance_name }, asked, {
        ...options,
        by: 'message',
        progress,
      })
        .then((records) => {
          for (const record of records) {
            if ('outcome' in record) answer(RED, node, record, msg);
            else report(RED, node, record, msg);
          }
        })
        .then(
          () => done(),
          (thrown: Error) => {
            node.status({ fill: 'red', shape: 'ring', text: describe(thrown) });
            done(thrown);
          },
        );
    });
  });
}

/** Output 1 is healed, output 2 everything else. */
function answer(RED: NodeAPI, node: Node, record: HealRecord, msg: NodeMessage | object): void {
  const { outcome, target, reason } = record;
  const message = { ...msg, topic: target.id, instance_id: record.instance_id, payload: record } as NodeMessage;
  const healed = outcome === 'healed';
  const text = RED._(`heal.status.${outcome}`, {
    name: target.name,
    reason: reason === null ? '' : RED._(`heal.reason.${reason}`),
  });
  node.status({ fill: healed ? 'green' : 'red', shape: healed ? 'dot' : 'ring', text });
  node.send(healed ? [message, null] : [null, message]);
}

/** What was asked without healing. */
function report(RED: NodeAPI, node: Node, record: ActionRecord, msg: NodeMessage): void {
  const topic = record.action === 'plan' ? record.target.id : record.action;
  node.status({ fill: 'green', shape: 'dot', text: RED._(`heal.did.${record.action}`, { name: nameOf(record) }) });
  node.send([{ ...msg, topic, instance_id: record.instance_id, payload: record } as NodeMessage, null]);
}

/** Of the thing where it was about one, else of the home. */
function nameOf(record: ActionRecord): string {
  if (record.action === 'plan') return record.target.name;
  const isOfThing = record.action === 'suppress' || record.action === 'unsuppress';
  return (isOfThing && record.suppressions?.[0]?.name) || record.instance_name;
}

function escalation(record: EscalationRecord): NodeMessage {
  const { instance_id, incident_id } = record;
  return { topic: incident_id ?? 'digest', instance_id, payload: record } as NodeMessage;
}
