import type { Operation } from './operation';
import { PATTERN_OPERATIONS } from './patterns';

/** Everything that can be asked, by name. */
export const CATALOGUE: ReadonlyMap<string, Operation> = byName([...PATTERN_OPERATIONS]);

function byName(operations: readonly Operation[]): Map<string, Operation> {
  return new Map(operations.map((one) => [one.name, one]));
}
