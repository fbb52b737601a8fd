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
  for (const { type, url, method, wires } of nodes) {
    if (type !== 'http in' || !url || !method) continue;
    const key = mountKey(method, url);
    for (const id of apisBehind(wires ?? [], byId)) {
      const one = found.get(id) ?? nothing();
      const owner = owners.get(key) ?? id;
      owners.set(key, owner);
      const contests = owner === id ? one.contests : [...one.contests, { key, path: url, by: owner }];
      found.set(id, { paths: [...new Set([...one.paths, url])], contests });
    }
  }
  return found;
}

const nothing = (): Reached => ({ paths: [], contests: [] });

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
