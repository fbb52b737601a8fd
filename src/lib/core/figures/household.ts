import type { RootKind } from '../incident/incident';

/** What figures are asked for by. */
export type By = 'integration' | 'device' | 'entity' | 'instance';

/** A subject or a cause, as far as its group goes. */
export interface Belongs {
  readonly kind: RootKind;
  readonly id: string;
  /** As it was last told, of an entity that is no more. */
  readonly config_entry_id?: string | undefined;
  readonly device_id?: string | undefined;
}

/** Who belongs to whom in one home, as far as it is known. */
export interface Household {
  readonly instance_id: string;
  /** The domain; null for what belongs to none, such as an area. */
  integrationOf(one: Belongs): string | null;
  deviceOf(entity: Belongs): string | null;
  /** It is there now, and judged. */
  has(entityId: string): boolean;
  /** What people call it; the id where nobody knows. */
  nameOf(kind: 'entity' | 'device', id: string): string;
}

/** The group that a subject or a cause belongs to; null when it belongs to none of them. */
export function groupOf(by: By, household: Household, one: Belongs): string | null {
  switch (by) {
    case 'instance':
      return household.instance_id;
    case 'integration':
      return household.integrationOf(one);
    case 'device':
      if (one.kind === 'device') return one.id;
      return one.kind === 'entity' ? household.deviceOf(one) : null;
    case 'entity':
      return one.kind === 'entity' ? one.id : null;
  }
}

/** The domain in an entity id: all that is known of the integration of what stands in no registry. */
export function domainOf(entityId: string): string {
  return entityId.slice(0, entityId.indexOf('.'));
}

/** The one that most of them are of, the first by name of several; null when none is of any. */
export function mostOf(integrations: Iterable<string | null>): string | null {
  const counts = new Map<string, number>();
  for (const one of integrations) if (one !== null) counts.set(one, (counts.get(one) ?? 0) + 1);
  const sorted = [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1));
  return sorted[0]?.[0] ?? null;
}
