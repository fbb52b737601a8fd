import type { Suppression } from './heal';

/** What a target is called, to be covered by a suppression of any of these. */
export interface Names {
  readonly entity: string | null;
  /** Its devices. */
  readonly devices: readonly string[];
  readonly config_entry: string | null;
  /** The domain of its entry. */
  readonly integration: string | null;
}

/** The suppression that covers it, if any. */
export function suppressedBy(suppressions: Iterable<Suppression>, names: Names, now: number): Suppression | undefined {
  for (const suppression of suppressions) {
    if (isInForce(suppression, now) && isNamed(suppression, names)) return suppression;
  }
  return undefined;
}

/** It began when it was made, whatever a clock says that has been set back since. */
function isInForce({ until }: Suppression, now: number): boolean {
  return until === null || now < until;
}

function isNamed({ kind, id }: Suppression, { entity, devices, config_entry, integration }: Names): boolean {
  switch (kind) {
    case 'entity':
      return id === entity;
    case 'device':
      return devices.includes(id);
    case 'config_entry':
      return id === config_entry;
    case 'integration':
      return id === integration;
  }
}
