import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from '../../../src/lib/core/heal/plan';
import { readPlanFile } from '../../../src/lib/instance/plan-file';
import { MOST_BYTES } from '../../../src/lib/instance/plan-text';
import { root } from '../../support/node-red';

const STEPS = 'steps: [{level: integration, action: reload}]\n';

function read(text: string | Uint8Array) {
  return readPlanFile('x.yaml', typeof text === 'string' ? Buffer.from(text) : text);
}

function plansOf(text: string | Uint8Array): Plan[] {
  const file = read(text);
  assert.ok(file.ok, JSON.stringify(file));
  return file.plans.map(({ plan }) => plan);
}

function faultsOf(text: string | Uint8Array): string[] {
  const file = read(text);
  return file.ok ? [] : file.faults.map((fault) => fault.text);
}

describe('a file of plans', () => {
  it('fills in what was left out', () => {
    const steps = [{ level: 'integration', action: 'reload', params: {}, timeout_seconds: null }];
    const plan = { name: 'a', description: '', enabled: true, priority: 50, file: 'x.yaml', match: {}, steps };
    assert.deepEqual(plansOf(`name: a\n${STEPS}`), [plan]);
  });

  it('takes all that may be said', () => {
    const [plan] = plansOf(
      [
        'name: a',
        'description: b',
        'enabled: false',
        'priority: 7',
        'match:',
        '  entities: [climate.*]',
        '  integrations: [zha]',
        '  problems: [stale, setup_retry]',
        '  manufacturers: [IKEA*]',
        '  time: {from: 22:00, to: 06:00, weekdays: [mon, sun]}',
        'steps:',
        '  - {level: entity, action: update_entity, params: {depth: 2}, timeout_seconds: 2.5}',
        '  - {level: home_assistant, action: restart}',
      ].join('\n'),
    );
    assert.deepEqual(plan, {
      name: 'a',
      description: 'b',
      enabled: false,
      priority: 7,
      file: 'x.yaml',
      match: {
        entities: ['climate.*'],
        integrations: ['zha'],
        problems: ['stale', 'setup_retry'],
        manufacturers: ['IKEA*'],
        time: { from: '22:00', to: '06:00', weekdays: [1, 0] },
      },
      steps: [
        { level: 'entity', action: 'update_entity', params: { depth: 2 }, timeout_seconds: 2.5 },
        { level: 'home_assistant', action: 'restart', params: {}, timeout_seconds: null },
      ],
    });
  });

  const good: [string, string | Uint8Array, number][] = [
    ['an empty one', '', 0],
    ['one of comments', '# none yet\n', 0],
    ['several documents, empty ones between', `name: a\n${STEPS}---\n# none\n---\nname: b\n${STEPS}---\n`, 2],
    ['one with a byte order mark', `\uFEFFname: a\n${STEPS}`, 1],
    ['one with the line ends of Windows', `name: a\n${STEPS}`.replaceAll('\n', '\r\n'), 1],
    ['an alias', 'name: a\nsteps: [&s {level: integration, action: reload}, *s]\n', 1],
    ['umlauts', `name: Küche\n${STEPS}`, 1],
  ];
  for (const [what, text, count] of good) it(`may be ${what}`, () => assert.equal(plansOf(text).length, count));
});

