import type { Tier } from '../../core/vitals';
import { describe } from '../../error';
import { Breath } from '../../instance/breath';
import { patient } from '../../instance/patient';
import type { Member } from '../../instance/roster';
import type { Running } from '../ready';
import { type Component, component } from './component';
import { reasonOf } from './home-state';
import type { LoopDelay } from './loop-delay';
import { PATIENCE_MS, type Probed, probed, type Signs, signsOf } from './probed';
import { critical, essential, healing, operational } from './running-health';

type HomeTiers = Readonly<Record<Exclude<Tier, 'intelligence'>, Readonly<Record<string, Component>>>>;

export interface HomeHealth {
  readonly instance_id: string;
  readonly tiers: HomeTiers;
  readonly signs: Signs;
}

const UNPROBED: Signs = { rest: null, socket: null, store: null };
/** A process that lets others wait for so long is no help to anybody, ms. */
const LONGEST_DELAY_MS = 100;

/**
 * All that can be well or not about homes, each in its place. All are asked at once; of what they answered a little is
 * looked at in each turn of the loop. Never rejects.
 */
export async function healthOf(members: readonly Member[], loop: LoopDelay, now: number): Promise<HomeHealth[]> {
  const looks = await Promise.all(
    members.map((member) => (isRunning(member) ? running(member, now) : idle(member, now))),
  );
  const breath = new Breath();
  const all: HomeHealth[] = [];
  for (const [index, member] of members.entries()) {
    if (breath.due) await breath.take();
    const { tiers, signs } = (looks[index] as Look)();
    const essential = { ...tiers.essential, event_loop_responsive: loopComponent(loop) };
    all.push({ instance_id: member.instance_id, tiers: withoutSecrets({ ...tiers, essential }, member), signs });
  }
  return all;
}

/** Says how a home is, once it was asked. */
type Look = () => Pick<HomeHealth, 'tiers' | 'signs'>;

async function running(member: Running, now: number): Promise<Look> {
  const probes = await probed(member);
  return () => runningHealth(member, probes, now);
}

function runningHealth(member: Running, probes: Probed, now: number): ReturnType<Look> {
  const tiers = {
    critical: critical(member, probes),
    essential: essential(member, probes, now),
    operational: operational(member, probes, now),
    healing: healing(member, probes, now),
  };
  return { tiers, signs: signsOf(probes) };
}

/** What went wrong may say where, and with what. */
function withoutSecrets(tiers: HomeTiers, { dossier }: Member): HomeTiers {
  if (!dossier) return tiers;
  const clean = (group: Readonly<Record<string, Component>>) =>
    Object.fromEntries(
      Object.entries(group).map(([name, { message, ...rest }]) => {
        return [name, { ...rest, message: message && dossier.clean(message) }];
      }),
    );
  const { critical, essential, operational, healing } = tiers;
  return {
    critical: clean(critical),
    essential: clean(essential),
    operational: clean(operational),
    healing: clean(healing),
  };
}

export function loopComponent({ delay, at }: LoopDelay): Component {
  const details = { delay_ms: Math.round(delay * 100) / 100 };
  if (delay < LONGEST_DELAY_MS) return component('healthy', at, null, details);
  return component('degraded', at, 'Node-RED is busy: what is ready to run waits.', details);
}

function isRunning(member: Member): member is Running {
  return member.instance !== null;
}

/** Of one that does not run here nothing is known, but why, and whether its store can be read. */
async function idle(member: Member, now: number): Promise<Look> {
  const database = await readable(member, now);
  return () => idleHealth(member, database, now);
}

function idleHealth(member: Member, database: Component, now: number): ReturnType<Look> {
  const reason = reasonOf(member);
  const unknown = component('unknown', null, reason?.message ?? member.standby ?? 'It is starting.');
  // Standing by is no fault: another one looks after it, and says how it is.
  const service_state = reason ? component('unhealthy', now, reason.message) : member.standby ? unknown : starting(now);
  const tiers = {
    critical: { service_state, database, ha_connection: reason ? service_state : unknown },
    essential: { websocket_connected: unknown, state_tracker: unknown, registries: unknown },
    operational: { health_check: unknown, journal_queue: unknown, facts_recording: unknown },
    healing: { healing_manager: unknown, circuit_breakers: unknown, healing_actions_recordable: unknown },
  };
  return { tiers, signs: UNPROBED };
}

function starting(now: number): Component {
  return component('degraded', now, 'It is starting.');
}

async function readable({ keeping, instance_id }: Member, now: number): Promise<Component> {
  if (!keeping) return component('unknown', null, 'Its store is not open.');
  try {
    await patient(PATIENCE_MS, async () => (await keeping.store.namespace(instance_id)).transitions({ limit: 1 }));
    return component('healthy', now, 'It was read only: another Node-RED may write.', { kind: keeping.store.kind });
  } catch (thrown) {
    return component('unhealthy', now, describe(thrown), { kind: keeping.store.kind });
  }
}
