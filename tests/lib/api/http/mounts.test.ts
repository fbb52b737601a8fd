import assert from 'node:assert/strict';
import { mountedAt } from '../../../../src/lib/api/http/mount';
import { type FlowNode, reached } from '../../../../src/lib/api/http/mounts';

describe('what is behind a mount', () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['/api/*', '/api/status', '/status', '/api'],
    ['/api/*', '/api/status/', '/status/', '/api'],
    ['/api/*', '/api/', '/', '/api'],
    ['/api/*', '/api/entities/a%2Fb', '/entities/a%2Fb', '/api'],
    ['/api/*', '/API/status', '/status', '/API'],
    ['/api/*', '/api//status', '//status', '/api'],
    ['/*', '/api/status', '/status', '/api'],
    ['/*', '/status', '/status', ''],
    ['/a/b/*', '/a/b/api/status', '/status', '/a/b/api'],
    ['/a/b/*', '/a/b/apiary', '/apiary', '/a/b'],
    ['/api/status', '/api/status', '/status', '/api'],
  ];
  for (const [mount, path, rest, base] of rows) {
    it(`${path} at ${mount} is ${rest}`, () => {
      const originalUrl = `/red${path}?x=/api/status`;
      assert.deepEqual(mountedAt({ path, originalUrl, route: { path: mount } }), { path: rest, base: `/red${base}` });
    });
  }
});

describe('what reaches a caretaker-api', () => {
  const httpIn = (id: string, url: string, wires: string[][], method = 'get'): FlowNode => {
    return { id, type: 'http in', url, method, wires };
  };
  const api = (id: string): FlowNode => ({ id, type: 'caretaker-api', wires: [] });
  const told = (nodes: readonly FlowNode[]) =>
    Object.fromEntries(
      [...reached(nodes)].map(([id, { paths, contests }]) => [
        id,
        `${paths.join(' ')} ${contests.map(({ key, by }) => `${key} by ${by}`).join()}`.trim(),
      ]),
    );

  it('is what is wired to it, each path once', () => {
    const three = ['get', 'post', 'delete'].map((method) => httpIn(method, '/api/*', [['a']], method));
    assert.deepEqual(told([...three, httpIn('x', '/x/*', [['a']]), api('a'), api('b')]), { a: '/api/* /x/*', b: '' });
  });

  it('says which paths lead nowhere, and whether a WebSocket is wired in', () => {
    const urls = ['/exact', '/api/status', '/api/*', 'api/entities/light.a', '/:rest*'];
    const socket: FlowNode = { id: 's', type: 'websocket in', wires: [['j']] };
    const junction: FlowNode = { id: 'j', type: 'junction', wires: [['b']] };
    const found = reached([...urls.map((url) => httpIn(url, url, [['a']])), socket, junction, api('a'), api('b')]);
    assert.deepEqual([found.get('a')?.narrow, found.get('a')?.hasSocket], [['/exact'], false]);
    assert.deepEqual([found.get('b')?.paths, found.get('b')?.hasSocket], [[], true]);
  });

  const rivals: readonly (readonly [string, readonly FlowNode[]])[] = [
    ['the same path', [httpIn('1', '/api/*', [['a']]), httpIn('2', 'API/*', [['b']])]],
    ['one http in', [httpIn('1', '/api/*', [['b', 'a']])]],
    [
      'one http in, by links and a junction',
      [
        httpIn('1', '/api/*', [['o', 'a']]),
        { id: 'o', type: 'link out', links: ['i'], wires: [] },
        { id: 'i', type: 'link in', links: ['o'], wires: [['j']] },
        { id: 'j', type: 'junction', wires: [['j', 'b']] },
      ],
    ],
    [
      'one http in, by a link call',
      [httpIn('1', '/api/*', [['a', 'c']]), { id: 'c', type: 'link call', links: ['b'] }],
    ],
  ];
  for (const [what, nodes] of rivals) {
    it(`is not ${what} twice`, () =>
      assert.deepEqual(told([...nodes, api('a'), api('b')]), {
        a: nodes[0]?.url,
        b: `${nodes.at(nodes.length > 1 && nodes[1]?.url ? 1 : 0)?.url} GET /api/* by a`,
      }));
  }

  it('may be another method of the path', () => {
    const nodes = [httpIn('1', '/api/*', [['a']]), httpIn('2', '/api/*', [['b']], 'post'), api('a'), api('b')];
    assert.deepEqual(told(nodes), { a: '/api/*', b: '/api/*' });
  });

  it('is not what only comes by a node that may change it', () => {
    const nodes = [
      httpIn('1', '/api/*', [['s', 'a']]),
      { id: 's', type: 'switch', wires: [['b']] },
      api('a'),
      api('b'),
    ];
    assert.deepEqual(told(nodes), { a: '/api/*', b: '' });
  });
});
