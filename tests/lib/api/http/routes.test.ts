import assert from 'node:assert/strict';
import { LATER } from '../../../../src/lib/api/http/later';
import { operationOf } from '../../../../src/lib/api/http/openapi';
import { type MethodNotAllowed, match, ROUTES, type Route, templatesOf } from '../../../../src/lib/api/http/routes';

const BUILT_IN = ['openapi', 'docs', 'live'];

describe('routes', () => {
  const rows: readonly (readonly [string, string, string, Record<string, string>?])[] = [
    ['GET', '/status', 'status'],
    ['GET', '/status/', 'status'],
    ['HEAD', '/status', 'status'],
    ['GET', '/%73tatus', 'status'],
    ['GET', '/entities/sensor.a', 'entity', { entity_id: 'sensor.a' }],
    ['GET', '/entities/sensor.a/history', 'entity_history', { entity_id: 'sensor.a' }],
    ['GET', '/entities/history/history', 'entity_history', { entity_id: 'history' }],
    ['GET', '/entities/a%20b', 'entity', { entity_id: 'a b' }],
    ['GET', '/entities/a%2Fb', 'entity', { entity_id: 'a/b' }],
    ['GET', '/entities/a%252Fb', 'entity', { entity_id: 'a%2Fb' }],
    ['GET', '/entities/__proto__', 'entity', { entity_id: '__proto__' }],
    ['POST', '/healing/sensor.a', 'heal_entity', { entity_id: 'sensor.a' }],
    ['POST', '/healing/suppress', 'suppress'],
    ['POST', '/healing/suppress/sensor.a', 'suppress_entity', { entity_id: 'sensor.a' }],
    ['POST', '/healing/plans/match', 'plan'],
    ['POST', '/backups/prune', 'prune_backups'],
    ['POST', '/backups/b.gz/verify', 'verify_backup', { backup: 'b.gz' }],
    ['DELETE', '/backups/b.gz', 'delete_backup', { backup: 'b.gz' }],
    ['POST', '/automations/analyze', 'analyze'],
  ];
  for (const [method, path, name, params = {}] of rows) {
    it(`${method} ${path} is ${name}`, () => {
      const found = match(method, path, '/api');
      assert.deepEqual([found.route.name, { ...found.params }], [name, params]);
    });
  }

  const wrong: readonly (readonly [string, string, string, string?])[] = [
    ['GET', '/nothing', 'not_found'],
    ['GET', '/', 'not_found'],
    ['GET', '/status/x', 'not_found'],
    ['GET', '/entities//history', 'not_found'],
    ['GET', '//status', 'not_found'],
    ['GET', '/STATUS', 'not_found'],
    ['GET', '/entities/%', 'bad_input'],
    ['GET', '/entities/%ff', 'bad_input'],
    ['POST', '/status', 'method_not_allowed', 'GET, HEAD'],
    ['GET', '/healing/suppress', 'method_not_allowed', 'POST, DELETE'],
    // By word it is another path, and no backup is called so.
    ['DELETE', '/backups/prune', 'method_not_allowed', 'POST'],
    ['POST', '/healing/history', 'method_not_allowed', 'GET, HEAD'],
  ];
  for (const [method, path, code, allow] of wrong) {
    it(`${method} ${path}: ${code}`, () => {
      assert.throws(
        () => match(method, path, '/api'),
        (thrown: MethodNotAllowed) => {
          assert.deepEqual([thrown.code, thrown.allow], [code, allow]);
          return true;
        },
      );
    });
  }

  it('are the same in whatever order they stand', () => {
    const turned = templatesOf([...ROUTES].reverse());
    for (const [method, path, name] of rows) assert.equal(match(method, path, '', turned).route.name, name, path);
  });

  it('stand there once each, and each is an operation or answered by the API itself', () => {
    const keys = ROUTES.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...new Set(keys)], keys);
    const missing = ROUTES.filter((route) => !BUILT_IN.includes(route.name) && !operationOf(route));
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  it('put into the path only what the operation takes, and read with GET what it reads', () => {
    const wrong = ROUTES.filter((route: Route) => {
      const found = operationOf(route);
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
      const reads = route.method === 'GET' || route.name === 'plan';
      return found && !(names.every((name) => name in found.fields.properties) && reads === (found.access === 'read'));
    });
    assert.deepEqual(wrong, []);
  });

  it('lead to all that is to come', () => {
    const names = ROUTES.map(({ name }) => name);
    assert.deepEqual(
      [...LATER.keys()].filter((name) => !names.includes(name)),
      [],
    );
  });
});
