/** Worst last. `unknown` says nothing either way. */
export const CONDITIONS = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const;

export type Condition = (typeof CONDITIONS)[number];

/** In the order of their weight. */
export const TIERS = ['critical', 'essential', 'operational', 'healing', 'intelligence'] as const;

export type Tier = (typeof TIERS)[number];

export type Summary = Readonly<Record<Condition, number>>;

type Tiers = Readonly<Record<Tier, Readonly<Record<string, { readonly status: Condition }>>>>;

/** Without what is critical there is nothing; what else is bad takes away a part of it, but for the intelligence. */
export function overall(tiers: Tiers): Exclude<Condition, 'unknown'> {
  const of = (tier: Tier) => Object.values(tiers[tier]).map(({ status }) => status);
  if (of('critical').includes('unhealthy')) return 'unhealthy';
  const serious = TIERS.filter((tier) => tier !== 'intelligence').flatMap(of);
  return serious.some((status) => status === 'degraded' || status === 'unhealthy') ? 'degraded' : 'healthy';
}

/** How many components are how. */
export function summary(tiers: Tiers): Summary {
  const counts = { healthy: 0, degraded: 0, unhealthy: 0, unknown: 0 };
  for (const tier of TIERS) for (const { status } of Object.values(tiers[tier])) counts[status] += 1;
  return counts;
}
