import { setImmediate as turn } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Member } from '../../instance/roster';
import { operation } from '../operation';
import { askedFor } from '../ready';
import { fields, text } from '../schema';
import { type HomeHealth, healthOf } from '../watching/home-health';
import { loopDelay } from '../watching/loop-delay';
import { FAMILIES, homeSamples, type Sample } from './home-samples';

export const metrics = operation({
  name: 'metrics',
  summary: 'What Prometheus scrapes.',
  access: 'read',
  fields: fields({}),
  answer: text,
  run: async ({ commanded, reference, now }) => ({
    body: await scraped(askedFor({ visible: commanded, commanded, reference }), now),
    type: 'text/plain; version=0.0.4; charset=utf-8',
  }),
});

/** A home at a time: all in one would hold everybody up. Each in a registry of its own, which ends with the scrape. */
async function scraped(all: readonly Member[], now: number): Promise<string> {
  // Of two that were refused the same id may be wanted: one series is of one.
  const homes = [...new Map(all.map((home) => [home.instance_id, home])).values()];
  const loop = await loopDelay.get();
  const healths = await healthOf(homes, loop, now);
  const lines = new Map<string, string[]>();
  for (const [index, home] of homes.entries()) {
    const samples = homeSamples(home, healths[index] as HomeHealth, now);
    const registry = registryOf(home.instance_id, samples);
    for (const { name } of FAMILIES) {
      const [help = '', type = '', ...values] = (await registry.getSingleMetricAsString(name)).split('\n');
      // What a family is called, and how, is said once.
      const family = lines.get(name) ?? [help, type];
      family.push(...values);
      lines.set(name, family);
    }
    await turn();
  }
  const families = [...lines.values()].filter((family) => family.length > 2);
  return families.map((family) => `${family.join('\n')}\n`).join('\n');
}

function registryOf(instance_id: string, samples: Iterable<Sample>): Registry {
  const registry = new Registry();
  const kinds = new Map(
    FAMILIES.map(({ name, help, labels }) => {
      const Kind = name.endsWith('_total') ? Counter : Gauge;
      return [name, new Kind({ name, help, labelNames: [...labels], registers: [registry] })];
    }),
  );
  for (const { name, value, labels } of samples) {
    kinds.get(name)?.inc({ instance_id, ...labels }, value);
  }
  return registry;
}
