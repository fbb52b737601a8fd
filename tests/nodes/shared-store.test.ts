import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { describeOnPostgres, startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

/** What `lease-holder.ts` claims in PostgreSQL, and until who stands by has asked and connected. */
const LEASE_MS = 15_000;
const SLACK_MS = 5_000;

describeOnPostgres('two real Node-REDs with the same home in one PostgreSQL', function (this: Mocha.Suite) {
  this.timeout(120_000);
  let home: SimulatedHome;
  let entry: string;
  let url: string;
  let first: NodeRed;
  let second: NodeRed;
  let watch: NodeJS.Timeout;
  /** How many were connected at a time, as often as one looks. */
  const seen = new Set<number>();

  before(async () => {
    home = await startSimulatedHome({ seed: 5 });
    entry = await home.lab.add('Lab', 1, 1);
    url = await (await startPostgres()).createDatabase();
    [first, second] = [new NodeRed(), new NodeRed()];
    await Promise.all([first.start(), second.start()]);
    watch = setInterval(() => seen.add(home.sessions), 5);
  });
  after(async () => {
    clearInterval(watch);
    await Promise.all([first.dispose(), second.dispose()]);
    await home.stop();
  });

  const flows = (): FlowNode[] => [
    { id: 'store', type: 'caretaker-store', kind: 'postgres', credentials: { url } },
    instanceNode('home', home, { store: 'store' }),
    { id: 'tab', type: 'tab', label: 'Flow' },
    monitorNode('m', 'tab', ['node-home'], ['c'], { kinds: ['entity'] }),
    catcher('c', 'tab'),
  ];
  /** How often the home was looked at whole. */
  const looks = () => home.calls.filter(({ type }) => type === 'subscribe_entities').length;
  const said = (nodeRed: NodeRed, what: RegExp, within = 10_000) =>
    eventually(() => assert.match(nodeRed.output.join('\n'), what), within);
  const flip = async (mode: 'dead' | 'ok', status: string, teller: NodeRed, other: NodeRed) => {
    const [told, heard] = [teller.told.length, other.told.length];
    await home.lab.setMode(entry, mode);
    await eventually(() =>
      assert.deepEqual(
        teller.told.slice(told).map(({ topic, payload }) => `${topic} ${payload['status']}`),
        [`sensor.lab_1_sensor_1 ${status}`],
      ),
    );
    assert.equal(other.told.length, heard);
  };

  it('one is connected, the other stands by and says for whom', async () => {
    await first.deploy(flows());
    await said(first, /connected to .*entities/);
    await second.deploy(flows());
    await said(second, new RegExp(`Another Node-RED \\(.*${first.userDir}\\) looks after this home: standing by`));
    await flip('dead', 'unavailable', first, second);
    assert.deepEqual([home.opened, looks()], [1, 1]);
  });

  it('a deploy of the one that is connected keeps it there', async () => {
    await first.deploy(flows());
    await eventually(() => assert.equal(looks(), 2));
    await flip('ok', 'available', first, second);
  });

  it('stopped, it hands over within 2 s', async () => {
    await first.stop();
    const stopped = performance.now();
    await eventually(() => assert.equal(looks(), 3), 4_000);
    assert.ok(performance.now() - stopped < 2_000, `${performance.now() - stopped} ms`);
    await said(second, /connected to .*entities/);
    await flip('dead', 'unavailable', second, first);
  });

  it('killed, the other takes over within the lease; never were two connected', async () => {
    await first.start();
    await said(first, /standing by/);
    const killed = performance.now();
    await second.kill();
    await eventually(() => assert.equal(looks(), 4), LEASE_MS + SLACK_MS);
    assert.ok(performance.now() - killed < LEASE_MS + SLACK_MS);
    await said(first, /connected to .*entities/);
    await flip('ok', 'available', first, second);
    assert.equal(home.opened, 4);
    assert.ok(Math.max(...seen) === 1, [...seen].join());
  });
});
