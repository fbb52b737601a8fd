import { STATUSES } from '../../core/subject';
import type { Tracker } from '../../core/tracker';
import type { Instance } from '../../instance/instance';
import type { Member } from '../../instance/roster';
import { inForce } from '../../instance/suppress-command';
import type { HomeHealth } from '../watching/home-health';
import { CONNECTION_STATES } from '../watching/home-state';

/** One number of one home; the labels come beside `instance_id`. */
export interface Sample {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** What a home has a number for. Those that only grow end in `_total`. */
export const FAMILIES: readonly Family[] = [
  family('caretaker_up', 'Whether the instance is watched by this Node-RED.'),
  family('caretaker_instance_info', 'What the instance is.', 'instance_name', 'home_assistant_version'),
  family('caretaker_instance_connected', 'Whether Home Assistant is connected.'),
  family('caretaker_instance_state', 'The connection state that it is in.', 'state'),
  family('caretaker_entities_monitored', 'Entities that are judged.'),
  family('caretaker_entities', 'Judged entities by status; unsettled is one not confirmed yet.', 'status'),
  family('caretaker_entities_down', 'Judged entities that are down.', 'integration'),
  family('caretaker_devices_down', 'Judged devices that are down.'),
  family('caretaker_config_entries', 'Judged config entries by status.', 'status'),
  family('caretaker_incidents_open', 'Causes of what is down.'),
  family('caretaker_suppressions', 'What healing leaves alone.'),
  family('caretaker_in_maintenance', 'Whether the home is worked on.'),
  family('caretaker_heals_total', 'Heals by outcome, since the instance was deployed.', 'outcome'),
  family('caretaker_heal_refusals_total', 'Heals that were refused, since the instance was deployed.', 'reason'),
  family('caretaker_transitions_total', 'Confirmed changes, since the instance was deployed.', 'kind', 'direction'),
  family('caretaker_health_checks_total', 'Health checks that have ended, since the instance was deployed.'),
  family('caretaker_last_health_check_timestamp_seconds', 'When a health check was last answered.'),
  family('caretaker_component_healthy', 'Whether a component is healthy.', 'tier', 'component'),
  family('caretaker_probe_seconds', 'How long an answer took just now.', 'probe'),
  family('caretaker_facts_queued', 'Facts that wait to be written to the store.'),
];

/** More integrations than these are one together: each is a series for as long as Prometheus keeps them. */
const MOST_INTEGRATIONS = 100;

/** Of a home that is not watched little is known. */
export function* homeSamples(
  member: Member,
  health: Pick<HomeHealth, 'tiers' | 'signs'>,
  now: number,
): Iterable<Sample> {
  const { instance } = member;
  const home_assistant_version = instance?.info?.version ?? '';
  yield { name: 'caretaker_up', value: instance ? 1 : 0 };
  yield {
    name: 'caretaker_instance_info',
    value: 1,
    labels: { instance_name: member.name, home_assistant_version },
  };
  yield* healthOf(health);
  if (!instance) return;
  yield* connectionOf(instance);
  yield* subjectsOf(instance.tracker);
  yield { name: 'caretaker_incidents_open', value: instance.incidents.open };
  yield { name: 'caretaker_suppressions', value: inForce(member, now).length };
  yield { name: 'caretaker_in_maintenance', value: instance.isInMaintenance(now) ? 1 : 0 };
  yield* talliesOf(instance);
  yield { name: 'caretaker_facts_queued', value: instance.journal.queued };
}

function* healthOf({ tiers, signs }: Pick<HomeHealth, 'tiers' | 'signs'>): Iterable<Sample> {
  const all = Object.entries(tiers).flatMap(([tier, components]) =>
    Object.entries(components).map(([component, { status }]) => ({ tier, component, status })),
  );
  for (const { status, ...labels } of all.filter((one) => one.status !== 'unknown')) {
    yield { name: 'caretaker_component_healthy', value: status === 'healthy' ? 1 : 0, labels };
  }
  for (const [probe, latency] of Object.entries(signs)) {
    if (latency !== null) yield { name: 'caretaker_probe_seconds', value: latency / 1000, labels: { probe } };
  }
}

function* connectionOf({ state, healthCheck }: Instance): Iterable<Sample> {
  yield { name: 'caretaker_instance_connected', value: state === 'connected' ? 1 : 0 };
  for (const one of CONNECTION_STATES) {
    yield { name: 'caretaker_instance_state', value: state === one ? 1 : 0, labels: { state: one } };
  }
  const name = 'caretaker_last_health_check_timestamp_seconds';
  if (healthCheck.lastGood !== null) yield { name, value: healthCheck.lastGood / 1000 };
}

function* subjectsOf(tracker: Tracker): Iterable<Sample> {
  const { statuses, entries } = tracker;
  yield { name: 'caretaker_entities_monitored', value: statuses.judged };
  let unsettled = statuses.judged;
  for (const status of STATUSES) {
    const value = statuses.of(status);
    unsettled -= value;
    yield { name: 'caretaker_entities', value, labels: { status } };
  }
  yield { name: 'caretaker_entities', value: unsettled, labels: { status: 'unsettled' } };
  const down = downIn(tracker);
  yield { name: 'caretaker_devices_down', value: down.devices };
  for (const [integration, value] of down.byIntegration) {
    yield { name: 'caretaker_entities_down', value, labels: { integration } };
  }
  const judged = [...entries.values()].filter((entry) => entry.judged);
  for (const status of ['available', 'unavailable', 'unsettled'] as const) {
    const value = judged.filter((entry) => (entry.status ?? 'unsettled') === status).length;
    yield { name: 'caretaker_config_entries', value, labels: { status } };
  }
}

/** An integration with nothing down is there as well: of a series that comes and goes nobody can say when it was zero. */
function downIn({ entries, down }: Tracker) {
  const domains = new Set([...entries.values()].map(({ entry }) => entry.domain));
  const byIntegration = new Map(
    [...domains]
      .sort()
      .slice(0, MOST_INTEGRATIONS)
      .map((domain) => [domain, 0]),
  );
  let devices = 0;
  for (const tracked of down) {
    if (tracked.subject.kind === 'device') devices += 1;
    if (!('domain' in tracked)) continue;
    const domain = tracked.entry?.entry.domain ?? 'none';
    const integration = byIntegration.has(domain) || domain === 'none' ? domain : 'other';
    byIntegration.set(integration, (byIntegration.get(integration) ?? 0) + 1);
  }
  return { devices, byIntegration };
}

function* talliesOf({ healing, tally, healthCheck }: Instance): Iterable<Sample> {
  for (const [outcome, value] of Object.entries(healing.tally.outcomes)) {
    yield { name: 'caretaker_heals_total', value, labels: { outcome } };
  }
  for (const [reason, value] of healing.tally.refusals) {
    yield { name: 'caretaker_heal_refusals_total', value, labels: { reason } };
  }
  for (const { kind, down, back } of tally.transitions) {
    yield { name: 'caretaker_transitions_total', value: down, labels: { kind, direction: 'down' } };
    yield { name: 'caretaker_transitions_total', value: back, labels: { kind, direction: 'back' } };
  }
  yield { name: 'caretaker_health_checks_total', value: healthCheck.count };
}

function family(name: string, help: string, ...labels: string[]): Family {
  return { name, help, labels: ['instance_id', ...labels] };
}
