import type { NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { Asker } from '../lib/api/asker';
import { type Answer, type Offered, parseAsking } from '../lib/api/asking';
import { wallText } from '../lib/core/local-time';
import { describe } from '../lib/error';
import { roster } from '../lib/instance/roster';
import { defineNode } from './shell';

interface AskingMessage extends NodeMessage {
  readonly instance_id?: unknown;
  readonly instance_name?: unknown;
  readonly total?: unknown;
  readonly left_out?: unknown;
}

/** Registers a node that asks and passes the answer on: when a message comes, when it changes, by the clock. */
export function defineAskingNode(RED: NodeAPI, type: string, offered: Offered): void {
  defineNode<NodeDef>(RED, type, ({ node, config, onClose }) => {
    let next = '';
    const tell = ({ query }: Answer) => {
      const text = RED._(next ? 'status.answered_next' : 'status.answered', { query: RED._(`query.${query}`), next });
      node.status({ fill: 'green', shape: 'dot', text });
    };
    const failed = (thrown: Error) => node.status({ fill: 'red', shape: 'ring', text: describe(thrown) });
    const asker = new Asker(offered, roster, parseAsking(config), {
      answered: (answer) => {
        tell(answer);
        node.send(messageOf({}, answer));
      },
      failed: (thrown) => {
        failed(thrown);
        node.error(thrown, {});
      },
      planned: (at, timeZone) => {
        next = wallText(at, timeZone);
        node.status({ fill: 'green', shape: 'ring', text: RED._('status.next', { next }) });
      },
    });
    onClose(() => asker.stop());
    if (asker.isLive) node.status({ fill: 'green', shape: 'ring', text: RED._('status.watching') });

    node.on('input', (msg: NodeMessage, send, done) => {
      const { instance_id, instance_name, payload } = msg as AskingMessage;
      asker.ask({ instance_id, instance_name }, payload).then(
        (answer) => {
          tell(answer);
          send(messageOf(msg, answer));
          done();
        },
        (thrown: Error) => {
          failed(thrown);
          done(thrown);
        },
      );
    });
  });
}

/** Of how many there are in all, and who failed, the last answer tells, not one that came before it. */
function messageOf(msg: NodeMessage, { query, body, ...told }: Answer): NodeMessage {
  const { total: _total, left_out: _left, ...kept } = msg as AskingMessage;
  return { ...kept, topic: query, payload: body, ...told } as NodeMessage;
}
