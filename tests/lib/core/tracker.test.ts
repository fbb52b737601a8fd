import assert from 'node:assert/strict';
import type { WatchOptions } from '../../../src/lib/core/options';
import { stateOf } from '../../../src/lib/core/tracked';
import { configEntry, registered, restored, T0, TestHome } from './test-home';

interface Row {
  readonly what: string;
  readonly options?: Partial<WatchOptions>;
  readonly life: (home: TestHome) => void;
  readonly told: readonly string[];
}

/** A light and a sensor that were seen healthy in a running home. */
const seen = (home: TestHome) => home.snapshot({ 'light.a': 'on', 'sensor.b': '5' }).live();
const inEntry = (...ids: string[]) => ids.map((id) => registered(id, { config_entry_id: 'e1' }));

const entities: readonly Row[] = [
  { what: 'the first sight of a healthy home tells nothing', life: (home) => seen(home).until(900), told: [] },
  {
    what: 'goes dead and comes back',
    life: (home) => {
      seen(home).until(10).set({ 'light.a': 'unavailable' }).until(100).set({ 'light.a': 'on' }).until(200);
    },
    told: ['40 light.a available > unavailable since 10', '110 light.a unavailable > available since 100'],
  },
  {
    what: 'dead when first seen',
    life: (home) => home.snapshot({ 'light.a': 'unavailable' }).live().until(29).until(100),
    told: ['30 light.a - > unavailable since 0'],
  },
  {
    what: 'unknown is wrong for a light, and healthy for a sensor or a button never pressed',
    life: (home) => {
      seen(home).add({ 'button.c': 'unknown' }).set({ 'light.a': 'unknown', 'sensor.b': 'unknown' }).until(100);
    },
    told: ['30 light.a available > unknown since 0'],
  },
  {
    what: 'the grace of an override, the first that matches',
    options: {
      entity_overrides: [
        { match: 'light.*', state_change_grace_period_seconds: 5 },
        { match: '*', state_change_grace_period_seconds: 60, recovery_grace_period_seconds: 0 },
      ],
    },
    life: (home) => {
      seen(home).set({ 'light.a': 'unavailable', 'sensor.b': 'unavailable' }).until(100);
      home.set({ 'light.a': 'on', 'sensor.b': '6' }).until(200);
    },
    told: [
      '5 light.a available > unavailable since 0',
      '60 sensor.b available > unavailable since 0',
      '100 sensor.b unavailable > available since 100',
      '110 light.a unavailable > available since 100',
    ],
  },
  {
    what: 'time while the home cannot be seen does not count',
    life: (home) => {
      seen(home).until(10).set({ 'light.a': 'unavailable' }).until(30).dark().until(500);
      home.snapshot({ 'light.a': 'unavailable', 'sensor.b': '5' }).live().until(529).until(530);
    },
    told: ['530 light.a available > unavailable since 500'],
  },
  {
    what: 'what changed during a gap is told once, what did not is not',
    life: (home) => {
      seen(home).set({ 'sensor.b': 'unavailable' }).until(100).dark().until(200);
      home
        .snapshot({ 'light.a': { s: 'unavailable', lc: T0 / 1000 + 150 }, 'sensor.b': 'unavailable' })
        .live()
        .until(900);
      home.dark().snapshot({ 'light.a': 'unavailable', 'sensor.b': 'unavailable' }).live().until(1800);
    },
    told: ['30 sensor.b available > unavailable since 0', '230 light.a available > unavailable since 150'],
  },
  {
    what: 'down and back within a gap is nothing',
    life: (home) => seen(home).dark().until(200).snapshot({ 'light.a': 'off', 'sensor.b': '5' }).live().until(900),
    told: [],
  },
  {
    what: 'after Home Assistant was away nothing is down before the end of the start-up grace',
    life: (home) => {
      seen(home).dark().until(60).snapshot({ 'light.a': 'unavailable', 'sensor.b': 'unavailable' }).live(300);
      home.until(200).set({ 'sensor.b': '7' }).until(359).until(360);
    },
    told: ['360 light.a available > unavailable since 60'],
  },
  {
    what: 'missing: gone from a running home',
    life: (home) => seen(home).until(10).gone('sensor.b').until(100),
    told: ['40 sensor.b available > missing since 10'],
  },
  {
    what: 'missing: gone with a snapshot',
    life: (home) => seen(home).dark().until(10).snapshot({ 'light.a': 'on' }).live().until(100),
    told: ['40 sensor.b available > missing since 10'],
  },
  {
    what: 'gone and there again within the grace is nothing',
    life: (home) => seen(home).gone('sensor.b').until(20).add({ 'sensor.b': '6' }).until(100),
    told: [],
  },
  {
    what: 'missing is back when it is there again',
    life: (home) => seen(home).gone('sensor.b').until(60).add({ 'sensor.b': '6' }).until(100),
    told: ['30 sensor.b available > missing since 0', '70 sensor.b missing > available since 60'],
  },
  {
    what: 'the registry may take a moment to say that what is gone was removed, also without graces',
    options: { state_change_grace_period_seconds: 0 },
    life: (home) => {
      home.registry([registered('light.a'), registered('sensor.b')]);
      seen(home).gone('light.a', 'sensor.b').until(4).tracker.forgetEntity('light.a');
      home.until(100);
    },
    told: ['5 sensor.b available > missing since 0'],
  },
  {
    what: 'registered but never seen is not missing',
    life: (home) =>
      home
        .registry([registered('light.hidden')])
        .snapshot({})
        .live()
        .until(900),
    told: [],
  },
  {
    what: 'first seen dead, then gone: missing, in the same run',
    life: (home) => home.snapshot({ 'light.a': 'unavailable' }).live().until(10).gone('light.a').until(100),
    told: ['30 light.a - > missing since 0'],
  },
  {
    what: 'seen only while Home Assistant was starting, then gone: never was',
    life: (home) => home.snapshot({ 'light.a': 'on' }).gone('light.a').until(10).live().until(900),
    told: [],
  },
  {
    what: 'gone while it cannot be seen counts from when it can',
    life: (home) => seen(home).dark().gone('light.a').until(50).live().until(100),
    told: ['80 light.a available > missing since 50'],
  },
  {
    what: 'restored while its entry is not loaded is unavailable, once it is loaded missing, in the same run',
    life: (home) => {
      home.entries(configEntry('e1')).registry(inEntry('light.a'));
      home
        .snapshot({ 'light.a': 'on' })
        .live()
        .entry(configEntry('e1', 'setup_in_progress'))
        .add({ 'light.a': restored });
      home.until(20).entry(configEntry('e1')).until(100);
    },
    told: ['30 light.a available > missing since 0'],
  },
  {
    what: 'restored of no entry is unavailable',
    life: (home) =>
      home
        .registry([registered('light.a')])
        .snapshot({ 'light.a': restored })
        .live()
        .until(100),
    told: ['30 light.a - > unavailable since 0'],
  },
  {
    what: 'a restored mark that comes and goes with a change',
    options: { state_change_grace_period_seconds: 0, recovery_grace_period_seconds: 0 },
    life: (home) => {
      home.entries(configEntry('e1')).registry(inEntry('light.a')).snapshot({ 'light.a': 'unavailable' }).live();
      home.until(10).ingest({ c: { 'light.a': { '+': { a: { restored: true } } } } });
      home.until(20).ingest({ c: { 'light.a': { '-': { a: ['restored', 'other'] } } } });
      home.until(30).ingest({ c: { 'light.a': { '+': { s: 'on', lc: T0 / 1000 + 30, a: { restored: null } } } } });
    },
    told: [
      '0 light.a - > unavailable since 0',
      '15 light.a unavailable > missing since 0',
      '20 light.a missing > unavailable since 0',
      '30 light.a unavailable > available since 30',
    ],
  },
];

