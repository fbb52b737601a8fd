import assert from 'node:assert/strict';
import type { Incident, IncidentChange, IncidentOptions } from '../../../../src/lib/core/incident/incident';
import { Incidents } from '../../../../src/lib/core/incident/incidents';
import type { Status } from '../../../../src/lib/core/subject';
import { FaultyHome, T0 } from './faulty-home';

/** Lets things happen in a home at seconds a row can name, and writes down what is told. */
class Watch {
  readonly home = new FaultyHome();
  incidents: Incidents;
  /** `90 opened config_entry:e1 x6`: seconds since the start, and how many are explained. */
  readonly told: string[] = [];
  readonly changes: IncidentChange[] = [];
  readonly #options: Partial<IncidentOptions>;
  #now = T0;

  constructor(options: Partial<IncidentOptions> = {}) {
    this.#options = options;
    this.incidents = new Incidents(options);
  }

  get last(): Incident {
    const last = this.changes.at(-1);
    assert.ok(last);
    return last.incident;
  }

  /** An entry with devices of three entities each, `<entry>_<n>`, behind a hub when one is named. */
  entry(id: string, devices: number, more: { domain?: string; hub?: string; area?: string } = {}): this {
    this.home.entry(id, more.domain ?? id);
    for (let d = 1; d <= devices; d += 1) {
      const device = `${id}_${d}`;
      this.home.device(device, more.hub ? { via: more.hub } : {});
      for (const n of [1, 2, 3]) {
        this.home.entity(`sensor.${device}_${n}`, { device, entry: id, ...(more.area ? { area: more.area } : {}) });
      }
    }
    return this;
  }

  /** Entities by the beginning of their id. */
  fall(second: number, ...prefixes: string[]): this {
    for (const id of this.#ids(prefixes)) this.home.fall('entity', id, T0 + 1000 * second);
    return this;
  }

  rise(...prefixes: string[]): this {
    for (const id of this.#ids(prefixes)) this.home.rise('entity', id);
    return this;
  }

  entryDown(second: number, id: string, state = 'setup_retry'): this {
    this.home.fall('config_entry', id, T0 + 1000 * second, 'unavailable', state);
    return this;
  }

  until(second: number): this {
    const end = T0 + 1000 * second;
    while (this.incidents.due < end) {
      this.#now = Math.max(this.#now, this.incidents.due);
      this.#look();
    }
    this.#now = end;
    this.#look();
    return this;
  }

  restart(): this {
    this.incidents = new Incidents(this.#options, structuredClone(this.incidents.told()));
    return this;
  }

  #ids(prefixes: readonly string[]): string[] {
    return [...this.home.entities.keys()].filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));
  }

  #look(): void {
    for (const change of this.incidents.evaluate(this.#now, this.home)) {
      const { event, incident } = change;
      const { root, explained, merged_into } = incident;
      const count = explained.filter(({ kind }) => kind === 'entity').length;
      const second = (incident.updated_at - T0) / 1000;
      this.told.push(`${second} ${event} ${root.kind}:${root.id} x${count}${merged_into ? ' merged' : ''}`);
      this.changes.push(change);
    }
  }
}

/** Two entries: five devices in one, three in the other. */
function home(): Watch {
  return new Watch().entry('a', 5).entry('b', 3);
}

