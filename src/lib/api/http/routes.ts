import { CaretakerError } from '../../error';

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` is one segment, which goes to the operation as a field of that name. */
  readonly path: string;
  /** The name of an operation, or of what the API itself answers. */
  readonly name: string;
}

/** Every route there is, behind wherever it is mounted. The order of rows means nothing. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/instances', name: 'instances' },
  { method: 'GET', path: '/status', name: 'status' },
  { method: 'GET', path: '/health', name: 'health' },
  { method: 'GET', path: '/entities', name: 'entities' },
  { method: 'GET', path: '/entities/{entity_id}', name: 'entity' },
  { method: 'GET', path: '/entities/{entity_id}/history', name: 'entity_history' },
  { method: 'GET', path: '/entities/{entity_id}/usage', name: 'usage' },
  { method: 'GET', path: '/incidents', name: 'incidents' },
  { method: 'GET', path: '/incidents/{incident_id}', name: 'incident' },
  { method: 'GET', path: '/patterns/reliability', name: 'reliability' },
  { method: 'GET', path: '/patterns/failures', name: 'failures' },
  { method: 'GET', path: '/patterns/summary', name: 'summary' },
  { method: 'GET', path: '/patterns/flapping', name: 'flapping' },
  { method: 'GET', path: '/patterns/anomalies', name: 'anomalies' },
  { method: 'POST', path: '/healing', name: 'heal' },
  { method: 'POST', path: '/healing/{entity_id}', name: 'heal_entity' },
  { method: 'GET', path: '/healing/history', name: 'healing_history' },
  { method: 'GET', path: '/healing/history/{attempt_id}', name: 'attempt' },
  { method: 'GET', path: '/healing/suppressed', name: 'suppressed' },
  { method: 'POST', path: '/healing/suppress', name: 'suppress' },
  { method: 'DELETE', path: '/healing/suppress', name: 'unsuppress' },
  { method: 'POST', path: '/healing/suppress/{entity_id}', name: 'suppress_entity' },
  { method: 'DELETE', path: '/healing/suppress/{entity_id}', name: 'unsuppress_entity' },
  { method: 'GET', path: '/healing/plans', name: 'plans' },
  { method: 'POST', path: '/healing/plans/match', name: 'plan' },
  { method: 'GET', path: '/maintenance', name: 'maintenance' },
  { method: 'POST', path: '/maintenance', name: 'start_maintenance' },
  { method: 'DELETE', path: '/maintenance/{window_id}', name: 'end_maintenance' },
  { method: 'GET', path: '/backups', name: 'backups' },
  { method: 'POST', path: '/backups', name: 'create_backup' },
  { method: 'POST', path: '/backups/prune', name: 'prune_backups' },
  { method: 'POST', path: '/backups/{backup}/verify', name: 'verify_backup' },
  { method: 'POST', path: '/backups/{backup}/restore', name: 'restore_backup' },
  { method: 'DELETE', path: '/backups/{backup}', name: 'delete_backup' },
  { method: 'GET', path: '/diagnostics', name: 'diagnostics' },
  { method: 'GET', path: '/metrics', name: 'metrics' },
  { method: 'POST', path: '/discovery/refresh', name: 'discovery_refresh' },
  { method: 'GET', path: '/discovery/stats', name: 'discovery_stats' },
  { method: 'GET', path: '/automations', name: 'automations' },
  { method: 'GET', path: '/automations/{automation_id}', name: 'automation' },
  { method: 'POST', path: '/automations/analyze', name: 'analyze' },
  { method: 'POST', path: '/automations/generate', name: 'generate' },
  { method: 'POST', path: '/automations/create', name: 'create' },
  { method: 'GET', path: '/openapi.json', name: 'openapi' },
  { method: 'GET', path: '/docs', name: 'docs' },
  { method: 'GET', path: '/live', name: 'live' },
];

export interface Match {
  readonly route: Route;
  /** What stands in the path, by name. */
  readonly params: Readonly<Record<string, string>>;
}

/** The path is there, but not for this method. */
export class MethodNotAllowed extends CaretakerError {
  /** As the header of that name. */
  readonly allow: string;

  constructor(method: string, methods: readonly string[]) {
    const allow = methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', ');
    super('method_not_allowed', `${method} is not possible here, only ${allow}.`);
    this.allow = allow;
  }
}

const PARAMETER = /^\{(\w+)\}$/;

interface Template {
  /** A word, or null for what may be anything. */
  readonly words: readonly (string | null)[];
  /** By method. */
  readonly routes: ReadonlyMap<string, Route>;
}

const TEMPLATES = templatesOf(ROUTES);

/**
 * @param path behind the mount, as it came over the wire
 * @param base what stands before that
 * @throws MethodNotAllowed, CaretakerError bad_input, not_found
 */
export function match(method: string, path: string, base: string, templates = TEMPLATES): Match {
  const segments = segmentsOf(path);
  const template = templates.find(({ words }) => fits(words, segments));
  if (!template) throw new CaretakerError('not_found', `There is no such route; ${base}/docs lists all there are.`);
  const route = template.routes.get(method === 'HEAD' ? 'GET' : method);
  if (!route) throw new MethodNotAllowed(method, [...template.routes.keys()]);
  const names = wordsOf(route.path).map((word) => PARAMETER.exec(word)?.[1]);
  const params = names.flatMap((name, at) => (name === undefined ? [] : [[name, segments[at] as string]]));
  return { route, params: Object.fromEntries(params) as Match['params'] };
}

/** One for all methods of a path; where two fit, what says more by word comes first. */
export function templatesOf(routes: readonly Route[]): Template[] {
  const byShape = new Map<string, { words: Template['words']; routes: Map<string, Route> }>();
  for (const route of routes) {
    const words = wordsOf(route.path).map((word) => (PARAMETER.test(word) ? null : word));
    const shape = words.map((word) => word ?? '{}').join('/');
    const template = byShape.get(shape) ?? { words, routes: new Map() };
    template.routes.set(route.method, route);
    byShape.set(shape, template);
  }
  return [...byShape.values()].sort((a, b) => rank(a.words).localeCompare(rank(b.words)));
}

/** Of templates as long as each other: a word sorts before a parameter, the first segment first. */
function rank(words: Template['words']): string {
  return words.map((word) => (word === null ? '1' : '0')).join('');
}

function fits(words: Template['words'], segments: readonly string[]): boolean {
  if (words.length !== segments.length) return false;
  return words.every((word, at) => (word === null ? segments[at] !== '' : word === segments[at]));
}

function wordsOf(path: string): string[] {
  return path.split('/').slice(1);
}

function segmentsOf(path: string): string[] {
  try {
    return wordsOf(path.replace(/\/$/, '')).map(decodeURIComponent);
  } catch {
    throw new CaretakerError('bad_input', 'path: is not percent-encoded as it should be.');
  }
}
