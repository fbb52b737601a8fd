import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instanceNode, monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import { catcher, NodeRed, root } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  'node-red': { nodes: Record<string, string> };
};
const WANTED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(lib|nodes)\/.*\.js$/,
  /^dist\/bin\/[a-z-]+\.js$/,
  /^dist\/plans\/[a-z-]+\.yaml$/,
  /^dist\/nodes\/[a-z-]+\.html$/,
  /^dist\/nodes\/icons\/[a-z-]+\.svg$/,
  /^dist\/nodes\/locales\/(en-US|de)\/[a-z-]+\.(json|html)$/,
  /^examples\/.*\.json$/,
  /^docs\/grafana\.json$/,
  /^resources\/.*\.js$/,
];

describe('the tarball', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-pack-'));
  const npm = (args: readonly string[], cwd: string) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  let packed: Packed;

  before(() => {
    const [first] = JSON.parse(
      npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
    ) as Packed[];
    assert.ok(first);
    packed = first;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what a user needs and nothing else', () => {
    const unwanted = packed.files.map(({ path }) => path).filter((path) => !WANTED.some((want) => want.test(path)));
    assert.deepEqual(unwanted, []);
    for (const want of WANTED)
      assert.ok(
        packed.files.some(({ path }) => want.test(path)),
        String(want),
      );
  });

  it('works in an empty user directory where install scripts are blocked', async () => {
    const userDir = join(folder, 'user');
    const home: SimulatedHome = await startSimulatedHome({ home: 'small' });
    const nodeRed = new NodeRed({ userDir, nodesDir: null });
    try {
      npm(['init', '--yes'], userDir);
      npm(['install', '--ignore-scripts', '--omit=dev', join(folder, packed.filename)], userDir);
      const installed = join(userDir, 'node_modules', manifest.name, 'dist/bin/caretaker.js');
      assert.match(readFileSync(installed, 'utf8'), /^#!\/usr\/bin\/env node\n/);
      // As npx does it: the only command of a package, whatever it is called.
      assert.match(npm(['exec', '--offline', '--', manifest.name, '--help'], userDir), /import-ha-boss <config\.yaml>/);
      await nodeRed.start();
      const response = await fetch(`${nodeRed.url}/nodes`, { headers: { accept: 'application/json' } });
      const sets = (
        (await response.json()) as { module: string; name: string; enabled: boolean; err?: string }[]
      ).filter(({ module }) => module === manifest.name);
      assert.deepEqual(
        sets.map(({ name, enabled, err }) => [name, enabled, err]),
        Object.keys(manifest['node-red'].nodes).map((name) => [name, true, undefined]),
      );
      await nodeRed.deploy([
        { id: 'tab', type: 'tab', label: 'Flow' },
        instanceNode('home', home),
        monitorNode('m', 'tab', [], ['c'], { announce: true, kinds: ['instance'] }),
        catcher('c', 'tab'),
      ]);
      await eventually(() => assert.equal(nodeRed.told[0]?.payload['status'], 'available'), 10_000);
    } finally {
      await nodeRed.dispose();
      await home.stop();
    }
  });
});
