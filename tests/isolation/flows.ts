import { instanceNode, monitorNode } from '../nodes/flows';
import type { Home } from '../support/home';
import { catcher, type FlowNode } from '../support/node-red';

/** Home A, to which everything is done, and home B, which must not notice. One id is a prefix of the other. */
export const A = 'home';
export const B = 'home_2';
export const TITLE = 'My home';
/** What A was called for a while: what it left in the store then is nobody's. B's id is a prefix of it. */
export const ORPHAN = 'home_2_old';

/** Nodes a message is sent to: with one line here a node type is in the flows, bound to A, to B and to all. */
const COMMAND_NODES: Readonly<Record<string, { readonly type: string; readonly fields?: object }>> = {
  backup: { type: 'caretaker-backup', fields: { action: 'list' } },
  heal: { type: 'caretaker-heal' },
  aggregate: { type: 'caretaker-aggregate', fields: { query: 'status' } },
  pattern: { type: 'caretaker-pattern', fields: { query: 'summary' } },
};

/** To whom a node is bound; `all` saves no ids, as the editor does. */
export type Bound = 'a' | 'b' | 'all';

const INSTANCES: Readonly<Record<Bound, readonly string[]>> = { a: [`node-${A}`], b: [`node-${B}`], all: [] };

/** Incidents within a second or two; a heal in vain ends as soon, and keeps no other from being tried. */
const EAGER = {
  incident_window_seconds: 1,
  verify_seconds: 1,
  cooldown_seconds: 0,
  circuit_breaker_threshold: 0,
  max_attempts: 0,
  reloads_per_hour: 10_000,
};
const KINDS = ['entity', 'device', 'config_entry', 'instance', 'incident'];

export interface Site {
  readonly a: Home;
  readonly b: Home;
  /** The fields of a `caretaker-store`: each home has its own node, both the same place. */
  readonly storage: object;
  /** Its secret address. */
  readonly storeUrl: string | undefined;
}

export function flowsOf({ a, b, storage, storeUrl }: Site): FlowNode[] {
  const graces = {
    state_change_grace_period_seconds: 0.1,
    recovery_grace_period_seconds: 0.1,
    startup_grace_period_seconds: 0.2,
  };
  const credentials = storeUrl === undefined ? {} : { url: storeUrl };
  const store = (id: string): FlowNode => ({ id, type: 'caretaker-store', ...storage, credentials });
  const fields = { name: TITLE, ...graces, ...EAGER };
  return [
    store('store-a'),
    store('store-b'),
    instanceNode(A, a, { ...fields, store: 'store-a', credentials: { token: a.tokens.admin } }),
    instanceNode(B, b, { ...fields, store: 'store-b', credentials: { token: b.tokens.admin } }),
    ...(['a', 'b', 'all'] as const).flatMap(tabOf),
  ];
}

/** A tab for each binding, so that a deploy of the modified flows has something to leave alone. */
function tabOf(bound: Bound): FlowNode[] {
  const z = `tab-${bound}`;
  const monitor = `monitor-${bound}`;
  const status = { id: `status-${bound}`, type: 'status', z, scope: [monitor], wires: [[`shown-${bound}`]] };
  return [
    { id: z, type: 'tab', label: z },
    monitorNode(monitor, z, INSTANCES[bound], [`told-${bound}`, `api-${bound}`], { kinds: KINDS }),
    catcher(`told-${bound}`, z),
    status,
    catcher(`shown-${bound}`, z),
    ...apiNodes(bound),
    ...Object.keys(COMMAND_NODES).flatMap((name) => commandNodes(name, bound)),
  ];
}

export function monitorOf(bound: Bound, id: string, fields: Record<string, unknown> = {}): FlowNode {
  return monitorNode(id, `tab-${bound}`, INSTANCES[bound], [`told-${bound}`], fields);
}

/** Heals by itself, and tells what it did. */
export function autoOf(bound: Bound, id: string, fields: Record<string, unknown> = {}): FlowNode {
  const told = [`told-${bound}`];
  return {
    id,
    type: 'caretaker-heal',
    z: `tab-${bound}`,
    instances: INSTANCES[bound],
    auto: true,
    wires: [told, told],
    ...fields,
  };
}

/** The API under /api-<bound>, for everybody. */
function apiNodes(bound: Bound): FlowNode[] {
  const [z, id] = [`tab-${bound}`, `api-${bound}`];
  const requests = ['get', 'post', 'delete'].map((method): FlowNode => {
    return { id: `${id}-${method}`, type: 'http in', z, url: `/${id}/*`, method, wires: [[id]] };
  });
  return [
    ...requests,
    {
      id,
      type: 'caretaker-api',
      z,
      instances: INSTANCES[bound],
      anonymous: 'write',
      keys: [],
      wires: [[`${id}-out`], []],
    },
    { id: `${id}-out`, type: 'http response', z, wires: [] },
  ];
}

/** POST /ask/<name>/<bound> hands a message to the node, and answers with what comes out of it or is caught. */
function commandNodes(name: string, bound: Bound): FlowNode[] {
  const z = `tab-${bound}`;
  const node = `${name}-${bound}`;
  const { type, fields } = COMMAND_NODES[name] as (typeof COMMAND_NODES)[string];
  const code = (id: string, func: string, wires: string[]) =>
    ({ id, type: 'function', z, func, outputs: 1, wires: [wires] }) as FlowNode;
  const reply = `${node}-reply`;
  return [
    { id: `${node}-in`, type: 'http in', z, url: `/ask/${name}/${bound}`, method: 'post', wires: [[`${node}-take`]] },
    code(`${node}-take`, 'return { ...msg.payload, req: msg.req, res: msg.res };', [node]),
    { id: node, type, z, instances: INSTANCES[bound], ...fields, wires: [[`${node}-said`], [`${node}-said`]] },
    // What is a text goes as JSON too.
    code(`${node}-said`, "if (typeof msg.payload === 'string') msg.payload = { text: msg.payload }; return msg;", [
      reply,
    ]),
    { id: `${node}-catch`, type: 'catch', z, scope: [node], uncaught: false, wires: [[`${node}-refused`]] },
    code(`${node}-refused`, 'msg.payload = { error: msg.error.message, code: msg.error.code }; return msg;', [reply]),
    { id: reply, type: 'http response', z, statusCode: '200', wires: [] },
  ];
}