describe('the cause of what is down', () => {
  const rows: [string, (watch: Watch) => unknown, string[]][] = [
    ['an entity alone', (w) => w.fall(0, 'sensor.a_1_1'), ['90 opened entity:sensor.a_1_1 x1']],
    ['a device', (w) => w.fall(0, 'sensor.a_1'), ['90 opened device:a_1 x3']],
    [
      'a device of one entity',
      (w) => w.entry('c', 0) && w.home.entity('light.c', { device: 'c_1', entry: 'c' }) && w.fall(0, 'light.c'),
      ['90 opened device:c_1 x1'],
    ],
    ['an entry that is loaded', (w) => w.fall(0, 'sensor.a'), ['90 opened config_entry:a x15']],
    ['an entry that failed, sooner', (w) => w.fall(0, 'sensor.a').entryDown(1, 'a'), ['30 opened config_entry:a x15']],
    ['an entry that failed and has nothing', (w) => w.entry('c', 0).entryDown(0, 'c'), ['30 opened config_entry:c x0']],
    [
      'an entry whose failed entities are few',
      (w) => w.fall(0, 'sensor.a_1').entryDown(1, 'a'),
      ['30 opened config_entry:a x3'],
    ],
    [
      'four fifths of an entry',
      (w) => w.fall(0, 'sensor.a_1', 'sensor.a_2', 'sensor.a_3', 'sensor.a_4'),
      ['90 opened config_entry:a x12'],
    ],
    [
      'a third of it, scattered: not the entry',
      (w) => w.fall(0, 'sensor.a_1_1', 'sensor.a_2_1', 'sensor.a_3_1', 'sensor.a_4_2', 'sensor.a_5_1'),
      ['1', '2', '3', '5']
        .map((n) => `90 opened entity:sensor.a_${n}_1 x1`)
        .toSpliced(3, 0, '90 opened entity:sensor.a_4_2 x1'),
    ],
    [
      'two whole devices of five: each for itself',
      (w) => w.fall(0, 'sensor.a_1', 'sensor.a_2'),
      ['90 opened device:a_1 x3', '90 opened device:a_2 x3'],
    ],
    [
      'three whole devices of five: rather the entry',
      (w) => w.fall(0, 'sensor.a_1', 'sensor.a_2', 'sensor.a_3'),
      ['90 opened config_entry:a x9'],
    ],
    [
      'two faults at once',
      (w) => w.fall(0, 'sensor.a').fall(5, 'sensor.b_2'),
      ['90 opened config_entry:a x15', '90 opened device:b_2 x3'],
    ],
    [
      'two entries of one integration',
      (w) => w.entry('c1', 2, { domain: 'c' }).entry('c2', 2, { domain: 'c' }).fall(0, 'sensor.c'),
      ['90 opened integration:c x12'],
    ],
    [
      'one of two entries of an integration',
      (w) => w.entry('c1', 2, { domain: 'c' }).entry('c2', 2, { domain: 'c' }).fall(0, 'sensor.c1'),
      ['90 opened config_entry:c1 x6'],
    ],
  ];
  for (const [name, happen, told] of rows) {
    it(name, () => {
      const watch = home();
      happen(watch);
      assert.deepEqual(watch.until(0).until(120).told, told);
    });
  }

  it('two failed entries of one integration are one incident of it', () => {
    const watch = new Watch().entry('c1', 2, { domain: 'c' }).entry('c2', 2, { domain: 'c' });
    watch.entryDown(0, 'c1').entryDown(2, 'c2').until(0).until(120);
    assert.deepEqual(watch.told, ['30 opened integration:c x0']);
  });

  it('a hub that is down explains what is behind it, though its entry has more', () => {
    const watch = new Watch().entry('a', 4, { hub: 'hub' });
    watch.home.entity('sensor.hub', { device: 'hub', entry: 'a' }).entity('sensor.x', { device: 'x', entry: 'a' });
    watch.home.entity('sensor.y', { device: 'y', entry: 'a' }).entity('sensor.z', { device: 'z', entry: 'a' });
    watch.fall(0, 'sensor.hub').fall(20, 'sensor.a').until(0).until(100);
    assert.deepEqual(watch.told, ['30 opened device:hub x13']);
    assert.equal(watch.last.suggested_action.action, 'check_hub');
  });

  it('a hub without entities of its own is guessed by what is behind it', () => {
    const watch = new Watch().entry('a', 4, { hub: 'hub' }).entry('b', 1);
    for (const n of [1, 2, 3, 4]) watch.home.entity(`sensor.more_${n}`, { device: `more_${n}`, entry: 'a' });
    watch.home.device('hub');
    watch.fall(0, 'sensor.a').until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened device:hub x12']);
  });

  it('the parts of a device, as Home Assistant has them since 2026.9, fall with it', () => {
    const watch = new Watch().entry('b', 2);
    watch.home.entity('sensor.strip', { device: 'strip', entry: 'b' });
    for (const n of [1, 2, 3])
      watch.home.device(`socket_${n}`, { part: 'strip' }).entity(`switch.${n}`, { device: `socket_${n}`, entry: 'b' });
    watch.fall(0, 'sensor.strip', 'switch').until(0).until(100);
    assert.deepEqual(watch.told, ['30 opened device:strip x4']);
  });

  it('the power of an area: what has a battery stays up and is no evidence against it', () => {
    const watch = new Watch();
    for (const n of [1, 2, 3, 4]) watch.entry(`w${n}`, 1, { area: 'hall', domain: `w${n}` });
    watch.home
      .entity('sensor.door', { device: 'door', area: 'hall' })
      .entity('sensor.charge', { device: 'door', area: 'hall', battery: true });
    watch.fall(0, 'sensor.w').until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened area:hall x12']);
    assert.equal(watch.last.suggested_action.action, 'check_power');
    assert.equal(watch.last.root.name, 'Area hall');
  });

  it('an area is not blamed for an entry that stands in it', () => {
    const watch = new Watch().entry('a', 4, { area: 'hall' }).entry('b', 1, { area: 'hall' });
    watch.fall(0, 'sensor.a').until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened config_entry:a x12']);
  });

  it('a button never pressed is no evidence of life', () => {
    const watch = new Watch().entry('a', 2).entry('b', 1);
    for (const n of [1, 2]) watch.home.entity(`button.restart_${n}`, { device: `a_${n}`, entry: 'a' });
    watch.fall(0, 'sensor.a').until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened config_entry:a x6']);
  });

  it('every way of being down counts', () => {
    const watch = new Watch().entry('a', 1);
    const statuses: Status[] = ['missing', 'stale', 'unknown'];
    for (const [n, status] of statuses.entries()) watch.home.fall('entity', `sensor.a_1_${n + 1}`, T0, status, status);
    watch.until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened device:a_1 x3']);
    assert.deepEqual(
      watch.last.explained.flatMap(({ kind, status }) => (kind === 'entity' ? status : [])),
      statuses,
    );
  });

  it('registries that hold a circle end', () => {
    const watch = new Watch();
    watch.home.device('p', { via: 'q' }).device('q', { via: 'p' }).device('r', { part: 'r', via: 'r' });
    for (const id of ['p', 'q', 'r']) watch.home.entity(`sensor.${id}`, { device: id });
    watch.fall(0, 'sensor.p').until(0).until(100);
    assert.deepEqual(watch.told, ['90 opened device:p x1']);
  });
});

