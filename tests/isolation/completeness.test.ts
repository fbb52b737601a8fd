import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LATER } from '../../src/lib/api/http/later';
import { operationOf } from '../../src/lib/api/http/openapi';
import { ROUTES } from '../../src/lib/api/http/routes';
import { parseBackupOptions } from '../../src/lib/instance/parse';
import { HEAL_ACTIONS } from '../../src/lib/instance/parse-action';
import { root } from '../support/node-red';
import { OPERATIONS } from './operations/all';
import { API_READS } from './operations/api';

describe('the operations that are tried on one home beside another', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly 'node-red': { readonly nodes: Record<string, string> };
  };

  for (const type of Object.keys(manifest['node-red'].nodes)) {
    it(`has some of ${type}`, () => assert.ok(OPERATIONS.some(({ node }) => node === type)));
  }

  for (const action of actions()) {
    it(`has some that ${action} a backup`, () => assert.ok(OPERATIONS.some((one) => one.action === action)));
  }

  for (const action of HEAL_ACTIONS) {
    it(`has some that ask to ${action}`, () =>
      assert.ok(OPERATIONS.some((one) => one.node === 'caretaker-heal' && one.action === action)));
  }

  it('has one of each route of the API', () => {
    const asked = OPERATIONS.filter(({ node }) => node === 'caretaker-api').map(({ action }) => action);
    const known = new Set([...asked, ...API_READS, ...LATER.keys()]);
    assert.deepEqual(
      ROUTES.filter((route) => operationOf(route) && !known.has(route.name)).map(({ name }) => name),
      [],
    );
  });

  for (const [type, file] of Object.entries(manifest['node-red'].nodes)) {
    it(`has one of each thing the editor can ask ${type} for`, () => {
      for (const route of routesOf(file))
        assert.ok(
          OPERATIONS.some((one) => one.route === route),
          route,
        );
    });
  }

  it('names each once', () => {
    const names = OPERATIONS.map(({ node, name }) => `${node}: ${name}`);
    assert.deepEqual([...new Set(names)], names);
  });
});

/** As the parser itself lists them. */
function actions(): string[] {
  try {
    parseBackupOptions({ action: 'none of them' });
  } catch (thrown) {
    const listed = /allowed values: (.+)\.$/.exec((thrown as Error).message)?.[1]?.split(', ') ?? [];
    if (listed.length > 1) return listed;
  }
  throw new Error('The parser does not list the actions.');
}

/** What a node registers, as it is built. */
function routesOf(file: string): string[] {
  const routes: string[] = [];
  const take = (method: string) => (path: string) => routes.push(`${method} ${path}`);
  const httpAdmin = { get: take('GET'), post: take('POST'), put: take('PUT'), delete: take('DELETE') };
  const events = new EventEmitter();
  const RED = { httpAdmin, events, settings: {}, nodes: { registerType() {} }, auth: { needsPermission() {} } };
  const node = require(join(root, file)) as { default(RED: object): void };
  node.default(RED);
  return routes;
}
