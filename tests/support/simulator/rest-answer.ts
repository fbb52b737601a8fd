import type { SimulatedCore } from './core';
import type { Entries } from './entries';
import { isRecoverable } from './entry';

export interface RestAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Reload over REST: it proves nothing, a set-up that fails is a 200 as well. Who hangs up cancels it. */
export async function reloadAnswer(
  core: SimulatedCore,
  entries: Entries,
  entryId: string,
  hungUp?: AbortSignal,
): Promise<RestAnswer> {
  const entry = core.entries.get(entryId);
  if (!entry) return { status: 404, body: { message: 'Invalid entry specified' } };
  const done = await entries.reload(entry, hungUp);
  if (done === 'refused') return { status: 403, body: { message: 'Entry cannot be reloaded' } };
  return { status: 200, body: { require_restart: !isRecoverable(entry.state) } };
}
