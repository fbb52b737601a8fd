import { STATUSES } from '../../core/subject';
import type { Member } from '../../instance/roster';
import { type Caller, operation, type Reply } from '../operation';
import { askedFor, isAll } from '../ready';
import { fields, maybeInstant, maybeOneOf, maybeText, number, oneOf, record, whole } from '../schema';
import { CONNECTION_STATES, connectionStateOf } from './home-state';
import { startOf, uptimeOf } from './uptime';

export const status = operation({
  name: 'status',
  summary: 'How Caretaker is doing: its counters, summed over the instances.',
  access: 'read',
  volatile: ['uptime_seconds', 'health_checks_performed'],
  fields: fields({}),
  answer: record({
    instance_id: maybeText,
    instance_name: maybeText,
    state: oneOf('running', 'starting', 'stopped'),
    connection_state: maybeOneOf(...CONNECTION_STATES),
    uptime_seconds: number,
    start_time: maybeInstant,
    health_checks_performed: whole,
    healings_attempted: whole,
    healings_succeeded: whole,
    healings_failed: whole,
    monitored_entities: whole,
    entities_down: whole,
    entities_by_status: record(Object.fromEntries(STATUSES.map((one) => [one, whole]))),
    incidents_open: whole,
    instances: whole,
    instances_connected: whole,
  }),
  run: (caller) => reply(caller),
});

function reply(caller: Caller): Reply {
  const asked = askedFor(caller);
  const start = startOf(asked);
  const { instance_id = null, name = null } = isAll(caller, asked) ? {} : only(asked);
  return {
    body: {
      instance_id,
      instance_name: name,
      state: serviceState(asked),
      connection_state: worst(asked),
      uptime_seconds: uptimeOf(start, caller.now),
      start_time: start === null ? null : new Date(start).toISOString(),
      ...sums(asked),
    },
  };
}

/** From counters that are kept up to date: no entity is looked at. */
function sums(asked: readonly Member[]) {
  const sum = { checks: 0, healed: 0, failed: 0, monitored: 0, down: 0, incidents: 0, connected: 0 };
  const by = { available: 0, unavailable: 0, unknown: 0, stale: 0, missing: 0 };
  for (const { instance } of asked) {
    if (!instance) continue;
    const { statuses } = instance.tracker;
    const { healed, failed } = instance.healing.ledger.outcomes;
    sum.checks += instance.healthCheck.count;
    sum.healed += healed;
    sum.failed += failed;
    sum.monitored += statuses.judged;
    sum.down += statuses.down;
    sum.incidents += instance.incidents.open;
    if (instance.state === 'connected') sum.connected += 1;
    statuses.addTo(by);
  }
  return {
    health_checks_performed: sum.checks,
    healings_attempted: sum.healed + sum.failed,
    healings_succeeded: sum.healed,
    healings_failed: sum.failed,
    monitored_entities: sum.monitored,
    entities_down: sum.down,
    entities_by_status: by,
    incidents_open: sum.incidents,
    instances: asked.length,
    instances_connected: sum.connected,
  };
}

/** Running when any is looked after here. */
function serviceState(asked: readonly Member[]): 'running' | 'starting' | 'stopped' {
  if (asked.some(({ instance }) => instance !== null)) return 'running';
  return asked.some(({ refusal, standby = null }) => refusal === null && standby === null) ? 'starting' : 'stopped';
}

function worst(asked: readonly Member[]): string | null {
  const ranks = asked.map((member) => CONNECTION_STATES.indexOf(connectionStateOf(member)));
  return CONNECTION_STATES[Math.max(-1, ...ranks)] ?? null;
}

/** One that was named is alone. */
function only(asked: readonly Member[]): Partial<Pick<Member, 'instance_id' | 'name'>> {
  return Object.assign({}, ...asked);
}
