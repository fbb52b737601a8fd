import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/node-red';

/** The word of the complaint, and code that must be complained about. */
type Breaches = Readonly<Record<string, readonly string[]>>;

const TAKES: Breaches = {
  index: [
    'return members[0];',
    'return members[members.length - 1];',
    'return roster.chosen([])[0];',
    'return [...roster.chosen([])][0];',
    'return members.filter(({ instance }) => instance)[0];',
    'return members.map(({ instance }) => instance)[0];',
    'const ids = members.map(({ instance_id }) => instance_id);\n  return ids[0];',
    'return Array.from(byId.values())[0];',
    'return [...byId][0];',
    'return Object.values(named)[0];',
    'return named.home;'.replace('.home', "['home']"),
    'return Object.keys(Object.fromEntries(byId))[0] ?? members.toSorted()[0];',
    'const many = resolveMany(members, {});\n  return many.ok ? many.value[0] : null;',
    'return (members as unknown as readonly Candidate[])[0];',
    'return members.map((member) => ({ member, score: 1 }))[0];',
    'return views[0];',
    'return parts[0];',
    'return instances[0];',
    'return keepings[0];',
    'return pick(members)[0];',
  ],
  at: ['return members.at(0);', 'return members.at(-1);', 'return roster.chosen([]).slice().at(0)?.name;'],
  find: [
    'return members.find(({ instance }) => instance);',
    'return members.map(({ instance_id }) => instance_id).find((id) => id);',
    'return [...byId.values()].find(() => true);',
  ],
  findLast: ['return members.findLast(() => true);'],
  pop: ['return [...members].pop();'],
  shift: ['return roster.chosen([]).shift();'],
  next: [
    'return byId.values().next().value;',
    'return byId.keys().next().value;',
    'return members[Symbol.iterator]().next();',
    'return new Set(members).values().next();',
    'return every(members).next();',
  ],
  reduce: ['return members.reduce((one, other) => (one.name < other.name ? one : other));'],
  reduceRight: ['return members.map(({ name }) => name).reduceRight((one) => one);'],
  get: [
    'return byId.get(text);',
    'return roster.get(text);',
    'return new Map(members.map((member) => [member.instance_id, member])).get(text);',
  ],
  namesake: ['return roster.namesake(text, text);'],
  slice: ['return members.slice(0, 1);', 'return members.slice(-1);', 'return members.slice(2, 3);'],
  splice: ['return members.splice(0, 1);'],
  take: ['return byId.values().take(1);'],
  destructuring: [
    'const [only] = members;\n  return only;',
    'const [, second] = roster.chosen([]);\n  return second;',
    'const [first, ...others] = members;\n  return [first, others];',
    'const { 0: first } = members;\n  return first;',
    'let only: Member | undefined;\n  [only] = members;\n  return only;',
    'return (([only]: readonly Member[]) => only)(members);',
    'const [id] = members.map(({ instance_id }) => instance_id);\n  return id;',
    'const {\n    list: [only],\n  } = { list: members };\n  return only;',
  ],
  loop: [
    'for (const member of members) return member;\n  return null;',
    'for (const [, member] of byId) if (member.instance) return member.instance_id;\n  return null;',
    'for (const member of members) {\n    use(member);\n    break;\n  }\n  return null;',
    'for (const member of members) {\n    for (const one of text) use(one);\n    if (member) break;\n  }\n  return null;',
  ],
  kept: [
    'let found: Member | undefined;\n  for (const member of members) found ??= member;\n  return found;',
    'let found: Member | undefined;\n  for (const member of members) if (member.instance) found = member;\n  return found;',
    "let id = '';\n  for (const { instance_id } of members) id ||= instance_id;\n  return id;",
    'let found: Member | undefined;\n  members.forEach((member) => {\n    found = member;\n  });\n  return found;',
    'const held: { first?: Member } = {};\n  for (const member of members) held.first ??= member;\n  return held;',
  ],
  sifted: [
    'return resolveCommand(\n    members.filter(({ instance }) => instance),\n    {},\n  );',
    'const ready = members.filter(({ keeping }) => keeping);\n  return resolveMany([...ready], {});',
    'return backupCommand(members.slice(1), {}, text);',
  ],
  helper: ['return first(members);', 'return first(roster.chosen([]).filter(({ instance }) => instance));'],
};

