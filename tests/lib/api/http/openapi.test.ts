import assert from 'node:assert/strict';
import { openApi, operationOf } from '../../../../src/lib/api/http/openapi';
import { ROUTES } from '../../../../src/lib/api/http/routes';

interface Described {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: { readonly properties: object } }> };
  readonly responses: Readonly<Record<string, unknown>>;
}

describe('the OpenAPI document', () => {
  const document = openApi('1.2.3');
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Described>>>>;

  it('is valid', async () => {
    const { Validator } = await import('@seriousme/openapi-schema-validator');
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    assert.ok(valid, JSON.stringify(errors, null, 2));
  });

  it('has every route, by its name', () => {
    for (const route of ROUTES) {
      const described = paths[route.path]?.[route.method.toLowerCase()];
      assert.equal(described?.operationId, route.name, `${route.method} ${route.path}`);
      const inPath = described.parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
      assert.deepEqual(inPath, route.path.match(/\{\w+\}/g) ?? []);
    }
  });

  it('has every field, once', () => {
    for (const route of ROUTES) {
      const described = paths[route.path]?.[route.method.toLowerCase()];
      const found = operationOf(route);
      if (!found || !described) continue;
      const body = Object.keys(described.requestBody?.content['application/json']?.schema.properties ?? {});
      const names = [...described.parameters.map(({ name }) => name), ...body].sort();
      assert.deepEqual(names, [...Object.keys(found.fields.properties), 'instance_id', 'instance_name'].sort());
    }
  });

  it('promises of what is to come only that it comes', () => {
    const statuses = Object.keys(paths['/automations']?.['get']?.responses ?? {});
    assert.ok(statuses.includes('501') && !statuses.includes('200'));
  });
});
