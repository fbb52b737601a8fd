import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode } from './flows';

const LONG = 20_000;

describe('the nodes that ask', function () {
  this.timeout(60_000);
  let homes: Readonly<Record<'home' | 'cabin', SimulatedHome>>;
  let nodeRed: NodeRed;
  const entries: Record<string, string> = {};

  before(async () => {
    const [home, cabin] = await Promise.all([startSimulatedHome({ seed: 7 }), startSimulatedHome({ seed: 8 })]);
    homes = { home, cabin };
    for (const [id, one] of Object.entries(homes)) entries[id] = await one.lab.add('Lab', 1, 2);
    nodeRed = new NodeRed();
    await nodeRed.start();
  });

  after(async () => {
    await nodeRed?.dispose();
    await Promise.all(Object.values(homes ?? {}).map((one) => one.stop()));
  });

  const told = (by: string) => nodeRed.told.filter((one) => one.caught_by === by);

  /** The node, what it tells, what it says beside itself, and what is caught; a message comes by POST /ask. */
  async function deploy(type: string, fields: Record<string, unknown>): Promise<void> {
    const z = 'tab';
    const code = (id: string, func: string, wires: string[]): FlowNode => ({
      id,
      type: 'function',
      z,
      func,
      wires: [wires],
    });
    nodeRed.told.length = 0;
    await nodeRed.deploy([
      { id: z, type: 'tab', label: 'Ask' },
      ...Object.entries(homes).map(([id, home]) => instanceNode(id, home)),
      { id: 'in', type: 'http in', z, url: '/ask', method: 'post', wires: [['take']] },
      code('take', 'return { ...msg.payload, req: msg.req, res: msg.res };', ['node', 'thanks']),
      code('thanks', 'msg.payload = {}; return msg;', ['reply']),
      { id: 'reply', type: 'http response', z, statusCode: '200', wires: [] },
      { id: 'node', type, z, ...fields, wires: [['bare']] },
      code('bare', 'const { req, res, ...rest } = msg; return rest;', ['answered']),
      catcher('answered', z),
      { id: 'failures', type: 'catch', z, scope: ['node'], uncaught: false, wires: [['bare-failure']] },
      code('bare-failure', 'return { payload: { code: msg.error.code, message: msg.error.message } };', ['failed']),
      catcher('failed', z),
      { id: 'statuses', type: 'status', z, scope: ['node'], wires: [['said']] },
      catcher('said', z),
    ]);
  }

  async function ask(message: object): Promise<Told> {
    const before = told('answered').length;
    await send(message);
    return eventually(() => {
      const answer = told('answered')[before];
      assert.ok(answer, JSON.stringify(nodeRed.told.slice(-3)));
      return answer;
    }, LONG);
  }

  async function send(message: object): Promise<void> {
    await eventually(async () => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${nodeRed.url}/ask`, { method: 'POST', headers, body: JSON.stringify(message) });
      assert.equal(response.status, 200);
    }, LONG);
  }

  const saidLast = () => (told('said').at(-1) as unknown as { status: { fill: string; text: string } }).status;

  async function synced(): Promise<void> {
    await eventually(async () => {
      const { payload } = await ask({ payload: { query: 'instances' } });
      const live = (payload as unknown as { live: boolean }[]).map((one) => one.live);
      assert.deepEqual(live, [true, true]);
    }, LONG);
  }

  it('say to whoever asks that they are set up wrongly', async () => {
    await deploy('caretaker-aggregate', { instances: [], query: 'status', options: '{"bad' });
    await send({ payload: {} });
    const [failure] = await eventually(() => {
      assert.equal(told('failed').length, 1);
      return told('failed');
    });
    const { code, message } = Object(failure?.payload) as Record<string, string>;
    assert.equal(code, 'bad_input');
    assert.match(message ?? '', /options: must be a JSON object/);
  });

  it('answer a message, and keep what it carries', async () => {
    await deploy('caretaker-aggregate', { instances: [], query: 'status' });
    await synced();
    const all = (await ask({ payload: 'now', topic: 'x', mine: 1, total: 99 })) as Told & Record<string, unknown>;
    assert.deepEqual([all.topic, all.instance_id, all['mine'], 'total' in all], ['status', 'all', 1, false]);
    assert.equal(all.payload['instances'], 2);
    assert.deepEqual([saidLast().fill, saidLast().text], ['green', 'status: answered']);

    const one = await ask({ instance_id: 'cabin' });
    assert.deepEqual([one.instance_id, one.payload['instance_id']], ['cabin', 'cabin']);
    const named = await ask({ instance_name: 'The home', payload: { query: 'entities', limit: 3 } });
    assert.deepEqual([named.topic, named.instance_id], ['entities', 'home']);
    const { total } = named as unknown as { total: number };
    const whole = await ask({ instance_name: 'The home', payload: { query: 'entities', limit: 0 } });
    assert.equal((whole.payload as unknown as unknown[]).length, total);
    assert.ok(total > 3);
  });

  it('give what they cannot answer to catch nodes, once', async () => {
    await deploy('caretaker-aggregate', { instances: ['node-home'], query: 'entity' });
    for (const [message, code, text] of [
      [{}, 'bad_input', /^entity_id: /],
      [{ payload: { query: 'heal' } }, 'bad_input', /^query: 'heal' is nothing this node can ask for/],
      [{ payload: { query: 'status' }, instance_id: 'cabin' }, 'instance_not_found', /^Instance 'cabin' not found/],
      [{ payload: { query: 'status' }, instance_id: '' }, 'instance_required', /^instance_id: /],
    ] as const) {
      nodeRed.told.length = 0;
      await send(message);
      await eventually(() => assert.equal(told('failed').length, 1), LONG);
      const [{ payload }] = told('failed') as [Told];
      assert.equal(payload['code'], code);
      assert.match(String(payload['message']).replace(/^CaretakerError: /, ''), text);
      assert.equal(saidLast().fill, 'red');
      assert.deepEqual(told('answered'), []);
    }
    nodeRed.told.length = 0;
    await deploy('caretaker-pattern', { instances: [], query: 'reliability' });
    await send({ payload: { query: 'status' } });
    await eventually(
      () => assert.match(String(told('failed')[0]?.payload['message']), /one of: reliability, failures/),
      LONG,
    );
  });

  it('answer by themselves whenever the answer changes, and only then', async () => {
    await deploy('caretaker-aggregate', { instances: ['node-home'], query: 'status', live: true });
    const first = await eventually(() => {
      const [one] = told('answered');
      assert.ok(one);
      return one;
    }, LONG);
    assert.deepEqual([first.topic, first.instance_id, first.payload['state']], ['status', 'home', 'running']);
    assert.equal(first.payload['instances_connected'], 1);
    await homes.cabin.lab.setMode(entries['cabin'] as string, 'dead');
    await homes.home.lab.setMode(entries['home'] as string, 'dead');
    const down = await eventually(() => {
      const found = told('answered').find(({ payload }) => (payload['entities_down'] as number) >= 2);
      assert.ok(found);
      return found;
    }, LONG);
    assert.equal(down.instance_id, 'home');
    for (const [id, one] of Object.entries(homes)) await one.lab.setMode(entries[id] as string, 'ok');
  });

  it('answer by the clock', async () => {
    await deploy('caretaker-pattern', { instances: [], query: 'summary', days: 1, schedule: 'daily 07:00' });
    await eventually(() => assert.match(saidLast().text, /^next \d{4}-\d\d-\d\d 07:00$/), LONG);
    await ask({});
    await eventually(() => assert.match(saidLast().text, /^summary: answered, next \d{4}-/), LONG);
  });

  it('say on deploy what they could never do', async () => {
    for (const [fields, text] of [
      [{ query: 'summary', schedule: 'sometimes' }, /^schedule: must be such as/],
      [{ query: '', schedule: 'daily 07:00' }, /^query: is missing/],
    ] as const) {
      nodeRed.output.length = 0;
      await deploy('caretaker-pattern', { instances: [], ...fields });
      await eventually(() => {
        const [line = ''] = nodeRed.output.filter((one) => one.includes('[error] [caretaker-pattern:node]'));
        assert.match(line.split('[caretaker-pattern:node] ')[1] ?? '', text);
      }, LONG);
    }
  });
});
