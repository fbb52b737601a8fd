import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CaretakerError } from '../lib/error';
import { answerOf } from '../lib/instance/answer';
import { type DeployedStore, purgeOrphan } from '../lib/instance/orphan';
import { roster } from '../lib/instance/roster';
import { testStore } from '../lib/instance/test-store';
import { defineNode } from './shell';

interface StoreCredentials {
  url?: string;
}

interface StoreNode extends Node<StoreCredentials> {
  readonly config: object;
}

export default function register(RED: NodeAPI): void {
  const userDir = RED.settings.userDir ?? '.';
  const deployedStore = (id: unknown): StoreNode | null => {
    const node = typeof id === 'string' ? (RED.nodes.getNode(id) as StoreNode | null) : null;
    return node?.type === 'caretaker-store' ? node : null;
  };

  /** The default store is none's. */
  const placeOf = (id: unknown): DeployedStore => {
    if (id === '') return { fields: {}, url: '', userDir };
    const node = deployedStore(id);
    if (!node) throw new CaretakerError('bad_input', 'id: this store is not deployed. Deploy it first.');
    return { fields: node.config, url: node.credentials?.url ?? '', userDir };
  };

  // It is read by the instances that use it, which Node-RED deploys anew with it.
  defineNode<NodeDef, StoreCredentials>(RED, 'caretaker-store', ({ node, config }) => Object.assign(node, { config }), {
    url: { type: 'password' },
  });

  RED.httpAdmin.post(
    '/caretaker/stores/test',
    RED.auth.needsPermission('caretaker-store.write'),
    (request, response) => {
      const { id, url, ...fields } = Object(request.body) as Record<string, unknown>;
      const deployed = deployedStore(id);
      const environment = (name: string) => RED.util.evaluateNodeProperty(name, 'env', Object(deployed), {}) as unknown;
      testStore({ fields, url: url ?? deployed?.credentials?.url, userDir, environment }, roster).then(
        (answer) => response.json(answer),
        (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
      );
    },
  );

  RED.httpAdmin.post(
    '/caretaker/stores/purge',
    RED.auth.needsPermission('caretaker-store.write'),
    (request, response) => {
      const { id, ...asked } = Object(request.body) as Record<string, unknown>;
      const purge = async () => purgeOrphan(placeOf(id), asked, roster);
      answerOf(purge(), 'store_failed').then(
        (answer) => response.json(answer),
        (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
      );
    },
  );
}
