import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, root } from '../support/node-red';
import { ENTITIES, registerOperations } from './api-operations';
import { instanceNode } from './flows';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const key = (name: string, access: 'read' | 'write', instances: readonly string[] = []) => ({
  name,
  access,
  instances,
  sha256: sha256(`ck_${name}`),
});
const KEYS = [key('all', 'write'), key('reader', 'read'), key('home', 'write', ['home'])];
const away = { url: 'http://127.0.0.1:9', tokens: { admin: 'x', user: 'x', read_only: 'x' } };

/** A folder for `nodesDir` with that module. */
function writeOperations(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const nodes = { nodes: { 'test-operations': 'operations.js' } };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'test-operations', version: '1.0.0', 'node-red': nodes }),
  );
  writeFileSync(join(folder, 'operations.html'), '');
  const compiled = JSON.stringify(require.resolve('./api-operations'));
  writeFileSync(join(folder, 'operations.js'), `module.exports = require(${compiled}).${registerOperations.name};`);
  return folder;
}

interface Said {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly body: Record<string, unknown>;
}

describe('caretaker-api in Node-RED', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'caretaker-api-'));
  const nodesDir = [root, writeOperations(join(folder, 'operations'))];
  const nodeRed = new NodeRed({ settings: { nodesDir, httpNodeRoot: '/red' } });

  before(() => nodeRed.start());
  after(async () => {
    await nodeRed.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const httpIn = (id: string, method: string, to: string, url = '/api/*'): FlowNode => {
    return { id: `in-${id}`, type: 'http in', z: 'tab', url, method, wires: [[to]], x: 1, y: 1 };
  };
  const api = (id: string, fields: object = {}): FlowNode => {
    const wires = [['answer'], ['wsout']];
    return {
      id,
      type: 'caretaker-api',
      z: 'tab',
      instances: [],
      anonymous: 'none',
      keys: KEYS,
      wires,
      x: 1,
      y: 1,
      ...fields,
    };
  };
  const methods = ['get', 'post', 'delete'] as const;
  const flow = (...more: readonly FlowNode[]): FlowNode[] => [
    { id: 'tab', type: 'tab' },
    instanceNode('home', away),
    instanceNode('vacation', away),
    instanceNode('hidden', away),
    { id: 'answer', type: 'http response', z: 'tab', wires: [], x: 1, y: 1 },
    { id: 'statuses', type: 'status', z: 'tab', scope: ['api', 'other'], wires: [['shown']], x: 1, y: 1 },
    catcher('shown', 'tab'),
    ...more,
  ];
  const whole = (fields: object = {}) => [...methods.map((one) => httpIn(one, one, 'api')), api('api', fields)];
  const bound = { instances: ['node-home', 'node-vacation'] };

  async function deploy(nodes: readonly FlowNode[], type: 'full' | 'nodes' = 'full'): Promise<void> {
    nodeRed.told.length = 0;
    const said = nodeRed.output.length;
    await nodeRed.deploy(nodes, type);
    await eventually(() =>
      assert.ok(
        nodeRed.output.slice(said).some((line) => /Started/.test(line)),
        nodeRed.output.join('\n'),
      ),
    );
  }

  /** Not `fetch`: what goes over the wire is looked at. */
  function ask(method: string, path: string, options: { key?: string; headers?: object; body?: string } = {}) {
    const headers = { ...(options.key && { 'x-api-key': `ck_${options.key}` }), ...options.headers };
    return new Promise<Said>((done, fail) => {
      const sent = httpRequest(`${nodeRed.url}/red${path}`, { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = String(response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes);
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
          done({ status: response.statusCode ?? 0, headers: response.headers, text, body });
        });
      });
      sent.on('error', fail);
      sent.end(options.body);
    });
  }
  const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
  const statusOf = (id: string) =>
    (nodeRed.told as unknown as { status?: { text: string; fill: string; source: { id: string } } }[])
      .flatMap(({ status }) => (status?.source.id === id ? [`${status.fill}: ${status.text}`] : []))
      .at(-1);

  describe('asked by keys', () => {
    before(() => deploy(flow(...whole(bound))));

    it('says on what it listens', () => eventually(() => assert.equal(statusOf('api'), 'green: listening: /api/*')));

    it('answers who has a key, and nobody else', async () => {
      const none = await ask('GET', '/api/status');
      assert.equal(none.status, 401);
      assert.deepEqual(none.body, {
        detail: 'API key required. Provide X-API-Key header.',
        code: 'unauthorized',
      });
      const wrong = await ask('GET', '/api/status', { key: 'nobody' });
      assert.deepEqual([wrong.status, wrong.body['detail']], [401, 'Invalid API key']);
      assert.equal((await ask('GET', '/api/nothing')).status, 401);
      assert.deepEqual((await ask('GET', '/api/status', { key: 'all' })).body['homes'], ['home', 'vacation']);
      assert.deepEqual((await ask('GET', '/api/status', { key: 'home' })).body['homes'], ['home']);
    });

    it('says the same of a home that is hidden and of one that is not there, byte for byte', async () => {
      for (const [who, sees] of [
        ['home', "['home']"],
        ['all', "['home', 'vacation']"],
      ] as const) {
        for (const [method, path] of [
          ['GET', '/api/status'],
          ['GET', '/api/entities'],
          ['POST', '/api/healing/suppress/sensor.a'],
          ['GET', '/api/automations'],
          ['GET', '/api/live'],
        ] as const) {
          const [hidden, unknown] = await Promise.all(
            ['hidden', 'nobody'].map((id) => ask(method, `${path}?instance_id=${id}`, { key: who })),
          );
          assert.equal(hidden?.status, 404);
          assert.equal(hidden.text.replaceAll('hidden', 'nobody'), unknown?.text);
          assert.equal(unknown?.body['detail'], `Instance 'nobody' not found. Available instances: ${sees}`);
        }
      }
    });

    it('lets a key that may only read write nothing, whatever it asks for', async () => {
      for (const path of ['sensor.a', 'sensor.a?instance_id=hidden', 'sensor.a?nonsense=1']) {
        const { status, body } = await ask('POST', `/api/healing/suppress/${path}`, { key: 'reader' });
        assert.deepEqual([status, body], [403, { detail: 'This key may only read.', code: 'forbidden' }]);
      }
    });

    it('writes, and has it in the log', async () => {
      const { status, body } = await ask('POST', '/api/healing/suppress/sensor.a%2Fb', {
        key: 'home',
        ...json({ reason: 'because' }),
      });
      assert.deepEqual([status, body], [200, { instance_id: 'home', entity_id: 'sensor.a/b', reason: 'because' }]);
      await ask('POST', '/api/healing/suppress/sensor.b', { key: 'all' });
      const lines = () => nodeRed.output.filter((line) => line.includes('/healing/suppress/'));
      await eventually(() =>
        assert.match(lines().at(-1) ?? '', /key 'all' .*sensor\.b, home -, entity_id sensor\.b: 400/),
      );
      assert.match(
        lines().join('\n'),
        /key 'home' \(.*127\.0\.0\.1\) POST \/red\/api\/healing\/suppress\/sensor\.a%2Fb, home home, entity_id sensor\.a\/b: 200/,
      );
      assert.ok(!nodeRed.output.join().includes('ck_'));
    });

    it('asks which home, in words of HTTP', async () => {
      const { status, body } = await ask('POST', '/api/healing/suppress/sensor.a', { key: 'all' });
      assert.equal(status, 400);
      const several = 'instance_id: several instances are configured. Set instance_id to one of: ';
      assert.equal(body['detail'], `${several}The home (home), The vacation (vacation).`);
    });

    it('refuses what is not so, and says what', async () => {
      const rows: [string, string, Parameters<typeof ask>[2], number, RegExp][] = [
        ['GET', '/api/nothing', {}, 404, /no such route; \/red\/api\/docs lists all/],
        ['GET', '/api', {}, 404, /Cannot GET/],
        ['DELETE', '/api/status', {}, 405, /only GET, HEAD/],
        ['GET', '/api/status?instance=home', {}, 400, /^instance: is no parameter here/],
        ['GET', '/api/status?__proto__=1', {}, 400, /^__proto__: /],
        ['GET', '/api/status?instance_id=', {}, 400, /^instance_id: must be a text/],
        ['GET', '/api/status?instance_id=home&instance_id=vacation', {}, 400, /^instance_id: is given more than once/],
        ['GET', '/api/entities?limit=5000', {}, 400, /^limit: must be <= 1000/],
        ['GET', '/api/entities?limit=x', {}, 400, /^limit: must be integer/],
        ['POST', '/api/healing/suppress/a?entity_id=b', {}, 400, /^entity_id: is given twice/],
        ['POST', '/api/healing/suppress/a', json({ entity_id: 'b' }), 400, /^entity_id: is given twice/],
        ['POST', '/api/healing/suppress/a', json([1]), 400, /^body: must be an object/],
        [
          'POST',
          '/api/healing/suppress/a',
          { headers: { 'content-type': 'text/plain' }, body: '{}' },
          415,
          /^Content-Type/,
        ],
        ['POST', '/api/healing/suppress/a', { ...json({}), body: '{"__proto__": {"a": 1}}' }, 400, /^__proto__: /],
        ['POST', '/api/healing/suppress/a', json({ reason: 'x'.repeat(1_100_000) }), 413, /^body: is larger/],
        [
          'POST',
          '/api/automations/analyze?instance_id=home',
          json({ automation_id: 'automation.a' }),
          501,
          /caretaker-automation/,
        ],
        ['GET', '/api/metrics', {}, 500, /^Internal error$/],
      ];
      for (const [method, path, options, status, detail] of rows) {
        const said = await ask(method, path, { key: 'all', ...options });
        assert.equal(said.status, status, `${method} ${path}: ${said.text}`);
        assert.match(String(said.body['detail'] ?? said.text), detail);
        assert.ok(!said.text.includes('hush'));
      }
      assert.equal((await ask('DELETE', '/api/status', { key: 'all' })).headers['allow'], 'GET, HEAD');
      assert.equal((await ask('GET', '/api/automations', { key: 'all' })).body['code'], 'not_implemented');
    });

    it('is asked for the head alone, packed, and only when something has changed', async () => {
      const plain = await ask('GET', '/api/entities/?limit=300', { key: 'all' });
      assert.equal(plain.headers['x-total-count'], String(2 * ENTITIES));
      assert.equal(plain.headers['content-type'], 'application/json; charset=utf-8');
      assert.equal(plain.headers['vary'], 'Accept-Encoding, X-API-Key');
      assert.equal(plain.headers['cache-control'], 'private, no-cache');
      const headers = { 'accept-encoding': 'gzip' };
      const packed = await ask('GET', '/api/entities?limit=300', { key: 'all', headers });
      assert.equal(packed.headers['content-encoding'], 'gzip');
      assert.equal(packed.text, plain.text);
      assert.ok(Number(packed.headers['content-length']) < Number(plain.headers['content-length']) / 5);
      const head = await ask('HEAD', '/api/entities?limit=300', { key: 'all' });
      assert.deepEqual([head.status, head.text], [200, '']);
      for (const name of ['content-length', 'etag', 'x-total-count', 'content-type'])
        assert.equal(head.headers[name], plain.headers[name], name);
      const again = { 'if-none-match': plain.headers['etag'] };
      const same = await ask('GET', '/api/entities?limit=300', { key: 'all', headers: again });
      assert.deepEqual([same.status, same.text, same.headers['etag']], [304, '', plain.headers['etag']]);
      const other = await ask('GET', '/api/entities?limit=299', { key: 'all', headers: again });
      assert.equal(other.status, 200);
    });

    it('describes itself', async () => {
      assert.equal((await ask('GET', '/api/openapi.json')).status, 401);
      const { body } = await ask('GET', '/api/openapi.json', { key: 'reader' });
      assert.equal(body['openapi'], '3.1.0');
      assert.deepEqual(body['servers'], [{ url: '/red/api' }]);
      const page = await ask('GET', '/api/docs');
      assert.equal(page.status, 200);
      assert.match(page.text, /<h1>Caretaker API<\/h1>/);
      assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'sha256-/);
    });

    it('makes keys for the editor, each another', async () => {
      const make = async () =>
        (await (await fetch(`${nodeRed.url}/caretaker/api/keys`, { method: 'POST' })).json()) as Record<string, string>;
      const [one, other] = [await make(), await make()];
      assert.match(one['key'] ?? '', /^ck_[\w-]{43}$/);
      assert.equal(one['sha256'], sha256(one['key'] ?? ''));
      assert.notEqual(one['key'], other['key']);
    });
  });

  describe('without a key', () => {
    const write = (headers: object = {}) => ask('POST', '/api/healing/suppress/a?instance_id=home', { headers });

    it('reads what is allowed, and writes nothing', async () => {
      await deploy(flow(...whole({ ...bound, anonymous: 'read' })));
      assert.deepEqual((await ask('GET', '/api/status')).body['homes'], ['home', 'vacation']);
      assert.equal((await ask('GET', '/api/status', { key: 'nobody' })).status, 401);
      assert.equal((await write()).status, 401);
      assert.deepEqual((await ask('GET', '/api/openapi.json')).body['security'], [{ ApiKey: [] }, {}]);
    });

    it('writes where that is allowed, but not for the page of another site', async () => {
      await deploy(flow(...whole({ anonymous: 'write', keys: [] })));
      assert.equal((await write()).status, 200);
      assert.equal((await write({ 'sec-fetch-site': 'cross-site' })).status, 403);
      await eventually(() =>
        assert.ok(nodeRed.output.some((line) => /anonymous \(.*home home, entity_id \S+: 200/.test(line))),
      );
    });

    it('is told nothing by a node whose settings cannot be', async () => {
      await deploy(flow(...whole({ anonymous: 'write', keys: [{ name: 'x', access: 'write', sha256: 'short' }] })));
      const { status, body } = await ask('GET', '/api/status');
      assert.deepEqual([status, body['code']], [503, 'not_set_up']);
      assert.ok(nodeRed.output.some((line) => /caretaker-api:api\] keys.0.sha256: must match/.test(line)));
    });
  });

  describe('mounted elsewhere', () => {
    for (const [url, base] of [
      ['/*', '/api'],
      ['/caretaker/*', '/caretaker/api'],
      ['/caretaker/*', '/caretaker'],
      ['/homes/:who/*', '/homes/me'],
    ] as const) {
      it(`at ${url} answers behind ${base}`, async () => {
        await deploy(flow(httpIn('any', 'get', 'api', url), api('api')));
        assert.equal((await ask('GET', `${base}/status`, { key: 'home' })).body['count'], 1);
        const { body } = await ask('GET', `${base}/openapi.json`, { key: 'home' });
        assert.deepEqual(body['servers'], [{ url: `/red${base}` }]);
      });
    }
  });

  describe('on a path that another has', () => {
    const other = api('other', { name: 'Other', keys: [], anonymous: 'read' });

    it('says who, and leaves it to him', async () => {
      await deploy(flow(...whole(), other, httpIn('second', 'get', 'other'), httpIn('own', 'get', 'other', '/own/*')));
      await eventually(() => assert.equal(statusOf('other'), 'red: /api/* is taken by caretaker-api (api)'));
      assert.equal(statusOf('api'), 'green: listening: /api/*');
      const said = /Two caretaker-api nodes are on \/api\/\*: Other \(other\) and caretaker-api \(api\)/;
      assert.ok(nodeRed.output.some((line) => said.test(line)));
      assert.equal((await ask('GET', '/api/status')).status, 401);
      assert.equal((await ask('GET', '/own/status')).body['code'], 'not_set_up');
    });

    it('answers again once the path is its own, without being deployed itself', async () => {
      await deploy(flow(...whole(), other, httpIn('own', 'get', 'other', '/own/*')), 'nodes');
      await eventually(() => assert.equal(statusOf('other'), 'green: listening: /own/*'));
      assert.equal((await ask('GET', '/own/status')).body['count'], 3);
    });

    it('answers once what is wired to both, also by links and junctions', async () => {
      const link = { id: 'out', type: 'link out', z: 'tab', links: ['into'], wires: [], x: 1, y: 1 };
      const into = { id: 'into', type: 'link in', z: 'tab', links: ['out'], wires: [['joint']], x: 1, y: 1 };
      const joint = { id: 'joint', type: 'junction', z: 'tab', wires: [['other']], x: 1, y: 1 };
      const both = { ...httpIn('both', 'get', 'out'), wires: [['out', 'api']] };
      await deploy(flow(both, link, into, joint, other, api('api')));
      // The first in the flows has it.
      await eventually(() => assert.match(statusOf('api') ?? '', /is taken by Other \(other\)/));
      const said = nodeRed.output.length;
      assert.equal((await ask('GET', '/api/status')).body['count'], 3);
      assert.ok(!nodeRed.output.slice(said).some((line) => /headers after they are sent/i.test(line)));
    });
  });

  describe('live', () => {
    const incident = (instance_id: string, number = 1) => ({
      event: 'opened',
      instance_id,
      incident_id: `i${number}`,
      at: '2026-11-22T00:00:00Z',
    });
    const transition = (instance_id: string) => ({ event: 'transition', kind: 'entity', id: 'light.a', instance_id });
    const feed = async (record: object) => assert.equal((await ask('POST', '/feed', json(record))).status, 200);
    const wsUrl = () => `${nodeRed.url.replace('http', 'ws')}/red/live-ws`;
    const liveFlow = (fields: object = {}) =>
      flow(
        ...whole({ ...bound, ...fields }),
        { ...httpIn('feed', 'post', 'fed', '/feed'), wires: [['fed', 'answer']] },
        { id: 'fed', type: 'function', z: 'tab', func: 'return {payload: msg.payload}', wires: [['api']], x: 1, y: 1 },
        { id: 'listener', type: 'websocket-listener', path: '/live-ws', wholemsg: 'false' },
        { id: 'wsin', type: 'websocket in', z: 'tab', server: 'listener', wires: [['api']], x: 1, y: 1 },
        { id: 'wsout', type: 'websocket out', z: 'tab', server: 'listener', wires: [], x: 1, y: 1 },
        { id: 'gone', type: 'status', z: 'tab', scope: ['wsin'], wires: [['api']], x: 1, y: 1 },
      );

    async function socket(): Promise<{ say(what: unknown): void; heard: Record<string, unknown>[]; ws: WebSocket }> {
      const ws = new WebSocket(wsUrl());
      const heard: Record<string, unknown>[] = [];
      ws.on('message', (data) => heard.push(JSON.parse(String(data))));
      await new Promise((done, fail) => ws.once('open', done).once('error', fail));
      return { ws, heard, say: (what) => ws.send(typeof what === 'string' ? what : JSON.stringify(what)) };
    }

    interface Stream {
      readonly status: number;
      readonly headers: IncomingMessage['headers'];
      text: string;
      ended: boolean;
      close(): void;
    }

    function stream(query: string, who: string): Promise<Stream> {
      const headers = { 'x-api-key': `ck_${who}` };
      return new Promise((done, fail) => {
        const sent = httpRequest(`${nodeRed.url}/red/api/live${query}`, { headers }, (response) => {
          const { statusCode: status = 0, headers } = response;
          const one: Stream = { status, headers, text: '', ended: false, close: () => sent.destroy() };
          response.on('data', (chunk) => {
            one.text += String(chunk);
          });
          response.on('end', () => {
            one.ended = true;
          });
          response.on('error', () => {});
          done(one);
        });
        sent.on('error', fail).end();
      });
    }

    before(() => deploy(liveFlow()));

    it('tells a WebSocket of the homes its key is for, and of no other', async () => {
      const [one, all, none] = await Promise.all([socket(), socket(), socket()]);
      one.say({ api_key: 'ck_home', kinds: ['incident'] });
      all.say({ type: 'subscribe', api_key: 'ck_all', instance_id: 'all' });
      none.say({ instance_id: 'home' });
      await eventually(() => assert.deepEqual([one.heard.length, all.heard.length, none.heard.length], [1, 1, 1]));
      assert.deepEqual(one.heard[0], { type: 'subscribed', instance_id: 'all', kinds: ['incident'] });
      assert.deepEqual(all.heard[0], { type: 'subscribed', instance_id: 'all', kinds: 'all' });
      assert.deepEqual([none.heard[0]?.['type'], none.heard[0]?.['code']], ['error', 'unauthorized']);
      for (const id of ['vacation', 'hidden', 'home']) await feed(incident(id));
      await feed(transition('home'));
      await eventually(() => assert.equal(all.heard.length, 4));
      assert.deepEqual(one.heard.slice(1), [{ type: 'incident', ...incident('home') }]);
      assert.deepEqual(
        all.heard.slice(1).map(({ type, instance_id }) => [type, instance_id]),
        [
          ['incident', 'vacation'],
          ['incident', 'home'],
          ['transition', 'home'],
        ],
      );
      assert.equal(none.heard.length, 1);
      all.say('ping');
      all.say({ instance_id: 'hidden', api_key: 'ck_all' });
      await eventually(() => assert.equal(all.heard.length, 6));
      assert.deepEqual(all.heard[4], { type: 'pong' });
      const detail = "Instance 'hidden' not found. Available instances: ['home', 'vacation']";
      assert.deepEqual(all.heard[5], { type: 'error', detail, code: 'instance_not_found' });
      // Who may not any more is not told any more either.
      await feed(incident('home', 2));
      await eventually(() => assert.equal(one.heard.length, 3));
      assert.equal(all.heard.length, 6);
      for (const { ws } of [one, all, none]) ws.close();
    });

    it('streams over HTTP, each home to whom it is for', async () => {
      assert.equal((await stream('', 'nobody')).status, 401);
      assert.equal((await stream('?kinds=weather', 'all')).status, 400);
      const [one, all] = [await stream('', 'home'), await stream('?instance_id=vacation&kinds=incident', 'all')];
      assert.deepEqual([one.status, one.headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
      for (const record of [incident('home'), incident('vacation'), transition('vacation'), transition('home')])
        await feed(record);
      await eventually(() => assert.match(one.text, /event: transition/));
      const told = (id: string) =>
        `event: incident\nid: ${id}/i1/2026-11-22T00:00:00Z\ndata: ${JSON.stringify(incident(id))}\n\n`;
      assert.equal(all.text, `retry: 3000\n\n${told('vacation')}`);
      assert.ok(one.text.startsWith(`retry: 3000\n\n${told('home')}event: transition\n`));
      assert.ok(!one.text.includes('vacation'));
      const head = await ask('HEAD', '/api/live', { key: 'home' });
      assert.deepEqual([head.status, head.headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
      one.close();
      all.close();
    });

    it('is over with a deploy, and so is what was being asked', async () => {
      const [sse, ws] = [await stream('', 'home'), await socket()];
      ws.say({ api_key: 'ck_home' });
      await eventually(() => assert.equal(ws.heard.length, 1));
      const waiting = ask('GET', '/api/diagnostics', { key: 'all' });
      await ask('GET', '/api/status', { key: 'all' });
      await deploy(liveFlow({ name: 'anew' }), 'nodes');
      const { status, body } = await waiting;
      assert.deepEqual([status, body['code']], [503, 'busy']);
      await eventually(() => assert.ok(sse.ended));
      await eventually(() => assert.match(String(ws.heard.at(-1)?.['detail']), /being deployed/));
      ws.say({ api_key: 'ck_home' });
      await eventually(() => assert.equal(ws.heard.at(-1)?.['type'], 'subscribed'));
      await feed(incident('home'));
      await eventually(() => assert.equal(ws.heard.at(-1)?.['type'], 'incident'));
      ws.ws.close();
    });

    it('holds nothing any more once it was deployed anew, however often', async () => {
      const holds = async () => (await (await fetch(`${nodeRed.url}/test/holds`)).json()) as Record<string, number>;
      const round = async (name: string) => {
        const [sse, ws] = [await stream('', 'home'), await socket()];
        ws.say({ api_key: 'ck_home' });
        await eventually(() => assert.equal(ws.heard.length, 1));
        const during = await holds();
        await deploy(liveFlow({ name }), 'nodes');
        await eventually(() => assert.ok(sse.ended));
        ws.ws.close();
        return during;
      };
      await deploy(liveFlow({ name: 'first' }), 'nodes');
      // Node-RED itself has one for its editor.
      const { beats = 0, listeners } = await holds();
      for (const name of ['second', 'third', 'fourth'])
        assert.deepEqual(await round(name), { beats: beats + 1, listeners });
      await eventually(async () => assert.deepEqual(await holds(), { beats, listeners }));
    });

    it('says what is neither a request nor a record', async () => {
      const said = nodeRed.output.length;
      await feed({ hello: 'world' });
      await eventually(() => assert.ok(nodeRed.output.slice(said).some((line) => /neither a request/.test(line))));
    });
  });
});

describe('caretaker-api in Node-RED 4', function () {
  this.timeout(60_000);
  const nodeRed = new NodeRed({ version: 4 });
  before(() => nodeRed.start());
  after(() => nodeRed.dispose());

  it('answers as in Node-RED 5', async () => {
    const at = { z: 'tab', x: 1, y: 1 };
    await nodeRed.deploy([
      { id: 'tab', type: 'tab' },
      instanceNode('home', away),
      { id: 'in', type: 'http in', url: '/api/*', method: 'get', wires: [['api']], ...at },
      { id: 'api', type: 'caretaker-api', instances: [], keys: KEYS, anonymous: 'none', wires: [['out'], []], ...at },
      { id: 'out', type: 'http response', wires: [], ...at },
    ]);
    const ask = (path: string, headers: Record<string, string>) => fetch(`${nodeRed.url}/api${path}`, { headers });
    await eventually(async () => assert.equal((await ask('/status', {})).status, 401));
    const headers = { 'x-api-key': 'ck_home', 'accept-encoding': 'gzip' };
    const found = await ask('/openapi.json', headers);
    assert.equal(((await found.json()) as { openapi: string }).openapi, '3.1.0');
    assert.equal(found.headers.get('content-encoding'), 'gzip');
    const again = { ...headers, 'if-none-match': found.headers.get('etag') ?? '', 'cache-control': '' };
    assert.equal((await ask('/openapi.json', again)).status, 304);
    assert.equal((await ask('/automations?instance_id=x', headers)).status, 404);
    assert.equal((await ask('/automations', headers)).status, 501);
  });
});
