import type { Call, Command } from './command';
import { CommandError } from './message';

/** Between the order and its effect, ms. */
const WORK = 30;

export const ZHA_COMMANDS: Readonly<Record<string, Command>> = {
  'zha/devices/reconfigure': { keys: ['ieee'], required: ['ieee'], admin: true, integration: 'zha', run: reconfigure },
};

/** Goes on in the background and tells its progress as events; the old one never answers with a result. */
function reconfigure({ session, host: { core }, id, message }: Call): void {
  const ieee = String(message['ieee']);
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){7}$/.test(ieee)) {
    throw new CommandError('invalid_format', `Unable to convert string to EUI64 at 'ieee'. Got '${ieee}'`);
  }
  const device = [...core.devices.values()].find(({ identifiers }) =>
    identifiers.some(([domain, address]) => domain === 'zha' && address === ieee),
  );
  if (!device) {
    throw core.modern ? new CommandError('not_found', 'ZHA Device not found') : new Error('Unknown error');
  }
  session.subscriptions.set(id, () => {});
  // The work goes on when nobody listens any more.
  setTimeout(() => {
    core.treat(device, 'reconfigure');
    if (session.subscriptions.has(id)) session.event(id, { type: 'zha_channel_cfg_done' });
  }, WORK).unref();
  if (core.modern) session.result(id);
}