describe('an incident over time', () => {
  it('is updated, not told again, and says when all is back', () => {
    const watch = home().fall(0, 'sensor.a_1', 'sensor.a_2', 'sensor.a_3', 'sensor.a_4').until(30).until(125);
    watch.fall(120, 'sensor.a_5').until(126).until(400);
    watch.rise('sensor.a').until(401);
    assert.deepEqual(watch.told, [
      '90 opened config_entry:a x12',
      '150 updated config_entry:a x15',
      '401 resolved config_entry:a x0',
    ]);
    assert.deepEqual(new Set(watch.changes.map(({ incident }) => incident.incident_id)).size, 1);
    const { duration_seconds, resolution, recovered, since, resolved_at } = watch.last;
    assert.deepEqual([duration_seconds, resolution, since, resolved_at], [401, 'recovered', T0, T0 + 401_000]);
    assert.equal(recovered.filter(({ kind }) => kind === 'entity').length, 15);
  });

  it('keeps its cause while it recovers bit by bit', () => {
    const watch = home().fall(0, 'sensor.a').until(0).until(100);
    for (const n of [1, 2, 3, 4]) watch.rise(`sensor.a_${n}`).until(100 + n);
    watch.until(300).rise('sensor.a').until(310);
    assert.deepEqual(watch.told, [
      '90 opened config_entry:a x15',
      '150 updated config_entry:a x3',
      '310 resolved config_entry:a x0',
    ]);
  });

  it('what is back before it was told is not told at all', () => {
    const watch = home().fall(0, 'sensor.a').until(0).rise('sensor.a').until(60).until(200);
    assert.deepEqual(watch.told, []);
  });

  it('what falls again while its cause lasts belongs to it', () => {
    const watch = home().fall(0, 'sensor.a').until(0).until(100).rise('sensor.a_1', 'sensor.a_2', 'sensor.a_3');
    watch.until(200).fall(400, 'sensor.a_1').until(430).until(600);
    assert.deepEqual(watch.told.slice(1), ['200 updated config_entry:a x6', '430 updated config_entry:a x9']);
  });

  it('a device becomes its entry, and keeps its name', () => {
    const watch = home().fall(0, 'sensor.a_1').until(30).until(125);
    watch.fall(100, 'sensor.a').until(130).until(300);
    assert.deepEqual(watch.told, ['90 opened device:a_1 x3', '220 updated config_entry:a x15']);
    assert.equal(watch.changes[0]?.incident.incident_id, watch.last.incident_id);
  });

  it('devices become one entry: the oldest goes on, the others say into which', () => {
    const watch = home().fall(0, 'sensor.a_1').fall(40, 'sensor.a_2').until(40).until(140);
    watch.entryDown(80, 'a').fall(81, 'sensor.a_3').until(142).until(300);
    assert.deepEqual(watch.told, [
      '90 opened device:a_1 x3',
      '90 opened device:a_2 x3',
      '172 resolved device:a_2 x0 merged',
      '172 updated config_entry:a x9',
    ]);
    const [first, , merged, updated] = watch.changes.map(({ incident }) => incident);
    assert.equal(updated?.incident_id, first?.incident_id);
    assert.equal(merged?.merged_into, first?.incident_id);
  });

  it('most of it back for ten minutes: what is left is another fault, or several', () => {
    const watch = home().fall(0, 'sensor.a').until(0).until(100);
    watch.rise('sensor.a_1', 'sensor.a_2', 'sensor.a_4_1', 'sensor.a_4_2', 'sensor.a_5').until(110).until(1_000);
    assert.deepEqual(watch.told, [
      '90 opened config_entry:a x15',
      '150 updated config_entry:a x4',
      '710 updated device:a_3 x3',
      '710 opened entity:sensor.a_4_3 x1',
    ]);
    assert.equal(watch.last.split_from, watch.changes[0]?.incident.incident_id);
  });

  it('an entry that is still failed is not split', () => {
    const watch = home().fall(0, 'sensor.a').entryDown(0, 'a').until(0).until(100);
    watch.rise('sensor.a_1', 'sensor.a_2', 'sensor.a_4', 'sensor.a_5').until(110).until(2_000);
    assert.deepEqual(watch.told.slice(2), []);
  });

  it('cause comes before effect: what was down for long is another incident', () => {
    const watch = home().fall(0, 'sensor.a_1').until(0).until(1_000);
    watch
      .fall(5_000, 'sensor.a_2', 'sensor.a_3', 'sensor.a_4', 'sensor.a_5')
      .entryDown(5_000, 'a')
      .until(5_030)
      .until(5_100);
    assert.deepEqual(watch.told, ['90 opened device:a_1 x3', '5060 opened config_entry:a x12']);
  });

  it('a group half of which was down for days is not the cause of a new fault', () => {
    const watch = home();
    for (const [n, id] of [...watch.home.entities.keys()].entries()) {
      if (id.startsWith('sensor.a') && n % 2 === 0) watch.home.fall('entity', id, T0 - 10_000_000 * (n + 1));
    }
    watch.until(0).until(100);
    const before = watch.told.length;
    watch.fall(1_000, 'sensor.a_1_2', 'sensor.a_2_1').until(1_030).until(1_200);
    assert.deepEqual(watch.told.slice(before), [
      '1120 opened entity:sensor.a_1_2 x1',
      '1120 opened entity:sensor.a_2_1 x1',
    ]);
  });

  it('late evidence that began with the rest belongs to it', () => {
    const watch = home().fall(0, 'sensor.b_1', 'sensor.b_2', 'sensor.b_3').until(30).until(200);
    watch.rise('sensor.b_1').until(210).fall(20, 'sensor.b_1_1').until(220).until(400);
    assert.deepEqual(new Set(watch.changes.map(({ incident }) => incident.root.id)), new Set(['b']));
  });

  it('more than half of a group waits twice as long for the rest before its parts are told', () => {
    const watch = new Watch().entry('a', 4).fall(0, 'sensor.a_1', 'sensor.a_2').until(0).until(120);
    watch.fall(85, 'sensor.a_3', 'sensor.a_4').until(125).until(300);
    assert.deepEqual(watch.told, ['125 opened config_entry:a x12']);
  });

  it('what is removed from the home resolves what it was in', () => {
    const watch = home().fall(0, 'sensor.a_1_1').until(0).until(100);
    watch.home.remove('sensor.a_1_1');
    watch.until(110);
    assert.equal(watch.told.at(-1), '110 resolved entity:sensor.a_1_1 x0');
    assert.equal(watch.last.resolution, 'removed');
  });

  it('what is renamed stays where it was, and nobody is told', () => {
    const watch = home().fall(0, 'sensor.a_1_1').until(0).until(100);
    watch.home
      .remove('sensor.a_1_1')
      .entity('sensor.new', { device: 'a_1', entry: 'a' })
      .fall('entity', 'sensor.new', T0);
    watch.incidents.rename('entity', 'sensor.a_1_1', 'sensor.new');
    watch.until(200);
    assert.equal(watch.told.length, 1);
    assert.equal(watch.incidents.incidentOf({ kind: 'entity', id: 'sensor.new' }), watch.last.incident_id);
  });

  it('names what went down with it and has no cause yet', () => {
    const watch = home().fall(0, 'sensor.a').fall(10, 'sensor.b_1_1').until(10).until(100);
    const entry = watch.changes.find(({ incident }) => incident.root.id === 'a')?.incident;
    assert.deepEqual(
      entry?.unexplained.map(({ id }) => id),
      ['sensor.b_1_1'],
    );
  });
});

