import assert from 'node:assert/strict';
import { CaretakerError } from '../../../src/lib/error';
import type { Connection } from '../../../src/lib/hass/connection';
import { configEntry, fetchRegistries } from '../../../src/lib/hass/registries';

const answering = (answers: Record<string, unknown>) =>
  ({
    async command({ type }: { type: string }) {
      const answer = answers[type.split('/')[1] ?? ''];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  }) as unknown as Connection;
const none = { entity_registry: [], device_registry: [], area_registry: [], label_registry: [] };
const failed = (what: string) => new CaretakerError('command_failed', what);

describe('the registries of a home', () => {
  const entities: readonly (readonly [string, object, object])[] = [
    ['as named by the user', { name: 'Mine', original_name: 'Theirs' }, { name: 'Mine' }],
    ['as named by its integration', { name: null, original_name: 'Theirs' }, { name: 'Theirs' }],
    ['nameless', { name: '', original_name: null }, { name: null }],
    ['disabled', { disabled_by: 'user' }, { disabled: true }],
    ['disabled with its entry', { disabled_by: 'config_entry' }, { disabled: true }],
    ['hidden is judged', { hidden_by: 'user' }, { disabled: false }],
    ['of an entry and a device', { config_entry_id: 'e', device_id: 'd' }, { config_entry_id: 'e', device_id: 'd' }],
    ['somewhere, labelled', { area_id: 'a', labels: ['l', 5] }, { area_id: 'a', labels: ['l'] }],
    ['before labels', { labels: undefined }, { labels: [] }],
    ['without an id of its own', { id: undefined }, { registry_id: 'light.a' }],
    ['as its integration knows it', { unique_id: 'home.5.ping' }, { unique_id: 'home.5.ping' }],
    ['whose unique id is no text', { unique_id: 5 }, { unique_id: null }],
    ['by its kind', { translation_key: 'ping' }, { translation_key: 'ping' }],
    ['of no kind', { translation_key: null }, { translation_key: null }],
  ];
  const plain = {
    entity_id: 'light.a',
    registry_id: 'r1',
    name: null,
    platform: 'hue',
    config_entry_id: null,
    device_id: null,
    area_id: null,
    labels: [],
    disabled: false,
    unique_id: null,
    translation_key: null,
  };
  for (const [what, row, expected] of entities) {
    it(`an entity ${what}`, async () => {
      const rows = [{ entity_id: 'light.a', id: 'r1', platform: 'hue', disabled_by: null, ...row }];
      const { entities } = await fetchRegistries(answering({ ...none, entity_registry: rows }));
      assert.deepEqual(entities, [{ ...plain, ...expected }]);
    });
  }

  const devices: readonly (readonly [string, object, object])[] = [
    ['as named by the user', { name_by_user: 'Mine', name: 'Theirs' }, { name: 'Mine' }],
    ['as named by its integration', { name: 'Theirs' }, { name: 'Theirs' }],
    ['nameless', {}, { name: 'd1' }],
    ['of a list of entries', { config_entries: ['e1', 'e2'] }, { config_entry_ids: ['e1', 'e2'] }],
    ['of one entry', { config_entry_id: 'e1', config_entries: ['e1'] }, { config_entry_ids: ['e1'] }],
    ['disabled', { disabled_by: 'user' }, { disabled: true }],
    [
      'a child, where its parent stands',
      { parent_device_id: 'parent' },
      { parent_device_id: 'parent', area_id: 'cellar' },
    ],
    [
      'a child, where it stands itself',
      { parent_device_id: 'parent', area_id: 'attic' },
      { parent_device_id: 'parent', area_id: 'attic' },
    ],
    ['a child of nobody', { parent_device_id: 'gone' }, { parent_device_id: 'gone', area_id: null }],
    ['reached through a hub', { via_device_id: 'hub' }, { via_device_id: 'hub' }],
    ['of a maker', { manufacturer: 'LUMI' }, { manufacturer: 'LUMI' }],
    ['of no maker', { manufacturer: null }, { manufacturer: null }],
    ['of ZHA', { identifiers: [['zha', '00:15:8d']], connections: [['zigbee', '00:16']] }, { ieee: '00:15:8d' }],
    ['in a Zigbee network', { identifiers: [['deconz', 'x']], connections: [['zigbee', '00:16']] }, { ieee: '00:16' }],
    ['in another network', { connections: [['mac', 'aa:bb']] }, { ieee: null }],
    [
      'with one address among others',
      {
        identifiers: [
          ['hue', 'x'],
          ['zha', '00:17'],
        ],
      },
      { ieee: '00:17' },
    ],
    ['identified by nonsense', { identifiers: [null, 'zha', 5, ['zha'], ['zha', 7]], connections: {} }, { ieee: null }],
  ];
  const bare = {
    id: 'd1',
    name: 'd1',
    area_id: null,
    labels: [],
    config_entry_ids: [],
    via_device_id: null,
    parent_device_id: null,
    manufacturer: null,
    ieee: null,
    disabled: false,
  };
  for (const [what, row, expected] of devices) {
    it(`a device ${what}`, async () => {
      const rows = [
        { id: 'd1', ...row },
        { id: 'parent', area_id: 'cellar' },
      ];
      const { devices } = await fetchRegistries(answering({ ...none, device_registry: rows }));
      assert.deepEqual(devices[0], { ...bare, ...expected });
    });
  }

  it('areas and labels by id', async () => {
    const area_registry = [{ area_id: 'kitchen', name: 'The kitchen' }, { name: 'nowhere' }, null, 5];
    const label_registry = [{ label_id: 'urgent', name: 'Very urgent' }];
    const { areas, labels } = await fetchRegistries(answering({ ...none, area_registry, label_registry }));
    assert.deepEqual([[...areas], [...labels]], [[['kitchen', 'The kitchen']], [['urgent', 'Very urgent']]]);
  });

  it('of a Home Assistant that knows no labels', async () => {
    const { labels } = await fetchRegistries(
      answering({ ...none, label_registry: failed('unknown_command: Unknown') }),
    );
    assert.equal(labels.size, 0);
  });

  for (const type of Object.keys(none)) {
    it(`without ${type} are none`, async () => {
      for (const answer of [failed('unknown_error: no'), new Error('lost'), null, 'text', {}]) {
        await assert.rejects(fetchRegistries(answering({ ...none, [type]: answer })));
      }
    });
  }
});

describe('a config entry', () => {
  const row = { entry_id: 'e1', domain: 'hue', title: 'Bridge', state: 'loaded', source: 'user', disabled_by: null };
  const entry = { entry_id: 'e1', domain: 'hue', title: 'Bridge', state: 'loaded', disabled: false };
  const rows: readonly (readonly [string, unknown, object | undefined])[] = [
    ['as it is', row, entry],
    ['nameless', { ...row, title: null }, { ...entry, title: 'hue' }],
    [
      'disabled',
      { ...row, state: 'not_loaded', disabled_by: 'user' },
      { ...entry, state: 'not_loaded', disabled: true },
    ],
    ['ignored', { ...row, state: 'not_loaded', source: 'ignore' }, { ...entry, state: 'not_loaded', disabled: true }],
    ['without an id', { ...row, entry_id: 5 }, undefined],
    ['without a state', { ...row, state: undefined }, undefined],
    ['nothing', null, undefined],
    ['text', 'e1', undefined],
  ];
  for (const [what, from, expected] of rows) it(what, () => assert.deepEqual(configEntry(from), expected));
});
