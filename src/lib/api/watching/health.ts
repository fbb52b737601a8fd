import { CONDITIONS, overall, summary, TIERS, type Tier } from '../../core/vitals';
import { versions } from '../../instance/versions';
import { type Caller, operation, type Reply } from '../operation';
import { askedFor, isAll } from '../ready';
import { fields, instant, maybeNumber, number, oneOf, record, text, whole } from '../schema';
import { type Component, component, componentAnswer } from './component';
import { type HomeHealth, healthOf, loopComponent } from './home-health';
import { loopDelay } from './loop-delay';
import type { Signs } from './probed';
import { startOf, uptimeOf } from './uptime';

type Tiers = Readonly<Record<Tier, Readonly<Record<string, Component>>>>;

const components = { type: 'object', additionalProperties: componentAnswer } as const;

export const health = operation({
  name: 'health',
  summary: 'Whether everything is well: service, store, connections, healing. Unhealthy is HTTP 503.',
  access: 'read',
  volatile: ['timestamp', 'last_update', 'details', 'performance'],
  fields: fields({}),
  answer: record({
    status: oneOf(...CONDITIONS.filter((one) => one !== 'unknown')),
    timestamp: instant,
    version: text,
    ...Object.fromEntries(TIERS.map((tier) => [tier, components])),
    performance: record({
      uptime_seconds: number,
      memory_usage_mb: number,
      rest_api_latency_ms: maybeNumber,
      websocket_latency_ms: maybeNumber,
      db_query_latency_ms: maybeNumber,
      loop_delay_ms: number,
    }),
    summary: record(Object.fromEntries(CONDITIONS.map((one) => [one, whole]))),
  }),
  statuses: [503],
  run: (caller) => reply(caller),
});

/** Looked up once: it lies in a file. */
let ownVersion: string | undefined;

async function reply(caller: Caller): Promise<Reply> {
  const asked = askedFor(caller);
  const loop = await loopDelay.get();
  const homes = await healthOf(asked, loop, caller.now);
  const isPrefixed = isAll(caller, asked);
  const tiers = asked.length > 0 ? merged(homes, isPrefixed) : nobody(loopComponent(loop), caller.now);
  const status = overall(tiers);
  ownVersion ??= versions('').caretaker;
  const body = {
    status,
    timestamp: new Date(caller.now).toISOString(),
    version: ownVersion,
    ...tiers,
    performance: {
      uptime_seconds: uptimeOf(startOf(asked), caller.now),
      memory_usage_mb: Math.round(process.memoryUsage.rss() / 104_857.6) / 10,
      rest_api_latency_ms: slowest(homes, 'rest'),
      websocket_latency_ms: slowest(homes, 'socket'),
      db_query_latency_ms: slowest(homes, 'store'),
      loop_delay_ms: rounded(loop.delay),
    },
    summary: summary(tiers),
  };
  return { body, status: status === 'unhealthy' ? 503 : 200 };
}

/** @param isPrefixed each component says whose it is */
function merged(homes: readonly HomeHealth[], isPrefixed: boolean): Tiers {
  const tiers: Record<Tier, Record<string, Component>> = {
    critical: {},
    essential: {},
    operational: {},
    healing: {},
    intelligence: { ai: component('unknown', null, 'not configured') },
  };
  for (const { instance_id, tiers: own } of homes) {
    const prefix = isPrefixed ? `${instance_id}:` : '';
    for (const tier of ['critical', 'essential', 'operational', 'healing'] as const) {
      for (const [name, one] of Object.entries(own[tier]))
        tiers[tier][prefix + name] = worse(tiers[tier][prefix + name], one);
    }
  }
  return tiers;
}

/** Two config nodes may claim one instance_id: the one that was refused must not hide, nor hide the other. */
function worse(one: Component | undefined, other: Component): Component {
  const rank = ({ status }: Component) => (status === 'unknown' ? -1 : CONDITIONS.indexOf(status));
  return one && rank(one) >= rank(other) ? one : other;
}

function nobody(event_loop_responsive: Component, now: number): Tiers {
  const service_state = component('unhealthy', now, 'No instance is configured. Add a caretaker-instance node.');
  return {
    critical: { service_state },
    essential: { event_loop_responsive },
    operational: {},
    healing: {},
    intelligence: { ai: component('unknown', null, 'not configured') },
  };
}

function slowest(homes: readonly HomeHealth[], sign: keyof Signs): number | null {
  const known = homes.flatMap(({ signs }) => signs[sign] ?? []);
  return known.length > 0 ? rounded(Math.max(...known)) : null;
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
