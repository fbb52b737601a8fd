import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { type FlowNode, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { example } from './example';
import { instanceNode } from './flows';

const LONG = 20_000;
const EVIL = '<img src=x onerror=alert(1)>';

describe('the examples that ask', function () {
  this.timeout(60_000);
  let homes: Readonly<Record<'home' | 'cabin', SimulatedHome>>;
  let nodeRed: NodeRed;
  let flow: FlowNode[];

  before(async () => {
    const [home, cabin] = await Promise.all([startSimulatedHome({ seed: 3 }), startSimulatedHome({ seed: 4 })]);
    homes = { home, cabin };
    nodeRed = new NodeRed();
    await nodeRed.start();
  });

  after(async () => {
    await nodeRed?.dispose();
    await Promise.all(Object.values(homes ?? {}).map((one) => one.stop()));
  });

  async function deploy(number: string): Promise<void> {
    flow = example(number);
    nodeRed.told.length = 0;
    const titles = { home: EVIL, cabin: 'Cabin' };
    const instances = Object.entries(homes).map(([id, home]) => {
      const fields = { name: titles[id as 'home' | 'cabin'], incident_window_seconds: 1 };
      return instanceNode(id, home, { ...fields, credentials: { token: home.tokens.admin } });
    });
    await nodeRed.deploy([...instances, ...flow]);
  }

  async function heard(name: string, fits: (told: Told) => boolean = () => true): Promise<string> {
    const { id } = flow.find((node) => node['name'] === name) as FlowNode;
    return eventually(() => {
      const found = nodeRed.told.find((told) => told.caught_by === id && fits(told));
      assert.ok(found, `${name}: ${JSON.stringify(nodeRed.told.slice(-5))}`);
      return String(found.payload);
    }, LONG);
  }

  async function page(fits: RegExp, query = ''): Promise<string> {
    return eventually(async () => {
      const response = await fetch(`${nodeRed.url}/homes${query}`);
      const html = await response.text();
      assert.equal(response.status, 200, html);
      assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(html, fits);
      return html;
    }, LONG);
  }

  it('10 shows each home and what is wrong in it, as text, and nothing that a browser asks for', async () => {
    const entry = await homes.cabin.lab.add('Lab', 1, 3);
    await deploy('10');
    const well = await page(/(state connected[\s\S]*){2}<li>Nothing\.<\/li>/);
    assert.match(well, /<td>Cabin<\/td>/);
    assert.ok(!well.includes(EVIL) && well.includes('&lt;img'));
    assert.doesNotMatch(well, /https?:|undefined|\{\{/);
    const curious = await page(/<td>Cabin<\/td>/, '?query=diagnostics&instance_id=home');
    assert.doesNotMatch(curious, /last_errors|settings/);

    await homes.cabin.lab.setMode(entry, 'dead');
    const bad = await page(/<li>Cabin: [^<]*Lab[^<]*, \d+ entities down because of it, for \d+ min</);
    assert.match(bad, /<td class="number">[1-9]\d*<\/td>\s*<\/tr>/);
    await homes.cabin.lab.setMode(entry, 'ok');
  });

  it('11 tells once that a home cannot be reached, which, and that all is well again', async () => {
    await deploy('11');
    await heard('well', ({ payload }) => /All homes are well/.test(String(payload)));
    await homes.cabin.kill();
    const alert = await heard('alert', ({ payload }) => /unhealthy/.test(String(payload)));
    assert.match(alert, /^Caretaker is unhealthy\.\n/);
    assert.match(alert, /cabin:ha_connection: ./);
    assert.doesNotMatch(alert, /^home:/m);
    nodeRed.told.length = 0;
    await homes.cabin.start();
    await heard('well');
  });

  it('15 reports the last seven days, when the button is pressed too', async () => {
    await deploy('15');
    const { id } = flow.find(({ type }) => type === 'inject') as FlowNode;
    const report = await eventually(async () => {
      nodeRed.told.length = 0;
      assert.equal((await fetch(`${nodeRed.url}/inject/${id}`, { method: 'POST' })).status, 200);
      const text = await heard('report');
      assert.match(text, /\n- Cabin: \d+ failures, \d+ flapping\n/);
      return text;
    }, LONG);
    const [head = ''] = report.split('\n\nWhat failed most:\n');
    const figures = 'Failures: \\d+\nHeals: \\d+\nAvailable: (not known yet|[\\d.]+ %)';
    assert.match(head, new RegExp(`^From 2\\d{3}-\\d\\d-\\d\\d to 2\\d{3}-\\d\\d-\\d\\d\n\n${figures}$`));
    assert.doesNotMatch(report, /\{\{|undefined|null/);
  });
});
