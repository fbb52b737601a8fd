import { mountedAt } from './mount';
import { match } from './routes';

/** As much of a node in a flow as says what reaches what. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly wires?: readonly (readonly string[])[];
  /** Of link nodes. */
  readonly links?: readonly string[];
  /** Of `http in`. */
  readonly url?: string;
  readonly method?: string;
}

/** A method and path that another caretaker-api had first: the one that stands before it in the flows. */
interface Contest {
  /** @see mountKey */
  readonly key: string;
  readonly path: string;
  /** The id of the other. */
  readonly by: string;
}

/** What reaches one caretaker-api. */
export interface Reached {
  /** As they stand in the `http in` nodes, each once. */
  readonly paths: readonly string[];
  /** Those of them behind which there is no route: they do not end in `/*`. */
  readonly narrow: readonly string[];
  /** There is a `websocket in` too. */
  readonly hasSocket: boolean;
  readonly contests: readonly Contest[];
}

const API = 'caretaker-api';
/** They pass on what comes in, as it is. */
const PASSING = ['junction', 'link in', 'link out', 'link call'];

/** What one and the same request would be caught by. */
export function mountKey(method: string, path: string): string {
  const shown = path.startsWith('/') ? path : `/${path}`;
  return `${method.toUpperCase() === 'HEAD' ? 'GET' : method.toUpperCase()} ${shown.toLowerCase()}`;
}

/** By the id of each caretaker-api. @param nodes in the order of the flows */
export function reached(nodes: readonly FlowNode[]): Map<string, Reached> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map(nodes.filter(({ type }) => type === API).map(({ id }) => [id, nothing()]));
  const owners = new Map<string, string>();
  for (const node of nodes) {
    if (!isEntrance(node)) continue;
    const way = wayOf(node);
    for (const id of apisBehind(node.wires ?? [], byId)) {
      const one = found.get(id) ?? nothing();
      found.set(id, way ? joined(one, way, ownerOf(way, id, owners)) : { ...one, hasSocket: true });
    }
  }
  return found;
}

function isEntrance({ type, url, method }: FlowNode): boolean {
  return type === 'websocket in' || (type === 'http in' && Boolean(url && method));
}

/** A way for requests to come in. */
interface Way {
  readonly key: string;
  readonly path: string;
  readonly isNarrow: boolean;
}

/** Null of a WebSocket, which has no path of ours. */
function wayOf({ type, url = '', method = 'get' }: FlowNode): Way | null {
  if (type !== 'http in') return null;
  return { key: mountKey(method, url), path: url, isNarrow: leadsNowhere(method, url) };
}

/** Who had it first; null: the one with that id, itself. */
function ownerOf({ key }: Way, id: string, owners: Map<string, string>): string | null {
  const owner = owners.get(key) ?? id;
  owners.set(key, owner);
  return owner === id ? null : owner;
}

function joined(one: Reached, { key, path, isNarrow }: Way, by: string | null): Reached {
  return {
    ...one,
    paths: [...new Set([...one.paths, path])],
    narrow: isNarrow ? [...new Set([...one.narrow, path])] : one.narrow,
    contests: by === null ? one.contests : [...one.contests, { key, path, by }],
  };
}

const nothing = (): Reached => ({ paths: [], narrow: [], hasSocket: false, contests: [] });

/** One path alone is of use only where it is that of a route. */
function leadsNowhere(method: string, url: string): boolean {
  if (url.includes('*')) return false;
  const shown = url.startsWith('/') ? url : `/${url}`;
  const { path, base } = mountedAt({ path: shown, originalUrl: shown, route: { path: shown } });
  try {
    match(method.toUpperCase(), path, base);
    return false;
  } catch {
    return true;
  }
}

/** Wired directly, or by what only passes on. */
function apisBehind(wires: readonly (readonly string[])[], byId: ReadonlyMap<string, FlowNode>): string[] {
  const seen = new Set<string>();
  const open = wires.flat();
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = byId.get(id);
    if (!node || !PASSING.includes(node.type)) continue;
    // A link in has links as well: those it is reached by.
    open.push(...(node.wires ?? []).flat(), ...(node.type === 'link in' ? [] : (node.links ?? [])));
  }
  // In the order of the flows, however far each is.
  return [...byId.values()].filter(({ id, type }) => type === API && seen.has(id)).map(({ id }) => id);
}
