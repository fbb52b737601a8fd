import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { copyOf } from '../../../src/lib/api/copy';

describe('a copy', () => {
  it('is the same, and nothing in it is', () => {
    const one = { a: 1, b: [1, { c: null }, 'x'], d: { e: { f: true } } };
    const copy = copyOf(one);
    assert.deepEqual(copy, one);
    Object.assign(copy.b[1] as object, { c: 2 });
    copy.d.e.f = false;
    assert.deepEqual(one, { a: 1, b: [1, { c: null }, 'x'], d: { e: { f: true } } });
  });

  it('of what would change what all objects have changes nothing', () => {
    const copy = copyOf(JSON.parse('{"__proto__": {"polluted": {"x": 1}}, "constructor": {"y": 1}}'));
    assert.equal(Object(copy).polluted, undefined);
    assert.equal(JSON.stringify(copy), '{"__proto__":{"polluted":{"x":1}},"constructor":{"y":1}}');
    assert.equal(Object({}).polluted, undefined);
  });

  it('of what is deeper than anything is cut off', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    assert.equal(JSON.stringify(copyOf(deep)).match(/\[/g)?.length, 64);
  });
});
