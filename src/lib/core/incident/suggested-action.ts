import type { Status } from '../subject';
import type { Root, SuggestedAction } from './incident';
import type { Group } from './risk-groups';

/** What is known of a cause when somebody asks what to do about it. */
export interface Finding {
  readonly root: Root;
  /** Null: a single subject. */
  readonly group: Group | null;
  /** The root's own status when it is a subject that is down. */
  readonly status: Status | null;
  /** Home Assistant's own words for the entries in question that are down, by entry id. */
  readonly entryStates: ReadonlyMap<string, string>;
  readonly reauth: ReadonlySet<string>;
}

const NOT_RECOVERABLE = new Set(['failed_unload', 'migration_error']);

export function suggestedAction(finding: Finding): SuggestedAction {
  const { root, status } = finding;
  switch (root.kind) {
    case 'instance':
      return { action: 'check_instance', targets: [root], recoverable: true, state: null };
    case 'config_entry':
    case 'integration':
      return forEntries(finding);
    case 'device': {
      const action = finding.group?.kind === 'hub' ? 'check_hub' : 'restart_device';
      return { action, targets: [root], recoverable: true, state: status };
    }
    case 'area':
      return { action: 'check_power', targets: [root], recoverable: true, state: null };
    case 'entity': {
      // What its integration no longer provides no update brings back.
      const action = status === 'missing' ? 'check_entity' : 'update_entity';
      return { action, targets: [root], recoverable: status !== 'missing', state: status };
    }
  }
}

function forEntries({ root, group, entryStates, reauth }: Finding): SuggestedAction {
  const parts: readonly Root[] =
    root.kind === 'integration' ? [...(group?.parts ?? [])].map((one) => one.root) : [root];
  const chosen = (wanted: (id: string, state: string | undefined) => boolean) => {
    return parts.filter(({ id }) => wanted(id, entryStates.get(id)));
  };
  const word = (targets: readonly Root[]) => entryStates.get(targets[0]?.id ?? '') ?? null;

  const lost = chosen((_id, state) => state !== undefined && NOT_RECOVERABLE.has(state));
  if (lost.length > 0) {
    return { action: 'restart_home_assistant', targets: lost, recoverable: false, state: word(lost) };
  }
  const signedOut = chosen((id) => reauth.has(id));
  if (signedOut.length > 0) {
    return { action: 'reauthenticate', targets: signedOut, recoverable: false, state: word(signedOut) };
  }
  const retried = chosen((_id, state) => state === 'setup_retry');
  if (retried.length > 0) return { action: 'wait', targets: retried, recoverable: true, state: 'setup_retry' };
  const failed = chosen((_id, state) => state !== undefined);
  const targets = failed.length > 0 ? failed : parts;
  return { action: 'reload_config_entry', targets, recoverable: true, state: word(targets) };
}
