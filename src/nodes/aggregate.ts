import type { NodeAPI } from 'node-red';
import { CATALOGUE } from '../lib/api/catalogue';
import { defineAskingNode } from './asking-shell';

export default function register(RED: NodeAPI): void {
  const reads = new Map([...CATALOGUE].filter(([, { access }]) => access === 'read'));
  defineAskingNode(RED, 'caretaker-aggregate', reads);
}
