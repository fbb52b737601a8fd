import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeInitializer } from 'node-red';
import helper from 'node-red-node-test-helper';
import registerInstance from '../../src/nodes/instance';
import registerMonitor from '../../src/nodes/monitor';
import { eventually } from '../support/eventually';
import type { FlowNode } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

interface Shown {
  readonly fill: string;
  readonly shape: string;
  readonly text: string;
}

helper.init(require.resolve('node-red'));

describe('the status of a monitor', () => {
  const userDir = mkdtempSync(join(tmpdir(), 'caretaker-helper-'));
  let home: SimulatedHome;
  let entry: string;

  before(async () => {
    helper.settings({ userDir });
    await new Promise<void>((done) => helper.startServer(done));
    home = await startSimulatedHome();
    entry = await home.lab.add('Lab', 1, 1);
  });
  after(async () => {
    await home.stop();
    await new Promise<void>((done) => helper.stopServer(done));
    rmSync(userDir, { recursive: true, force: true });
  });
  afterEach(() => helper.unload());

  async function load(...nodes: FlowNode[]): Promise<() => Shown | undefined> {
    const credentials = Object.fromEntries(nodes.map(({ id, credentials: own }) => [id, own ?? {}]));
    const flow = nodes.map(({ credentials: _, ...node }) => node);
    await helper.load([registerInstance, registerMonitor] as NodeInitializer[], flow, credentials);
    const node = helper.getNode('m') as unknown as { status: { lastCall?: { args: [Shown] } } };
    return () => node.status.lastCall?.args[0];
  }
  // Without the package around them the nodes have no catalogue: what is shown is the key.
  const shows = (shown: () => Shown | undefined, expected: Shown) =>
    eventually(() => assert.deepEqual(shown(), expected), 10_000);
  const monitor = (fields: Record<string, unknown> = {}) => monitorNode('m', 'tab', [], [], fields);

  it('is grey without an instance', async () => {
    const shown = await load(monitor());
    await shows(shown, { fill: 'grey', shape: 'ring', text: 'monitor.status.none' });
  });

  it('goes from connecting over well to down and back', async () => {
    const shown = await load(instanceNode('home', home), monitor());
    await shows(shown, { fill: 'yellow', shape: 'ring', text: 'monitor.status.connecting' });
    await shows(shown, { fill: 'green', shape: 'dot', text: 'monitor.status.well' });
    await home.lab.setMode(entry, 'dead');
    await shows(shown, { fill: 'red', shape: 'dot', text: 'monitor.status.down' });
    await home.lab.setMode(entry, 'ok');
    await shows(shown, { fill: 'green', shape: 'dot', text: 'monitor.status.well' });
  });

  it('does not count what the monitor does not look at', async () => {
    await home.lab.setMode(entry, 'dead');
    const shown = await load(instanceNode('home', home), monitor({ exclude: { entities: ['sensor.lab_*'] } }));
    await shows(shown, { fill: 'green', shape: 'dot', text: 'monitor.status.well' });
    await home.lab.setMode(entry, 'ok');
  });

  it('is a red ring while a home does not answer, or refuses the token', async () => {
    const nobody = { url: 'http://127.0.0.1:9', tokens: home.tokens };
    await shows(await load(instanceNode('away', nobody), monitor()), {
      fill: 'red',
      shape: 'ring',
      text: 'monitor.status.disconnected',
    });
    await helper.unload();
    const wrong = instanceNode('refused', home, { credentials: { token: 'wrong' } });
    await shows(await load(wrong, monitor()), { fill: 'red', shape: 'ring', text: 'monitor.status.error' });
  });

  it('says that an instance is not set up', async () => {
    const shown = await load(instanceNode('home', home, { instance_id: 'Not One' }), monitor());
    await shows(shown, { fill: 'red', shape: 'ring', text: 'monitor.status.refused' });
  });

  it('names the field of its own that is wrong', async () => {
    const shown = await load(monitor({ direction: 'sideways' }));
    await shows(shown, {
      fill: 'red',
      shape: 'ring',
      text: 'direction: must be equal to one of the allowed values: down, back, both.',
    });
  });
});
