import assert from 'node:assert/strict';
import { fieldsOfBody, type Incoming } from '../../../../src/lib/api/http/body';
import { askedBy } from '../../../../src/lib/api/http/fields';
import { fields, text, whole } from '../../../../src/lib/api/schema';
import type { CaretakerError } from '../../../../src/lib/error';

const TEXTS = { type: 'array', items: text };
const SCHEMA = fields({ entity_id: text, hours: whole, levels: TEXTS, status: { anyOf: [text, TEXTS] } });
const JSON_TYPE = { 'content-type': 'application/json' };
const codeOf = (run: () => unknown) => {
  try {
    run();
    return 'nothing';
  } catch (thrown) {
    const { code, message } = thrown as CaretakerError;
    return `${code} ${/^[^:]+/.exec(message)}`;
  }
};

describe('what a request asks for', () => {
  const asked = (params: object, query: string, body: object = {}) =>
    askedBy(SCHEMA, { ...params }, new URLSearchParams(query), { ...body });

  it('stands in its path, its query and its body', () => {
    const { reference, fields: found } = asked(
      { entity_id: 'a' },
      'hours=24&levels=device&levels=entity&instance_id=home',
      { hours: 24, instance_name: 'Home' },
    );
    assert.deepEqual(reference, { instance_id: 'home', instance_name: 'Home', field: 'instance_id' });
    assert.deepEqual([found['hours'], found['levels'], found['entity_id']], ['24', ['device', 'entity'], 'a']);
  });

  it('is a list where a list is meant, also of one', () => {
    assert.deepEqual(asked({}, 'levels=device').fields['levels'], ['device']);
  });

  it('is one or several where both are taken', () => {
    assert.equal(asked({}, 'status=stale').fields['status'], 'stale');
    assert.deepEqual(asked({}, 'status=stale&status=missing').fields['status'], ['stale', 'missing']);
  });

  it('may be said by a record of a monitor, which says more', () => {
    const { fields: found } = asked({}, '', {
      event: 'transition',
      entity_id: 'a',
      state: '',
      since: 's',
      hours: null,
    });
    assert.equal(found['entity_id'], 'a');
  });

  const wrong: readonly (readonly [string, object, string, object, string])[] = [
    ['a name nobody knows', {}, 'hour=1', {}, 'bad_input hour'],
    ['a name like that of a home', {}, 'instance=home', {}, 'bad_input instance'],
    ['a name nobody knows in a body', {}, '', { entity_id: 'a', dryrun: true }, 'bad_input dryrun'],
    ['nothing behind a name', {}, 'hours=', {}, 'bad_input hours'],
    ['nothing behind a name in a body', {}, '', { entity_id: ' ' }, 'bad_input entity_id'],
    ['a text for a number in a body', {}, '', { hours: '24' }, 'bad_input hours'],
    ['a number for a text in a body', {}, '', { entity_id: 7 }, 'bad_input entity_id'],
    ['nothing for a text in a body', {}, '', { entity_id: null }, 'bad_input entity_id'],
    ['a number in a list of texts in a body', {}, '', { levels: ['a', 5] }, 'bad_input levels.1'],
    ['a name of objects', {}, '__proto__=1', {}, 'bad_input __proto__'],
    ['a constructor', {}, 'constructor=1', {}, 'bad_input constructor'],
    ['one field twice', {}, 'hours=1&hours=1', {}, 'bad_input hours'],
    ['a home twice', {}, 'instance_id=a&instance_id=b', {}, 'bad_input instance_id'],
    ['a path and a query that differ', { entity_id: 'a' }, 'entity_id=b', {}, 'bad_input entity_id'],
    ['a path and a body that differ', { entity_id: 'a' }, '', { entity_id: 'b' }, 'bad_input entity_id'],
    ['a query and a body that differ', {}, 'instance_id=a', { instance_id: 'b' }, 'bad_input instance_id'],
    ['an empty home and another', {}, 'instance_id=', { instance_id: 'b' }, 'bad_input instance_id'],
  ];
  for (const [what, params, query, body, expected] of wrong) {
    it(`is not ${what}`, () =>
      assert.equal(
        codeOf(() => asked(params, query, body)),
        expected,
      ));
  }
});

describe('a body', () => {
  const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object;
  const rows: readonly (readonly [string, Incoming, string])[] = [
    ['nothing', { headers: {} }, 'nothing'],
    ['an empty text', { headers: { 'content-type': 'text/plain' }, body: '' }, 'nothing'],
    ['an empty form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: {} }, 'nothing'],
    ['an object', { headers: JSON_TYPE, body: { a: 1 } }, 'nothing'],
    ['JSON by another name', { headers: { 'content-type': 'application/x.y+json; a=b' }, body: '{"a":1}' }, 'nothing'],
    ['bytes of JSON', { headers: JSON_TYPE, body: Buffer.from('{"a":1}') }, 'nothing'],
    ['half of JSON', { headers: JSON_TYPE, body: '{"a"' }, 'bad_input body'],
    ['a list', { headers: JSON_TYPE, body: [1] }, 'bad_input body'],
    ['a number', { headers: JSON_TYPE, body: 1 }, 'bad_input body'],
    [
      'a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: { a: '1' } },
      'unsupported_media_type Content-Type',
    ],
    ['a text', { headers: { 'content-type': 'text/plain' }, body: '{"a":1}' }, 'unsupported_media_type Content-Type'],
    ['something without a type', { headers: {}, body: '{"a":1}' }, 'unsupported_media_type Content-Type'],
    [
      'more than it may, as it says',
      { headers: { ...JSON_TYPE, 'content-length': '1048577' }, body: {} },
      'body_too_large body',
    ],
    ['more than it may, as it is', { headers: JSON_TYPE, body: { a: ['x'.repeat(1_048_577)] } }, 'body_too_large body'],
    ['too many values', { headers: JSON_TYPE, body: { a: Array(20_001).fill(1) } }, 'body_too_large body'],
    ['as deep as it may', { headers: JSON_TYPE, body: deep(32) }, 'nothing'],
    ['too deep', { headers: JSON_TYPE, body: deep(33) }, 'bad_input body'],
    [
      'a hundred thousand lists in each other',
      { headers: JSON_TYPE, body: { a: JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`) } },
      'bad_input body',
    ],
    ['a name of objects', { headers: JSON_TYPE, body: JSON.parse('{"a":[{"__proto__":1}]}') }, 'bad_input __proto__'],
    ['a prototype', { headers: JSON_TYPE, body: { prototype: 1 } }, 'bad_input prototype'],
  ];
  for (const [what, request, expected] of rows) {
    it(`of ${what}: ${expected}`, () =>
      assert.equal(
        codeOf(() => fieldsOfBody(request)),
        expected,
      ));
  }

  it('is what it says', () => {
    assert.deepEqual(fieldsOfBody({ headers: JSON_TYPE, body: Buffer.from('{"a":[1]}') }), { a: [1] });
  });
});
