import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultHealOptions, type RefusalReason } from '../../src/lib/core/heal/heal';
import { healRecord } from '../../src/lib/instance/heal-record';
import { parseHealAsk, parseHealOptions } from '../../src/lib/instance/parse';
import {
  HEAL_ACTIONS,
  type HealAction,
  parseHealAction,
  parsePlanQuestion,
  parseSuppress,
  parseWindow,
} from '../../src/lib/instance/parse-action';
import { root } from '../support/node-red';

const text = readFileSync(join(root, 'docs/healing.md'), 'utf8');

/** Every reason there is, or this does not compile. */
const REASONS: Readonly<Record<RefusalReason, true>> = {
  healing_disabled: true,
  suppressed: true,
  maintenance: true,
  cooldown: true,
  circuit_open: true,
  budget_exhausted: true,
  in_progress: true,
  already_available: true,
  not_recoverable: true,
  ha_is_retrying: true,
  storm: true,
  attempts_exhausted: true,
  not_admin: true,
  instance_not_ready: true,
  no_target: true,
  dry_run: true,
};
/** Of every action there is. */
const PARSERS: Readonly<Record<HealAction, (fields: unknown) => object>> = {
  heal: parseHealAsk,
  suppress: parseSuppress,
  unsuppress: parseSuppress,
  suppressions: (fields) => fields as object,
  maintenance: parseWindow,
  end_maintenance: parseWindow,
  windows: (fields) => fields as object,
  plan: parsePlanQuestion,
};
const reasons = Object.keys(REASONS) as RefusalReason[];

/** The rows of the first table under a heading, as cells. */
function rows(heading: string): string[][] {
  const [, rest = ''] = text.split(`\n## ${heading}\n`);
  const lines = (rest.split('\n## ')[0] as string).split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function refusal(reason: RefusalReason): string {
  const target = { kind: 'entity', id: 'light.hall', name: 'Hall' } as const;
  const refused = { outcome: 'refused', target, reason, until: null, incident_id: null, route: null } as const;
  return healRecord(refused, { instance_id: 'home', name: 'House' }).message;
}

describe('docs/healing.md', () => {
  it('has every refusal with its text, and what to do', () => {
    const told = rows('When it is refused');
    assert.deepEqual(told.map(([reason]) => reason?.replaceAll('`', '')).sort(), [...reasons].sort());
    for (const [reason = '', message, advice] of told) {
      assert.equal(`Hall: ${message}`, refusal(reason.replaceAll('`', '') as RefusalReason));
      assert.ok(advice);
    }
  });

  it('has every option of a home with its default', () => {
    const told = Object.fromEntries(rows('Limits').map(([name, value]) => [name?.replaceAll('`', ''), value]));
    const defaults = Object.entries(defaultHealOptions).map(([name, value]) => [name, String(value)]);
    assert.deepEqual(told, Object.fromEntries(defaults));
    assert.deepEqual(parseHealOptions(told), defaultHealOptions);
  });

  it('has messages that are understood', () => {
    const blocks = [...text.matchAll(/```json\n([\s\S]*?)\n```/g)].map(([, block]) => JSON.parse(block as string));
    assert.ok(blocks.length > 3);
    for (const { payload } of blocks as { payload: Record<string, unknown> }[]) {
      const { action: _, ...fields } = payload;
      assert.deepEqual(PARSERS[parseHealAction(payload)](fields), fields);
    }
  });

  it('names every action', () => {
    for (const action of HEAL_ACTIONS.slice(1))
      assert.match(text, new RegExp(`"action": "${action}"|\`${action}\``), action);
  });

  it('names example flows there are, and pages', () => {
    const flows = readdirSync(join(root, 'examples')).map((file) => file.replace('.json', ''));
    const [, rest = ''] = text.split('\n## Example flows\n');
    const named = [...rest.matchAll(/^- \*(.+?)\*/gm)].map(([, name]) => name as string);
    assert.ok(named.length > 0);
    for (const name of named) assert.ok(flows.includes(name), name);
    for (const [, page] of text.matchAll(/\]\(([\w-]+\.md)\)/g))
      assert.ok(existsSync(join(root, 'docs', page as string)));
  });
});

describe('the reasons and actions of caretaker-heal', () => {
  for (const language of ['en-US', 'de']) {
    it(`have words in the status and in the help in ${language}`, () => {
      const folder = join(root, 'locales', language);
      const { heal } = JSON.parse(readFileSync(join(folder, 'heal.json'), 'utf8')) as {
        heal: { reason: Record<string, string>; did: Record<string, string> };
      };
      const help = readFileSync(join(folder, 'heal.html'), 'utf8');
      for (const action of HEAL_ACTIONS) {
        if (action === 'heal') continue;
        assert.ok(heal.did[action], action);
        assert.ok(help.includes(`<dt>${action}</dt>`), action);
      }
      for (const reason of reasons) {
        assert.ok(heal.reason[reason], reason);
        assert.ok(help.includes(`<tr><td><code>${reason}</code></td>`), reason);
      }
    });
  }
});
