import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/lib/store/open';
import { HaBossFile } from '../lib/migrate/ha-boss-file';
import { eventually } from '../support/eventually';
import { type FlowNode, NodeRed, root } from '../support/node-red';
import { startSimulatedHome } from '../support/simulator/simulated-home';

const CONFIG = `instances:
  - id: home
    url: \${HOME_URL}
    token: eyJ-a-token-that-stays-there
monitoring: {grace_period_seconds: 1, stale_threshold_seconds: 3600}
`;

describe('the command line', function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-command-'));
    writeFileSync(join(folder, 'config.yaml'), CONFIG);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: readonly string[]) {
    const command = [join(root, 'dist/bin/caretaker.js'), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
    return { status, stdout, stderr };
  }

  it('prints a flow, and says beside it what could not be taken over', () => {
    const { status, stdout, stderr } = run('import-ha-boss', 'config.yaml');
    assert.equal(status, 0, stderr);
    const flow = JSON.parse(stdout) as FlowNode[];
    assert.equal(flow.find(({ type }) => type === 'caretaker-instance')?.['url'], '${HOME_URL}');
    assert.match(stderr, /^config\.yaml: instances\[0\]\.token \(line 4\): is not copied.*HA_TOKEN_HOME/m);
    assert.match(stderr, /^config\.yaml: monitoring\.stale_threshold_seconds \(line 5\): is left out/m);
    assert.doesNotMatch(stdout + stderr, /eyJ/);
  });

  it('writes the flow to a file, but over none that is there', () => {
    const written = run('import-ha-boss', 'config.yaml', '--output', 'flow.json');
    assert.deepEqual([written.status, written.stdout], [0, '']);
    const text = readFileSync(join(folder, 'flow.json'), 'utf8');
    assert.ok(Array.isArray(JSON.parse(text)));
    const again = run('import-ha-boss', 'config.yaml', '--output', 'flow.json');
    assert.equal(again.status, 1);
    assert.match(again.stderr, /flow\.json is there already/);
  });

  it('helps', () => {
    const { status, stdout } = run('--help');
    assert.equal(status, 0);
    assert.match(stdout, /Usage: npx .* import-ha-boss <config\.yaml>/);
  });

  it('that is wrong changes nothing, and helps', () => {
    const { status, stdout, stderr } = run('import-everything');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^There is no command "import-everything"\.\n\nUsage:/);
  });

  it('fails with what to do', () => {
    const { status, stdout, stderr } = run('import-ha-boss', 'absent.yaml');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^absent\.yaml cannot be read: .*\n$/);
  });

  it('makes a flow that watches, on top of the history it took over', async () => {
    const home = await startSimulatedHome({ home: 'small', seed: 11 });
    const env = { HOME_URL: home.url, HA_TOKEN_HOME: home.tokens.admin };
    const nodeRed = new NodeRed({ env });
    const old = new HaBossFile(join(folder, 'ha_boss.db'));
    old.event('home', 'light.gone_long_ago', 'unavailable', Date.now() - 3_600_000);
    old.close();
    try {
      const moved = run('import-ha-boss', 'config.yaml', '--database', 'ha_boss.db', '--user-dir', nodeRed.userDir);
      assert.equal(moved.status, 0, moved.stderr);
      await nodeRed.start();
      await nodeRed.deploy(JSON.parse(moved.stdout) as FlowNode[]);
      await eventually(() => assert.deepEqual([home.sessions, home.subscriptions > 5], [1, true]), 10_000);
      // The old path answers, but nobody without a key.
      await eventually(async () => assert.equal((await fetch(`${nodeRed.url}/api/instances`)).status, 401));
      const file = join(nodeRed.userDir, 'caretaker/caretaker.sqlite');
      const store = await openStore({ file, log: () => undefined });
      try {
        const namespace = await store.namespace('home');
        await eventually(async () => {
          const facts = await namespace.transitions({ limit: 1000 });
          const [first, ...own] = facts.map(({ subject, status }) => `${subject.id} ${status}`);
          assert.equal(first, 'light.gone_long_ago unavailable');
          assert.ok(own.includes('home available'), own.join());
          assert.ok(!own.some((fact) => fact.startsWith('light.gone_long_ago')), own.join());
        }, 10_000);
      } finally {
        await store.close();
      }
    } finally {
      await nodeRed.dispose();
      await home.stop();
    }
  });
});
