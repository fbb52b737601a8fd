import assert from 'node:assert/strict';
import { defaultWatchOptions } from '../../../src/lib/core/options';
import { parseIdentity, parseMonitorOptions, parseWatchOptions } from '../../../src/lib/instance/parse';

const badInput = (message: RegExp) => (thrown: Error & { code?: string }) => {
  assert.equal(thrown.code, 'bad_input');
  assert.match(thrown.message, message);
  return true;
};

describe('the options of an instance', () => {
  const durations = [
    'health_check_interval_seconds',
    'state_change_grace_period_seconds',
    'recovery_grace_period_seconds',
    'startup_grace_period_seconds',
    'stale_threshold_seconds',
  ] as const;

  it('are the defaults when nothing is said', () => {
    for (const nothing of [undefined, null, {}, 'text', 7]) {
      assert.deepEqual(parseWatchOptions(nothing), defaultWatchOptions);
    }
    assert.deepEqual(
      durations.map((name) => defaultWatchOptions[name]),
      [60, 30, 10, 300, 0],
    );
  });

  for (const name of durations) {
    const values: readonly (readonly [unknown, number])[] = [
      ['', defaultWatchOptions[name]],
      ['   ', defaultWatchOptions[name]],
      [null, defaultWatchOptions[name]],
      [undefined, defaultWatchOptions[name]],
      [0, 0],
      ['0', 0],
      [45, 45],
      ['45', 45],
      [' 45 ', 45],
      ['0.5', 0.5],
      [31_536_000, 31_536_000],
    ];
    for (const [value, expected] of values) {
      it(`${name}: ${JSON.stringify(value)} is ${expected}`, () => {
        assert.equal(parseWatchOptions({ [name]: value })[name], expected);
      });
    }
    for (const value of ['soon', -1, '-1', 31_536_001, '1e999', Number.NaN, {}, [5], '5 s']) {
      it(`${name}: ${JSON.stringify(value)} is refused by its name`, () => {
        assert.throws(() => parseWatchOptions({ [name]: value }), badInput(new RegExp(`^${name}: `)));
      });
    }
  }

  const overrides = [{ match: 'light.*', stale_threshold_seconds: '60', recovery_grace_period_seconds: '' }];
  it('leave what the node has besides alone, and are not filled in in place', () => {
    const fields = {
      id: '1',
      type: 'x',
      url: 'u',
      include: { areas: ['kitchen'], labels: '' },
      entity_overrides: overrides,
    };
    const before = structuredClone(fields);
    assert.deepEqual(parseWatchOptions(fields), {
      ...defaultWatchOptions,
      include: { areas: ['kitchen'] },
      entity_overrides: [{ match: 'light.*', stale_threshold_seconds: 60 }],
    });
    assert.deepEqual(fields, before);
    const [one, two] = [parseWatchOptions({}), parseWatchOptions({})];
    assert.notEqual(one.include, two.include, 'no default is shared');
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['a selector that is text', { include: 'light.*' }, /^include: must be object/],
    ['a selector that is a list', { exclude: ['light.*'] }, /^exclude: must be object/],
    ['a list that is text', { include: { entities: 'light.*' } }, /^include\.entities: must be array/],
    ['an unknown key', { include: { rooms: ['kitchen'] } }, /^include\.rooms: /],
    ['a key called __proto__', { exclude: JSON.parse('{"__proto__":["x"]}') }, /^exclude\.__proto__: /],
    ['an empty name', { include: { areas: [''] } }, /^include\.areas\.0: /],
    ['a name that is an object', { include: { areas: [{}] } }, /^include\.areas\.0: /],
    ['an endless name', { include: { areas: ['x'.repeat(256)] } }, /^include\.areas\.0: /],
    ['endless names', { include: { areas: Array(1_001).fill('x') } }, /^include\.areas: /],
    ['overrides that are no list', { entity_overrides: {} }, /^entity_overrides: must be array/],
    ['an override of nothing', { entity_overrides: [{ match: '' }] }, /^entity_overrides\.0\.match: /],
    ['an override of text', { entity_overrides: ['light.*'] }, /^entity_overrides\.0: must be object/],
    [
      'an override that is no number',
      { entity_overrides: [{ match: '*' }, { match: 'light.*', stale_threshold_seconds: 'x' }] },
      /^entity_overrides\.1\.stale_threshold_seconds: must be number/,
    ],
    ['an override of something else', { entity_overrides: [{ match: '*', url: 'x' }] }, /^entity_overrides\.0\.url: /],
  ];
  for (const [what, fields, message] of bad) {
    it(`refuse ${what}`, () => assert.throws(() => parseWatchOptions(fields), badInput(message)));
  }
});

describe('the identity of an instance', () => {
  for (const id of ['a', 'home', 'our_home_2', 'a'.repeat(32), 'all_of_it']) {
    it(`may be ${id}`, () => assert.deepEqual(parseIdentity({ instance_id: id, name: ' ' }), { instance_id: id }));
  }
  for (const id of [
    '',
    'all',
    'Home',
    '2nd',
    '_a',
    'a-b',
    'a b',
    'a'.repeat(33),
    'häuschen',
    'a\n',
    5,
    null,
    {},
    undefined,
  ]) {
    it(`may not be ${JSON.stringify(id)}`, () => {
      assert.throws(() => parseIdentity({ instance_id: id }), badInput(/^instance_id: must be lower-case/));
    });
  }
  it('has a title', () => {
    assert.deepEqual(parseIdentity({ instance_id: 'home', name: 'Our home', url: 'u' }), {
      instance_id: 'home',
      name: 'Our home',
    });
    assert.throws(() => parseIdentity({ instance_id: 'home', name: 'x'.repeat(256) }), badInput(/^name: /));
    assert.throws(() => parseIdentity({ instance_id: 'home', name: ['x'] }), badInput(/^name: /));
    assert.throws(() => parseIdentity(undefined), badInput(/^instance_id: /));
  });
});

describe('the options of a monitor', () => {
  it('are the defaults when nothing is said', () => {
    const defaults = {
      instances: [],
      kinds: ['entity', 'device', 'config_entry', 'instance'],
      direction: 'both',
      include: {},
      exclude: {},
      announce: false,
    };
    assert.deepEqual(parseMonitorOptions({}), defaults);
    assert.deepEqual(parseMonitorOptions({ direction: '', kinds: null, announce: '', instances: undefined }), defaults);
  });

  it('are taken as they are', () => {
    const said = {
      instances: ['n1'],
      kinds: ['device'],
      direction: 'back',
      include: { areas: ['kitchen'] },
      exclude: { domains: ['sensor'] },
      announce: true,
    };
    assert.deepEqual(parseMonitorOptions({ ...said, announce: 'true', wires: [[]] }), said);
  });

  const bad: readonly (readonly [object, RegExp])[] = [
    [{ instances: 'n1' }, /^instances: must be array/],
    [{ kinds: ['entity', 'house'] }, /^kinds\.1: .*entity, device, config_entry, instance/],
    [{ direction: 'up' }, /^direction: .*down, back, both/],
    [{ announce: 'perhaps' }, /^announce: must be boolean/],
    [{ include: { domain: ['light'] } }, /^include\.domain: /],
  ];
  for (const [fields, message] of bad) {
    it(`refuse ${JSON.stringify(fields)}`, () => assert.throws(() => parseMonitorOptions(fields), badInput(message)));
  }
});
