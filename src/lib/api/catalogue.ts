import { HEALING_OPERATIONS } from './healing';
import { KEEPING_OPERATIONS } from './keeping';
import type { Operation } from './operation';
import { PATTERN_OPERATIONS } from './patterns';
import { WATCHING_OPERATIONS } from './watching';

/** Everything that can be asked, by name. */
export const CATALOGUE: ReadonlyMap<string, Operation> = byName([
  ...WATCHING_OPERATIONS,
  ...HEALING_OPERATIONS,
  ...KEEPING_OPERATIONS,
  ...PATTERN_OPERATIONS,
]);

function byName(operations: readonly Operation[]): Map<string, Operation> {
  return new Map(operations.map((one) => [one.name, one]));
}