const FINE = [
  'return members;',
  'return members.length === 1;',
  'return members.map(({ name }) => name).join(text);',
  'return members.filter(({ instance }) => instance).slice(0, 2);',
  'return members.some(({ instance_id }) => instance_id === text);',
  'return new Set(members.map(({ instance_id }) => instance_id)).has(text);',
  'return members.reduce((sum, { name }) => sum + name.length, 0);',
  'return new Map(members.map(({ name, id }) => [id, name.length])).get(text);',
  'return resolveCommand(members, {});',
  'return backupCommand(roster.chosen([text]), {}, text);',
  'const one = resolveCommand(members, {});\n  return one.ok ? one.value.name : one.refusal.candidates;',
  'for (const member of members) use(member);\n  return null;',
  'for (const { instance_id } of members) if (instance_id === text) return true;\n  return false;',
  'for (const [id, member] of byId) {\n    for (const one of id) {\n      if (one) break;\n    }\n    use(member);\n  }\n  return null;',
  'for (const member of members) use(() => {\n    return member;\n  });\n  return null;',
  'let count = 0;\n  for (const { name } of members) count += name.length;\n  return count;',
  'const totals: Record<string, number> = {};\n  for (const { name } of members) totals[name] = name.length;\n  return totals;',
  'const [...all] = members;\n  return all;',
  'const { length } = members;\n  return length;',
  'return [1, 2, 3][0];',
  'return text.split(text)[0];',
  'return text.split(text).find((part) => part);',
  'return backups[0];',
  'return facts.map(({ instance_id }) => instance_id)[0];',
  'return parts.slice(1);',
  'return Promise.all(members.map(async ({ name }) => name));',
];

const READS: Breaches = {
  read: [
    'use(given.instance_id);',
    "use(given['instance_name']);",
    'const { instance_id } = given;\n  use(instance_id);',
    'const { instance_id: id } = given;\n  use(id);',
    'const { instance_id, instance_name } = given;\n  use(instance_id ?? instance_name);',
    'use((msg as { instance_id?: string }).instance_id);',
    'const typed = msg as { instance_id: string };\n  use(typed.instance_id);',
    'const { instance_id } = msg as { instance_id: string };\n  use(instance_id);',
    "use(RED.util.getMessageProperty(msg, 'instance_id'));",
    'use((msg.payload as { instance_id: string }).instance_id);',
    'const { instance_id = text, instance_name } = given;\n  ask({ instance_id: String(instance_id), instance_name });',
  ],
  half: [
    'const { instance_id } = given;\n  ask({ instance_id });',
    'ask({ instance_id: text });',
    'ask({ instance_name: text });',
  ],
  deaf: ["node.on('input', (message) => use(message));"],
};

const HANDED = [
  'const { instance_id, instance_name } = given;\n  ask({ instance_id, instance_name });',
  'ask({ instance_id: given.instance_id, instance_name: given.instance_name });',
  'ask(msg as Reference);',
  'ask(given);',
  'ask({});',
  'use({ ...msg, instance_id: text });',
  'for (const { instance_id } of members) use(instance_id);',
  "node.on('input', (message) => ask(message as Reference));",
  "node.on('close', () => use(text));",
];

const takes = (body: string) => `import { type Candidate, resolveCommand, resolveMany } from '../core/resolve';
import type { BackupInfo } from '../store/backup-folder';
import { backupCommand } from './backup-command';
import type { Instance } from './instance';
import type { Keeping } from './keeping';
import type { Member, Roster } from './roster';

interface Fact {
  readonly instance_id: string;
  readonly at: number;
}
interface Given {
  readonly members: Member[];
  readonly roster: Roster;
  readonly byId: Map<string, Member>;
  readonly named: Record<string, Member>;
  readonly views: readonly { readonly member: Member; readonly down: number }[];
  readonly parts: readonly Pick<Member, 'id' | 'name'>[];
  readonly backups: readonly BackupInfo[];
  readonly facts: readonly Fact[];
  readonly instances: readonly Instance[];
  readonly keepings: readonly Keeping[];
  readonly text: string;
}
export const used = [backupCommand, resolveCommand, resolveMany, first, every, pick, use] as unknown[] | Candidate[];
function first<T>(list: readonly T[]): T | undefined {
  return list.slice(0).shift();
}
function* every<T extends Candidate>(list: readonly T[]): Generator<T> {
  yield* list;
}
function pick<T extends Candidate>(list: readonly T[]): readonly T[] {
  return list;
}
function use(..._what: unknown[]): void {}
export function breach({ members, roster, byId, named, views, parts, backups, facts, instances, keepings, text }: Given): unknown {
  use(members, roster, byId, named, views, parts, backups, facts, instances, keepings, text);
  ${body}
}
`;

