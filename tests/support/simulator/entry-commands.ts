import type { Call, Command } from './command';
import { type Entry, entryRecord } from './entry';
import { CommandError } from './message';

export const ENTRY_COMMANDS: Readonly<Record<string, Command>> = {
  'config_entries/get': { keys: ['type_filter', 'domain'], run: get },
  'config_entries/get_single': { keys: ['entry_id'], required: ['entry_id'], admin: true, run: getSingle },
  'config_entries/subscribe': { keys: ['type_filter'], run: subscribe },
  'config_entries/disable': {
    keys: ['entry_id', 'disabled_by'],
    required: ['entry_id', 'disabled_by'],
    admin: true,
    run: disable,
  },
  'config_entries/flow/progress': { keys: [], admin: true, run: progress },
};

function get({ session, host: { core }, id, message }: Call): void {
  const entries = [...core.entries.values()].filter(
    (entry) => message['domain'] === undefined || entry.domain === message['domain'],
  );
  session.result(
    id,
    entries.map((entry) => entryRecord(entry, core.modern)),
  );
}

function entryOf({ host, message }: Call): Entry {
  const entry = host.core.entries.get(String(message['entry_id']));
  if (!entry) throw new CommandError('not_found', 'Config entry not found');
  return entry;
}

function getSingle(call: Call): void {
  call.session.result(call.id, { config_entry: entryRecord(entryOf(call), call.host.core.modern) });
}

function subscribe({ session, host: { core }, id }: Call): void {
  const onEntry = (change: string, entry: Entry) => {
    session.event(id, [{ type: change, entry: entryRecord(entry, core.modern) }]);
  };
  core.on('entry', onEntry);
  session.subscriptions.set(id, () => core.off('entry', onEntry));
  session.result(id);
  session.event(
    id,
    [...core.entries.values()].map((entry) => ({ type: null, entry: entryRecord(entry, core.modern) })),
  );
}

async function disable(call: Call): Promise<void> {
  const { session, host, id, message } = call;
  const by = message['disabled_by'];
  if (by !== null && by !== 'user')
    throw new CommandError('invalid_format', "not a valid value for dictionary value @ data['disabled_by']");
  const entry = entryOf(call);
  const done = await host.entries.setDisabled(entry, by);
  session.result(id, { require_restart: restartNeeded(done, entry, host.core.modern) });
}

function restartNeeded(done: boolean | 'refused', entry: Entry, modern: boolean): boolean {
  if (done === 'refused') return true;
  if (done) return false;
  return !modern || (entry.state !== 'setup_retry' && entry.state !== 'setup_error');
}

function progress({ session, host: { core }, id }: Call): void {
  const flows = [...core.reauthFlows].map(([entryId, flowId]) => {
    const entry = core.entries.get(entryId);
    return {
      flow_id: flowId,
      handler: entry?.domain,
      context: { source: 'reauth', entry_id: entryId, title_placeholders: { name: entry?.title }, unique_id: null },
      step_id: 'reauth_confirm',
    };
  });
  session.result(id, flows);
}
