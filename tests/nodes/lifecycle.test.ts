import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

describe('the nodes through deploys', function () {
  this.timeout(40_000);
  let home: SimulatedHome;
  let cabin: SimulatedHome;
  let entries: string[];
  let nodeRed: NodeRed;
  const env: Record<string, string> = { GRACE: '0.3', WATCHED: 'node-home', CABIN_ID: 'cabin' };

  before(async () => {
    [home, cabin] = await Promise.all([startSimulatedHome({ seed: 5 }), startSimulatedHome({ seed: 5 })]);
    entries = [await home.lab.add('Lab', 1, 1), await cabin.lab.add('Lab', 1, 1)];
    Object.assign(env, { HOME_URL: home.url, HOME_TOKEN: home.tokens.read_only });
    nodeRed = new NodeRed({ env });
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.dispose();
    await Promise.all([home.stop(), cabin.stop()]);
  });

  async function deploy(
    nodes: readonly FlowNode[],
    type: 'full' | 'nodes' = 'full',
    homes = [home, cabin],
  ): Promise<void> {
    nodeRed.told.length = 0;
    nodeRed.output.length = 0;
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'Flow' }, ...nodes, catcher('c', 'tab')], type);
    await eventually(() => {
      for (const one of homes)
        assert.ok(
          one.calls.some(({ type: call }) => call === 'subscribe_entities'),
          one.url,
        );
    });
    // Until the snapshot that was asked for is in.
    await sleep(400);
  }
  const ids = () =>
    nodeRed.told.map(({ instance_id, topic, payload }) => `${instance_id} ${topic} ${payload['status']}`);
  const flip = async (mode: 'dead' | 'ok', which = [0, 1]) => {
    for (const index of which) await [home, cabin][index]?.lab.setMode(entries[index] as string, mode);
  };
  const both = () => [instanceNode('home', home), instanceNode('cabin', cabin)];
  afterEach(async () => {
    await flip('ok');
    await sleep(700);
  });

  it('resolve ${ENV} in every field', async () => {
    const fields = {
      url: '${HOME_URL}',
      state_change_grace_period_seconds: '${GRACE}',
      credentials: { token: '${HOME_TOKEN}' },
    };
    await deploy([
      instanceNode('home', home, fields),
      instanceNode('cabin', cabin, { instance_id: '${CABIN_ID}' }),
      monitorNode('m', 'tab', ['${WATCHED}'], ['c']),
    ]);
    await flip('dead');
    await eventually(() => assert.deepEqual(ids(), ['home sensor.lab_1_sensor_1 unavailable']));
  });

  it('refuse a second instance with the same instance_id, and watch the first on', async () => {
    await deploy(
      [
        instanceNode('home', home),
        { ...instanceNode('home', cabin), id: 'other', name: 'Second' },
        monitorNode('m', 'tab', [], ['c']),
      ],
      'full',
      [home],
    );
    await eventually(() =>
      assert.ok(
        nodeRed.output.some((line) => /instance_id: "home" is already used by "The home"/.test(line)),
        nodeRed.output.join('\n'),
      ),
    );
    await flip('dead');
    await eventually(() => assert.deepEqual(ids(), ['home sensor.lab_1_sensor_1 unavailable']));
    await sleep(600);
    assert.equal(nodeRed.told.length, 1);
  });

  for (const instance_id of ['All homes', 'all', '', '1st']) {
    it(`refuse the instance_id "${instance_id}", naming the field`, async () => {
      await deploy([instanceNode('x', home, { instance_id }), instanceNode('cabin', cabin)], 'full', [cabin]);
      await eventually(() =>
        assert.ok(
          nodeRed.output.some((line) => line.includes('instance_id: must be')),
          nodeRed.output.join('\n'),
        ),
      );
    });
  }

  it('follow an instance that is deployed anew without them', async () => {
    const monitor = monitorNode('m', 'tab', ['node-home', 'node-cabin'], ['c']);
    await deploy([...both(), monitor]);
    const renamed = instanceNode('home', home, { name: 'Renamed' });
    await deploy([renamed, instanceNode('cabin', cabin), monitor], 'nodes');
    await flip('dead');
    await eventually(() => assert.equal(nodeRed.told.length, 2, ids().join()));
    const names = nodeRed.told.map(({ payload }) => payload['instance_name']).sort();
    assert.deepEqual(names, ['Renamed', 'The cabin']);
  });

  it('listen to nobody when the instances they name are gone, never to all', async () => {
    await deploy([...both(), monitorNode('m', 'tab', ['node-gone'], ['c'])]);
    await flip('dead');
    await sleep(1_000);
    assert.deepEqual(ids(), []);
  });

  it('let go of a home whose instance was deleted', async () => {
    await deploy([...both(), monitorNode('m', 'tab', [], ['c'])]);
    await deploy([instanceNode('home', home), monitorNode('m', 'tab', [], ['c'])], 'nodes', [home]);
    await eventually(() => assert.equal(cabin.sockets, 0));
    await flip('dead');
    await eventually(() => assert.deepEqual(ids(), ['home sensor.lab_1_sensor_1 unavailable']));
  });

  it('tell what settled while only the monitor was deployed anew', async () => {
    await deploy([...both(), monitorNode('m', 'tab', [], ['c'])]);
    await flip('dead', [0]);
    await sleep(280);
    await deploy([...both(), monitorNode('m', 'tab', [], ['c'], { x: 500, name: 'Moved' })], 'nodes');
    await eventually(() => assert.deepEqual(ids(), ['home sensor.lab_1_sensor_1 unavailable']));
    await sleep(700);
    assert.equal(nodeRed.told.length, 1);
  });

  it('never show a token: not in the log, the flows, or the messages', async () => {
    await deploy([...both(), monitorNode('m', 'tab', [], ['c'], { announce: true })]);
    await eventually(() => assert.ok(nodeRed.told.length > 10));
    const flows = await (await fetch(`${nodeRed.url}/flows`)).text();
    const files = ['flows.json', 'flows_cred.json'].map((file) => readFileSync(join(nodeRed.userDir, file), 'utf8'));
    const everything = [...nodeRed.output, JSON.stringify(nodeRed.told), flows, ...files].join('\n');
    for (const token of [home.tokens.read_only, cabin.tokens.read_only]) assert.ok(!everything.includes(token));
  });

  describe('the connection test', () => {
    const test = async (body: unknown) => {
      const response = await fetch(`${nodeRed.url}/caretaker/instances/test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    before(() => deploy(both()));

    it('says what answers and what the token may do', async () => {
      const answer = await test({ id: '', url: home.url, token: home.tokens.admin });
      assert.equal(answer['ok'], true);
      assert.equal(answer['version'], '2026.11.0');
      assert.equal(answer['is_admin'], true);
      assert.equal((await test({ id: '', url: home.url, token: home.tokens.read_only }))['is_admin'], false);
    });

    it('uses the saved token at the address it was deployed with, and nowhere else', async () => {
      assert.equal((await test({ id: 'node-home', url: home.url }))['ok'], true);
      const calls = cabin.failedLogins + cabin.opened;
      const answer = await test({ id: 'node-home', url: cabin.url });
      assert.equal(answer['ok'], false);
      assert.match(String(answer['message']), /^token: the address was changed/);
      assert.equal(cabin.failedLogins + cabin.opened, calls);
    });

    for (const [what, body, code] of [
      ['no route', { url: 'http://127.0.0.1:9', token: 'x' }, 'cannot_connect'],
      ['no address', { url: 'homeassistant', token: 'x' }, 'bad_input'],
      ['no token', { url: 'http://127.0.0.1:9' }, 'bad_input'],
      ['nonsense', [1, 2], 'bad_input'],
    ] as const) {
      it(`says what is wrong: ${what}`, async () => {
        const answer = await test(body);
        assert.equal(answer['ok'], false);
        assert.equal(answer['code'], code);
      });
    }

    it('says so when the token is wrong, or it is not a Home Assistant', async () => {
      assert.equal((await test({ url: home.url, token: 'wrong' }))['code'], 'invalid_auth');
      home.faults.notHa();
      assert.equal((await test({ url: home.url, token: 'x' }))['code'], 'not_home_assistant');
      home.faults.clear();
    });
  });
});
