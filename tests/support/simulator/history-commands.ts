import type { Call, Command } from './command';
import { CommandError, type Message } from './message';
import type { Recorded } from './recorder';
import { nowSeconds } from './state-machine';

export const HISTORY_COMMANDS: Readonly<Record<string, Command>> = {
  'history/history_during_period': {
    keys: [
      'start_time',
      'end_time',
      'entity_ids',
      'include_start_time_state',
      'significant_changes_only',
      'minimal_response',
      'no_attributes',
    ],
    required: ['start_time', 'entity_ids'],
    run: historyDuringPeriod,
  },
};

function historyDuringPeriod({ session, host: { core }, id, message }: Call): void {
  const start = instantOf(message, 'start_time') as number;
  const end = instantOf(message, 'end_time') ?? Number.POSITIVE_INFINITY;
  const ids = Array.isArray(message['entity_ids']) ? message['entity_ids'].map(String) : [];
  if (ids.some((one) => !/^[a-z0-9_]+\.[a-z0-9_]+$/.test(one)))
    throw new CommandError('invalid_entity_ids', 'Invalid entity_ids');
  const result: Record<string, unknown> = {};
  for (const entityId of start > nowSeconds() ? [] : ids) {
    const before = message['include_start_time_state'] === false ? undefined : core.recorder.at(entityId, start);
    const first = before && { ...before, last_changed: start, last_updated: start };
    const rows = [...(first ? [first] : []), ...core.recorder.within(entityId, { start, end })];
    const kept = rows.filter(isSignificant(message));
    if (kept.length > 0) result[entityId] = compressed(kept, message);
  }
  session.result(id, result);
}

/** Unless said otherwise a change of attributes alone is none. */
function isSignificant(message: Message): (row: Recorded) => boolean {
  return ({ last_changed, last_updated }) =>
    message['significant_changes_only'] === false || last_changed === last_updated;
}

function compressed(rows: readonly Recorded[], message: Message): unknown[] {
  if (message['minimal_response'] !== true) return rows.map((row) => full(row, message));
  const changes = rows.filter(({ state }, n) => n > 0 && state !== rows[n - 1]?.state);
  return [
    ...rows.slice(0, 1).map((row) => full(row, message)),
    ...changes.map(({ state, last_updated }) => ({ s: state, lu: last_updated })),
  ];
}

function full({ state, attributes, last_changed, last_updated }: Recorded, message: Message): object {
  const record: Record<string, unknown> = { s: state };
  if (message['no_attributes'] !== true) record['a'] = attributes;
  record['lu'] = last_updated;
  if (last_changed !== last_updated) record['lc'] = last_changed;
  return record;
}

/** Epoch seconds; undefined when it is left out. */
function instantOf(message: Message, key: 'start_time' | 'end_time'): number | undefined {
  if (message[key] === undefined) return undefined;
  const at = Date.parse(String(message[key])) / 1000;
  if (Number.isNaN(at)) throw new CommandError(`invalid_${key}`, `Invalid ${key}`);
  return at;
}
