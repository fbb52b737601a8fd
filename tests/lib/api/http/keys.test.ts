import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Keyring, makeKey, type StoredKey } from '../../../../src/lib/api/http/keys';
import { parseApiOptions } from '../../../../src/lib/api/http/options';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
const KEYS: readonly StoredKey[] = [
  { name: 'Ada', instances: [], access: 'write', sha256: sha256('ck_ada') },
  { name: 'Bob', instances: ['home'], access: 'read', sha256: sha256('ck_bob').toUpperCase() },
];

describe('keys', () => {
  const rows: readonly (readonly [string, 'none' | 'read' | 'write', unknown, string])[] = [
    ['a key', 'none', 'ck_ada', 'Ada write'],
    ['a key whose hash is in capitals', 'none', 'ck_bob', 'Bob read home'],
    ['no key', 'none', undefined, 'API key required. Provide X-API-Key header.'],
    ['no key, where reading is free', 'read', undefined, 'null read'],
    ['no key, where writing is free', 'write', undefined, 'null write'],
    ['a key that may less than nobody', 'write', 'ck_bob', 'Bob read home'],
    ['a wrong key', 'none', 'ck_eve', 'Invalid API key'],
    ['a wrong key, where writing is free', 'write', 'ck_eve', 'Invalid API key'],
    ['an empty key, where writing is free', 'write', '', 'Invalid API key'],
    ['a hash', 'none', sha256('ck_ada'), 'Invalid API key'],
    ['two keys', 'none', 'ck_ada, ck_bob', 'Invalid API key'],
  ];
  for (const [what, anonymous, given, expected] of rows) {
    it(`${what}: ${expected}`, () => {
      const keyring = new Keyring(KEYS, anonymous);
      const said = () => {
        try {
          const { key, access, instances } = keyring.grant(given);
          return [key ?? 'null', access, ...instances].join(' ');
        } catch (thrown) {
          assert.equal((thrown as { code?: string }).code, 'unauthorized');
          return (thrown as Error).message;
        }
      };
      assert.equal(said(), expected);
    });
  }

  it('are made so that nobody can guess one, and kept so that nobody can read one', () => {
    const { key, sha256: kept } = makeKey();
    assert.equal(Buffer.from(key.slice(3), 'base64url').length, 32);
    assert.equal(kept, sha256(key));
    assert.notEqual(makeKey().key, key);
  });

  const settings: readonly (readonly [string, object, RegExp])[] = [
    ['a hash that is none', { sha256: 'abc' }, /^keys\.0\.sha256: /],
    ['no access', { access: undefined }, /^keys\.0\.access: /],
    ['another access', { access: 'all' }, /^keys\.0\.access: /],
  ];
  for (const [what, change, expected] of settings) {
    it(`cannot be kept with ${what}`, () =>
      assert.throws(() => parseApiOptions({ keys: [{ ...KEYS[0], ...change }] }), { message: expected }));
  }

  it('for no home at all are for no home at all', () => {
    const { keys, anonymous } = parseApiOptions({ keys: [{ ...KEYS[1], instances: [''] }] });
    assert.deepEqual([keys[0]?.instances, anonymous], [[''], 'none']);
  });
});