const reads = (body: string) => `import type { Node, NodeAPI, NodeMessage } from 'node-red';
import type { Candidate, Reference } from '../lib/core/resolve';

export interface Given extends Reference {
  readonly payload?: unknown;
}
function ask(_reference: Reference): void {}
function use(..._what: unknown[]): void {}
export function breach(
  RED: NodeAPI,
  node: Node,
  msg: NodeMessage,
  given: Given,
  members: readonly Candidate[],
  text: string,
): void {
  use(RED, node, msg, given, members, text, ask);
  ${body}
}
`;

interface Planted {
  readonly path: string;
  readonly code: string;
  readonly how: string | null;
}

const plant = (
  folder: string,
  kind: string,
  wrap: (body: string) => string,
  breaches: Breaches,
  fine: readonly string[],
) => {
  const of = (how: string | null, bodies: readonly string[]) =>
    bodies.map((code, at) => ({
      path: `src/${folder}/${kind}-${how ?? 'fine'}-${at}.ts`,
      code,
      text: wrap(code),
      how,
    }));
  return [...Object.entries(breaches).flatMap(([how, bodies]) => of(how, bodies)), ...of(null, fine)];
};

/** Who chooses an instance for somebody, found by type: proven by doing it in a copy of the sources. */
describe('npm run check lets only core/resolve.ts choose an instance', function () {
  this.timeout(120_000);
  let copy: string;
  const planted = [
    ...plant('lib/instance', 'take', takes, TAKES, FINE),
    ...plant('nodes', 'target', reads, READS, HANDED),
  ];

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'caretaker-resolver-'));
    for (const name of ['tsconfig.json', 'package.json', 'src', 'tools']) {
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes('node_modules') });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  function check(): { status: number | null; out: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/one-resolver.mjs'], {
      cwd: copy,
      encoding: 'utf8',
    });
    return { status, out: `${stdout}${stderr}` };
  }

  describe('and complains about', () => {
    const roster = 'src/lib/instance/roster.ts';
    const twice = 'src/lib/instance/test-connection.ts';
    let out: string;

    // All of them at once: a program is read in seconds.
    before(() => {
      const changed = (path: string, change: (text: string) => string) => {
        const text = readFileSync(join(copy, path), 'utf8');
        writeFileSync(join(copy, path), change(text));
        return () => writeFileSync(join(copy, path), text);
      };
      const back = [
        changed(roster, (text) => text.replace('].find(', '].filter(')),
        changed(twice, (text) => `${text}\nexport const twice = (all: Roster) => all.get('x');\n`),
      ];
      for (const { path, text } of planted) writeFileSync(join(copy, path), text);
      const checked = check();
      for (const { path } of planted) rmSync(join(copy, path));
      for (const one of back) one();
      assert.equal(checked.status, 1);
      out = checked.out;
    });

    const all = () => [...out.matchAll(/^(\S+):\d+ \(\w+: (\w+)\)/gm)].map(([, file, how]) => ({ file, how }));
    const complaints = ({ path }: Pick<Planted, 'path'>) =>
      all()
        .filter(({ file }) => file === path)
        .map(({ how }) => how);

    for (const one of planted) {
      const title = one.code.replaceAll(/\s+/g, ' ');
      if (one.how === null) it(`nothing in ${title}`, () => assert.deepEqual(complaints(one), []));
      else
        it(`${one.how}: ${title}`, () => assert.ok(complaints(one).includes(one.how as string), `${complaints(one)}`));
    }

    it('an exception that is no longer needed, and one time more than is excepted', () => {
      assert.match(out, /one-resolver-allowed\.mjs: nothing in src\/lib\/instance\/roster\.ts is a "find" any more/);
      assert.deepEqual(complaints({ path: twice }), ['get', 'get']);
    });

    it('nothing in the sources, which keep to it', () => {
      const known = [twice, ...planted.map(({ path }) => path)];
      const others = all().filter(({ file }) => !known.includes(String(file)));
      assert.deepEqual(others, []);
    });
  });

  it('a resolver it does not know', () => {
    const path = join(copy, 'src/lib/core/resolve.ts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace('export interface Candidate', 'interface Candidate'));
    const { status, out } = check();
    writeFileSync(path, before);
    assert.equal(status, 1);
    assert.match(out, /exports no Candidate/);
  });
});
