import type { Operation } from './operation';

/** Everything that can be asked, by name. */
export const CATALOGUE: ReadonlyMap<string, Operation> = byName([]);

function byName(operations: readonly Operation[]): Map<string, Operation> {
  return new Map(operations.map((one) => [one.name, one]));
}