describe('what an incident keeps from being told', () => {
  it('what falls behind a hub that is down, for a day', () => {
    const watch = new Watch().entry('a', 8, { hub: 'hub' });
    watch.home.entity('sensor.hub', { device: 'hub', entry: 'a' });
    watch.fall(0, 'sensor.hub').until(0).until(100).fall(3_600, 'sensor.a_1').until(3_630).until(3_800);
    watch.fall(100_000, 'sensor.a_2').until(100_030).until(100_200);
    assert.deepEqual(watch.told, [
      '90 opened device:hub x1',
      '3630 updated device:hub x4',
      '100120 opened device:a_2 x3',
    ]);
  });

  it('a recovery never, not even in maintenance', () => {
    const watch = home().fall(0, 'sensor.a_1').until(0).until(100);
    for (const id of watch.home.entities.keys()) watch.home.masked.add(`entity:${id}`);
    watch.until(110).rise('sensor.a_1').until(120);
    assert.deepEqual(watch.told, ['90 opened device:a_1 x3', '120 resolved device:a_1 x0']);
  });

  it('a cause that is masked suppresses nothing', () => {
    const watch = home().entryDown(0, 'a');
    watch.home.masked.add('config_entry:a');
    watch.until(0).fall(10, 'sensor.a_1').until(40).until(200);
    assert.deepEqual(watch.told, ['130 opened device:a_1 x3']);
  });

  it('what is masked starts nothing until it no longer is', () => {
    const watch = home().fall(0, 'sensor.a_1');
    for (const id of watch.home.entities.keys()) watch.home.masked.add(`entity:${id}`);
    watch.until(0).until(500);
    assert.deepEqual(watch.told, []);
    watch.home.masked.clear();
    watch.until(510).until(700);
    assert.deepEqual(watch.told, ['600 opened device:a_1 x3']);
  });
});

