import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { CATALOGUE } from '../src/lib/api/catalogue';
import type { Operation } from '../src/lib/api/operation';
import { PATTERN_OPERATIONS } from '../src/lib/api/patterns';
import { root } from './support/node-red';

type Range = readonly [least: number, most: number, blank: number | ''];
interface Fields {
  readonly by?: true;
  readonly options?: object;
  readonly hours?: Range;
  readonly days?: Range;
  readonly limit?: Range;
}

const NUMBERS = ['hours', 'days', 'limit'] as const;
/** Those with a field of their own, those that only a message needs, and one that does nothing yet. */
const NO_OPTIONS = [...NUMBERS, 'offset', 'ai'];
const reads = [...CATALOGUE.values()].filter(({ access }) => access === 'read');

/** What a dialog offers, and the fields it shows for it. */
function dialogOf(node: string): { offered: string[]; queries: Record<string, Fields> } {
  const html = readFileSync(join(root, 'src/nodes', `${node}.html`), 'utf8');
  const [, table = ''] = /\n( {2}const PAGE = [\s\S]+?\n {2}\};)\n/.exec(html) ?? [];
  const queries = runInNewContext(`${table} JSON.stringify(QUERIES)`) as string;
  const select = /<select id="node-input-query"[\s\S]+?<\/select>/.exec(html)?.[0] ?? '';
  const offered = [...select.matchAll(/<option value="(\w+)"/g)].map(([, value]) => value ?? '');
  return { offered, queries: JSON.parse(queries) as Record<string, Fields> };
}

/** Zero is all, where there are pages. */
function rangeOf({ fields: { properties } }: Operation, name: (typeof NUMBERS)[number]): Range | undefined {
  const field = properties[name] as { minimum: number; maximum: number; default?: number } | undefined;
  if (!field) return undefined;
  const isPaged = name === 'limit' && 'offset' in properties;
  return [isPaged ? 0 : field.minimum, field.maximum, field.default ?? ''];
}

for (const [node, operations] of [
  ['aggregate', reads],
  ['pattern', PATTERN_OPERATIONS],
] as const) {
  const { offered, queries } = dialogOf(node);

  describe(`the dialog of caretaker-${node}`, () => {
    it('offers whatever the node can ask, and nothing else', () => {
      const names = operations.map(({ name }) => name).sort();
      assert.deepEqual([...offered].sort(), names);
      assert.deepEqual(Object.keys(queries).sort(), names);
    });

    for (const operation of operations) {
      it(`shows for ${operation.name} the fields it has, within their bounds`, () => {
        const shown = queries[operation.name] ?? {};
        for (const name of NUMBERS) {
          const range = rangeOf(operation, name);
          // Of two that say how far back, blank is said by one.
          const blank = range?.[2] === '' ? shown[name]?.[2] : range?.[2];
          assert.deepEqual(shown[name], range && [range[0], range[1], blank], name);
        }
        const { properties } = operation.fields;
        assert.equal('by' in shown, node === 'pattern' && 'by' in properties);
        const others = Object.keys(properties).filter((name) => !NO_OPTIONS.includes(name));
        if (node === 'aggregate') assert.equal('options' in shown, others.length > 0);
        for (const name of Object.keys(shown.options ?? {})) assert.ok(name in properties, name);
      });
    }
  });
}

describe('the help of caretaker-aggregate', () => {
  for (const language of ['en-US', 'de']) {
    const help = readFileSync(join(root, 'locales', language, 'aggregate.html'), 'utf8');
    for (const { name, fields } of reads) {
      it(`names whatever ${name} knows, in ${language}`, () => {
        const row =
          new RegExp(`<tr><td><code>${name}</code></td>[\\s\\S]+?<td>([\\s\\S]+?)</td></tr>`).exec(help)?.[1] ?? '';
        const told = [...row.matchAll(/<code>(\w+)<\/code>/g)].map(([, field]) => field);
        const known = Object.keys(fields.properties).filter((field) => field !== 'offset' && field !== 'ai');
        assert.deepEqual(told.sort(), known.sort());
      });
    }
  }
});