const entries: readonly Row[] = [
  {
    what: 'fails and comes back',
    life: (home) => {
      home.entries(configEntry('e1')).snapshot({}).live().until(10).entry(configEntry('e1', 'setup_retry')).until(100);
      home.entry(configEntry('e1')).until(200);
    },
    told: ['40 e1 available > unavailable since 10', '110 e1 unavailable > available since 100'],
  },
  {
    what: 'a reload is nothing',
    life: (home) => {
      home.entries(configEntry('e1')).snapshot({}).live();
      for (const state of ['unload_in_progress', 'not_loaded', 'setup_in_progress', 'loaded']) {
        home.until((home.now - T0) / 1000 + 5).entry(configEntry('e1', state));
      }
      home.until(200);
    },
    told: [],
  },
  {
    what: 'in progress for ever keeps the status before',
    life: (home) => {
      home.entries(configEntry('e1')).snapshot({}).live().entry(configEntry('e1', 'setup_in_progress')).until(900);
    },
    told: [],
  },
  {
    what: 'in progress between two failures does not start the grace again',
    life: (home) => {
      home.entries(configEntry('e1')).snapshot({}).live().entry(configEntry('e1', 'setup_retry')).until(10);
      home.entry(configEntry('e1', 'setup_in_progress')).until(20).entry(configEntry('e1', 'setup_retry')).until(100);
    },
    told: ['30 e1 available > unavailable since 0'],
  },
  {
    what: 'in progress when first seen is nothing yet',
    life: (home) => home.entries(configEntry('e1', 'setup_in_progress')).snapshot({}).live().until(900),
    told: [],
  },
  {
    what: 'disabled is not judged',
    life: (home) => {
      home
        .entries(configEntry('e1'), configEntry('e2', 'not_loaded', { disabled: true }))
        .snapshot({})
        .live()
        .until(10);
      home
        .entry(configEntry('e1', 'not_loaded'))
        .until(30)
        .entry(configEntry('e1', 'not_loaded', { disabled: true }));
      home.until(900);
      assert.deepEqual(home.down(), []);
    },
    told: [],
  },
  {
    what: 'disabled while down is down no longer, and enabled again it comes back',
    life: (home) => {
      home.entries(configEntry('e1', 'setup_error')).snapshot({}).live().until(30);
      assert.deepEqual(home.down(), ['e1 unavailable']);
      home.entry(configEntry('e1', 'not_loaded', { disabled: true })).until(100);
      assert.deepEqual(home.down(), []);
      assert.deepEqual([...home.tracker.all()], []);
      home.entry(configEntry('e1', 'not_loaded'));
      assert.deepEqual(home.down(), ['e1 unavailable']);
      home.entry(configEntry('e1')).until(200);
      assert.deepEqual(home.down(), []);
    },
    told: ['30 e1 - > unavailable since 0', '110 e1 unavailable > available since 100'],
  },
  {
    what: 'excluded is not judged, left out by a list of entities is',
    options: { include: { entities: ['light.*'] }, exclude: { integrations: ['mqtt'] } },
    life: (home) => {
      home.entries(configEntry('e1', 'setup_error'), configEntry('e2', 'setup_error', { domain: 'mqtt' }));
      home.snapshot({}).live().until(100);
    },
    told: ['30 e1 - > unavailable since 0'],
  },
  {
    what: 'removed is forgotten without a message',
    life: (home) => {
      home.entries(configEntry('e1', 'setup_error'), configEntry('e2')).snapshot({}).live().until(40);
      home.tracker.removeEntry('e1');
      home.tracker.removeEntry('unheard_of');
      home.entries().until(100);
      assert.deepEqual(home.forgotten, ['e1', 'e2']);
      assert.deepEqual(home.down(), []);
    },
    told: ['30 e1 - > unavailable since 0'],
  },
  {
    what: 'time while the home cannot be seen does not count',
    life: (home) => {
      home.entries(configEntry('e1')).snapshot({}).live().until(10).entry(configEntry('e1', 'setup_error')).until(30);
      home.dark().until(100).entries(configEntry('e1', 'setup_error')).live().until(200);
    },
    told: ['130 e1 available > unavailable since 100'],
  },
];

