import { CaretakerError } from '../error';
import { Connection } from './connection';
import { defaultLinkTimes } from './link';
import { configEntry } from './registries';
import type { Target } from './target';

export interface Probed {
  readonly version: string;
  readonly location_name: string;
  readonly is_admin: boolean;
  readonly user_name: string;
  readonly entity_count: number;
  readonly entry_ids: readonly string[];
}

const PROBE_MS = 10_000;

/** Logs in once and looks around. @throws CaretakerError that says what is wrong */
export async function probe(target: Target): Promise<Probed> {
  const times = { ...defaultLinkTimes, handshake: PROBE_MS, auth: PROBE_MS, command: PROBE_MS };
  const silent = { ended() {}, trouble() {} };
  const connection = await Connection.connect(target, times, silent, new AbortController().signal);
  try {
    const [user, config, states, entries] = await Promise.all([
      connection.command<Record<string, unknown> | null>({ type: 'auth/current_user' }),
      connection.command<Record<string, unknown> | null>({ type: 'get_config' }),
      connection.command<unknown>({ type: 'get_states' }),
      connection.command<unknown>({ type: 'config_entries/get' }),
    ]);
    if (!Array.isArray(states) || !Array.isArray(entries)) {
      throw new CaretakerError('not_home_assistant', `${target.url} does not answer like a Home Assistant.`);
    }
    return {
      version: connection.version,
      location_name: String(config?.['location_name'] ?? ''),
      is_admin: user?.['is_admin'] === true,
      user_name: String(user?.['name'] ?? ''),
      entity_count: states.length,
      entry_ids: entries.flatMap((entry) => configEntry(entry)?.entry_id ?? []),
    };
  } finally {
    connection.end('looked around');
  }
}
