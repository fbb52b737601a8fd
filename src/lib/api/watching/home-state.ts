import type { ConnectionState } from '../../hass/link';
import type { Member } from '../../instance/roster';

/** Best first. */
export const CONNECTION_STATES: readonly ConnectionState[] = ['connected', 'degraded', 'disconnected', 'error'];

/** Of any instance: one that was refused will not get better by itself, one that does not run is not connected. */
export function connectionStateOf({ instance, refusal }: Member): ConnectionState {
  if (refusal !== null) return 'error';
  return instance?.state ?? 'disconnected';
}

/** Why it is not connected, without a secret; null when nothing is known to be wrong. */
export function reasonOf({ instance, refusal, dossier }: Member): { code: string; message: string } | null {
  const reason = refusal === null ? instance?.reason : { code: 'bad_input', message: refusal };
  if (!reason) return null;
  const { code, message } = reason;
  return { code, message: dossier?.clean(message) ?? message };
}