describe('a home that cannot be reached', () => {
  const dark = (watch: Watch, second: number, reachable: boolean) => {
    watch.home.reachable = reachable;
    watch.home.reachableSince = T0 + 1000 * second;
    return watch.until(second);
  };

  it('is one incident, and nothing else changes until it is back', () => {
    const watch = home().fall(0, 'sensor.a_1').until(0).until(100);
    dark(watch, 200, false).fall(201, 'sensor.b').rise('sensor.a_1').until(900);
    dark(watch, 1_000, true).until(1_200);
    assert.deepEqual(watch.told, [
      '90 opened device:a_1 x3',
      '230 opened instance:home x0',
      '1000 resolved instance:home x0',
      '1000 resolved device:a_1 x0',
      '1090 opened config_entry:b x9',
    ]);
    assert.deepEqual(watch.changes[2]?.incident.duration_seconds, 800);
    assert.deepEqual(watch.changes[1]?.incident.suggested_action.action, 'check_instance');
  });

  it('is not told when it was short', () => {
    const watch = dark(home().until(0), 100, false);
    dark(watch, 125, true).until(300);
    assert.deepEqual(watch.told, []);
  });

  it('stays one over a restart of ours', () => {
    const watch = dark(home().until(0), 100, false).until(200).restart().until(300);
    dark(watch, 400, true);
    assert.deepEqual(watch.told, ['130 opened instance:home x0', '400 resolved instance:home x0']);
  });
});

