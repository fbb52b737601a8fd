import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, root } from '../support/node-red';
import { ENTITIES, writeOperations } from './api-operations';
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
    if (process.env['SHOW']) console.log(nodeRed.output.join('\n'));
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
        ...json({ reason: 'because', kind: 'entity' }),
      });
      assert.deepEqual([status, body], [200, { instance_id: 'home', entity_id: 'sensor.a/b', reason: 'because' }]);
      await ask('POST', '/api/healing/suppress/sensor.b', { key: 'all' });
      const lines = nodeRed.output.filter((line) => line.includes('/healing/suppress/'));
      assert.match(
        lines.join('\n'),
        /key 'home' \(.*127\.0\.0\.1\) POST \/red\/api\/healing\/suppress\/sensor\.a%2Fb, home home: 200/,
      );
      assert.match(lines.at(-1) ?? '', /key 'all' .*sensor\.b, home -: 400/);
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
        ['GET', '/api/nothing', {}, 404, /no such route/],
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
});
