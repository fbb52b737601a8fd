import type { Tier } from '../../core/vitals';
import { patient } from '../../instance/patient';
import type { Member } from '../../instance/roster';
import type { Running } from '../ready';
import { type Component, component } from './component';
import { reasonOf } from './home-state';
import type { LoopDelay } from './loop-delay';
import { PATIENCE_MS, probed, type Signs, signsOf } from './probed';
import { critical, essential, healing, operational } from './running-health';

export type HomeTiers = Readonly<Record<Exclude<Tier, 'intelligence'>, Readonly<Record<string, Component>>>>;

export interface HomeHealth {
  readonly instance_id: string;
  readonly tiers: HomeTiers;
  readonly signs: Signs;
}

const UNPROBED: Signs = { rest: null, socket: null, store: null };
/** A process that lets others wait for so long is no help to anybody, ms. */
const LONGEST_DELAY_MS = 100;

/** All that can be well or not about one home. Never rejects. */
export async function homeHealth(member: Member, loop: LoopDelay, now: number): Promise<HomeHealth> {
  const { instance_id } = member;
  const event_loop_responsive = loopComponent(loop);
  if (!isRunning(member)) {
    const { essential, ...tiers } = await idleTiers(member, now);
    return { instance_id, tiers: { ...tiers, essential: { ...essential, event_loop_responsive } }, signs: UNPROBED };
  }
  const probes = await probed(member);
  const tiers = {
    critical: critical(member, probes),
    essential: { ...essential(member, probes, now), event_loop_responsive },
    operational: operational(member, probes, now),
    healing: healing(member, probes, now),
  };
  return { instance_id, tiers, signs: signsOf(probes) };
}

export function loopComponent({ delay, at }: LoopDelay): Component {
  const details = { delay_ms: Math.round(delay * 100) / 100 };
  if (delay < LONGEST_DELAY_MS) return component('healthy', at, null, details);
  return component('degraded', at, `What is ready to run waits for ${Math.round(delay)} ms.`, details);
}

function isRunning(member: Member): member is Running {
  return member.instance !== null;
}

/** Of one that does not run here nothing is known, but why, and whether its store can be read. */
async function idleTiers(member: Member, now: number): Promise<HomeTiers> {
  const reason = reasonOf(member);
  const unknown = component('unknown', null, reason?.message ?? member.standby ?? 'It is starting.');
  // Standing by is no fault: another one looks after it, and says how it is.
  const idle = reason ? component('unhealthy', now, reason.message) : member.standby ? unknown : starting(now);
  return {
    critical: { service_state: idle, database: await readable(member, now), ha_connection: reason ? idle : unknown },
    essential: { websocket_connected: unknown, state_tracker: unknown, registries: unknown },
    operational: { health_check: unknown, journal_queue: unknown, facts_recording: unknown },
    healing: { healing_manager: unknown, circuit_breakers: unknown, healing_actions_recordable: unknown },
  };
}

function starting(now: number): Component {
  return component('degraded', now, 'It is starting.');
}

async function readable({ keeping, instance_id, dossier }: Member, now: number): Promise<Component> {
  if (!keeping) return component('unknown', null, 'Its store is not open.');
  try {
    await patient(PATIENCE_MS, async () => (await keeping.store.namespace(instance_id)).transitions({ limit: 1 }));
    return component('healthy', now, 'It was read only: another Node-RED may write.', { kind: keeping.store.kind });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return component('unhealthy', now, dossier?.clean(message) ?? message, { kind: keeping.store.kind });
  }
}
