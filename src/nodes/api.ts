import type { Node, NodeAPI, NodeDef, NodeStatus } from 'node-red';
import { Api } from '../lib/api/http/api';
import { type ApiMessage, Desk } from '../lib/api/http/desk';
import { makeKey } from '../lib/api/http/keys';
import { type FlowNode, type Reached, reached } from '../lib/api/http/mounts';
import { type ApiOptions, parseApiOptions } from '../lib/api/http/options';
import { roster } from '../lib/instance/roster';
import { versions } from '../lib/instance/versions';
import { defineNode, failed } from './shell';

/** Whose flows are listened to: a Node-RED in a test registers its nodes more than once. */
const heard = new WeakSet<object>();
/** Those in the flows, by their ids: what each is told, after every deploy, about what reaches it. */
const present = new Map<string, (found: Reached) => void>();

export default function register(RED: NodeAPI): void {
  if (!heard.has(RED.events)) {
    heard.add(RED.events);
    RED.events.on('flows:started', () => {
      for (const [id, found] of reached(flowNodes(RED))) present.get(id)?.(found);
    });
  }

  defineNode<NodeDef>(RED, 'caretaker-api', ({ node, config, onClose }) => {
    const { options, trouble } = optionsOf(config);
    const api = new Api(options, roster, versions('').caretaker, {
      audit: (line) => node.log(line),
      error: (what) => node.error(what),
      now: Date.now,
    });
    const desk = new Desk(api, (messages) => node.send(messages as never));
    node.on('input', (msg, send, done) => {
      desk.input(msg as ApiMessage, (messages) => send(messages as never)).then(() => done(), done);
    });
    onClose(() => desk.stop());
    if (trouble) {
      api.closed = true;
      failed(node, trouble);
      return;
    }
    const look = (found: Reached) => {
      desk.reached = found;
      node.status(status(RED, found));
      for (const { path, by } of found.contests) node.error(taken(RED, node, path, by));
    };
    present.set(node.id, look);
    onClose(() => {
      if (present.get(node.id) === look) present.delete(node.id);
    });
  });

  RED.httpAdmin.post('/caretaker/api/keys', RED.auth.needsPermission('caretaker-api.write'), (_request, response) => {
    response.json(makeKey());
  });
}

/** With what cannot be, requests still get an answer: that nothing is served. */
function optionsOf(config: NodeDef): { options: ApiOptions; trouble?: unknown } {
  try {
    return { options: parseApiOptions(config) };
  } catch (trouble) {
    return { options: parseApiOptions({}), trouble };
  }
}

/** Only what is running: disabled nodes and those of subflows that are only drawn catch nothing. */
function flowNodes(RED: NodeAPI): FlowNode[] {
  const nodes: FlowNode[] = [];
  RED.nodes.eachNode((config) => {
    const running = RED.nodes.getNode(config.id) as FlowNode | null;
    // The config has the links, the node what its variables stand for.
    if (running) nodes.push({ ...(config as unknown as FlowNode), ...addressOf(running) });
  });
  return nodes;
}

function addressOf({ type, url, method }: FlowNode): Pick<FlowNode, 'url' | 'method'> {
  return type === 'http in' && url && method ? { url, method } : {};
}

function status(RED: NodeAPI, { paths, narrow, hasSocket, contests }: Reached): NodeStatus {
  const [contest] = contests;
  if (contest) {
    const text = RED._('api.status.taken', { path: contest.path, name: nameOf(RED, contest.by) });
    return { fill: 'red', shape: 'ring', text };
  }
  const [path] = narrow;
  if (path) return { fill: 'yellow', shape: 'ring', text: RED._('api.status.narrow', { path }) };
  if (paths.length === 0 && hasSocket) return { fill: 'green', shape: 'dot', text: RED._('api.status.socket') };
  if (paths.length === 0) return { fill: 'grey', shape: 'ring', text: RED._('api.status.unwired') };
  return { fill: 'green', shape: 'dot', text: RED._('api.status.listening', { paths: paths.join(', ') }) };
}

function taken(RED: NodeAPI, node: Node, path: string, by: string): string {
  return RED._('api.error.taken', { path, own: nameOf(RED, node.id), name: nameOf(RED, by) });
}

/** Two nodes may have the same name. */
function nameOf(RED: NodeAPI, id: string): string {
  const name = RED.nodes.getNode(id)?.name;
  return name ? `${name} (${id})` : `caretaker-api (${id})`;
}
