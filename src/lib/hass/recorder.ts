import { CaretakerError } from '../error';
import type { Connection } from './connection';

/** A state as Home Assistant's recorder kept it. */
interface RecordedState {
  /** Null when it was removed then. */
  readonly state: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Epoch ms, by Home Assistant's clock. */
  readonly at: number;
}

export interface RecorderQuery {
  readonly entity_id: string;
  /** Epoch ms. */
  readonly from: number;
  /** Epoch ms; now. */
  readonly to: number;
  readonly limit: number;
  /** After it no more is asked for, epoch ms. */
  readonly deadline: number;
  /** Changes of attributes too; else those of the state alone, without attributes. */
  readonly attributes: boolean;
}

export interface Recorded {
  /** Newest first. */
  readonly states: readonly RecordedState[];
  /** There were more than the limit. */
  readonly isMore: boolean;
}

/** Each further one is twice as long as the one before, ms. */
const FIRST_WINDOW_MS = 15 * 60_000;
/** Home Assistant leaves out what changed at either end of a window to the microsecond. */
const OVERLAP_MS = 1;
/** Beyond it there are no dates, epoch seconds. */
const LAST_INSTANT_S = 8.64e12;

/**
 * What the recorder kept of one entity. Asked in windows, from now backwards: the history of a talkative entity as one
 * answer could be larger than a frame may be, and would end the connection.
 * @throws CaretakerError command_failed (e.g. where there is no recorder), command_timeout, connection_lost
 */
export async function recordedStates(
  connection: Pick<Connection, 'command'>,
  { from, to, limit, deadline, ...query }: RecorderQuery,
): Promise<Recorded> {
  const found: RecordedState[] = [];
  let until = Number.POSITIVE_INFINITY;
  let length = FIRST_WINDOW_MS;
  for (let end = to; end > from && found.length <= limit; length *= 2) {
    if (Date.now() >= deadline) throw new CaretakerError('command_timeout', 'The recorder takes too long.');
    const start = Math.max(from, end - length);
    const rows = await windowOf(connection, query, start, until);
    // No more than are wanted, however many came.
    for (let n = rows.length - 1; n >= 0 && found.length <= limit; n -= 1) {
      const one = recordedState(rows[n]);
      if (one && one.at <= until) add(found, one, query.attributes);
    }
    until = start;
    end = start;
  }
  return { states: found.slice(0, limit), isMore: found.length > limit };
}

/** @param until Infinity: to its own now, which need not be ours */
async function windowOf(
  connection: Pick<Connection, 'command'>,
  { entity_id, attributes }: Pick<RecorderQuery, 'entity_id' | 'attributes'>,
  start: number,
  until: number,
): Promise<readonly unknown[]> {
  const answer = await connection.command<unknown>({
    type: 'history/history_during_period',
    start_time: new Date(start).toISOString(),
    ...(Number.isFinite(until) && { end_time: new Date(until + OVERLAP_MS).toISOString() }),
    entity_ids: [entity_id],
    include_start_time_state: false,
    significant_changes_only: false,
    minimal_response: !attributes,
    no_attributes: !attributes,
  });
  const rows: unknown = Object.hasOwn(Object(answer) as object, entity_id)
    ? (answer as Record<string, unknown>)[entity_id]
    : [];
  if (Array.isArray(rows)) return rows;
  throw new CaretakerError('command_failed', 'history/history_during_period: an answer that makes no sense.');
}

/** One state that goes on over the end of a window is one. */
function add(found: RecordedState[], one: RecordedState, attributes: boolean): void {
  if (!attributes && found.at(-1)?.state === one.state) found.pop();
  found.push(one);
}

/** Undefined for what is none. */
function recordedState(row: unknown): RecordedState | undefined {
  const { s, a, lu, lc } = Object(row) as { s?: unknown; a?: unknown; lu?: unknown; lc?: unknown };
  const seconds = typeof lu === 'number' ? lu : lc;
  // A home may say anything.
  if (typeof seconds !== 'number' || !(Math.abs(seconds) <= LAST_INSTANT_S)) return undefined;
  const attributes = typeof a === 'object' && a !== null ? (a as Record<string, unknown>) : {};
  return { state: typeof s === 'string' && s !== '' ? s : null, attributes, at: seconds * 1000 };
}
