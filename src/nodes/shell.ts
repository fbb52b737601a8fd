import type { Node, NodeAPI, NodeDef } from 'node-red';

export interface Shell<TDef, TCredentials extends object> {
  readonly RED: NodeAPI;
  readonly node: Node<TCredentials>;
  readonly config: TDef;
  /** `removed`: it was deleted or disabled, not just deployed anew. */
  onClose(close: (removed: boolean) => void | Promise<void>): void;
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
      create({
        RED,
        node: this,
        config,
        onClose: (close) => {
          this.on('close', (removed: boolean, done: () => void) => {
            Promise.resolve(removed)
              .then(close)
              .catch((thrown: unknown) => this.error(thrown instanceof Error ? thrown.message : String(thrown)))
              .finally(done);
          });
        },
      });
    },
    credentials ? { credentials } : undefined,
  );
}
