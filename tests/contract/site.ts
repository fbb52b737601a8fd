import { type Action, defaultHealOptions, type Step } from '../../src/lib/core/heal/heal';
import type { ActionSite } from '../../src/lib/hass/actions';
import { Connection } from '../../src/lib/hass/connection';
import { defaultLinkTimes } from '../../src/lib/hass/link';
import { target } from '../../src/lib/hass/target';
import type { Home, Tokens } from '../support/home';

/** A site of the home as the product has one, logged in. End its connection. */
export async function siteOf(home: Home, who: keyof Tokens = 'admin', signal?: AbortSignal): Promise<ActionSite> {
  const to = target(home.url, home.tokens[who]);
  const ignore = { ended: () => {}, trouble: () => {} };
  const unlimited = new AbortController().signal;
  const connection = await Connection.connect(to, defaultLinkTimes, ignore, unlimited);
  return { connection, target: to, signal: signal ?? unlimited };
}

/** One step; what matters to a call is the id of its target, or its params. */
export function stepOf(action: Action, id: string, params: Step['params'] = {}, timeout?: number): Step {
  const target = { kind: 'config_entry', id, name: id } as const;
  return {
    level: 'entity',
    action,
    target,
    params,
    timeout: timeout ?? defaultHealOptions.verify_seconds * 1000,
  };
}
