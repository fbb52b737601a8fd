import type { Connection } from '../hass/connection';
import { FirstEvent } from './first-event';

/** Home Assistant cuts the output of a template at 256 KiB. */
export const AGES_AT_ONCE = 1_000;

/** The true last_reported is to be had nowhere else: neither the compressed states nor REST before 2026.11 have it. */
const REPORTED = template('last_reported');
/** What there is before Home Assistant 2024.4. */
const UPDATED = template('last_updated');

function template(field: 'last_reported' | 'last_updated'): string {
  return `{% set ns = namespace(ages=[]) %}{% for id in ids %}{% set seen = states[id] %}{% if seen %}
{% set ns.ages = ns.ages + [[id, as_timestamp(now()) - as_timestamp(seen.${field})]] %}
{% endif %}{% endfor %}{{ ns.ages }}`;
}

/**
 * How long ago each last reported, or was last updated where reports are not kept, in seconds by Home Assistant's own
 * clock.
 * @param ids at most `AGES_AT_ONCE`
 * @throws CaretakerError
 */
export async function reportedAges(
  connection: Connection,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, number])[]> {
  const first = new FirstEvent('render_template', signal);
  let ages: unknown;
  const text = connection.atLeast(2024, 4) ? REPORTED : UPDATED;
  const stop = await connection.subscribe<{ result?: unknown }>(
    { type: 'render_template', template: text, variables: { ids } },
    ({ result }) => {
      if (first.pending) first.take(() => (ages = result));
    },
  );
  try {
    await first.taken;
  } finally {
    stop();
  }
  return Array.isArray(ages) ? ages.filter(isAge) : [];
}

function isAge(row: unknown): row is [string, number] {
  return Array.isArray(row) && typeof row[0] === 'string' && Number.isFinite(row[1]);
}
