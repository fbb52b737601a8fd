import type { RootKind } from '../incident/incident';

/** What figures are asked for by. */
export type By = 'integration' | 'device' | 'entity' | 'instance';

/** A subject or a cause, as far as its group goes. */
export interface Belongs {
  readonly kind: RootKind;
  readonly id: string;
}

/** Who belongs to whom in one home, as far as it is known. */
export interface Household {
  readonly instance_id: string;
  /** The domain; null for what belongs to none, such as an area. */
  integrationOf(one: Belongs): string | null;
  deviceOf(entityId: string): string | null;
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
      return one.kind === 'entity' ? household.deviceOf(one.id) : null;
    case 'entity':
      return one.kind === 'entity' ? one.id : null;
  }
}
