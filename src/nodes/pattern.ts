import type { NodeAPI } from 'node-red';
import { PATTERN_OPERATIONS } from '../lib/api/patterns';
import { defineAskingNode } from './asking-shell';

export default function register(RED: NodeAPI): void {
  defineAskingNode(RED, 'caretaker-pattern', new Map(PATTERN_OPERATIONS.map((one) => [one.name, one])));
}
