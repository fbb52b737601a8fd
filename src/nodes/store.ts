import type { NodeAPI, NodeDef } from 'node-red';
import { roster } from '../lib/instance/roster';
import { testStore } from '../lib/instance/test-store';
import { defineNode } from './shell';

interface StoreCredentials {
  url?: string;
}

export default function register(RED: NodeAPI): void {
  // It is read by the instances that use it, which Node-RED deploys anew with it.
  defineNode<NodeDef, StoreCredentials>(RED, 'caretaker-store', ({ node, config }) => Object.assign(node, { config }), {
    url: { type: 'password' },
  });

  RED.httpAdmin.post(
    '/caretaker/stores/test',
    RED.auth.needsPermission('caretaker-store.write'),
    (request, response) => {
      const { id, url, ...fields } = Object(request.body) as Record<string, unknown>;
      const saved =
        typeof id === 'string' ? (RED.nodes.getNode(id) as { credentials?: StoreCredentials } | null) : null;
      const userDir = RED.settings.userDir ?? '.';
      testStore(fields, String(url ?? saved?.credentials?.url ?? ''), userDir, roster).then(
        (answer) => response.json(answer),
        (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
      );
    },
  );
}