describe('a fault in a file of plans', () => {
  const of = (lines: string) => `name: a\n${lines}\n${STEPS}`;
  const step = (text: string) => `name: a\nsteps:\n  - ${text}\n`;
  const rows: [string, string | Uint8Array, RegExp][] = [
    ['no name', STEPS, /^x\.yaml:1:1: needs name\.$/],
    ['no steps', 'name: a\n', /^x\.yaml:1:1: needs steps\.$/],
    ['a name that is a number', `name: 2026\n${STEPS}`, /^x\.yaml:1:7: name must be a text .* in quotes/],
    ['an unknown key', of('prority: 1'), /^x\.yaml:2:1: prority is unknown; allowed: name, .*priority/],
    [
      'an unknown key further down',
      of('match:\n  entity: [a]'),
      /^x\.yaml:3:3: match\.entity is unknown; allowed: ent/,
    ],
    ['a yes', of('enabled: yes'), /^x\.yaml:2:10: enabled must be true or false\.$/],
    ['a priority out of bounds', of('priority: 1001'), /^x\.yaml:2:11: priority must be a whole number from 0 to 1000/],
    ['an empty list', of('match: {entities: []}'), /^x\.yaml:2:19: match\.entities must be a list of 1 to 100/],
    [
      'an unknown problem',
      of('match:\n  problems:\n    - sad'),
      /^x\.yaml:4:7: match\.problems\[0\] must be one of una/,
    ],
    ['no domain', of('match: {integrations: [Hue Bridge]}'), /2:24: match\.integrations\[0\] must be the domain/],
    ['half a time', of('match: {time: {from: 22:00}}'), /2:15: match\.time needs to\.$/],
    ['a time that is none', of('match: {time: {from: 24:00, to: 1:00}}'), /2:22: match\.time\.from must be a time/],
    [
      'an unknown weekday',
      of('match: {time: {from: 01:00, to: 02:00, weekdays: [so]}}'),
      /weekdays\[0\] must be one of sun/,
    ],
    ['no step', 'name: a\nsteps: []\n', /^x\.yaml:2:8: steps must be a list of 1 to 20 steps\.$/],
    ['a step that is a word', step('reload'), /^x\.yaml:3:5: steps\[0\] must be a map: a step\.$/],
    ['no level', step('action: reload'), /^x\.yaml:3:5: steps\[0\]\.level must be one of entity, dev/],
    ['an unknown level', step('{level: home, action: wait}'), /^x\.yaml:3:13: steps\[0\]\.level must be one of/],
    ['no action', step('level: entity'), /^x\.yaml:3:5: steps\[0\] needs action\.$/],
    [
      'a level with what is not its own',
      step('{level: entity, action: reload}'),
      /3:29: .* at level entity, be one of update_e/,
    ],
    ['a restart below', step('{level: integration, action: restart}'), /be one of reload, wait\.$/],
    ['waiting for nobody', step('{level: home_assistant, action: wait}'), /be one of restart\.$/],
    [
      'params of a reload',
      step('{level: integration, action: reload, params: {}}'),
      /params is unknown; allowed: level/,
    ],
    [
      'another target',
      step('{level: device, action: zwave_ping, params: {entity_id: all}}'),
      /params\.entity_id is not/,
    ],
    ['a time-out of nothing', step('{level: device, action: zwave_ping, timeout_seconds: 0}'), /from 1 to 3600\.$/],
    ['a list instead of a plan', '- name: a\n', /^x\.yaml:1:1: must be a map: a plan\.$/],
    ['a key that is there twice', `name: a\nname: b\n${STEPS}`, /^x\.yaml:2:1: "name" is there twice\.$/],
    ['a name that is there twice', `name: a\n${STEPS}---\nname: a\n${STEPS}`, /4:7: name "a" is already in line 1\.$/],
    ['a second document', `name: a\n${STEPS}---\nname: b\n`, /^x\.yaml:4:1: needs steps\.$/],
    ['a tab', 'match:\n\tentities: [a]\n', /^x\.yaml:2:1: Tabs are not allowed/],
    [
      'Latin-1',
      Buffer.from(`name: a\ndescription: K\xFCche\n${STEPS}`, 'latin1'),
      /^x\.yaml:2:15: is not UTF-8 here\.$/,
    ],
    ['UTF-16', Buffer.from(`\uFEFFname: a\n${STEPS}`, 'utf16le'), /^x\.yaml:1:1: is not UTF-8 here\.$/],
    ['a NUL', `name: a\ndescription: b\0c\n${STEPS}`, /^x\.yaml:2:15: has a character .* U\+0000\.$/],
    ['an escape sequence of a terminal', `name: a\x1B[2J\n${STEPS}`, /^x\.yaml:1:8: has a character .* U\+001B\.$/],
    ['YAML 1.1', `%YAML 1.1\n---\nname: a\n${STEPS}`, /must be YAML 1\.2\.$/],
    ['a tag', `name: !secret a\n${STEPS}`, /^x\.yaml:1:7: Unresolved tag: !secret\.$/],
    ['a merge key', `name: a\n<<: {priority: 1}\n${STEPS}`, /^x\.yaml:2:1: "<<" is unknown/],
    ['__proto__', `name: a\n__proto__: {enabled: false}\n${STEPS}`, /^x\.yaml:2:1: __proto__ is unknown/],
    [
      '__proto__ among params',
      step('{level: device, action: wait, params: {__proto__: 1}}'),
      /__proto__ is not allowed/,
    ],
    ['constructor', `name: a\nconstructor: 1\n${STEPS}`, /^x\.yaml:2:1: constructor is unknown/],
    ['a key that is a list', `? [a]\n: b\n`, /^x\.yaml:1:3: With stringKeys/],
    ['an alias of nothing', `name: *a\n${STEPS}`, /^x\.yaml:1:7: has no anchor &a before it\.$/],
  ];
  for (const [what, text, said] of rows) {
    it(`is told with its place: ${what}`, () => assert.match(faultsOf(text).join('\n'), new RegExp(said, 'm')));
  }

  it('keeps all plans of the file from counting, and all are told', () => {
    assert.equal(faultsOf(`name: a\n${STEPS}---\nname: 1\nsteps: []\nx: 1\n`).length, 3);
  });

  it('cannot look like several lines of a log', () => {
    for (const text of faultsOf(`name: a\n"x\\nforged": 1\n${STEPS}`)) assert.ok(!text.includes('\n'), text);
  });

  it('leaves every object as it was', () => {
    read(step('{level: device, action: wait, params: {__proto__: {polluted: 1}}}'));
    read('__proto__: &a {polluted: 1}\nconstructor: {prototype: *a}\n');
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });
});

