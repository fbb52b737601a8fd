import type { HealGoal } from '../heal/heal';
import type { Incident } from './incident';

/**
 * What is to be healed for an incident: its root, or of an integration each entry that is down, and where none of them
 * says so those whose entities are. Nothing can be done to an area or to a home that does not answer.
 */
export function incidentGoals({ root, explained, suggested_action }: Incident): readonly HealGoal[] {
  switch (root.kind) {
    case 'entity':
    case 'device':
    case 'config_entry':
      return [{ kind: root.kind, id: root.id }];
    case 'integration': {
      const down = explained.flatMap(entryGoal);
      return down.length > 0 ? down : suggested_action.targets.flatMap(entryGoal);
    }
    case 'area':
    case 'instance':
      return [];
  }
}

function entryGoal({ kind, id }: { readonly kind: string; readonly id: string }): HealGoal[] {
  return kind === 'config_entry' ? [{ kind, id }] : [];
}
