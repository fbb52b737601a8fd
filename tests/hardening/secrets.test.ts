import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { instanceNode, monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';
import { describeOnPostgres, type PostgresServer, startPostgres } from '../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { forLoopback } from './certificate';
import { Door } from './door';
import type { LyingHome } from './lying-home';
import { Outlet } from './outlet';
import { CANARY, databaseOf, echoingHome, misplaced, secrets, withPassword } from './secrets';

/** Ports nobody listens at. */
const NOBODY = 'http://127.0.0.1:9';

for (const version of [4, 5] as const) describeOnPostgres(`secrets in Node-RED ${version}`, () => keep(version));

function keep(version: 4 | 5): void {
  let postgres: PostgresServer;
  let database: string;
  let homes: SimulatedHome[];
  let liar: LyingHome;
  let door: Door;
  let nodeRed: NodeRed;
  let sink: Server;
  const outlet = new Outlet();

  const home = () => homes[0] as SimulatedHome;
  const cabin = () => homes[1] as SimulatedHome;
  const sinkUrl = () => `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  const away = (password: string, more = '') =>
    `postgres://somebody:${encodeURIComponent(password)}@127.0.0.1:9/facts${more}`;

  before(async function () {
    this.timeout(60_000);
    [postgres, homes, liar, door, sink] = await Promise.all([
      startPostgres(),
      Promise.all([startSimulatedHome({ seed: 4, name: CANARY }), startSimulatedHome({ seed: 4, name: CANARY })]),
      echoingHome(secrets['token told back by Home Assistant']),
      new Door(NOBODY, forLoopback).open(),
      listeningSink(),
    ]);
    database = await databaseOf(postgres, secrets['password of PostgreSQL']);
    const [admin, read_only] = [secrets['token from the environment'], secrets['token of home']];
    Object.assign(home().tokens, { admin, read_only });
    Object.assign(cabin().tokens, {
      admin: secrets['token with odd characters'],
      read_only: secrets['token of cabin'],
    });
    door.lead(home().url);
    nodeRed = new NodeRed({
      version,
      env: {
        SUPERVISOR_TOKEN: secrets['token of the supervisor'],
        HOME_TOKEN: secrets['token from the environment'],
        HOME_URL: home().url,
      },
      settings: { logging: { console: { level: 'trace', metrics: true, audit: true } } },
    });
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed?.dispose();
    await Promise.all([...(homes ?? []), liar, door && { stop: () => door.close() }].map((one) => one?.stop()));
    sink?.close();
  });

  /** Whatever connects here has its say written down: nothing of it may be a secret. */
  async function listeningSink(): Promise<Server> {
    const server = createServer((request, response) => {
      outlet.add('another address', `${request.url} ${JSON.stringify(request.rawHeaders)}`);
      request.on('data', (chunk: Buffer) => outlet.add('another address', chunk));
      response.end('{}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return server;
  }

  const store = (id: string, fields: object, url?: string): FlowNode => {
    return { id, type: 'caretaker-store', ...fields, credentials: url ? { url } : {} };
  };
  const watching = (id: string, url: string, token: string, fields: object = {}): FlowNode => {
    return instanceNode(id, { url, tokens: { admin: '', user: '', read_only: token } }, { ...fields });
  };
  const flow = (): FlowNode[] => [
    { id: 'tab', type: 'tab' },
    store('s-postgres', { kind: 'postgres' }, database),
    store('s-away', { kind: 'postgres' }, away(secrets['password of a PostgreSQL that is away'])),
    store('s-refused', { kind: 'postgres' }, withPassword(database, secrets['password that PostgreSQL refuses'])),
    store('s-query', { kind: 'postgres' }, away('', `?password=${secrets['password in the query of a URL']}`)),
    store('s-file', { kind: 'sqlite', file: 'flows.json/facts.sqlite' }),
    watching('home', home().url, secrets['token of home']),
    watching('cabin', cabin().url, secrets['token of cabin'], { store: 's-postgres' }),
    watching('refused', home().url, secrets['token that is refused'], { store: 's-file' }),
    watching('odd', cabin().url, secrets['token with odd characters'], { store: 's-away' }),
    watching('env', '$' + '{HOME_URL}', '$' + '{HOME_TOKEN}', { store: 's-refused' }),
    watching('tls', door.url, secrets['token behind bad TLS'], { tls: 't', store: 's-query' }),
    watching('echo', liar.url, secrets['token told back by Home Assistant']),
    watching('addon', '', '', { addon: true }),
    watching('nobody', NOBODY, secrets['token of home']),
    watching('user_info', `http://me:${misplaced['password in an address']}@127.0.0.1:9`, secrets['token of home']),
    {
      ...{ id: 't', type: 'tls-config', verifyservercert: true, cert: '', key: '', ca: '', servername: '' },
      credentials: { passphrase: secrets['passphrase of a key'] },
    },
    monitorNode('m', 'tab', [], ['c'], { announce: true }),
    { id: 'b', type: 'caretaker-backup', z: 'tab', action: 'list', instances: [], wires: [['c']] },
    { id: 'i', type: 'inject', z: 'tab', props: [], wires: [['b', 'f']] },
    {
      id: 'f',
      type: 'function',
      z: 'tab',
      func: `node.warn('${CANARY}'); node.status({ text: '${CANARY}' });`,
      wires: [],
    },
    { id: 'k', type: 'catch', z: 'tab', scope: null, uncaught: false, wires: [['c']] },
    { id: 's', type: 'status', z: 'tab', scope: null, wires: [['c']] },
    catcher('c', 'tab'),
  ];

  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { 'content-type': 'application/json', 'node-red-api-version': 'v2' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(nodeRed.url + path, { method, headers, ...sent });
    const text = await response.text();
    outlet.add(`http ${method} ${path}`, `${response.status} ${headersOf(response)} ${text}`);
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  interface Seen {
    readonly connection: { readonly state: string; readonly reason: { readonly code: string } | null };
    readonly store: { readonly kind: string };
    readonly last_errors: readonly { readonly message: string }[];
    readonly refusal: string | null;
  }
  const diagnose = async (id: string) => (await ask('GET', `/caretaker/instances/node-${id}/diagnostics`)) as Seen;
  const becomes = (id: string, state: string, code: string | null) =>
    eventually(async () => {
      const { connection } = await diagnose(id);
      assert.deepEqual([connection.state, connection.reason?.code ?? null], [state, code], id);
    }, 20_000);
  /** Presses the button of the inject node, which sends this. */
  const inject = (payload: object, instance_id = 'home') =>
    ask('POST', '/inject/i', {
      __user_inject_props__: [
        { p: 'payload', v: JSON.stringify(payload), vt: 'json' },
        { p: 'instance_id', v: instance_id, vt: 'str' },
      ],
    });
  /** How many messages say so. */
  const told = (text: string) => nodeRed.told.filter((one) => JSON.stringify(one).includes(text)).length;

  it('all stay where they belong, whatever goes right or wrong', async () => {
    const comms = new WebSocket(`${nodeRed.url.replace('http', 'ws')}/comms`);
    comms.on('message', (data) => outlet.add('comms', String(data)));
    await new Promise((done) => comms.once('open', done));
    await nodeRed.deploy(flow());

    await Promise.all([
      ...['home', 'cabin', 'odd', 'env'].map((id) => becomes(id, 'connected', null)),
      becomes('refused', 'error', 'invalid_auth'),
      becomes('tls', 'disconnected', 'tls'),
      becomes('echo', 'disconnected', 'command_failed'),
      becomes('nobody', 'disconnected', 'cannot_connect'),
      becomes('addon', 'disconnected', 'cannot_connect'),
    ]);
    const kinds = await Promise.all(['home', 'cabin', 'odd', 'env', 'tls', 'refused'].map(diagnose));
    assert.deepEqual(
      kinds.map((seen) => seen.store.kind),
      ['sqlite', 'postgres', 'memory', 'memory', 'memory', 'memory'],
    );
    assert.match((await diagnose('user_info')).refusal ?? '', /^url: must look like/);
    await transitions();
    await backups();
    await lossOfTheStore();
    await lossOfHomes();
    await buttons();
    await whatNodeRedServes();

    await nodeRed.stop();
    comms.terminate();
    outlet.add('log', nodeRed.output.join('\n'));
    outlet.add('message', nodeRed.told.map((one) => JSON.stringify(one)).join('\n'));
    // It holds what this test wrote into it: the port and the credential secret.
    outlet.addFolder(nodeRed.userDir, ['settings.js']);
    seesEveryPlace();
    console.log(`      ${Object.keys(secrets).length} secrets searched for in ${outlet.bytes} bytes`);
    assert.deepEqual(outlet.leaks(secrets), []);
    const beyondFlows = outlet
      .leaks(misplaced)
      .filter(({ place }) => !/^(file \.?flows\.json|http GET \/flows)/.test(place));
    assert.deepEqual(beyondFlows, []);
    assert.equal(cabin().failedLogins, 0, 'no token but its own went to the cabin');
  }).timeout(120_000);

  async function transitions(): Promise<void> {
    const entry = await home().lab.add(CANARY, 1, 1);
    await home().lab.setMode(entry, 'dead');
    await eventually(() => assert.ok(told('"status":"unavailable"') > 0), 20_000);
    await home().lab.setMode(entry, 'ok');
    for (const one of homes) one.faults.garbage();
  }

  async function backups(): Promise<void> {
    for (const id of ['home', 'cabin']) {
      await inject({ action: 'create', tag: 'trial' }, id);
      await inject({ action: 'list' }, id);
      await inject({ action: 'restore', backup: `caretaker_${id}_2020-01-01_00-00-00_none.ndjson.gz` }, id);
    }
    await eventually(() => assert.ok(told('"action":"create"') >= 2 && told('_none.ndjson.gz') >= 2), 20_000);
    for (const id of ['home', 'cabin']) {
      const folder = join(nodeRed.userDir, 'caretaker', 'backups', id);
      const [made] = readdirSync(folder);
      writeFileSync(join(folder, made?.replace('trial', 'broken') ?? ''), 'no backup');
      await inject({ action: 'restore', backup: made }, id);
      await inject({ action: 'restore', backup: made?.replace('trial', 'broken') }, id);
    }
    await eventually(() => assert.ok(told('"action":"restore"') >= 2 && told('_broken.ndjson.gz') >= 2), 20_000);
    await inject({ action: 'create' }, 'addon');
    await inject({ action: 'restore', backup: '../../flows_cred.json' });
    await inject({ action: 'import', from: 'cabin', backup: 'none' });
    await inject({ action: 'nonsense' });
    await inject({ action: 'purge' }, 'nobody');
    await inject({ action: 'list' }, 'unheard_of');
    await eventually(() => assert.ok(told('unheard_of') > 0));
  }

  async function lossOfTheStore(): Promise<void> {
    await becomes('cabin', 'connected', null);
    await postgres.kill();
    const [id] = [...cabin().core.entities.keys()].filter((one) => one.startsWith('binary_sensor.'));
    cabin().setState(id as string, 'unavailable');
    await eventually(async () => {
      const { last_errors, store } = await diagnose('cabin');
      assert.ok(
        last_errors.some(({ message }) => message.includes('The store 127.0.0.1')),
        JSON.stringify(store),
      );
    }, 20_000);
    await inject({ action: 'create' }, 'cabin');
    await testStore({ kind: 'postgres', id: 's-postgres' });
    await postgres.start();
  }

  async function lossOfHomes(): Promise<void> {
    await home().setTokenValid('read_only', false);
    await becomes('home', 'error', 'invalid_auth');
    await home().setTokenValid('read_only', true);
    await cabin().kill();
    await becomes('cabin', 'disconnected', 'cannot_connect');
    await cabin().start();
    await becomes('cabin', 'connected', null);
  }

  const testConnection = (body: object) => ask('POST', '/caretaker/instances/test', body);
  const testStore = (body: object) => ask('POST', '/caretaker/stores/test', body);

  /** What the dialogs ask, with good values and bad ones. */
  async function buttons(): Promise<void> {
    const token = secrets['token typed into the dialog'];
    const id = 'node-home';
    await testConnection({ id, url: home().url });
    await testConnection({ id, url: sinkUrl() });
    await testConnection({ id, url: sinkUrl(), token: '' });
    await testConnection({ id: 'node-echo', url: liar.url });
    const echoed = secrets['token told back by Home Assistant'];
    liar.reply('auth/current_user', { id: 'u', name: echoed, is_admin: false });
    liar.reply('get_config', { version: echoed, location_name: echoed, time_zone: echoed, state: 'RUNNING' });
    liar.reply('get_states', []);
    liar.reply('config_entries/get', []);
    await testConnection({ id: 'node-echo', url: liar.url });
    await becomes('echo', 'connected', null);
    await testConnection({ id: 'node-tls', url: door.url, tls: 't' });
    await testConnection({ id, addon: true });
    for (const url of [home().url, NOBODY, door.url, '', 'nonsense', token, `http://me:${token}@127.0.0.1:9`]) {
      await testConnection({ id, url, token });
      await testConnection({ url, token, tls: 'none' });
    }
    await testConnection({ id: { token }, url: [token], token: { token } });

    const password = secrets['password typed into the dialog'];
    await testStore({ kind: 'postgres', id: 's-postgres' });
    await testStore({ kind: 'postgres', id: 's-away' });
    await testStore({ kind: 'postgres', id: 's-query' });
    const urls = [
      away(password),
      withPassword(database, password),
      away('', `?password=${password}&sslrootcert=/nowhere`),
      `postgres://u:${password}@[::bad/x`,
      `postgres://u:${password}%ZZ@127.0.0.1:9/x`,
      `http://u:${password}@127.0.0.1:9/x`,
      password,
    ];
    for (const url of urls) await testStore({ kind: 'postgres', url });
    await testStore({ kind: 'sqlite', file: 'flows.json/x' });
    await testStore({ kind: password, url: password });
    for (const store of ['s-postgres', 's-away', 's-refused', 's-query', 's-file']) {
      await ask('POST', '/caretaker/stores/purge', { id: store, instance_id: 'gone' });
    }
    await ask('POST', '/caretaker/instances/import', { id: 'node-cabin', from: 'gone' });
    await ask('POST', '/caretaker/instances/import', { id: 'node-user_info', from: 'gone' });
  }

  async function whatNodeRedServes(): Promise<void> {
    const paths = [
      '/flows',
      '/nodes',
      '/settings',
      '/settings/user',
      '/diagnostics',
      '/context/global',
      '/icons',
      '/plugins',
    ];
    for (const path of paths) await ask('GET', path);
    for (const { id, type } of flow()) {
      await ask('GET', `/credentials/${type}/${id}`);
      if (type !== 'caretaker-instance') continue;
      await ask('GET', `/caretaker/instances/${id}/diagnostics`);
      await ask('GET', `/caretaker/instances/${id}/orphans`);
    }
    await ask('POST', '/flows/state', { state: 'stop' });
  }

  /** A search that looks past a place would find nothing there. */
  function seesEveryPlace(): void {
    const places = outlet.placesOf(CANARY);
    const expected = [
      /^log$/,
      /^message$/,
      /^comms$/,
      /^http GET \/flows$/,
      /^http POST \/caretaker\/instances\/test$/,
      /^http GET \/caretaker\/instances\/node-home\/diagnostics$/,
      /^file flows\.json$/,
      /^file caretaker\/caretaker\.sqlite/,
      /^file caretaker\/backups\/home\/.*\.gz unpacked$/,
    ];
    for (const place of expected)
      assert.ok(
        places.some((one) => place.test(one)),
        `${place} among ${places.join()}`,
      );
  }
}

function headersOf(response: Response): string {
  const lines: string[] = [];
  response.headers.forEach((value, name) => {
    lines.push(`${name}: ${value}`);
  });
  return lines.join('; ');
}
