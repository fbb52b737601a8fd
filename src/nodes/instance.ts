import type { NodeAPI, NodeDef } from 'node-red';
import type { TlsOptions } from '../lib/hass/target';
import { host } from '../lib/instance/hosting';
import { roster } from '../lib/instance/roster';
import { testConnection } from '../lib/instance/test-connection';
import { defineNode } from './shell';

interface InstanceDef extends NodeDef {
  readonly url?: string;
  readonly addon?: boolean;
  readonly tls?: string;
  readonly store?: string;
  readonly [field: string]: unknown;
}

interface InstanceCredentials {
  token?: string;
}

/** The core `tls-config` node. */
interface TlsNode {
  addTLSOptions(options: object): TlsOptions;
}

/** A `caretaker-store` node. */
interface StoreNode {
  readonly config: object;
  readonly credentials?: { readonly url?: string };
}

export default function register(RED: NodeAPI): void {
  const tlsOf = (id: unknown) => {
    const node = typeof id === 'string' && id ? (RED.nodes.getNode(id) as unknown as TlsNode | null) : null;
    return node?.addTLSOptions({});
  };

  const storageOfNode = (id: unknown) => {
    const node = typeof id === 'string' && id ? (RED.nodes.getNode(id) as unknown as StoreNode | null) : null;
    return { fields: node?.config ?? {}, url: node?.credentials?.url ?? '' };
  };

  defineNode<InstanceDef, InstanceCredentials>(
    RED,
    'caretaker-instance',
    ({ node, config, onClose }) => {
      const hosted = host(
        {
          nodeId: node.id,
          fields: config,
          token: node.credentials?.token ?? '',
          tls: tlsOf(config.tls),
          supervisorToken: process.env['SUPERVISOR_TOKEN'],
          storage: storageOfNode(config.store),
          userDir: RED.settings.userDir ?? '.',
          log: (what) => node.warn(what),
          info: (what) => node.log(what),
        },
        roster,
      );
      onClose(() => hosted.stop());
    },
    { token: { type: 'password' } },
  );

  RED.httpAdmin.post(
    '/caretaker/instances/test',
    RED.auth.needsPermission('caretaker-instance.write'),
    (request, response) => {
      const { id, ...fields } = Object(request.body) as Record<string, unknown>;
      const deployed =
        typeof id === 'string' ? (RED.nodes.getNode(id) as { credentials?: InstanceCredentials } | null) : null;
      testConnection({
        nodeId: String(id ?? ''),
        fields,
        savedToken: deployed?.credentials?.token,
        environment: (name) => RED.util.evaluateNodeProperty(name, 'env', Object(deployed), {}) as unknown,
        tls: () => tlsOf(fields['tls']),
        supervisorToken: process.env['SUPERVISOR_TOKEN'],
        roster,
      }).then(
        (answer) => response.json(answer),
        (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
      );
    },
  );
}
