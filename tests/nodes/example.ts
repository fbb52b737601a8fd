import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catcher, type FlowNode, root } from '../support/node-red';

/** An example as it is published, without the homes it may bring, and with ears where it has debug nodes. */
export function example(number: string): FlowNode[] {
  const file = readdirSync(join(root, 'examples')).find((name) => name.startsWith(number)) ?? '';
  const nodes = JSON.parse(readFileSync(join(root, 'examples', file), 'utf8')) as FlowNode[];
  return nodes.flatMap((node) => {
    if (node.type === 'debug') return [{ ...catcher(node.id, String(node['z'])), name: node['name'] }];
    return node.type === 'caretaker-instance' ? [] : [node];
  });
}