describe('a bomb among the plans', () => {
  const n = MOST_BYTES - 100;
  const laughs = [...'bcdefghi'].map((name, index) => {
    const below = `*${'abcdefgh'[index]}`;
    return `${name}: &${name} [${Array(9).fill(below).join(', ')}]\n`;
  });
  const wide = (aliases: number) => `[&a [${'x,'.repeat(200)}], ${'*a,'.repeat(aliases)}]`;
  const rows: [string, string, RegExp][] = [
    ['a billion laughs', `a: &a [${'lol, '.repeat(9)}]\n${laughs.join('')}`, /4:\d+: uses more than 100 aliases/],
    ['few aliases of much', wide(99), /repeats too much/],
    ['many aliases', `- &a x\n${'- *a\n'.repeat(900)}`, /uses more than 100 aliases/],
    ['a list in itself', '&a [*a]', /holds itself/],
    ['a map in itself', 'a: &a\n  b: *a\n', /2:6: .*holds itself/],
    ['lists in lists', '['.repeat(n), /nested deeper than 16/],
    ['lists in lists, closed', '['.repeat(n / 2) + ']'.repeat(n / 2), /nested deeper than 16/],
    ['lists in lists, as a block', '- '.repeat(n / 2), /nested deeper than 16/],
    ['maps in maps', '{a: '.repeat(n / 4), /nested deeper than 16/],
    ['keys in keys', '? '.repeat(n / 2), /nested deeper than 16/],
    ['many keys', `{${Array.from({ length: 9_000 }, (_, i) => `a${i}`).join()}}`, /more than 1000 entries/],
    ['many items', `[${'a,'.repeat(n / 2 - 1)}]`, /more than 1000 entries/],
    ['many documents', '---\n'.repeat(n / 4), /101:1: has more than 100 documents/],
    ['many plans', `name: a\n${STEPS}---\n`.repeat(101), /has more than 100 documents/],
    ['a huge text', `name: "${'x'.repeat(n - 100)}"\n${STEPS}`, /1:7: name must be a text of 1 to 100/],
    ['many anchors', '&a '.repeat(n / 3), /at most one anchor/],
    ['nothing but faults', '*a '.repeat(n / 3), /Unexpected alias/],
    ['a huge file', '#'.repeat(MOST_BYTES + 1), /is longer than 65536 bytes/],
    ['many steps', `name: a\nsteps: [${'{level: entity, action: wait},'.repeat(21)}]`, /must be a list of 1 to 20/],
  ];
  for (const [what, text, said] of rows) {
    it(`does not go off: ${what}`, () => {
      const begun = process.cpuUsage();
      const faults = faultsOf(text);
      const { user } = process.cpuUsage(begun);
      assert.match(faults[0] ?? 'none', said);
      assert.ok(faults.length <= 20);
      // Unbounded, the worst of them takes half a minute; µs.
      assert.ok(user < 2_000_000, `${user}`);
    });
  }

  it('is refused whatever was cut out of a plan, doubled or changed', () => {
    const good = readFileSync(join(root, 'src/plans/wi-fi.yaml'));
    let random = 1;
    const next = (below: number) => {
      random = (random * 48271) % 2147483647;
      return random % below;
    };
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(good);
      for (let times = next(4); times >= 0; times -= 1) bytes[next(bytes.length)] = next(256);
      const [from, to] = [next(bytes.length), next(bytes.length)];
      const file = read(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
      assert.ok(file.ok || file.faults.every(({ line, column }) => line >= 1 && column >= 1));
    }
  });
});

