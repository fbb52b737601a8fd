import type { Node, NodeAPI, NodeDef } from 'node-red';
import { describe } from '../lib/error';

export interface Shell<TDef, TCredentials extends object> {
  readonly RED: NodeAPI;
  readonly node: Node<TCredentials>;
  readonly config: TDef;
  /** `removed`: it was deleted or disabled, not just deployed anew. */
  onClose(close: (removed: boolean) => void | Promise<void>): void;
}

/** It cannot do what it is set up to do. */
export function failed(node: Node, thrown: unknown): void {
  node.error(describe(thrown));
  node.status({ fill: 'red', shape: 'ring', text: describe(thrown) });
}

/**
 * Registers a node type. Node-RED ends the process on a rejection nobody handles and forgets a close it cannot wait
 * for; what goes through here is caught and awaited.
 */
export function defineNode<TDef extends NodeDef, TCredentials extends object = object>(
  RED: NodeAPI,
  type: string,
  create: (shell: Shell<TDef, TCredentials>) => void,
  credentials?: { [name in keyof TCredentials]: { type: 'text' | 'password' } },
): void {
  RED.nodes.registerType<Node<TCredentials>, TDef, object, TCredentials>(
    type,
    function construct(config) {
      RED.nodes.createNode(this, config);
      const onClose: Shell<TDef, TCredentials>['onClose'] = (close) => {
        this.on('close', (removed: boolean, done: () => void) => {
          Promise.resolve(removed)
            .then(close)
            .catch((thrown: unknown) => this.error(describe(thrown)))
            .finally(done);
        });
      };
      try {
        create({ RED, node: this, config, onClose });
      } catch (thrown) {
        failed(this, thrown);
        // Whoever sends it something hears why nothing comes of it.
        this.on('input', (_message, _send, done) => done(thrown as Error));
      }
    },
    credentials ? { credentials } : undefined,
  );
}