describe('what to do about it', () => {
  const rows: [string, (watch: Watch) => unknown, unknown[]][] = [
    ['an entry Home Assistant tries again', (w) => w.entryDown(0, 'a'), ['wait', 'a', true, 'setup_retry']],
    [
      'an entry that failed',
      (w) => w.entryDown(0, 'a', 'setup_error'),
      ['reload_config_entry', 'a', true, 'setup_error'],
    ],
    [
      'an entry that is not loaded',
      (w) => w.entryDown(0, 'a', 'not_loaded'),
      ['reload_config_entry', 'a', true, 'not_loaded'],
    ],
    [
      'an entry that wants a new password',
      (w) => w.home.reauth.add('a') && w.entryDown(0, 'a', 'setup_error'),
      ['reauthenticate', 'a', false, 'setup_error'],
    ],
    [
      'an entry that could not be unloaded',
      (w) => w.entryDown(0, 'a', 'failed_unload'),
      ['restart_home_assistant', 'a', false, 'failed_unload'],
    ],
    [
      'an entry that could not be migrated',
      (w) => w.entryDown(0, 'a', 'migration_error'),
      ['restart_home_assistant', 'a', false, 'migration_error'],
    ],
    ['an entry that is loaded', (w) => w.fall(0, 'sensor.a'), ['reload_config_entry', 'a', true, null]],
    ['a device', (w) => w.fall(0, 'sensor.a_1'), ['restart_device', 'a_1', true, 'unavailable']],
    ['an entity', (w) => w.fall(0, 'sensor.a_1_1'), ['update_entity', 'sensor.a_1_1', true, 'unavailable']],
    [
      'a missing entity',
      (w) => w.home.fall('entity', 'sensor.a_1_1', T0, 'missing', 'missing'),
      ['check_entity', 'sensor.a_1_1', false, 'missing'],
    ],
  ];
  for (const [name, happen, expected] of rows) {
    it(name, () => {
      const watch = home();
      happen(watch);
      const { action, targets, recoverable, state } = watch.until(0).until(100).last.suggested_action;
      assert.deepEqual([action, targets[0]?.id, recoverable, state], expected);
    });
  }

  it('does not wait for a clock that was set back to come round again', () => {
    const watch = home().until(3600).fall(3600, 'sensor.a').until(3601).until(0).until(91);
    assert.deepEqual(watch.told, ['90 opened config_entry:a x15']);
  });

  it('is told again when it changes', () => {
    const watch = home().entryDown(0, 'a').until(0).until(100).entryDown(0, 'a', 'setup_error').until(101);
    assert.deepEqual(watch.told, ['30 opened config_entry:a x0', '101 updated config_entry:a x0']);
  });
});