describe('the built-in plans', () => {
  const folder = join(root, 'src/plans');
  const plans = readdirSync(folder).flatMap((name) => plansOf(readFileSync(join(folder, name))));

  it('are six, and all can be read', () => {
    const names = ['Climate', 'Generic', 'Stale sensor', 'Wi-Fi', 'Z-Wave', 'Zigbee'];
    assert.deepEqual(plans.map(({ name }) => name).sort(), names);
  });

  it('never restart Home Assistant, and never look at names', () => {
    for (const { match, steps } of plans) {
      assert.ok(steps.every(({ level }) => level !== 'home_assistant'));
      for (const glob of match.entities ?? []) assert.match(glob, /^[a-z_]+\.\*$/);
    }
  });

  it('come after any of a user who gives no priority', () => {
    for (const { priority } of plans) assert.ok(priority < 50);
  });
});

describe('the page about plans', () => {
  const page = readFileSync(join(root, 'docs/plans.md'), 'utf8');
  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');

  it('has examples, and all can be read', () => {
    assert.ok(examples.length >= 4);
    for (const example of examples) assert.ok(plansOf(example).length > 0, example);
  });

  it('has the built-in plans as they are', () => {
    const folder = join(root, 'src/plans');
    for (const name of readdirSync(folder)) {
      const [plan] = plansOf(readFileSync(join(folder, name)));
      const row = page.split('\n').find((line) => line.startsWith(`| \`${plan?.name}\` | ${plan?.priority} |`));
      const steps = plan?.steps.map(({ action }) => `\`${action}\``).join(', ');
      assert.ok(row?.endsWith(`| ${steps} |`), `${plan?.name}: ${steps}`);
    }
  });

  it('shows an error as it is', () => {
    const [shown] = /^caretaker\/plans\/heating\.yaml:12:.*$/m.exec(page) ?? [];
    const text = `${'\n'.repeat(8)}name: a\nsteps:\n  - level: entity\n    action: reload\n`;
    const file = readPlanFile('caretaker/plans/heating.yaml', Buffer.from(text));
    assert.ok(!file.ok);
    assert.equal(file.faults[0]?.text, shown);
  });
});
