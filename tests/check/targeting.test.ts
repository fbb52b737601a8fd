import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Candidate, type Reference, type Resolved, resolveCommand, resolveMany } from '../../src/lib/core/resolve';
import { backupCommand } from '../../src/lib/instance/backup-command';
import { parseBackupOptions } from '../../src/lib/instance/parse';
import type { Member } from '../../src/lib/instance/roster';
import { root } from '../support/node-red';

const text = readFileSync(join(root, 'docs/targeting.md'), 'utf8');
const home = { instance_id: 'home', name: 'House' };
const cabin = { instance_id: 'cabin', name: 'Cabin' };
const lodge = { instance_id: 'lodge', name: 'Cabin' };
const several = [home, cabin, lodge];

/** What stands under a heading, up to the next of its rank. */
function section(heading: string): string {
  const rank = heading.split(' ')[0] as string;
  const [, rest = ''] = text.split(`\n${heading}\n`);
  const found = rest.split(`\n${rank} `)[0] as string;
  assert.ok(found.trim(), `no section ${heading}`);
  return found;
}

const blocks = (of: string, language: string) =>
  [...of.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, 'g'))].map(([, block]) => block as string);

/** The rows of the first table of a section, as cells. */
function rows(of: string): string[][] {
  const lines = of.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function reference([id, name]: readonly string[]): Reference {
  const read = (cell = '-') => (cell === '-' ? {} : { value: cell.replaceAll(/[`"]/g, '') });
  const [instance_id, instance_name] = [read(id), read(name)];
  return {
    ...('value' in instance_id ? { instance_id: instance_id.value } : {}),
    ...('value' in instance_name ? { instance_name: instance_name.value } : {}),
  };
}

function answer(resolved: Resolved<Candidate | readonly Candidate[]>): string {
  if (!resolved.ok) return `\`${resolved.refusal.code}\` ${resolved.refusal.status}`;
  return [resolved.value]
    .flat()
    .map(({ instance_id }) => `\`${instance_id}\``)
    .join(' ');
}

const refusal = (resolved: Resolved<unknown>) => {
  assert.ok(!resolved.ok);
  return resolved.refusal;
};

/** Rejects before it has looked at more of a member than this. */
const member = (reason: string | null): Member =>
  ({ id: 'n', ...home, instance: null, refusal: reason, keeping: null }) as unknown as Member;

describe('docs/targeting.md', () => {
  for (const [heading, resolve] of [
    ['## Commands', resolveCommand<Candidate>],
    ['## Reads', resolveMany<Candidate>],
  ] as const) {
    describe(heading, () => {
      for (const [id, name, one, many] of rows(section(heading))) {
        const cells = [id, name] as string[];
        it(`${id} ${name}: ${one}, ${many}`, () => {
          assert.equal(answer(resolve([home], reference(cells))), one);
          assert.equal(answer(resolve(several, reference(cells))), many);
        });
      }
      it('has rows', () => assert.ok(rows(section(heading)).length > 5));
    });
  }

  for (const [heading, visible] of [
    ['### With one home', [home]],
    ['### With several homes', several],
  ] as const) {
    it(`${heading}: the messages are understood`, () => {
      const messages = blocks(section(heading), 'json').map((block) => JSON.parse(block) as Record<string, unknown>);
      assert.ok(messages.length > 1);
      for (const { payload, ...target } of messages) {
        assert.ok(resolveCommand(visible, target).ok, JSON.stringify(target));
        assert.deepEqual(parseBackupOptions(payload), payload);
      }
    });
  }

  it('names every node there is', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string> };
    };
    const told = rows(section('## What takes a target')).map(([node]) => node);
    assert.deepEqual(told.sort(), Object.keys(manifest['node-red'].nodes).sort());
  });

  it('has the texts of the errors, under their codes and status', async () => {
    const knows = ({ instance_id }: Candidate) => instance_id !== 'lodge';
    const refusals = [
      resolveCommand(several, {}),
      resolveCommand(several, { instance_id: 'all' }),
      resolveCommand(several, { instance_id: '' }),
      resolveCommand(several, { instance_name: 'Cabin' }),
      resolveCommand(several, { instance_id: 'home', instance_name: 'Cabin' }),
      resolveCommand(several, {}, { knows }),
      resolveCommand(several, { instance_id: 'attic' }),
      resolveCommand([], {}),
    ].map(refusal);
    const expected = refusals.map(({ code, status, message }) => ({ heading: `### ${code} (${status})`, message }));
    for (const reason of [null, 'token: is empty. Paste a long-lived access token']) {
      await assert.rejects(backupCommand([member(reason)], {}, {}), (thrown: Error & { code: string }) => {
        expected.push({ heading: `### ${thrown.code} (503)`, message: thrown.message });
        return true;
      });
    }
    const headings = [...new Set(expected.map(({ heading }) => heading))];
    const inDocument = headings.flatMap((heading) =>
      blocks(section(heading), 'text').map((message) => ({ heading, message })),
    );
    assert.deepEqual(inDocument, expected);
  });
});
