import type { NodeAPI, NodeDef } from 'node-red';
import type { TlsOptions } from '../lib/hass/target';
import { answerOf } from '../lib/instance/answer';
import { diagnostics } from '../lib/instance/diagnostics';
import type { HostedConfig } from '../lib/instance/hosted-config';
import { host } from '../lib/instance/hosting';
import { orphansFor, takeOver } from '../lib/instance/orphan';
import { roster } from '../lib/instance/roster';
import { testConnection } from '../lib/instance/test-connection';
import { runsIn, versions } from '../lib/instance/versions';
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
  readonly type: string;
  readonly config: object;
  readonly credentials?: { readonly url?: string };
}

/** Whose flows are listened to: a Node-RED in a test registers its nodes more than once. */
const heard = new WeakSet<object>();

export default function register(RED: NodeAPI): void {
  if (!heard.has(RED.events)) hear(RED);
  const tlsOf = (id: unknown) => {
    const node = typeof id === 'string' && id ? (RED.nodes.getNode(id) as unknown as TlsNode | null) : null;
    return node?.addTLSOptions({});
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
          storage: storageOf(RED, config.store),
          userDir: RED.settings.userDir ?? '.',
          log: (what) => node.warn(what),
          info: (what) => node.log(what),
        },
        roster,
      );
      onClose((removed) => hosted.stop(removed));
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

  serveDiagnostics(RED);
  serveOrphans(RED);
}

function storageOf(RED: NodeAPI, id: unknown): HostedConfig['storage'] {
  if (typeof id !== 'string' || !id) return { fields: {}, url: '' };
  const node = RED.nodes.getNode(id) as unknown as StoreNode | null;
  if (node?.type !== 'caretaker-store') return { fields: {}, url: '', missing: true };
  return { fields: node.config, url: node.credentials?.url ?? '' };
}

function hear(RED: NodeAPI): void {
  heard.add(RED.events);
  RED.events.on('flows:started', () => roster.settle((id) => Boolean(RED.nodes.getNode(id))));
  // Some versions answer it by a promise.
  Promise.resolve()
    .then(() => RED.version())
    .then(runsIn, () => {});
}

function serveDiagnostics(RED: NodeAPI): void {
  const path = '/caretaker/instances/:id/diagnostics';
  RED.httpAdmin.get(path, RED.auth.needsPermission('caretaker-instance.read'), (request, response) => {
    const member = roster.get(String(request.params['id']));
    if (!member) return response.status(404).json({ code: 'instance_not_found', message: 'It is not deployed.' });
    return diagnostics(member, { versions: versions(), now: Date.now() }).then(
      (answer) => response.json(answer),
      (thrown: unknown) => response.status(500).json({ code: 'unexpected', message: String(thrown) }),
    );
  });
}

/** The history of an instance that is gone, or that went by another id, for whoever takes it over. */
function serveOrphans(RED: NodeAPI): void {
  const permission = RED.auth.needsPermission('caretaker-instance.write');
  RED.httpAdmin.get('/caretaker/instances/:id/orphans', permission, (request, response) => {
    answerOf(orphansFor(roster.get(String(request.params['id'])), roster), 'store_failed').then(
      (answer) => response.json(answer),
      (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
    );
  });
  RED.httpAdmin.post('/caretaker/instances/import', permission, (request, response) => {
    const { id, ...source } = Object(request.body) as Record<string, unknown>;
    answerOf(takeOver(roster.get(String(id ?? '')), source, roster), 'store_failed').then(
      (answer) => response.json(answer),
      (thrown: unknown) => response.status(500).json({ ok: false, message: String(thrown) }),
    );
  });
}
