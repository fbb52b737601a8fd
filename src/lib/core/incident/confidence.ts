import type { Atom, Group } from './risk-groups';
import type { Cause } from './set-cover';

/** How sure a cause is, 0 to 1. */
export function confidenceOf({ group, explained, certain, hitRatio, partial }: Cause): number {
  const first = explained[0]?.atom;
  // An entity is down, and what it belongs to is not.
  if (!group || !first) return first?.device ? 0.9 : 0.7;
  if (certain && group.kind === 'integration') return 0.9;
  if (certain) return group.proof || hitRatio >= 0.5 ? 0.98 : 0.85;
  if (partial) return 0.5;
  // Two that fail together may be chance, ten are not.
  return guess(group, first, hitRatio * (1 - 0.5 ** explained.length));
}

function guess(group: Group, first: Atom, sure: number): number {
  switch (group.kind) {
    case 'device':
      // Nothing tells the only device of an entry from the entry.
      return first.entry?.parts.size === 1 ? 0.75 : Math.max(0.85, sure);
    case 'hub':
      return 0.95 * sure;
    case 'config_entry':
      return sure;
    case 'integration':
      return (group.parts.size > 2 ? 0.9 : 0.75) * sure;
    case 'area':
      return 0.85 * sure;
  }
}
