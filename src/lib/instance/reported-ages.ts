import { CaretakerError } from '../error';
import type { Connection } from '../hass/connection';
import { FirstEvent } from './first-event';

/** As a template makes lists, each more costs more than the one before. */
export const AGES_AT_ONCE = 1_000;
/** Home Assistant renders nothing at all of an output above 256 KiB. Characters, of which an id may have 255. */
const LONGEST = 200_000;
/** What an age adds to the id. Characters. */
const AGE = 32;

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
  if (ids.length === 0) return [];
  const length = ids.reduce((sum, id) => sum + id.length + AGE, 0);
  if (length <= LONGEST || ids.length === 1) return rendered(connection, ids, signal);
  const middle = Math.ceil(ids.length / 2);
  const first = await reportedAges(connection, ids.slice(0, middle), signal);
  return [...first, ...(await reportedAges(connection, ids.slice(middle), signal))];
}

interface Rendered {
  readonly result?: unknown;
  readonly error?: unknown;
  readonly level?: unknown;
}

async function rendered(connection: Connection, ids: readonly string[], signal: AbortSignal) {
  const first = new FirstEvent('render_template', signal);
  let ages: unknown;
  const text = connection.atLeast(2024, 4) ? REPORTED : UPDATED;
  const stop = await connection.subscribe<Rendered>(
    // Else nothing would come when it fails.
    { type: 'render_template', template: text, variables: { ids }, report_errors: true },
    ({ result, error, level }) => {
      if (!first.pending || level === 'WARNING') return;
      first.take(() => {
        if (error !== undefined) throw new CaretakerError('command_failed', `render_template: ${String(error)}`);
        ages = result;
      });
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
