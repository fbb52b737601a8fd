import assert from 'node:assert/strict';
import { localDay, localMinutes } from '../../../src/lib/core/local-time';
import { healAction, type PlanRecord } from '../../../src/lib/instance/heal-action';
import type { HealRecord } from '../../../src/lib/instance/heal-record';
import type { MaintenanceAnswer } from '../../../src/lib/instance/maintenance-command';
import { WEEKDAYS } from '../../../src/lib/instance/parse-action';
import type { SuppressionAnswer } from '../../../src/lib/instance/suppress-command';
import type { RecordKind } from '../../../src/lib/store/stored-record';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { quick, Watched } from './watched';

const HOME = { instance_id: 'home' };

describe('what is asked about healing', function () {
  this.timeout(40_000);
  let homes: SimulatedHome[];
  let entry: string;
  let watched: Watched;
  const home = () => homes[0] as SimulatedHome;

  const watch = async () => {
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const one = homes[index] as SimulatedHome;
      const fields = { verify_seconds: 1, cooldown_seconds: 0 };
      watched.add({ url: one.url, token: one.tokens.admin, instance_id, fields, times: quick });
    }
    await Promise.all([watched.live('home'), watched.live('cabin')]);
    // What was never up cannot go down.
    await eventually(() => {
      const statuses = [...watched.instance().tracker.entries.values()].map(({ status }) => status);
      assert.ok(statuses.length > 0 && statuses.every((status) => status !== null));
    });
  };
  beforeEach(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    await homes[1]?.lab.add('Lab', 1, 1);
    entry = await home().lab.add('Lab', 2, 3);
    watched = new Watched();
    watched.monitor({ kinds: ['entity', 'device', 'config_entry', 'incident'] });
    await watch();
  });
  afterEach(async () => {
    await watched.dispose();
    await Promise.all(homes.map((one) => one.stop()));
  });

  const asker = { by: 'message' as const, levels: ['entity', 'device', 'integration'] as const, dry_run: false };
  const ask = <T>(fields: object, reference: object = HOME) =>
    healAction(watched.roster.commanded([]), reference, fields, { ...asker, plans: [] }) as Promise<T[]>;
  const only = async <T>(fields: object, reference: object = HOME): Promise<T> => {
    const records = await ask<T>(fields, reference);
    assert.equal(records.length, 1);
    return records[0] as T;
  };
  const suppressions = (fields: object, reference?: object) => only<SuppressionAnswer>(fields, reference);
  const windows = (fields: object, reference?: object) => only<MaintenanceAnswer>(fields, reference);
  const heal = (fields: object) => only<HealRecord>({ action: 'heal', ...fields });
  const fails = (fields: object, code: string, message: RegExp, reference?: object) =>
    assert.rejects(ask(fields, reference), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, code, thrown.message);
      assert.match(thrown.message, message);
      return true;
    });
  const down = async () => {
    await home().lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.ok(watched.told.some(({ status }) => status === 'unavailable')));
  };
  const stored = async (kind: RecordKind) => {
    const store = watched.roster.get('home')?.keeping?.store;
    assert.ok(store);
    return (await store.namespace('home')).records({ kind });
  };
  /** The body of the only one, once it is over. */
  const closed = (kind: RecordKind) =>
    eventually(async () => {
      const [fact] = await stored(kind);
      assert.ok(fact && !fact.open);
      return fact.body as Record<string, number>;
    });
  const aLabEntity = () => {
    const members = [...(watched.instance().tracker.entries.get(entry)?.members ?? [])];
    const entity = members.find(({ subject }) => subject.id.startsWith('sensor.'));
    return entity?.subject.id ?? '';
  };

  it('leaves alone what is suppressed, and what is part of it, until it is lifted', async () => {
    await down();
    const set = await suppressions({ action: 'suppress', entry_id: entry, reason: 'new battery ordered' });
    assert.deepEqual([set.instance_id, set.instance_name, set.action], ['home', 'The home', 'suppress']);
    const [one] = set.suppressions ?? [];
    assert.deepEqual([one?.kind, one?.id, one?.name, one?.until], ['config_entry', entry, 'Lab', null]);
    assert.equal((await heal({ entry_id: entry })).reason, 'suppressed');
    assert.equal((await heal({ entity_id: aLabEntity() })).reason, 'suppressed');
    const listed = await ask<SuppressionAnswer>({ action: 'suppressions' }, {});
    assert.deepEqual(
      listed.map(({ instance_id, suppressions: all }) => [instance_id, all?.map(({ reason }) => reason)]),
      [
        ['home', ['new battery ordered']],
        ['cabin', []],
      ],
    );
    // Said again it is the same one.
    const again = await suppressions({ action: 'suppress', kind: 'config_entry', id: entry, for_minutes: 60 });
    assert.equal(again.suppressions?.[0]?.suppression_id, one?.suppression_id);
    assert.notEqual(again.suppressions?.[0]?.until, null);
    // Only one home has it.
    await suppressions({ action: 'unsuppress', entry_id: entry }, {});
    assert.equal((await heal({ entry_id: entry })).outcome, 'healed');
    assert.ok(Number((await closed('suppression'))['until']) <= Date.now());
    await fails({ action: 'unsuppress', entry_id: entry }, 'no_target', /^entry_id: The home has no suppression of/);
  });

  it('suppresses by device and by integration, and no longer than said', async () => {
    await down();
    const device = watched.instance().tracker.entities.get(aLabEntity())?.device?.subject.id ?? '';
    await suppressions({ action: 'suppress', device_id: device });
    assert.equal((await heal({ device_id: device })).reason, 'suppressed');
    assert.equal((await heal({ entity_id: aLabEntity() })).reason, 'suppressed');
    const until = new Date(Date.now() + 1_500).toISOString();
    const set = await suppressions({ action: 'suppress', integration: 'caretaker_lab', until });
    assert.equal(set.suppressions?.[0]?.until, until);
    assert.equal((await heal({ entry_id: entry })).reason, 'suppressed');
    await eventually(async () => assert.equal((await heal({ entry_id: entry })).outcome, 'healed'), 8_000);
    const left = await suppressions({ action: 'suppressions' });
    assert.deepEqual(
      left.suppressions?.map(({ kind }) => kind),
      ['device'],
    );
    await eventually(async () => {
      const facts = await stored('suppression');
      assert.deepEqual(facts.map(({ open, body }) => [(body as { kind: string }).kind, open]).sort(), [
        ['device', true],
        ['integration', false],
      ]);
    });
  });

  it('refuses what it cannot mean, and names the field', async () => {
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    for (const [fields, code, message] of [
      [{ action: 'mend' }, 'bad_input', /^action: .*heal, suppress, unsuppress, suppressions, maintenance/],
      [{ action: 'suppress' }, 'bad_input', /^entity_id: is missing/],
      [{ action: 'suppress', entity_id: 'sensor.nobody' }, 'no_target', /^entity_id: The home has no 'sensor.nobody'/],
      [{ action: 'suppress', device_id: 'x' }, 'no_target', /^device_id: /],
      [{ action: 'suppress', entry_id: 'x' }, 'no_target', /^entry_id: /],
      [{ action: 'suppress', incident_id: 'x' }, 'bad_input', /^incident_id: only an entity/],
      [{ action: 'suppress', integration: 'hue', for_minutes: 0 }, 'bad_input', /^for_minutes: /],
      [{ action: 'suppress', integration: 'hue', until: at(-1) }, 'bad_input', /^until: is over already/],
      [
        { action: 'suppress', integration: 'hue', until: '2036-02-30T00:00:00Z' },
        'bad_input',
        /^until: must be a date/,
      ],
      [{ action: 'suppress', integration: 'hue', until: '2036-02-01T00:00:00' }, 'bad_input', /^until: .* offset/],
      [{ action: 'suppress', integration: 'hue', until: at(9e5), for_minutes: 1 }, 'bad_input', /^for_minutes, until/],
      [{ action: 'unsuppress', suppression_id: 'x' }, 'no_target', /^suppression_id: /],
      [{ action: 'maintenance', from: at(0) }, 'bad_input', /^to: is missing/],
      [{ action: 'maintenance', from: 'tomorrow', to: at(0) }, 'bad_input', /^from: must be a date/],
      [{ action: 'maintenance', from: at(9e5), to: at(8e5) }, 'bad_input', /^to: must be after from/],
      [{ action: 'maintenance', from: at(-9e5), to: at(-8e5) }, 'bad_input', /^to: is over already/],
      [{ action: 'maintenance', to: at(9e5), for_minutes: 1 }, 'bad_input', /^to, for_minutes: /],
      [{ action: 'maintenance', to: at(9e5), weekdays: ['mon'] }, 'bad_input', /^to, weekdays: /],
      [{ action: 'maintenance', at: '02:00' }, 'bad_input', /^weekdays: is missing/],
      [{ action: 'maintenance', weekdays: ['mon'], at: '02:00' }, 'bad_input', /^duration_minutes: is missing/],
      [{ action: 'maintenance', weekdays: ['mon'], at: '24:00', duration_minutes: 5 }, 'bad_input', /^at: must be/],
      [{ action: 'maintenance', weekdays: ['monday'], at: '02:00' }, 'bad_input', /^weekdays\.0: .*sun, mon/],
      [{ action: 'maintenance', weekdays: [], at: '02:00' }, 'bad_input', /^weekdays: /],
      [{ action: 'end_maintenance' }, 'no_target', /^window_id: The home has no maintenance window/],
      [{ action: 'end_maintenance', window_id: 'x' }, 'no_target', /^window_id: /],
      [{ action: 'plan', entity_id: 'sensor.nobody' }, 'no_target', /^entity_id: /],
    ] as const)
      await fails(fields, code, message);
    await fails({ action: 'maintenance' }, 'instance_required', /several instances are configured/, {});
    await fails({ action: 'suppress', integration: 'caretaker_lab' }, 'instance_ambiguous', /several/, {});
    assert.deepEqual([await stored('suppression'), await stored('window')], [[], []]);
    // Nothing has to be there yet.
    await suppressions({ action: 'suppress', integration: 'hue' });
  });

  it('judges and heals nothing in maintenance, tells what fell and came back once it is over', async () => {
    await down();
    await eventually(() => assert.ok(watched.incidents.length > 0), 10_000);
    const toldOfHome = () => watched.told.filter(({ instance_id }) => instance_id === 'home').length;
    const set = await windows({ action: 'maintenance', reason: 'new router' });
    assert.deepEqual([set.in_maintenance, set.until, set.time_zone], [true, null, 'Europe/Berlin']);
    // A button that is pressed twice.
    const again = await windows({ action: 'maintenance' });
    assert.equal(again.windows?.[0]?.window_id, set.windows?.[0]?.window_id);
    const refused = await heal({ entry_id: entry });
    assert.deepEqual([refused.reason, refused.until], ['maintenance', null]);

    const other = await home().lab.add('Other', 1, 2);
    const [told, incidents] = [toldOfHome(), watched.incidents.length];
    await home().lab.setMode(entry, 'ok');
    await home().lab.reload(entry);
    await home().lab.setMode(other, 'dead');
    // The other home is judged all the while: once its fall is told, ours would have been.
    const [elsewhere = ''] = [...watched.instance('cabin').tracker.entries.values()]
      .filter(({ entry: { domain } }) => domain === 'caretaker_lab')
      .map(({ subject }) => subject.id);
    await homes[1]?.lab.setMode(elsewhere, 'dead_until_reload');
    await eventually(() => assert.ok(watched.incidents.some(({ instance_id }) => instance_id === 'cabin')), 10_000);
    assert.equal(toldOfHome(), told);
    assert.deepEqual(
      watched.incidents.slice(incidents).filter(({ instance_id }) => instance_id === 'home'),
      [],
    );

    const ended = await windows({ action: 'end_maintenance' });
    assert.deepEqual([ended.in_maintenance, ended.windows?.[0]?.in_force], [false, false]);
    assert.ok(ended.windows?.[0]?.to);
    await eventually(() => {
      const back = watched.told.slice(told).filter(({ status }) => status === 'available');
      assert.ok(back.some(({ id }) => id === aLabEntity()));
    }, 10_000);
    await eventually(
      () =>
        assert.ok(watched.incidents.some(({ event, instance_id }) => event === 'resolved' && instance_id === 'home')),
      15_000,
    );
    assert.equal(new Date((await closed('window'))['to'] ?? 0).toISOString(), ended.windows?.[0]?.to);
  });

  it('has a window each week in the time zone of the home', async () => {
    const day = WEEKDAYS[localDay(Date.now(), 'Europe/Berlin').weekday];
    const minutes = localMinutes(Date.now(), 'Europe/Berlin');
    const at = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    await down();
    const set = await windows({ action: 'maintenance', weekdays: [day], at, duration_minutes: 30 });
    assert.equal(set.in_maintenance, true);
    assert.ok(Date.parse(set.until ?? '') > Date.now() && Date.parse(set.until ?? '') <= Date.now() + 30 * 60_000);
    assert.deepEqual([set.windows?.[0]?.weekdays, set.windows?.[0]?.at], [[day], at]);
    const refused = await heal({ entry_id: entry });
    assert.deepEqual([refused.reason, refused.until], ['maintenance', set.until]);
    // By its id only: it would not come again.
    await fails(
      { action: 'end_maintenance' },
      'bad_input',
      /^window_id: is missing. Set it to one of: [0-9a-f-]{36}\.$/,
    );
    const [{ window_id } = { window_id: '' }] = set.windows ?? [];
    // Only this home has it.
    assert.equal((await windows({ action: 'end_maintenance', window_id }, {})).in_maintenance, false);
    const { began = 0, ended = 0 } = await closed('window');
    assert.ok(began < ended && ended <= Date.now());
    assert.deepEqual((await windows({ action: 'windows' })).windows, []);
  });

  it('keeps what holds healing back over a restart, and only what is not over', async () => {
    await suppressions({ action: 'suppress', integration: 'caretaker_lab' });
    await suppressions({ action: 'suppress', integration: 'hue' });
    await suppressions({ action: 'unsuppress', integration: 'hue' });
    const soon = await windows({ action: 'maintenance', for_minutes: 0.02 });
    const later = await windows({
      action: 'maintenance',
      from: new Date(Date.now() + 3_600_000).toISOString(),
      for_minutes: 5,
    });
    const open = await windows({ action: 'maintenance' });
    assert.deepEqual(
      [soon, later, open].map((one) => one.windows?.[0]?.in_force),
      [true, false, true],
    );
    await Promise.all([watched.remove('home'), watched.remove('cabin')]);
    await new Promise((done) => setTimeout(done, Math.max(0, Date.parse(soon.windows?.[0]?.to ?? '') - Date.now())));
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const one = homes[index] as SimulatedHome;
      watched.add({ url: one.url, token: one.tokens.admin, instance_id, times: quick });
    }
    await watched.live('home');
    const kept = await suppressions({ action: 'suppressions' });
    assert.deepEqual(
      kept.suppressions?.map(({ id }) => id),
      ['caretaker_lab'],
    );
    const all = await windows({ action: 'windows' });
    assert.equal(all.in_maintenance, true);
    assert.deepEqual(
      all.windows?.map(({ window_id }) => window_id),
      [later, open].map((one) => one.windows?.[0]?.window_id),
    );
    await eventually(async () => assert.equal((await stored('window')).filter(({ open: is }) => is).length, 2));
    assert.equal((await stored('window')).length, 3);
    assert.equal((await windows({ action: 'end_maintenance' })).in_maintenance, false);
  });

  it('says which plan would match, and does nothing', async () => {
    await down();
    const calls = home().calls.length;
    const answer = await only<PlanRecord>({ action: 'plan', entry_id: entry });
    assert.deepEqual([answer.instance_id, answer.action, answer.target.id], ['home', 'plan', entry]);
    assert.equal(answer.problem.integration, 'caretaker_lab');
    assert.ok(
      answer.matches.some(({ plan }) => plan === 'Generic'),
      JSON.stringify(answer.matches),
    );
    const reload = JSON.stringify(home().calls.slice(calls));
    assert.ok(!reload.includes('reload'), reload);
    const byIntegration = await ask<PlanRecord>({ action: 'plan', integration: 'caretaker_lab', levels: ['entity'] });
    assert.ok(
      byIntegration.every(({ matches }) =>
        matches.every(({ steps }) => steps.every(({ level }) => level === 'entity')),
      ),
    );
  });

  it('is answered also where there is no home', async () => {
    for (const action of ['suppressions', 'windows']) {
      await assert.rejects(healAction([], {}, { action }, { ...asker, plans: [] }), { code: 'instance_not_found' });
    }
  });
});
