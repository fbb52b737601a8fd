import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openStore } from '../../src/lib/store/open';
import { openPostgres } from '../../src/lib/store/postgres';
import type { Store } from '../../src/lib/store/store';
import { settled } from '../lib/instance/settled';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { describeOnPostgres, startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

const SENSOR = 'sensor.lab_1_sensor_1';
const MANY = 20_000;

describe('the facts of a home through deploys', function () {
  this.timeout(40_000);
  let home: SimulatedHome;
  let entry: string;
  const nodeRed = new NodeRed();

  before(async () => {
    home = await startSimulatedHome({ seed: 6 });
    entry = await home.lab.add('Lab', 1, 1);
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.dispose();
    await home.stop();
  });

  const store = (id: string, file: string): FlowNode => ({ id, type: 'caretaker-store', kind: 'sqlite', file });
  const elsewhere = store('s1', 'elsewhere/facts.sqlite');
  const monitor = monitorNode('m', 'tab', [], ['c']);
  const backups: readonly FlowNode[] = [
    { id: 'b', type: 'caretaker-backup', z: 'tab', action: 'create', instances: [], wires: [['c']] },
    { id: 'i', type: 'inject', z: 'tab', props: [], wires: [['b']] },
    { id: 'k', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['c']] },
  ];
  const deploy = async (nodes: readonly FlowNode[], type: 'full' | 'nodes' = 'full') => {
    nodeRed.told.length = 0;
    nodeRed.output.length = 0;
    await nodeRed.deploy([{ id: 'tab', type: 'tab' }, ...nodes, catcher('c', 'tab')], type);
  };
  const watched = () =>
    eventually(() =>
      assert.ok(
        nodeRed.output.some((line) => line.includes('connected to')),
        nodeRed.output.join('\n'),
      ),
    );
  /** A full deploy is answered before its nodes are there. */
  const press = () =>
    eventually(async () => assert.equal((await fetch(`${nodeRed.url}/inject/i`, { method: 'POST' })).status, 200));
  const said = (part: string) => nodeRed.output.filter((line) => line.includes(part));
  const told = (topic: string) => nodeRed.told.filter((one) => one.topic === topic);
  const user = (...path: string[]) => join(nodeRed.userDir, ...path);
  const flip = async (mode: 'dead' | 'ok') => {
    await home.lab.setMode(entry, mode);
    const status = mode === 'ok' ? 'available' : 'unavailable';
    return eventually(() => {
      const found = told(SENSOR).filter(({ payload }) => payload['status'] === status);
      assert.equal(found.length, 1);
      return found[0]?.payload ?? {};
    });
  };
  /** What the default store holds of this home. */
  const kept = async () => {
    const one = await openStore({ file: user('caretaker', 'caretaker.sqlite'), log: () => {} });
    try {
      const namespace = await one.namespace('home');
      const facts = await namespace.transitions({ limit: 100_000 });
      return { namespaces: (await one.sizes()).map(({ instance_id }) => instance_id), facts };
    } finally {
      await one.close();
    }
  };

  afterEach(async () => {
    await home.lab.setMode(entry, 'ok');
    await deploy([instanceNode('home', home)]);
    await eventually(async () => {
      const of = (await kept()).facts.filter(({ subject }) => subject.id === SENSOR);
      assert.equal(of.at(-1)?.status, 'available');
    });
  });

  it('stay where they are when another store is chosen, and that is said once, and on the way back', async () => {
    const moved = 'Its facts up to now rest in';
    await deploy([instanceNode('home', home), elsewhere]);
    await watched();
    assert.deepEqual(said(moved), []);

    await deploy([instanceNode('home', home, { store: 's1' }), elsewhere]);
    await watched();
    assert.equal(said(moved).length, 1, nodeRed.output.join('\n'));
    assert.ok(
      said(moved)[0]?.includes(`rest in SQLite ${user('caretaker', 'caretaker.sqlite')} and nothing was copied`),
    );
    const remembered = JSON.parse(readFileSync(user('caretaker', 'stores', 'home.json'), 'utf8')) as unknown;
    assert.deepEqual(remembered, { kind: 'sqlite', place: join('elsewhere', 'facts.sqlite') });

    await deploy([instanceNode('home', home, { store: 's1', name: 'Renamed' }), elsewhere]);
    await watched();
    assert.deepEqual(said(moved), []);
    await nodeRed.stop();
    await nodeRed.start();
    await watched();
    assert.deepEqual(said(moved), []);

    await deploy([instanceNode('home', home), elsewhere]);
    await watched();
    assert.ok(said(moved)[0]?.includes(`rest in SQLite ${user('elsewhere', 'facts.sqlite')} and nothing was copied`));
  });

  it('are taken along as the warning says: back up there, restore here', async () => {
    const [at, tag] = [Date.now(), { p: 'payload', v: '{"tag":"moving"}', vt: 'json' }];
    const inject = { ...backups[1], props: [tag] } as FlowNode;
    const [b, , k] = backups as [FlowNode, FlowNode, FlowNode];
    await deploy([instanceNode('home', home), elsewhere, monitor, b, inject, k]);
    await watched();
    await flip('dead');
    await press();
    const { payload } = await eventually(() => {
      const [made] = nodeRed.told.filter((one) => one.payload['action'] === 'create');
      assert.ok(made);
      return made;
    });
    const { backup } = payload['backup'] as { backup: string };
    const restore = { p: 'payload', v: JSON.stringify({ action: 'restore', backup }), vt: 'json' };
    await deploy([
      instanceNode('home', home, { store: 's1' }),
      elsewhere,
      monitor,
      b,
      { ...inject, props: [restore] },
      k,
    ]);
    await watched();
    await press();
    await eventually(() => assert.ok(nodeRed.told.some((one) => one.payload['action'] === 'restore')));
    await flip('ok');
    await deploy([], 'nodes');
    const there = await openStore({ file: user('elsewhere', 'facts.sqlite'), log: () => {} });
    const facts = await (await there.namespace('home')).transitions({ id: SENSOR, from: at });
    await there.close();
    assert.deepEqual(
      facts.map(({ status }) => status),
      ['unavailable', 'available'],
    );
  });

  it('keep their names and places when the title changes; only labels follow it', async () => {
    const all = [instanceNode('home', home), monitor, ...backups];
    await deploy(all);
    await watched();
    await press();
    await eventually(() => assert.ok(nodeRed.told.some((one) => one.payload['action'] === 'create')));
    const files = () => readdirSync(user('caretaker'), { recursive: true, encoding: 'utf8' }).sort();
    const before = { files: files(), ...(await kept()) };

    await deploy([instanceNode('home', home, { name: 'A new title' }), monitor, ...backups], 'nodes');
    await watched();
    assert.deepEqual(files(), before.files);
    const after = await kept();
    assert.deepEqual(after.namespaces, before.namespaces);
    assert.deepEqual(after.facts.slice(0, before.facts.length), before.facts);
    const { instance_id, instance_name } = await flip('dead');
    assert.deepEqual([instance_id, instance_name], ['home', 'A new title']);
    await flip('ok');
    assert.deepEqual(new Set(nodeRed.told.map(({ payload }) => payload['instance_name'])), new Set(['A new title']));
  });

  for (const [what, nodes] of [
    ['disabled', [instanceNode('home', { url: '', tokens: {} as never }, { d: true }), monitor]],
    ['deleted', [monitor]],
  ] as const) {
    it(`are all there when the instance was ${what} and comes back, and none is told twice`, async () => {
      await deploy([instanceNode('home', home), monitor]);
      await watched();
      await flip('dead');
      const before = (await kept()).facts;
      await deploy(nodes, 'nodes');
      await eventually(() => assert.equal(home.sockets, 0));
      assert.deepEqual((await kept()).facts, before);

      nodeRed.told.length = 0;
      await deploy([instanceNode('home', home), monitor], 'nodes');
      await watched();
      await flip('ok');
      assert.equal(told(SENSOR).length, 1, 'the outage was told before');
      assert.deepEqual((await kept()).facts.slice(0, before.length), before);
    });
  }

  inFlight('SQLite', async () => {
    const file = user('big.sqlite');
    return { node: store('s2', file), opened: await openStore({ file, log: () => {} }) };
  });
  describeOnPostgres('on a server', () => {
    inFlight('PostgreSQL', async () => {
      const url = await (await startPostgres()).createDatabase();
      const node = { id: 's2', type: 'caretaker-store', kind: 'postgres', credentials: { url } };
      return { node, opened: await openPostgres({ url, log: () => {} }) };
    });
  });

  function inFlight(kind: string, open: () => Promise<{ node: FlowNode; opened: Store }>): void {
    describe(`while ${MANY} of them are backed up from ${kind}`, () => {
      let big: FlowNode;
      const folder = () => user('caretaker', 'backups', 'home');

      before(async () => {
        const { node, opened } = await open();
        big = node;
        const start = Date.now() - 86_400_000;
        const status = (n: number) => (n % 2 === 0 ? 'unavailable' : 'available');
        const facts = Array.from({ length: MANY }, (_, n) => settled(SENSOR, start + n * 1_000, status(n)));
        await (await opened.namespace('home')).append(facts);
        await opened.close();
      });

      for (const type of ['nodes', 'full'] as const) {
        it(`a ${type} deploy comes: done or an error, no half file, nothing unhandled`, async () => {
          await deploy([instanceNode('home', home, { store: 's2' }), big, ...backups]);
          await watched();
          const before = existsSync(folder()) ? readdirSync(folder()) : [];
          await press();
          await deploy([instanceNode('home', home, { store: 's2', name: type }), big, ...backups], type);
          await watched();
          // The nodes that heard of it are gone after a full deploy.
          if (type === 'nodes') await eventually(() => assert.equal(nodeRed.told.length, 1));
          const added = await eventually(() => {
            const names = readdirSync(folder()).filter((name) => !before.includes(name));
            assert.ok(
              names.every((name) => name.endsWith('.ndjson.gz')),
              names.join(),
            );
            return names;
          });
          for (const name of added) {
            const lines = gunzipSync(readFileSync(join(folder(), name)))
              .toString()
              .trimEnd()
              .split('\n');
            assert.match(lines.at(-1) ?? '', /"sha256"/);
          }
          assert.deepEqual(
            nodeRed.output.filter((line) => /unhandled|uncaught|TypeError/i.test(line)),
            [],
          );
          // And the next one is whole.
          nodeRed.told.length = 0;
          await press();
          const [next] = await eventually(() => {
            assert.equal(nodeRed.told.length, 1);
            return nodeRed.told;
          });
          assert.equal(next?.payload['action'], 'create', JSON.stringify(next));
        });
      }
    });
  }
});
