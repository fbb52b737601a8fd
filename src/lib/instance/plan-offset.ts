import { type Document, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';

/**
 * Where in its file something of a document stands; if nothing stands there, the nearest above it.
 * @param at keys and places in lists, from the top down
 * @param key asks for the last key, not for what it says
 */
export function offsetOf(document: Document.Parsed, at: readonly string[], key: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, part] of at.entries()) {
    const step = below(isAlias(node) ? node.resolve(document) : node, part);
    if (!step) return offset;
    const isAsked = key && index === at.length - 1;
    offset = startOf(isAsked || !isNode(step.node) ? step.named : step.node);
    node = step.node;
  }
  return offset;
}

export function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

export function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

/** @returns what is there, and what names it: its key, or itself in a list */
function below(node: unknown, part: string): { node: unknown; named: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => nameOf(key) === part);
    return pair && { node: pair.value, named: pair.key };
  }
  if (!isSeq(node)) return undefined;
  const item: unknown = node.items[Number(part)];
  return isNode(item) ? { node: item, named: item } : undefined;
}
