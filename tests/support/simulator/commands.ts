import type { Call, Command } from './command';
import { ENTRY_COMMANDS } from './entry-commands';
import { HISTORY_COMMANDS } from './history-commands';
import type { Host } from './host';
import { IOT_CLASSES } from './house-plan';
import { CommandError, isRecord } from './message';
import { REGISTRY_COMMANDS } from './registry-commands';
import { callService } from './services';
import { type Context, fullState, iso, nowSeconds, type StateChange } from './state-machine';
import { subscribeEntities } from './subscribe-entities';
import { renderTemplate } from './template';
import { ZHA_COMMANDS } from './zha-commands';

/** Events that whoever is not an administrator may listen to. */
const OPEN_EVENTS: ReadonlySet<unknown> = new Set([
  'area_registry_updated',
  'category_registry_updated',
  'component_loaded',
  'core_config_updated',
  'device_registry_updated',
  'entity_registry_updated',
  'floor_registry_updated',
  'label_registry_updated',
  'repairs_issue_registry_updated',
  'service_registered',
  'service_removed',
  'state_changed',
]);

/** Of these, what the old one keeps from them. */
const LATER_OPEN_EVENTS: ReadonlySet<unknown> = new Set([
  'category_registry_updated',
  'floor_registry_updated',
  'label_registry_updated',
]);

const CORE_COMMANDS: Readonly<Record<string, Command>> = {
  ping: { keys: [], run: ({ session, id }) => session.queue(JSON.stringify({ id, type: 'pong' })) },
  supported_features: {
    keys: ['features'],
    required: ['features'],
    run: ({ session, id, message }) => {
      session.setCoalesce(isRecord(message['features']) && 'coalesce_messages' in message['features']);
      session.result(id);
    },
  },
  get_config: { keys: [], run: ({ session, host, id }) => session.result(id, host.core.config()) },
  get_states: {
    keys: [],
    run: ({ session, host: { core }, id }) => {
      session.result(
        id,
        [...core.states.all.values()].map((state) => fullState(state, core.modern)),
      );
    },
  },
  'auth/current_user': { keys: [], run: currentUser },
  subscribe_entities: {
    keys: ['entity_ids'],
    modernKeys: ['include', 'exclude'],
    run: subscribeEntities,
  },
  subscribe_events: { keys: ['event_type'], run: subscribeEvents },
  unsubscribe_events: { keys: ['subscription'], required: ['subscription'], run: unsubscribe },
  call_service: {
    keys: ['domain', 'service', 'target', 'service_data', 'return_response'],
    required: ['domain', 'service'],
    run: runService,
  },
  render_template: {
    keys: ['template', 'entity_ids', 'variables', 'timeout', 'strict', 'report_errors'],
    required: ['template'],
    run: renderTemplate,
  },
  'manifest/list': { keys: ['integrations'], run: manifests },
  'persistent_notification/get': {
    keys: [],
    run: ({ session, host, id }) => session.result(id, [...host.core.notifications.values()]),
  },
  'repairs/list_issues': {
    keys: [],
    run: ({ session, host, id }) => session.result(id, { issues: host.core.issues.map(issueRecord) }),
  },
};

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({ ...CORE_COMMANDS, ...REGISTRY_COMMANDS, ...ENTRY_COMMANDS, ...HISTORY_COMMANDS, ...ZHA_COMMANDS }),
);

function currentUser({ session, id }: Call): void {
  const user = session.user;
  if (!user) return;
  session.result(id, {
    id: user.id,
    name: user.name,
    is_owner: user.group === 'admin',
    is_admin: user.group === 'admin',
    credentials: [{ auth_provider_type: 'homeassistant', auth_provider_id: null }],
    mfa_modules: [],
  });
}

function subscribeEvents({ session, host: { core }, id, message }: Call): void {
  const wanted = message['event_type'];
  const isOpen = OPEN_EVENTS.has(wanted) && (core.modern || !LATER_OPEN_EVENTS.has(wanted));
  if (session.user?.group !== 'admin' && !isOpen) throw new CommandError('unauthorized', 'Unauthorized');
  const send = (eventType: string, data: unknown, context: Context) => {
    const event = { event_type: eventType, data, origin: 'LOCAL', time_fired: iso(nowSeconds()), context };
    session.queue(`${JSON.stringify({ type: 'event', event }).slice(0, -1)},"id":${id}}`);
  };
  const onEvent = (eventType: string, data: unknown, context: Context) => {
    if (wanted === undefined || wanted === eventType) send(eventType, data, context);
  };
  const onState = (change: StateChange) => {
    const full = (state: StateChange['new_state']) => (state ? fullState(state, core.modern) : null);
    const data = { entity_id: change.entity_id, old_state: full(change.old_state), new_state: full(change.new_state) };
    send('state_changed', data, (change.new_state ?? change.old_state)?.context ?? core.states.context());
  };
  const wantsStates = wanted === undefined || wanted === 'state_changed';
  core.on('event', onEvent);
  if (wantsStates) core.on('state', onState);
  session.subscriptions.set(id, () => {
    core.off('event', onEvent);
    core.off('state', onState);
  });
  session.result(id);
}

function unsubscribe({ session, id, message }: Call): void {
  const subscription = Number(message['subscription']);
  const stop = session.subscriptions.get(subscription);
  if (!stop) throw new CommandError('not_found', 'Subscription not found.');
  session.subscriptions.delete(subscription);
  stop();
  session.result(id);
}

async function runService({ session, host, id, message }: Call): Promise<void> {
  if (!session.user) return;
  const target = isRecord(message['target']) ? message['target'] : {};
  const data = { ...(isRecord(message['service_data']) ? message['service_data'] : {}), ...target };
  const context = host.core.states.context(session.user.id);
  const name = { domain: String(message['domain']), service: String(message['service']) };
  await callService(host, { ...name, data, user: session.user, context });
  session.result(id, { context });
}

function manifests({ session, host: { core }, id, message }: Call): void {
  const asked = Array.isArray(message['integrations']) ? message['integrations'].map(String) : core.components();
  const known = new Set([...core.components(), ...Object.keys(IOT_CLASSES)]);
  const unknown = asked.find((domain) => !known.has(domain));
  // The old one tells nothing of the others either.
  if (unknown !== undefined && !core.modern) throw new CommandError('unknown_error', 'Unknown error');
  const wanted = asked.filter((domain) => known.has(domain));
  session.result(
    id,
    wanted.map((domain) => ({
      domain,
      name: domain[0]?.toUpperCase() + domain.slice(1).replace('_', ' '),
      codeowners: [],
      config_flow: true,
      documentation: `https://www.home-assistant.io/integrations/${domain}`,
      integration_type: 'hub',
      iot_class: IOT_CLASSES[domain] ?? 'calculated',
      requirements: [],
      ...(domain === 'caretaker_lab' ? { version: '1.0.0', is_built_in: false } : { is_built_in: true }),
      ...(core.modern ? { overwrites_built_in: false } : {}),
    })),
  );
}

function issueRecord(issue: Host['core']['issues'][number]): Record<string, unknown> {
  return {
    breaks_in_ha_version: null,
    created: issue.created,
    dismissed_version: null,
    ignored: false,
    domain: issue.domain,
    is_fixable: false,
    issue_domain: null,
    issue_id: issue.issue_id,
    learn_more_url: null,
    severity: issue.severity,
    translation_key: issue.issue_id,
    translation_placeholders: null,
  };
}
