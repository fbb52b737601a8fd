import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type PlanFolder, planFolder } from '../../../src/lib/instance/plan-folder';
import { eventually } from '../../support/eventually';

/** Only told of changes: the next look by itself is after the test. */
const NEVER = 3_600_000;
const BUILT_IN = ['Climate', 'Generic', 'Stale sensor', 'Wi-Fi', 'Z-Wave', 'Zigbee'];

function plan(name: string, priority = 50): string {
  return `name: ${name}\npriority: ${priority}\nsteps: [{level: integration, action: reload}]\n`;
}

describe('a folder of plans', () => {
  let userDir: string;
  let open: PlanFolder[];
  let log: string[];
  let changes: number;

  beforeEach(() => {
    userDir = mkdtempSync(join(tmpdir(), 'caretaker-plans-'));
    open = [];
    log = [];
    changes = 0;
  });
  afterEach(() => {
    for (const folder of open) folder.stop();
    rmSync(userDir, { recursive: true, force: true });
  });

  const place = (name: string) => join(userDir, 'caretaker/plans', name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(place(name)), { recursive: true });
    writeFileSync(place(name), text);
  };
  const start = async (instanceId = 'cabin', pollMs = NEVER) => {
    const changed = () => {
      changes += 1;
    };
    const folder = planFolder({ userDir, instanceId, log: (text) => log.push(text), changed, pollMs });
    open.push(folder);
    await folder.ready;
    return folder;
  };
  /** Without the built-in ones. */
  const names = (folder: PlanFolder) =>
    folder.plans().flatMap(({ name, file }) => (file === null ? [] : [`${name} in ${file}`]));
  const errors = (folder: PlanFolder) =>
    folder.problems().flatMap(({ kind, text }) => (kind === 'error' ? [text] : []));
  const soon = (folder: PlanFolder, expected: readonly string[]) =>
    eventually(() => assert.deepEqual(names(folder), expected));

  it('is none at first: then there are the built-in plans', async () => {
    const folder = await start();
    const plans = folder.plans();
    assert.deepEqual(plans.map(({ name }) => name).sort(), BUILT_IN);
    assert.deepEqual(
      plans.map(({ priority }) => priority),
      [30, 30, 30, 20, 10, 0],
    );
    assert.deepEqual([folder.problems(), log, changes], [[], [], 1]);
  });

  it('has the shared plans and its own, no others, the best first', async () => {
    write('b.yaml', plan('B', 60));
    write('a.yml', plan('A', 60));
    write('cabin/c.yaml', plan('C', 70));
    write('lodge/d.yaml', plan('D'));
    write('notes.txt', 'none');
    write('.hidden.yaml', plan('H'));
    const [cabin, lodge] = [await start('cabin'), await start('lodge')];
    const shared = ['A in caretaker/plans/a.yml', 'B in caretaker/plans/b.yaml'];
    assert.deepEqual(names(cabin), ['C in caretaker/plans/cabin/c.yaml', ...shared]);
    assert.deepEqual(names(lodge), [...shared, 'D in caretaker/plans/lodge/d.yaml']);
    assert.deepEqual(cabin.problems(), []);
  });

  it('says which plan replaces which', async () => {
    write('a.yaml', `${plan('Zigbee')}enabled: false\n`);
    write('b.yaml', plan('B'));
    write('cabin/c.yaml', plan('B'));
    const folder = await start();
    const said = [
      'caretaker/plans/a.yaml:1:7: name "Zigbee" replaces the built-in plan of that name.',
      'caretaker/plans/cabin/c.yaml:1:7: name "B" replaces the one in caretaker/plans/b.yaml.',
    ];
    assert.deepEqual(log, said);
    assert.deepEqual(
      folder.problems().map(({ kind, text }) => `${kind} ${text}`),
      said.map((text) => `note ${text}`),
    );
    assert.deepEqual(names(folder), ['B in caretaker/plans/cabin/c.yaml', 'Zigbee in caretaker/plans/a.yaml']);
    assert.equal(folder.plans().find(({ name }) => name === 'Zigbee')?.enabled, false);
    unlinkSync(place('a.yaml'));
    await eventually(() => assert.equal(folder.plans().find(({ name }) => name === 'Zigbee')?.file, null));
  });

  it('names both files of two plans with one name', async () => {
    write('a.yaml', plan('A', 1));
    write('b.yaml', `${plan('B')}---\n${plan('A', 2)}`);
    const folder = await start();
    assert.deepEqual(names(folder), ['B in caretaker/plans/b.yaml', 'A in caretaker/plans/a.yaml']);
    assert.deepEqual(errors(folder), [
      'caretaker/plans/b.yaml:5:7: name "A" is already in caretaker/plans/a.yaml:1; this one does not count.',
    ]);
  });

  it('sees what is written, replaced, renamed and removed', async () => {
    write('a.yaml', plan('A'));
    const folder = await start();
    write('a.yaml', plan('A2'));
    await soon(folder, ['A2 in caretaker/plans/a.yaml']);
    write('a.yaml.tmp', plan('A3'));
    renameSync(place('a.yaml.tmp'), place('a.yaml'));
    await soon(folder, ['A3 in caretaker/plans/a.yaml']);
    renameSync(place('a.yaml'), place('b.yaml'));
    await soon(folder, ['A3 in caretaker/plans/b.yaml']);
    unlinkSync(place('b.yaml'));
    await soon(folder, []);
    assert.deepEqual([folder.problems(), log], [[], []]);
  });

  it('sees a folder that comes later, goes, and comes again', async () => {
    const folder = await start('cabin', 50);
    write('cabin/a.yaml', plan('A'));
    await soon(folder, ['A in caretaker/plans/cabin/a.yaml']);
    rmSync(join(userDir, 'caretaker'), { recursive: true });
    await soon(folder, []);
    write('cabin/a.yaml', plan('B'));
    write('c.yaml', plan('C'));
    await soon(folder, ['B in caretaker/plans/cabin/a.yaml', 'C in caretaker/plans/c.yaml']);
    assert.deepEqual(folder.problems(), []);
  });

  it('keeps the last good version of a broken file, and all others go on', async () => {
    write('a.yaml', plan('A'));
    write('b.yaml', plan('B'));
    const folder = await start();
    write('a.yaml', `${plan('A')}prority: 1\n`);
    await eventually(() => assert.equal(errors(folder).length, 1));
    const said = [
      /^caretaker\/plans\/a\.yaml:4:1: prority is unknown; allowed: name, /,
      /^caretaker\/plans\/a\.yaml: its last good version stays in force\.$/,
    ];
    for (const [index, text] of said.entries()) assert.match(log[index] ?? '', text);
    write('b.yaml', plan('B2'));
    await soon(folder, ['A in caretaker/plans/a.yaml', 'B2 in caretaker/plans/b.yaml']);
    write('a.yaml', plan('A4'));
    await soon(folder, ['A4 in caretaker/plans/a.yaml', 'B2 in caretaker/plans/b.yaml']);
    assert.deepEqual([folder.problems(), log.length], [[], 2]);
  });

  it('has nothing of a file that was broken from the beginning', async () => {
    write('a.yaml', 'name: [\n');
    write('b.yaml', plan('B'));
    const folder = await start();
    assert.deepEqual(names(folder), ['B in caretaker/plans/b.yaml']);
    assert.equal(log.at(-1), 'caretaker/plans/a.yaml: none of it is in force.');
  });

  it('does not follow links out of itself', async () => {
    writeFileSync(join(userDir, 'outside.yaml'), plan('Outside'));
    mkdirSync(join(userDir, 'elsewhere'));
    writeFileSync(join(userDir, 'elsewhere/e.yaml'), plan('Elsewhere'));
    write('lodge/l.yaml', plan('L'));
    write('.data/inside', plan('Inside'));
    mkdirSync(place('folder.yaml'));
    symlinkSync(join(userDir, 'outside.yaml'), place('a.yaml'));
    symlinkSync(place('.data/inside'), place('b.yaml'));
    symlinkSync(join(userDir, 'elsewhere'), place('cabin'));
    symlinkSync('../b.yaml', place('lodge/c.yaml'));
    symlinkSync('nowhere', place('d.yaml'));
    const [cabin, lodge] = [await start('cabin'), await start('lodge')];
    assert.deepEqual(names(cabin), ['Inside in caretaker/plans/b.yaml']);
    assert.deepEqual(errors(cabin), [
      'caretaker/plans/a.yaml: is a link out of its folder; it is not read.',
      'caretaker/plans/folder.yaml: is no file; it is not read.',
      'caretaker/plans/cabin: cannot be read: it is a link to somewhere else.',
    ]);
    assert.deepEqual(names(lodge), ['Inside in caretaker/plans/b.yaml', 'L in caretaker/plans/lodge/l.yaml']);
    assert.ok(errors(lodge).includes('caretaker/plans/lodge/c.yaml: is a link out of its folder; it is not read.'));
  });

  it('reads nothing but files', async function () {
    if (process.platform === 'win32') this.skip();
    mkdirSync(place(''), { recursive: true });
    const server = createServer().listen(place('a.yaml'));
    await once(server, 'listening');
    assert.deepEqual(errors(await start()), ['caretaker/plans/a.yaml: is no file; it is not read.']);
    server.close();
  });

  it('is none the worse for a listener that fails', async () => {
    write('a.yaml', plan('A'));
    const options = { userDir, instanceId: 'cabin', log: (text: string) => log.push(text), pollMs: NEVER };
    const folder = planFolder({
      ...options,
      changed: () => {
        throw new Error('listener');
      },
    });
    open.push(folder);
    await folder.ready;
    write('a.yaml', plan('B'));
    await soon(folder, ['B in caretaker/plans/a.yaml']);
    assert.deepEqual(log, ['listener', 'listener']);
  });

  it('reads a file once it may', async function () {
    if (process.getuid?.() === 0) this.skip();
    write('a.yaml', plan('A'));
    chmodSync(place('a.yaml'), 0o000);
    const folder = await start('cabin', 50);
    assert.match(errors(folder)[0] ?? '', /^caretaker\/plans\/a\.yaml:1:1: cannot be read: EACCES/);
    chmodSync(place('a.yaml'), 0o600);
    await soon(folder, ['A in caretaker/plans/a.yaml']);
  });

  it('is read once for all instances, and told in the log of one', async () => {
    write('a.yaml', 'name: 1\n');
    const folders = await Promise.all(['one', 'two', 'three'].map((id) => start(id)));
    assert.equal(log.filter((text) => text.includes(':1:7:')).length, 1);
    open.shift()?.stop();
    write('a.yaml', plan('A'));
    await soon(folders[1] as PlanFolder, ['A in caretaker/plans/a.yaml']);
    await soon(folders[2] as PlanFolder, ['A in caretaker/plans/a.yaml']);
    assert.deepEqual(names(folders[0] as PlanFolder), []);
  });

  it('tells a change once', async () => {
    write('a.yaml', plan('A'));
    const folder = await start('cabin', 20);
    assert.equal(changes, 1);
    write('a.yaml', plan('A2'));
    await soon(folder, ['A2 in caretaker/plans/a.yaml']);
    write('b.yaml', plan('B'));
    await soon(folder, ['A2 in caretaker/plans/a.yaml', 'B in caretaker/plans/b.yaml']);
    assert.ok(changes <= 5, `${changes}`);
    const before = changes;
    writeFileSync(place('c.txt'), '');
    await eventually(() => assert.equal(changes, before));
  });

  it('leaves nothing behind', async () => {
    write('cabin/a.yaml', plan('A'));
    const held = new Set<number>();
    const hook = createHook({
      init: (id, type) => void (/^(Timeout|FSEVENTWRAP)$/.test(type) && held.add(id)),
      destroy: (id) => void held.delete(id),
    });
    // Mocha sets its own timer after the first await.
    await setImmediate();
    hook.enable();
    try {
      for (let round = 0; round < 3; round += 1) {
        const again = await start();
        assert.ok(held.size >= 4, `${held.size}`);
        write('cabin/a.yaml', plan(`A${round}`));
        if (round > 0) await soon(again, [`A${round} in caretaker/plans/cabin/a.yaml`]);
        again.stop();
        again.stop();
        const early = planFolder({ userDir, instanceId: 'cabin', log: () => {}, changed: () => assert.fail() });
        early.stop();
        await early.ready;
        await setImmediate();
        assert.equal(held.size, 0);
      }
    } finally {
      hook.disable();
    }
  });
});
