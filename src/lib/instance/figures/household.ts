import type { Household } from '../../core/figures/household';
import type { Tracker } from '../../core/tracker';

/** Who belongs to whom, by the registries of a home as they are now. */
export function householdOf(instance_id: string, tracker: Tracker): Household {
  const { entities, entries } = tracker;
  return {
    instance_id,
    integrationOf: ({ kind, id }) => {
      if (kind === 'integration') return id;
      if (kind === 'config_entry') return entries.get(id)?.entry.domain ?? null;
      if (kind === 'entity') return entities.get(id)?.entry?.entry.domain ?? null;
      return null;
    },
    deviceOf: (id) => entities.get(id)?.device?.subject.id ?? null,
  };
}
