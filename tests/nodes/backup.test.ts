import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nextBackup } from '../../src/lib/instance/backup-schedule';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode } from './flows';

describe('stores and backups in Node-RED', function () {
  this.timeout(60_000);
  let homes: SimulatedHome[];
  let url: string;
  const env: Record<string, string> = { CARETAKER_STORE: 'postgres' };
  const nodeRed = new NodeRed({ env });

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 4 }), startSimulatedHome({ seed: 4 })]);
    ({ url } = await startPostgres());
    env['CARETAKER_URL'] = url;
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
    const variable = await test({ kind: '${CARETAKER_STORE}', url: '${CARETAKER_URL}' });
    assert.equal(variable['kind'], 'postgres', JSON.stringify(variable));
    const away = await test({ kind: 'postgres', url: 'postgres://u:hush@127.0.0.1:9/x' });
    assert.equal(away['code'], 'store_failed');
    assert.ok(!JSON.stringify(away).includes('hush'));
    assert.match(String((await test({ kind: 'postgres', url: '' }))['message']), /^url: must look like/);
  });

  const backupsOf = (id: string): string[] => {
    const folder = join(nodeRed.userDir, 'caretaker', 'backups', id);
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ndjson.gz')) : [];
  };
  const request = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const options = body ? { method: 'POST', headers, body: JSON.stringify(body) } : {};
    return (await (await fetch(`${nodeRed.url}/caretaker/${path}`, options)).json()) as Record<string, unknown>;
  };
  const stored = async (body: object = {}) =>
    ((await request('stores/test', body))['namespaces'] as { instance_id: string; transitions: number }[])
      .filter(({ transitions }) => transitions > 0)
      .map(({ instance_id }) => instance_id)
      .sort();

  it('by the clock are made of the homes of a store that asks for it, once, whatever is deployed', async () => {
    // Nothing was made yet, so each id has a moment of its own in ten minutes: this one's comes soon.
    const soon = Array.from({ length: 100_000 }, (_, number) => `h${number}`).find((id) => {
      const wait = nextBackup(id, 86_400_000, [], Date.now()) - Date.now();
      return wait > 3_000 && wait < 4_000;
    }) as string;
    const flows = [
      store('s1', { kind: 'sqlite', file: 'clock.sqlite', backup_interval_hours: '24' }),
      store('s2', { kind: 'sqlite', file: 'no-clock.sqlite' }),
      instanceNode(soon, home(), { store: 's1' }),
      instanceNode('cabin_2', cabin(), { store: 's2' }),
    ];
    await deploy(...flows);
    await eventually(() => assert.equal(backupsOf(soon).length, 1), 15_000);
    assert.match(backupsOf(soon)[0] ?? '', /_scheduled\.ndjson\.gz$/);
    const before = backupsOf(soon);
    await deploy(...flows);
    await nodeRed.stop();
    await nodeRed.start();
    await eventually(async () => assert.ok((await stored({ file: 'clock.sqlite' })).includes(soon)));
    assert.deepEqual([backupsOf(soon), backupsOf('cabin_2')], [before, []]);
  });

  for (const [kind, fields] of [
    ['SQLite', { kind: 'sqlite', file: 'purge.sqlite' }],
    ['PostgreSQL', { kind: 'postgres' }],
  ] as const) {
    it(`of what is gone from ${kind} are made before it is purged, and taken over by another home`, async () => {
      const of = kind.toLowerCase();
      const ids = [`gone_${of}`, `gone_${of}_2`, `here_${of}`];
      const [gone, gone2, here] = [...ids] as [string, string, string];
      const place = store('s1', fields, kind === 'PostgreSQL' ? url : undefined);
      const seen = { ...fields, id: 's1' };
      await deploy(place, ...ids.map((id) => instanceNode(id, home(), { store: 's1' })));
      await eventually(async () =>
        assert.deepEqual(
          (await stored(seen)).filter((id) => ids.includes(id)),
          ids,
        ),
      );
      assert.match(
        String((await request('stores/purge', { id: 's1', instance_id: gone }))['message']),
        /is configured/,
      );

      await deploy(place, instanceNode(here, home(), { store: 's1' }));
      const listed = await eventually(async () => {
        const answer = await request(`instances/node-${here}/orphans`);
        assert.equal(answer['ok'], true, JSON.stringify(answer));
        return answer;
      });
      const offered = (listed['orphans'] as { instance_id: string }[]).map(({ instance_id }) => instance_id);
      assert.ok(offered.includes(gone) && offered.includes(gone2) && !offered.includes(here), String(offered));
      const taken = await request('instances/import', { id: `node-${here}`, from: gone });
      assert.equal(taken['ok'], true, JSON.stringify(taken));
      assert.match(String(taken['backup']), new RegExp(`^caretaker_${gone}_.*_before-import`));

      const purged = await request('stores/purge', { id: 's1', instance_id: gone });
      assert.equal(purged['ok'], true, JSON.stringify(purged));
      assert.deepEqual(
        (await stored(seen)).filter((id) => ids.includes(id)),
        [gone2, here],
      );
      assert.equal(backupsOf(gone).filter((name) => name.includes('_before-purge')).length, 1);
      assert.deepEqual(backupsOf(gone2), []);
      const [backup] = backupsOf(gone).filter((name) => name.includes('_before-purge'));
      assert.equal((await request('instances/import', { id: `node-${here}`, from: gone, backup }))['ok'], true);
      assert.equal((await request('instances/import', { id: 'node-x', from: gone2 }))['code'], 'instance_not_found');
      assert.equal((await request('stores/purge', { id: 'nobody', instance_id: gone2 }))['code'], 'bad_input');
      assert.equal((await request('stores/purge', { id: `node-${here}`, instance_id: gone2 }))['code'], 'bad_input');
      assert.equal((await request('stores/purge', { id: '', instance_id: gone2 }))['code'], 'bad_input');
      assert.deepEqual(
        (await stored(seen)).filter((id) => ids.includes(id)),
        [gone2, here],
      );
    });
  }
});

describe('what a dialog asks of stores and backups', function () {
  this.timeout(30_000);
  const adminAuth = { type: 'credentials', users: [], default: { permissions: 'read' } };
  const nodeRed = new NodeRed({ settings: { adminAuth } });
  before(() => nodeRed.start());
  after(() => nodeRed.dispose());

  for (const [method, path] of [
    ['POST', 'stores/test'],
    ['POST', 'stores/purge'],
    ['GET', 'instances/node-home/orphans'],
    ['POST', 'instances/import'],
  ] as const) {
    it(`is refused to who may only read: ${method} ${path}`, async () => {
      const headers = { 'content-type': 'application/json' };
      const body = method === 'POST' ? { body: '{"instance_id":"home","id":""}' } : {};
      const answer = await fetch(`${nodeRed.url}/caretaker/${path}`, { method, headers, ...body });
      assert.equal(answer.status, 401);
    });
  }
});
