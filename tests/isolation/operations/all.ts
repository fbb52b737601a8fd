import type { Operation } from '../operation';
import { AGGREGATE_OPERATIONS } from './aggregate';
import { API_OPERATIONS } from './api';
import { BACKUP_OPERATIONS } from './backup';
import { HEAL_OPERATIONS } from './heal';
import { INSTANCE_OPERATIONS } from './instance';
import { MONITOR_OPERATIONS } from './monitor';
import { PATTERN_OPERATIONS } from './pattern';
import { RECORD_OPERATIONS } from './records';
import { STORE_OPERATIONS } from './store';

/** Every operation of every node; a new node joins with its own table here, in `COMMAND_NODES` if it takes messages. */
export const OPERATIONS: readonly Operation[] = [
  ...RECORD_OPERATIONS,
  ...BACKUP_OPERATIONS,
  ...HEAL_OPERATIONS,
  ...AGGREGATE_OPERATIONS,
  ...PATTERN_OPERATIONS,
  ...MONITOR_OPERATIONS,
  ...STORE_OPERATIONS,
  ...API_OPERATIONS,
  // At last, as it takes an entity away from A that the others ask for.
  ...INSTANCE_OPERATIONS,
];

export function operation(node: string, name: string): Operation {
  const found = OPERATIONS.find((one) => one.node === node && one.name === name);
  if (!found) throw new Error(`No operation ${name} of ${node}`);
  return found;
}
