import { STATUSES } from '../../core/subject';
import type { Member } from '../../instance/roster';
import { type Caller, operation, type Reply } from '../operation';
import { askedFor, isAll, type Running } from '../ready';
import { fields, maybeInstant, maybeOneOf, maybeText, number, oneOf, record, whole } from '../schema';
import { CONNECTION_STATES, connectionStateOf } from './home-state';
import { startOf, uptimeOf } from './uptime';

export const status = operation({
  name: 'status',
  summary: 'How Caretaker is doing: its counters, summed over the instances.',
  access: 'read',
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
  const running = asked.filter((member): member is Running => member.instance !== null);
  const start = startOf(asked);
  const { instance_id = null, name = null } = isAll(caller, asked) ? {} : only(asked);
  return {
    body: {
      instance_id,
      instance_name: name,
      state: serviceState(asked),
      connection_state: worst(asked),
      uptime_seconds: uptimeOf(asked, caller.now),
      start_time: start === null ? null : new Date(start).toISOString(),
      ...sums(running),
      instances: asked.length,
      instances_connected: running.filter(({ instance }) => instance.state === 'connected').length,
    },
  };
}

/** By who is there, not by what is going on: no entity is looked at. */
function sums(running: readonly Running[]) {
  const of = (figure: (member: Running) => number) => running.reduce((sum, member) => sum + figure(member), 0);
  const outcome = (one: 'healed' | 'failed') => of(({ instance }) => instance.healing.ledger.outcomes[one]);
  const [healed, failed] = [outcome('healed'), outcome('failed')];
  const by = STATUSES.map((one) => [one, of(({ instance }) => instance.tracker.statuses.of(one))]);
  return {
    health_checks_performed: of(({ instance }) => instance.checks),
    healings_attempted: healed + failed,
    healings_succeeded: healed,
    healings_failed: failed,
    monitored_entities: of(({ instance }) => instance.tracker.statuses.judged),
    entities_down: of(({ instance }) => instance.tracker.statuses.down),
    entities_by_status: Object.fromEntries(by),
    incidents_open: of(({ instance }) => instance.incidents.all().length),
  };
}

/** Running when any is looked after here. */
function serviceState(asked: readonly Member[]): 'running' | 'starting' | 'stopped' {
  if (asked.some(({ instance }) => instance !== null)) return 'running';
  return asked.some(({ refusal, standby = null }) => refusal === null && standby === null) ? 'starting' : 'stopped';
}

function worst(asked: readonly Member[]): string | null {
  const ranks = asked.map((member) => CONNECTION_STATES.indexOf(connectionStateOf(member)));
  return CONNECTION_STATES[Math.max(...ranks)] ?? null;
}

/** One that was named is alone. */
function only(asked: readonly Member[]): Partial<Pick<Member, 'instance_id' | 'name'>> {
  return Object.assign({}, ...asked);
}
