import { setImmediate as turn } from 'node:timers/promises';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Member } from '../../instance/roster';
import { homesOf } from '../homes';
import { operation } from '../operation';
import { fields, text } from '../schema';
import { FAMILIES, homeSamples } from './home-samples';

export const metrics = operation({
  name: 'metrics',
  summary: 'What Prometheus scrapes',
  access: 'read',
  fields: fields({}),
  answer: text,
  run: async ({ commanded, reference, now }) => ({
    body: await scraped(homesOf({ visible: commanded, reference }), now),
    type: 'text/plain; version=0.0.4; charset=utf-8',
  }),
});

/** A home at a time: all in one would hold everybody up. Each in a registry of its own, which ends with the scrape. */
async function scraped(homes: readonly Member[], now: number): Promise<string> {
  const lines = new Map<string, string[]>();
  const done = new Set<string>();
  for (const home of homes) {
    // Of two that were refused the same id may be wanted: one series is of one.
    if (done.has(home.instance_id)) continue;
    done.add(home.instance_id);
    const registry = registryOf(home, now);
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

function registryOf(home: Member, now: number): Registry {
  const registry = new Registry();
  const kinds = new Map(
    FAMILIES.map(({ name, help, labels }) => {
      const Kind = name.endsWith('_total') ? Counter : Gauge;
      return [name, new Kind({ name, help, labelNames: [...labels], registers: [registry] })];
    }),
  );
  for (const { name, value, labels } of homeSamples(home, now)) {
    kinds.get(name)?.inc({ instance_id: home.instance_id, ...labels }, value);
  }
  return registry;
}
