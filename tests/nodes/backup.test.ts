import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode } from './flows';

describe('stores and backups in Node-RED', function () {
  this.timeout(60_000);
  let homes: SimulatedHome[];
  let url: string;
  const nodeRed = new NodeRed();

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 4 }), startSimulatedHome({ seed: 4 })]);
    ({ url } = await startPostgres());
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.dispose();
    await Promise.all(homes.map((home) => home.stop()));
  });

  const [home, cabin] = [() => homes[0] as SimulatedHome, () => homes[1] as SimulatedHome];
  const store = (id: string, fields: object, secret?: string): FlowNode => {
    return { id, type: 'caretaker-store', ...fields, credentials: secret ? { url: secret } : {} };
  };
  const backup = (fields: object = {}): FlowNode => {
    return { id: 'b', type: 'caretaker-backup', z: 'tab', action: 'create', instances: [], wires: [['c']], ...fields };
  };
  const ask = (id: string, payload: object, instance_id?: string): FlowNode => {
    const props = [
      { p: 'payload', v: JSON.stringify(payload), vt: 'json' },
      ...(instance_id ? [{ p: 'instance_id', v: instance_id, vt: 'str' }] : []),
    ];
    return { id, type: 'inject', z: 'tab', props, once: true, onceDelay: 2, wires: [['b']] };
  };
  const caught: FlowNode = { id: 'k', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['c']] };
  const deploy = async (...nodes: FlowNode[]) => {
    nodeRed.told.length = 0;
    await nodeRed.deploy([{ id: 'tab', type: 'tab' }, ...nodes, caught, catcher('c', 'tab')]);
  };

  it('keep each home in its own store, and back each up in its own folder', async () => {
    await deploy(
      store('s1', { kind: 'sqlite', file: 'elsewhere/facts.sqlite' }),
      store('s2', { kind: 'postgres' }, url),
      instanceNode('home', home(), { store: 's1' }),
      instanceNode('cabin', cabin(), { store: 's2' }),
      backup(),
      ask('i1', { action: 'create', tag: 'first' }, 'home'),
      ask('i2', { action: 'create', tag: 'first' }, 'cabin'),
    );
    await eventually(() => assert.equal(nodeRed.told.length, 2), 15_000);
    assert.deepEqual(nodeRed.told.map(({ instance_id }) => instance_id).sort(), ['cabin', 'home']);
    for (const id of ['home', 'cabin']) {
      const files = readdirSync(join(nodeRed.userDir, 'caretaker', 'backups', id));
      assert.equal(files.length, 1);
      assert.ok(files[0]?.startsWith(`caretaker_${id}_`), files[0]);
    }
    assert.ok(readdirSync(join(nodeRed.userDir, 'elsewhere')).includes('facts.sqlite'));
    const secret = new URL(url).password;
    if (secret) assert.ok(![...nodeRed.output, JSON.stringify(nodeRed.told)].join().includes(secret));
  });

  it('refuse what could be meant for either home, to a catch node', async () => {
    await deploy(instanceNode('home', home()), instanceNode('cabin', cabin()), backup(), ask('i', { action: 'purge' }));
    await eventually(() => assert.equal(nodeRed.told.length, 1), 15_000);
    const error = (nodeRed.told[0] as unknown as { error: { message: string } }).error;
    assert.match(error.message, /several instances are configured.*The home \(home\), The cabin \(cabin\)/);
  });

  it('say what is in a store, and whose data nobody looks after any more', async () => {
    await deploy(instanceNode('home', home()), backup());
    const test = async (body: object) => {
      const headers = { 'content-type': 'application/json' };
      const options = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await (await fetch(`${nodeRed.url}/caretaker/stores/test`, options)).json()) as Record<string, unknown>;
    };
    const answer = await test({ kind: 'sqlite', file: '' });
    assert.equal(answer['ok'], true);
    const namespaces = answer['namespaces'] as { instance_id: string; orphaned: boolean }[];
    assert.deepEqual(namespaces.map(({ instance_id, orphaned }) => [instance_id, orphaned]).sort(), [
      ['cabin', true],
      ['home', false],
    ]);
    assert.equal((await test({ kind: 'postgres', url }))['kind'], 'postgres');
    const away = await test({ kind: 'postgres', url: 'postgres://u:hush@127.0.0.1:9/x' });
    assert.equal(away['code'], 'store_failed');
    assert.ok(!JSON.stringify(away).includes('hush'));
    assert.match(String((await test({ kind: 'postgres', url: '' }))['message']), /^url: must look like/);
  });
});
