import assert from 'node:assert/strict';
import { glob, isEmpty, matcher, type Selector, type Traits } from '../../../src/lib/core/selector';
import { seededRandom } from '../../support/simulator/random';
import { configEntry, device, registered, TestHome } from './test-home';

describe('a glob', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['light.kitchen', 'light.kitchen', true],
    ['light.kitchen', 'light.kitchen_2', false],
    ['LIGHT.Kitchen', 'light.kitchen', true],
    ['light.*', 'light.kitchen', true],
    ['light.*', 'light.', true],
    ['light.*', 'slight.kitchen', false],
    ['Light.*', 'light.kitchen', true],
    ['*', 'anything', true],
    ['*', '', true],
    ['**', 'anything', true],
    ['*_battery', 'sensor.door_battery', true],
    ['*_battery', 'sensor.door_battery_2', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['*ab', 'aab', true],
    ['*aab', 'aaaab', true],
    ['a*', 'ba', false],
    ['sensor.?', 'sensor.a', true],
    ['sensor.?', 'sensor.', false],
    ['sensor.?', 'sensor.ab', false],
    ['?*', '', false],
    ['sensor.[ab]*', 'sensor.a1', false],
    ['sensor.(a|b)*', 'sensor.a', false],
    ['sensor.a+*', 'sensor.aa', false],
    ['.*', 'sensor', false],
    ['sensor.a\\*', 'sensor.a\\b', true],
    ['a*', 'a\nb', true],
  ];
  for (const [pattern, text, fits] of rows) {
    it(`${pattern} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(text)}`, () => {
      assert.equal(glob(pattern)(text), fits);
    });
  }

  it('agrees with a slow matcher on whatever is thrown at it', () => {
    const random = seededRandom(11);
    const some = (letters: string, most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => letters[Math.floor(random() * letters.length)]).join(
        '',
      );
    const slow = (pattern: string, text: string): boolean => {
      if (pattern === '') return text === '';
      const [first, rest] = [pattern[0], pattern.slice(1)];
      if (first === '*') return slow(rest, text) || (text !== '' && slow(pattern, text.slice(1)));
      return text !== '' && (first === '?' || first === text[0]) && slow(rest, text.slice(1));
    };
    for (let n = 0; n < 20_000; n += 1) {
      const [pattern, text] = [some('ab*?', 8), some('ab', 10)];
      assert.equal(glob(pattern)(text), slow(pattern, text), `${pattern} on ${text}`);
    }
  });

  it('stays fast with a pattern made to be slow', () => {
    const text = `sensor.${'a'.repeat(248)}`;
    for (const pattern of [
      `${'*a'.repeat(120)}*b`,
      `${'*'.repeat(254)}b`,
      `${'?*'.repeat(100)}b`,
      `${'*aa'.repeat(80)}b`,
    ]) {
      const fits = glob(pattern);
      const start = performance.now();
      for (let n = 0; n < 20; n += 1) assert.equal(fits(text), false);
      assert.ok(performance.now() - start < 500, `${pattern.slice(0, 20)}: ${performance.now() - start} ms for 20`);
    }
  });
});

