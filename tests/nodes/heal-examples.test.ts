import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { type FlowNode, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { example } from './example';
import { instanceNode } from './flows';

const LONG = 20_000;

describe('the examples that heal', function () {
  this.timeout(90_000);
  let home: SimulatedHome;
  let nodeRed: NodeRed;
  let flow: FlowNode[];
  let entry: string;
  let count = 0;

  before(async () => {
    home = await startSimulatedHome({ seed: 3 });
    nodeRed = new NodeRed();
    await nodeRed.start();
  });

  after(async () => {
    await nodeRed?.dispose();
    await home?.stop();
  });

  /** With an entry of its own, so that no try of another test is remembered. */
  async function deploy(number: string, change: (node: FlowNode) => FlowNode = (node) => node): Promise<void> {
    count += 1;
    entry = await home.lab.add(`Lab ${count}`, 1, 3);
    flow = example(number).map(change);
    const fields = { credentials: { token: home.tokens.admin }, incident_window_seconds: 2, verify_seconds: 3 };
    nodeRed.told.length = 0;
    await nodeRed.deploy([instanceNode('home', home, fields), ...flow]);
    await eventually(() => assert.ok(home.sessions > 0), LONG);
    await isSeen();
  }

  /** What was never up cannot go down. */
  async function isSeen(): Promise<void> {
    await eventually(async () => {
      const answer = await fetch(`${nodeRed.url}/caretaker/instances/node-home/diagnostics`);
      const { counts } = (await answer.json()) as { counts?: { subjects?: { config_entry: { available?: number } } } };
      assert.ok(counts?.subjects?.config_entry.available);
    }, LONG);
  }

  async function heard(name: string, fits: (told: Told) => boolean = () => true): Promise<Told> {
    const { id } = flow.find((node) => node['name'] === name) as FlowNode;
    return eventually(() => {
      const found = nodeRed.told.find((told) => told.caught_by === id && fits(told));
      assert.ok(found, `${name}: ${JSON.stringify(nodeRed.told)} ${nodeRed.output.slice(-5).join('\n')}`);
      return found;
    }, LONG);
  }

  const reloads = () => home.calls.filter(({ type }) => type.includes('/reload')).length;

  it('07 heals by itself, and tells once what it could not', async () => {
    await deploy('07');
    await home.lab.setMode(entry, 'dead_until_reload');
    const { payload } = await heard('healed');
    assert.match(String(payload['message']), /healed by reload in \d/);
    assert.equal(payload['instance_id'], 'home');

    const other = await home.lab.add('Other', 1, 3);
    await home.lab.setMode(other, 'setup_auth_failed');
    await home.lab.reload(other);
    await heard('needs me', ({ payload: text }) => /sign in again/i.test(String(text)));
    await home.lab.setMode(other, 'ok');
    await home.lab.reload(other);
    await heard('needs me', ({ payload: text }) => /well again/.test(String(text)));
  });

  it('08 asks, and heals when the button is pressed, not when the link is opened', async () => {
    await deploy('08');
    await home.lab.setMode(entry, 'dead_until_reload');
    const question = String((await heard('ask me')).payload);
    assert.match(question, /in The home is in trouble: \d+ things down because of it\. Heal it\?/);
    const link = (/http:\S+/.exec(question)?.[0] ?? '').replace('http://127.0.0.1:1880', nodeRed.url);
    const before = reloads();
    const page = await fetch(link);
    const html = await page.text();
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    assert.equal(reloads(), before);
    const fields = [...html.matchAll(/name="(\w+)" value="(\w+)"/g)].map(
      ([, name, value]) => [name, value] as string[],
    );
    assert.deepEqual(
      fields.map(([name]) => name),
      ['instance_id', 'incident_id'],
    );

    const answer = await fetch(link, { method: 'POST', body: new URLSearchParams(fields as [string, string][]) });
    assert.match(await answer.text(), /being healed/);
    assert.equal((await heard('healed')).payload['outcome'], 'healed');
    assert.equal(reloads(), before + 1);
    const hostile = await (await fetch(link.replace(/instance_id=\w+/, 'instance_id="><script>'))).text();
    assert.ok(!hostile.includes('<script>'));
  });

  it('09 looks after what is on its list, and leaves alone what is well', async () => {
    const list = JSON.stringify([{ instance_id: 'home', integration: 'caretaker_lab' }]);
    await deploy('09', (node) => {
      if (node.type === 'inject') return { ...node, payload: list };
      return node.type === 'delay' ? { ...node, nbRateUnits: '1', rateUnits: 'second' } : node;
    });
    const inject = flow.find(({ type }) => type === 'inject') as FlowNode;
    const before = reloads();
    await home.lab.setMode(entry, 'dead_until_reload');
    // Nothing says here that it was seen to be down; asked before, it is not.
    await eventually(async () => {
      await fetch(`${nodeRed.url}/inject/${inject.id}`, { method: 'POST' });
      assert.ok(reloads() > before);
    }, LONG);
    assert.deepEqual((await heard('healed')).payload['outcome'], 'healed');
  });
});
