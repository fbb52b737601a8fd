import { createHash } from 'node:crypto';
import { isReference } from './config-file';
import type { Home } from './homes';
import type { Options, Settings } from './settings';

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

const TAB = idOf('tab');
const STORE = idOf('store');
const METHODS = ['get', 'post', 'delete'];
const LEVELS = ['entity', 'device', 'integration'];
const INFO = `Made of HA Boss's config.yaml by \`import-ha-boss\`.

- **Home Assistants**: double-click the monitor, then the pencil. Each token comes from an environment variable.
- **incident**: one message for each cause of what is down.
- **healed**, **needs me**: what was healed, and what was not. Replace the debug nodes by whatever tells you.
- **/api**: the API of HA Boss, at the address of Node-RED. Make a key in its node; without one nobody is answered.`;

/**
 * What is to be imported in Node-RED: the homes, and what HA Boss did with them.
 * @param file the database their history was put into; undefined is the one that homes have by themselves
 */
export function flowOf(homes: readonly Home[], { optionsOf, notify }: Settings, file?: string): FlowNode[] {
  const options = (home: Home): Options => optionsOf.get(home.instance_id) ?? {};
  const healed = homes.filter((home) => options(home)['healing_enabled'] !== false);
  return [
    { id: TAB, type: 'tab', label: 'Caretaker', disabled: false, info: INFO, env: [] },
    { ...placed('comment', 160, 40), name: 'moved from HA Boss', info: INFO },
    ...monitorNodes(),
    ...(healed.length > 0 ? healNodes(healed.length < homes.length ? healed : [], notify) : []),
    ...apiNodes(),
    ...(file === undefined ? [] : [storeNode(file)]),
    ...homes.map((home) => instanceNode(home, options(home), file === undefined ? '' : STORE)),
  ];
}

function storeNode(file: string): FlowNode {
  const kept = { retention_days: '', rollup_retention_days: '', backup_keep: '', backup_interval_hours: '' };
  return { id: STORE, type: 'caretaker-store', name: '', kind: 'sqlite', file, ...kept, credentials: {} };
}

function instanceNode({ instance_id, name, url, token }: Home, options: Options, store: string): FlowNode {
  return {
    id: nodeIdOf(instance_id),
    type: 'caretaker-instance',
    instance_id,
    name,
    url,
    tls: '',
    addon: false,
    store,
    health_check_interval_seconds: '',
    state_change_grace_period_seconds: '',
    recovery_grace_period_seconds: '',
    startup_grace_period_seconds: '',
    stale_threshold_seconds: '',
    incident_window_seconds: '',
    retention_days: '',
    rollup_retention_days: '',
    include: {},
    exclude: {},
    entity_overrides: [],
    healing_enabled: true,
    healing_dry_run: false,
    circuit_breaker_threshold: '',
    circuit_breaker_reset_seconds: '',
    cooldown_seconds: '',
    verify_seconds: '',
    max_attempts: '',
    reloads_per_hour: '',
    ...options,
    // Only ever the name of an environment variable: whoever gets the flow gets no token.
    credentials: isReference(token) ? { token } : {},
  };
}

function monitorNodes(): FlowNode[] {
  const watched = { instances: [], kinds: ['incident'], direction: 'both', include: {}, exclude: {}, announce: false };
  return [
    { ...placed('caretaker-monitor', 160, 120), name: '', ...watched, wires: [[idOf('incident')]] },
    { ...debug('incident', 'payload'), x: 420, y: 120 },
  ];
}

/** @param only those whose healing is on; empty is all */
function healNodes(only: readonly Home[], notify: boolean): FlowNode[] {
  const instances = only.map(({ instance_id }) => nodeIdOf(instance_id));
  const how = { instances, auto: true, notify, levels: LEVELS, dry_run: false, plans: [] };
  return [
    { ...placed('caretaker-heal', 160, 220), name: '', ...how, wires: [[idOf('healed')], [idOf('needs me')]] },
    { ...debug('healed', 'payload.message'), x: 420, y: 200 },
    { ...debug('needs me', 'payload.message'), x: 420, y: 240 },
  ];
}

/** Under the paths of HA Boss, for nobody yet. */
function apiNodes(): FlowNode[] {
  const [api, response] = [placed('caretaker-api', 420, 360), placed('http response', 620, 360)];
  return [
    ...METHODS.map((method, index) => ({
      ...placed('http in', 160, 320 + 40 * index, method),
      name: '',
      url: '/api/*',
      method,
      upload: false,
      swaggerDoc: '',
      wires: [[api.id]],
    })),
    { ...api, name: '', instances: [], anonymous: 'none', keys: [], wires: [[response.id], []] },
    { ...response, name: '', statusCode: '', headers: {}, wires: [] },
  ];
}

function debug(name: string, complete: string): FlowNode {
  const shown = { active: true, tosidebar: true, console: false, tostatus: false, targetType: 'msg' };
  const status = { statusVal: '', statusType: 'auto' };
  return { id: idOf(name), type: 'debug', z: TAB, name, complete, ...shown, ...status, wires: [] };
}

function placed(type: string, x: number, y: number, part = '') {
  return { id: idOf(`${type}${part}`), type, z: TAB, x, y, wires: [] as string[][] };
}

function nodeIdOf(instance_id: string): string {
  return idOf(`instance ${instance_id}`);
}

/** The same each time: Node-RED then offers to replace what was imported before. */
function idOf(what: string): string {
  return createHash('sha256').update(`ha-boss ${what}`).digest('hex').slice(0, 16);
}