for (const [kind, rows] of Object.entries({ entity: entities, 'config entry': entries })) {
  describe(`tracking a ${kind}`, () => {
    for (const { what, options, life, told } of rows) {
      it(what, () => {
        const home = new TestHome(options);
        life(home);
        assert.deepEqual(home.told, told);
      });
    }
  });
}

describe('what is told of an entity', () => {
  it('is up to date when it is told', () => {
    const home = new TestHome().registry([
      registered('light.a', { name: 'Its registered name', area_id: 'kitchen', config_entry_id: 'e1' }),
      registered('light.b', { name: 'Registered' }),
      registered('light.c'),
    ]);
    home
      .snapshot({ 'light.a': { s: 'on', a: { friendly_name: 'Old name' } }, 'light.b': 'on', 'light.c': 'on' })
      .live();
    home.ingest({ c: { 'light.a': { '+': { a: { friendly_name: 'New name' } } } } });
    assert.equal(home.tracker.find('entity', 'light.a')?.subject.name, 'New name');
    home.set({ 'light.a': 'unavailable', 'light.b': 'unavailable', 'light.c': 'unavailable' }).until(100);
    const subjects = home.settled.slice(-3).map(({ subject }) => subject);
    subjects.sort((one, other) => one.id.localeCompare(other.id));
    assert.deepEqual(
      subjects.map(({ name }) => name),
      ['New name', 'Registered', 'light.c'],
    );
    assert.deepEqual(subjects[0], {
      kind: 'entity',
      id: 'light.a',
      name: 'New name',
      domain: 'light',
      device_id: undefined,
      config_entry_id: 'e1',
      area_id: 'kitchen',
      registry_id: 'r-light.a',
    });
    assert.equal(home.settled.at(-3)?.state, 'unavailable');
  });

  it('is called after a restart as it was, and then as it is', () => {
    const home = new TestHome();
    const subject = { kind: 'entity', id: 'sensor.a', name: 'Hall CO2', registry_id: 'r-sensor.a' } as const;
    home.tracker.resume(subject, 'available', '400', home.now);
    // The registry has no more than its own part of the name.
    home.registry([registered('sensor.a', { name: 'CO2' })]);
    const name = () => home.tracker.find('entity', 'sensor.a')?.subject.name;
    assert.equal(name(), 'Hall CO2');
    home.snapshot({ 'sensor.a': { s: '401', a: { friendly_name: 'Cellar CO2' } } }).live();
    assert.equal(name(), 'Cellar CO2');
    home.snapshot({ 'sensor.a': { s: '401', a: {} } });
    home.registry([registered('sensor.a', { name: 'CO2' })]);
    assert.equal(name(), 'CO2');
  });

  it("keeps Home Assistant's word for its state up to date without telling", () => {
    const home = new TestHome().snapshot({ 'light.a': 'on' }).live().set({ 'light.a': 'off' });
    const entity = home.tracker.entities.get('light.a');
    assert.equal(entity && stateOf(entity), 'off');
    assert.equal(home.settled.length, 1);
  });
});
