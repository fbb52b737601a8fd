import type { Condition } from '../../core/vitals';
import { CaretakerError } from '../../error';
import { isStandIn } from '../../instance/stand-in';
import type { Running } from '../ready';
import { type Component, component } from './component';
import { reasonOf } from './home-state';
import type { Probed } from './probed';

type Components = Readonly<Record<string, Component>>;

/** So many facts that wait to be written are more than a burst. */
const LONG_QUEUE = 10_000;

export function critical(member: Running, probes: Probed): Components {
  const { instance } = member;
  return {
    service_state: component('healthy', probes.at, null, { started: new Date(instance.startedAt).toISOString() }),
    database: database(member, probes),
    ha_connection: connection(member, probes),
  };
}

export function essential(member: Running, probes: Probed, now: number): Components {
  return {
    websocket_connected: websocket(member, probes),
    state_tracker: tracking(member, probes, now),
    registries: registries(member, probes),
  };
}

export function operational(member: Running, { check, at }: Probed, now: number): Components {
  const { instance, keeping } = member;
  const { healthCheck, journal, storeKind } = instance;
  const { queued, failure } = journal;
  const checked = healthCheck.lastGood;
  const seen = {
    last_health_check: checked === null ? null : new Date(checked).toISOString(),
    age_seconds: checked === null ? null : Math.max(0, now - checked) / 1000,
    interval_seconds: healthCheck.interval / 1000,
    performed: healthCheck.count,
  };
  const unanswered = whatIsUnanswered(check);
  const inMemory = storeKind === 'memory' ? 'Facts are kept in memory only, and end with this process.' : null;
  const written = { kind: storeKind, place: keeping?.store.place ?? null };
  return {
    health_check: component(unanswered ? 'degraded' : 'healthy', at, unanswered, seen),
    journal_queue: component(
      queued > LONG_QUEUE ? 'degraded' : 'healthy',
      at,
      queued > LONG_QUEUE ? 'More facts come in than the store takes.' : null,
      { queued },
    ),
    facts_recording: component((failure ?? inMemory) ? 'degraded' : 'healthy', at, failure ?? inMemory, written),
  };
}

export function healing(member: Running, probes: Probed, now: number): Components {
  const { instance } = member;
  const { ledger, options } = instance.healing;
  const { known, open } = ledger.breakers(now);
  const threshold = options.circuit_breaker_threshold;
  const isMost = open > 0 && open * 2 > known;
  return {
    healing_manager: manager(member, probes.at),
    circuit_breakers: component(
      isMost ? 'degraded' : 'healthy',
      probes.at,
      threshold === 0 ? 'Circuit breakers are switched off.' : isMost ? MOST_ARE_OPEN : null,
      { known, open },
    ),
    healing_actions_recordable: recordable(member, probes),
  };
}

function database({ keeping }: Running, { store, at }: Probed): Component {
  const details = { kind: keeping?.store.kind ?? null, place: keeping?.store.place ?? null };
  const error = store instanceof CaretakerError ? store : store.error;
  if (keeping && isStandIn(keeping.store)) return component('unhealthy', at, 'Its store could not be opened.', details);
  if (!error) return component('healthy', at, null, details);
  // Another Node-RED has taken over, and this one is about to hear of it.
  const status: Condition = error.code === 'lease_lost' ? 'degraded' : 'unhealthy';
  return component(status, at, error.message, details);
}

function connection(member: Running, { at }: Probed): Component {
  const { instance } = member;
  const details = { state: instance.state, version: instance.info?.version ?? null };
  const reason = reasonOf(member);
  if (instance.state === 'connected') return component('healthy', at, null, details);
  if (instance.state === 'degraded') return component('degraded', at, reason?.message ?? 'Only REST works.', details);
  if (reason) return component('unhealthy', at, reason.message, details);
  return component('degraded', at, 'The first connection is being made.', details);
}

function websocket({ instance }: Running, { check, at }: Probed): Component {
  const [error, isPinged] =
    check instanceof CaretakerError ? [check, false] : [check.socket?.error, check.socket?.ok === true];
  if (isPinged && instance.state === 'connected') return component('healthy', at);
  return component('degraded', at, error?.message ?? 'There is no WebSocket connection.');
}

function tracking({ instance }: Running, { at }: Probed, now: number): Component {
  const { live, info, tracker } = instance;
  const { judged: monitored, down } = tracker.statuses;
  const counts = { entities: tracker.entities.size, monitored, down };
  if (live) {
    const held = instance.isInMaintenance(now) ? 'The home is in maintenance: nothing is judged.' : null;
    return component('healthy', at, held, counts);
  }
  const isUp = instance.state === 'connected' && info?.running === false;
  return component(
    'degraded',
    at,
    isUp ? 'Home Assistant is starting or stopping.' : 'Home Assistant is not connected.',
    counts,
  );
}

function registries({ instance }: Running, { at }: Probed): Component {
  const { registry, entries } = instance.tracker;
  const counts = {
    entities: registry.entities.size,
    devices: registry.devices.size,
    config_entries: entries.size,
  };
  if (counts.entities + counts.devices + counts.config_entries > 0) return component('healthy', at, null, counts);
  const isConnected = instance.state === 'connected';
  return component(isConnected ? 'degraded' : 'unknown', at, 'They have not been read yet.', counts);
}

function whatIsUnanswered(check: Probed['check']): string | null {
  if (check instanceof CaretakerError) return check.message;
  const { socket, rest } = check;
  const failed = [socket, rest].flatMap((sign) => sign?.error?.message ?? []);
  if (failed.length > 0) return failed.join(' ');
  if (!socket) return 'There is no WebSocket connection to ping.';
  return rest ? null : 'No REST call is made since the token was refused.';
}

/** What somebody chose is no fault. */
function manager({ instance }: Running, at: number): Component {
  const { healing_enabled, healing_dry_run } = instance.healing.options;
  const details = { healing_enabled, healing_dry_run };
  if (!healing_enabled) return component('healthy', at, 'Healing is switched off for this home.', details);
  if (!instance.isOurs) return component('degraded', at, NOT_SURE, details);
  if (instance.info && !instance.info.is_admin)
    return component('degraded', at, 'The token is not an administrator’s, and only they may heal.', details);
  return component('healthy', at, healing_dry_run ? 'Heals are only rehearsed (healing_dry_run).' : null, details);
}

function recordable(member: Running, probes: Probed): Component {
  const { status, message } = database(member, probes);
  const isSure = member.instance.isOurs;
  if (status !== 'healthy') return component('degraded', probes.at, message);
  return isSure ? component('healthy', probes.at) : component('degraded', probes.at, NOT_SURE);
}

const MOST_ARE_OPEN = 'Most of what was tried to be healed is left alone for a while: too many tries in a row failed.';
const NOT_SURE = 'Nothing is healed: what was done before is not known, or another Node-RED may look after this home.';
