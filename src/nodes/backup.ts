import type { NodeAPI, NodeDef } from 'node-red';
import { describe } from '../lib/error';
import { backupCommand } from '../lib/instance/backup-command';
import { parseMonitorOptions } from '../lib/instance/parse';
import { roster } from '../lib/instance/roster';
import { defineNode } from './shell';

interface BackupMessage {
  readonly instance_id?: unknown;
  readonly instance_name?: unknown;
  readonly payload?: unknown;
}

export default function register(RED: NodeAPI): void {
  defineNode<NodeDef>(RED, 'caretaker-backup', ({ node, config }) => {
    node.on('input', (msg, send, done) => {
      const { instance_id, instance_name, payload } = msg as BackupMessage;
      const { instances } = parseMonitorOptions({ instances: (config as { instances?: unknown }).instances });
      const asked = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : {};
      node.status({ fill: 'yellow', shape: 'ring', text: RED._('backup.status.busy') });
      backupCommand(roster.commanded(instances), { instance_id, instance_name }, { ...config, ...asked }).then(
        (answer) => {
          node.status({
            fill: 'green',
            shape: 'dot',
            text: RED._('backup.status.done', { action: answer.action, name: answer.instance_name }),
          });
          send({
            ...msg,
            instance_id: answer.instance_id,
            topic: answer.backup?.backup ?? answer.action,
            payload: answer,
          } as never);
          done();
        },
        (thrown: Error) => {
          node.status({ fill: 'red', shape: 'ring', text: describe(thrown) });
          done(thrown);
        },
      );
    });
  });
}
