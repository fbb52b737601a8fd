import type { Connection } from '../hass/connection';

/** Ids of the config entries that wait for somebody to sign in again. @throws CaretakerError */
export async function entriesInReauth(connection: Connection): Promise<ReadonlySet<string>> {
  const flows = await connection.command<unknown>({ type: 'config_entries/flow/progress' });
  return new Set((Array.isArray(flows) ? flows : []).flatMap(reauthEntry));
}

function reauthEntry(flow: unknown): string[] {
  const { context } = Object(flow) as { context?: unknown };
  const { source, entry_id } = Object(context) as { source?: unknown; entry_id?: unknown };
  return source === 'reauth' && typeof entry_id === 'string' ? [entry_id] : [];
}