describe('a selector', () => {
  const lamp: Traits = {
    entity_id: 'light.kitchen_lamp',
    domain: 'light',
    areas: ['kitchen', 'The Kitchen'],
    labels: ['urgent', 'Very urgent'],
    devices: ['d1', 'Lamp'],
    integrations: ['hue', '01ENTRY', 'Hue bridge'],
  };
  const entry: Traits = { areas: [], labels: [], devices: [], integrations: ['hue', '01ENTRY', 'Hue bridge'] };
  const rows: readonly (readonly [string, Traits, Selector, Selector, boolean])[] = [
    ['nothing said is everything', lamp, {}, {}, true],
    ['empty lists say nothing', lamp, { entities: [], areas: [] }, { labels: [] }, true],
    ['a domain', lamp, { domains: ['light'] }, {}, true],
    ['a domain, whatever the case', lamp, { domains: ['LIGHT'] }, {}, true],
    ['another domain', lamp, { domains: ['sensor'] }, {}, false],
    ['an entity', lamp, { entities: ['light.kitchen_lamp'] }, {}, true],
    ['a glob', lamp, { entities: ['sensor.*', '*_lamp'] }, {}, true],
    ['an area by id', lamp, { areas: ['kitchen'] }, {}, true],
    ['an area by name', lamp, { areas: ['the kitchen'] }, {}, true],
    ['a part of a name is not the name', lamp, { areas: ['kitch'] }, {}, false],
    ['no globs but for entities', lamp, { areas: ['*'] }, {}, false],
    ['a label by id', lamp, { labels: ['URGENT'] }, {}, true],
    ['a label by name', lamp, { labels: ['Very urgent'] }, {}, true],
    ['a device by id', lamp, { devices: ['d1'] }, {}, true],
    ['a device by name', lamp, { devices: ['lamp'] }, {}, true],
    ['an integration by domain', lamp, { integrations: ['hue'] }, {}, true],
    ['an integration by entry id', lamp, { integrations: ['01entry'] }, {}, true],
    ['an integration by title', lamp, { integrations: ['Hue bridge'] }, {}, true],
    ['any of the lists will do', lamp, { domains: ['sensor'], areas: ['kitchen'] }, {}, true],
    ['excluded', lamp, {}, { areas: ['kitchen'] }, false],
    ['excluded and included', lamp, { entities: ['light.kitchen_lamp'] }, { domains: ['light'] }, false],
    ['something else excluded', lamp, { domains: ['light'] }, { areas: ['garden'] }, true],
    ['a list of entities cannot name an entry', entry, { entities: ['*'] }, {}, false],
    ['a list of domains cannot name an entry', entry, { domains: ['hue'] }, {}, false],
    ['an entry by its integration', entry, { integrations: ['HUE'] }, {}, true],
    ['an entry excluded', entry, {}, { integrations: ['Hue bridge'] }, false],
  ];
  for (const [what, traits, include, exclude, chosen] of rows) {
    it(`${what}: ${chosen ? 'chosen' : 'left out'}`, () => assert.equal(matcher(include, exclude)(traits), chosen));
  }

  it('is empty without names', () => {
    assert.equal(isEmpty({}), true);
    assert.equal(isEmpty({ entities: [], domains: undefined }), true);
    assert.equal(isEmpty({ labels: ['x'] }), false);
  });
});

describe('what a selector can name a subject by', () => {
  const home = new TestHome()
    .entries(configEntry('e1'), configEntry('e2', 'loaded', { domain: 'mqtt', title: 'Broker' }))
    .registry(
      [
        registered('light.own', { device_id: 'd1', config_entry_id: 'e1', area_id: 'attic', labels: ['mine'] }),
        registered('light.borrowed', { device_id: 'd1', config_entry_id: 'e1' }),
        registered('light.lonely', { platform: 'template' }),
        registered('light.lost', { device_id: 'nowhere', config_entry_id: 'nobody' }),
      ],
      [
        device('d1', { area_id: 'kitchen', labels: ['urgent'], config_entry_ids: ['e1', 'e2', 'nobody'] }),
        device('d2'),
      ],
    );
  const hue = ['hue', 'e1', 'Entry e1'];
  const traits = (kind: 'entity' | 'device' | 'config_entry' | 'instance', id: string) =>
    home.tracker.traits({ kind, id, name: '' });
  const rows: readonly (readonly ['entity' | 'device' | 'config_entry' | 'instance', string, unknown])[] = [
    [
      'entity',
      'light.own',
      {
        entity_id: 'light.own',
        domain: 'light',
        areas: ['attic'],
        labels: ['mine', 'urgent', 'Very urgent'],
        devices: ['d1', 'Device d1'],
        integrations: ['hue', ...hue],
      },
    ],
    [
      'entity',
      'light.borrowed',
      {
        entity_id: 'light.borrowed',
        domain: 'light',
        areas: ['kitchen', 'The kitchen'],
        labels: ['urgent', 'Very urgent'],
        devices: ['d1', 'Device d1'],
        integrations: ['hue', ...hue],
      },
    ],
    [
      'entity',
      'light.lonely',
      { entity_id: 'light.lonely', domain: 'light', areas: [], labels: [], devices: [], integrations: ['template'] },
    ],
    [
      'entity',
      'light.lost',
      { entity_id: 'light.lost', domain: 'light', areas: [], labels: [], devices: [], integrations: ['hue'] },
    ],
    [
      'entity',
      'light.unheard_of',
      { entity_id: 'light.unheard_of', domain: 'light', areas: [], labels: [], devices: [], integrations: [] },
    ],
    [
      'device',
      'd1',
      {
        areas: ['kitchen', 'The kitchen'],
        labels: ['urgent', 'Very urgent'],
        devices: ['d1', 'Device d1'],
        integrations: [...hue, 'mqtt', 'e2', 'Broker'],
      },
    ],
    ['device', 'gone', { areas: [], labels: [], devices: ['gone'], integrations: [] }],
    ['config_entry', 'e2', { areas: [], labels: [], devices: [], integrations: ['mqtt', 'e2', 'Broker'] }],
    ['config_entry', 'gone', undefined],
    ['instance', 'home', undefined],
  ];
  for (const [kind, id, expected] of rows) it(`${kind} ${id}`, () => assert.deepEqual(traits(kind, id), expected));
});
