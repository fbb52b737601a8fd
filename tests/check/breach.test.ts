import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../support/node-red';

/** Relative path to text. */
type Files = Readonly<Record<string, string>>;

const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** What `npm run check` forbids, proven by doing it in a copy of the sources. */
describe('npm run check reports', function () {
  this.timeout(60_000);
  let copy: string;

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'caretaker-breach-'));
    for (const name of ['biome.json', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json', 'src', 'tools']) {
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.includes('node_modules') });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  /** Runs a tool on the copy with some files more or other. */
  function withFiles(files: Files, command: string, args: readonly string[]): { status: number | null; out: string } {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    // The tools take the newer Node among the development dependencies, as npm scripts do.
    const PATH = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`;
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, PATH },
    });
    for (const path of Object.keys(files)) {
      rmSync(join(copy, path));
      try {
        cpSync(join(root, path), join(copy, path));
      } catch {
        // It is no file of the project.
      }
    }
    return { status, out: `${stdout}${stderr}` };
  }

  const lint = (files: Files) =>
    withFiles(files, bin('biome'), ['lint', '--max-diagnostics=200', ...Object.keys(files)]);
  const cruise = (files: Files) => withFiles(files, bin('depcruise'), ['src', '--output-type', 'err']);

  it('nothing where nothing is wrong', () => {
    const cruised = cruise({});
    assert.equal(cruised.status, 0, cruised.out);
    const clean = lint({ 'src/lib/hass/clean.ts': 'export const one = 1;\n' });
    assert.equal(clean.status, 0, clean.out);
  });

  describe('an API that must never be used', () => {
    const forbidden = {
      'copies all entities with each event': ['subscribeEntities', 'entitiesColl'],
      'refetches without a catch': ['subscribeConfig', 'configColl', 'subscribeServices'],
      'shares a timer between homes': ['servicesColl'],
      'leaks a listener per subscription': ['getCollection', 'createCollection'],
      'has no time-out': ['createSocket'],
    };
    for (const [why, names] of Object.entries(forbidden)) {
      for (const name of names) {
        it(`${name}: ${why}`, () => {
          const text = `import { ${name} } from 'home-assistant-js-websocket';\n\nexport const used = ${name};\n`;
          const { status, out } = lint({ 'src/lib/hass/connection.ts': text });
          assert.notEqual(status, 0);
          assert.match(out, /noRestrictedImports/);
        });
      }
    }
  });

  describe('core with a clock, a timer or I/O', () => {
    for (const use of [
      'Date.now()',
      'performance.now()',
      'setTimeout(() => {}, 1)',
      'setInterval(() => {}, 1)',
      'setImmediate(() => {})',
      'queueMicrotask(() => {})',
      'process.env',
      'fetch',
    ]) {
      it(use, () => {
        const { status, out } = lint({ 'src/lib/core/breach.ts': `export const used = ${use};\n` });
        assert.notEqual(status, 0);
        assert.match(out, /noRestrictedGlobals/);
      });
    }
  });

  it('a promise nobody waits for', () => {
    const { status, out } = lint({
      'src/lib/hass/breach.ts':
        'async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n',
    });
    assert.notEqual(status, 0);
    assert.match(out, /noFloatingPromises/);
  });

  describe('a layer breached', () => {
    const breaches: Readonly<Record<string, Files>> = {
      'core-is-pure': {
        'src/lib/core/breach-core-is-pure.ts': "import { join } from 'node:path';\n\nexport const used = join;\n",
      },
      'store-knows-core-only': {
        'src/lib/store/breach-store-knows-core-only.ts':
          "import { request } from '../hass/rest';\n\nexport const used = request;\n",
      },
      'hass-knows-core-only': {
        'src/lib/hass/breach-hass-knows-core-only.ts':
          "import { Roster } from '../instance/roster';\n\nexport const used = Roster;\n",
      },
      'instance-looks-down': {
        'src/lib/instance/breach-instance-looks-down.ts':
          "import { asNode } from '../../nodes/breach-instance-looks-down';\n\nexport const used = asNode;\n",
        'src/nodes/breach-instance-looks-down.ts': 'export const asNode = 1;\n',
      },
      'api-looks-down': {
        'src/lib/api/breach-api-looks-down.ts':
          "import { asNode } from '../../nodes/breach-api-looks-down';\n\nexport const used = asNode;\n",
        'src/nodes/breach-api-looks-down.ts': 'export const asNode = 1;\n',
      },
      'migrate-looks-down': {
        'src/lib/migrate/breach-migrate-looks-down.ts':
          "import { operation } from '../api/operation';\n\nexport const used = operation;\n",
      },
      'migrate-for-bin-only': {
        'src/lib/instance/breach-migrate-for-bin-only.ts':
          "import { idFrom } from '../migrate/homes';\n\nexport const used = idFrom;\n",
      },
      'bin-looks-down': {
        'src/bin/breach-bin-looks-down.ts': "import monitor from '../nodes/monitor';\n\nexport const used = monitor;\n",
      },
      'nobody-knows-bin': {
        'src/lib/migrate/breach-nobody-knows-bin.ts': "import '../../bin/caretaker';\n",
      },
      'leaves-import-nothing': {
        'src/lib/error.ts': "import { roster } from './instance/roster';\n\nexport const used = roster;\n",
      },
      'one-home-for-the-ha-library': {
        'src/lib/instance/breach-one-home-for-the-ha-library.ts':
          "import { Connection } from 'home-assistant-js-websocket';\n\nexport const used = Connection;\n",
      },
      'one-home-for-ws': {
        'src/lib/hass/breach-one-home-for-ws.ts': "import { WebSocket } from 'ws';\n\nexport const used = WebSocket;\n",
      },
      'sqlite-in-the-worker': {
        'src/lib/instance/breach-sqlite-in-the-worker.ts':
          "import { DatabaseSync } from 'node:sqlite';\n\nexport const used = DatabaseSync;\n",
        'src/lib/hass/breach-sqlite-in-the-worker.ts':
          "import { loadSqlite } from '../store/sqlite-module';\n\nexport const used = loadSqlite;\n",
      },
      'nodes-are-strangers': {
        'src/nodes/breach-nodes-are-strangers.ts': "import other from './monitor';\n\nexport const used = other;\n",
      },
      'no-cycles': {
        'src/lib/hass/breach-no-cycles.ts':
          "import { two } from './breach-no-cycles-two';\n\nexport const one = () => two;\n",
        'src/lib/hass/breach-no-cycles-two.ts':
          "import { one } from './breach-no-cycles';\n\nexport const two = () => one;\n",
      },
      'no-orphans': { 'src/lib/hass/breach-no-orphans.ts': 'export const nobody = 1;\n' },
    };
    let out: string;

    // All of them at once: a cruise takes a second.
    before(() => {
      const cruised = cruise(Object.assign({}, ...Object.values(breaches)) as Files);
      assert.notEqual(cruised.status, 0);
      out = cruised.out;
    });

    for (const rule of Object.keys(breaches)) {
      it(rule, () => assert.match(out, new RegExp(`error ${rule}: .*(breach-${rule}|lib/error)\\.ts`)));
    }
  });

  it('a cruise that found no sources', () => {
    // Where the tool reads nothing it finds no breach.
    rmSync(join(copy, 'src'), { recursive: true });
    mkdirSync(join(copy, 'src'));
    const script = readFileSync(join(root, 'tools/check.mjs'), 'utf8').replace(/^run\((?!'layers').*$/gm, '');
    writeFileSync(join(copy, 'tools/check.mjs'), script);
    const elsewhere = {
      'src/notes.txt': 'no sources\n',
      'other/one.ts': '',
      'tsconfig.json': '{ "include": ["other"] }',
    };
    const empty = withFiles(elsewhere, process.execPath, ['tools/check.mjs']);
    cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
    assert.equal(empty.status, 1, empty.out);
    assert.match(empty.out, /failed: layers/);
    const whole = withFiles({}, process.execPath, ['tools/check.mjs']);
    assert.equal(whole.status, 0, whole.out);
  });
});
