import assert from 'node:assert/strict';
import type { Incident } from '../../../src/lib/core/incident/incident';
import { healCommand } from '../../../src/lib/instance/heal-command';
import type { HealRecord } from '../../../src/lib/instance/heal-record';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { quick, Watched } from './watched';

describe('healing a home', function () {
  this.timeout(30_000);
  let homes: SimulatedHome[];
  let entry: string;
  let watched: Watched;
  const home = () => homes[0] as SimulatedHome;

  beforeEach(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    [entry = ''] = await Promise.all(homes.map((one) => one.lab.add('Lab', 2, 3)));
    watched = new Watched();
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const one = homes[index] as SimulatedHome;
      const fields = { verify_seconds: 3, cooldown_seconds: 0 };
      watched.add({ url: one.url, token: one.tokens.admin, instance_id, fields, times: quick });
    }
    watched.monitor({ kinds: ['entity', 'device', 'config_entry', 'incident'] });
    await Promise.all([watched.live('home'), watched.live('cabin')]);
  });
  afterEach(async () => {
    await watched.dispose();
    await Promise.all(homes.map((one) => one.stop()));
  });

  /** What was done to one of them, by us or by the test. */
  const acts = (index: number) =>
    (homes[index]?.calls ?? []).flatMap(({ type }) =>
      type === 'call_service' || type.includes('/reload') ? [type] : [],
    );
  const heal = (fields: object, reference: object = { instance_id: 'home' }) =>
    healCommand(watched.roster.commanded([]), reference, fields, {
      by: 'message',
      levels: ['entity', 'device', 'integration'],
      dry_run: false,
      plans: [],
    });
  const down = async () => {
    const before = watched.told.length;
    await home().lab.setMode(entry, 'dead_until_reload');
    await eventually(() => assert.ok(watched.told.length > before));
  };
  const one = (records: readonly HealRecord[]): HealRecord => {
    assert.equal(records.length, 1);
    return records[0] as HealRecord;
  };

  it('reloads the real entry once, names what came back, and the other home gets no call', async () => {
    await down();
    const answer = one(await heal({ entry_id: entry }));
    assert.equal(answer.outcome, 'healed', JSON.stringify(answer));
    assert.deepEqual(answer.steps.map(({ action, error }) => [action, error]).at(-1), ['reload', null]);
    assert.equal(answer.recovered.length, 6);
    assert.deepEqual(answer.still_down, []);
    assert.deepEqual([acts(0).filter((act) => act.includes('/reload')).length, acts(1)], [1, []]);
  });

  it('tells one incident for it, with its root, and that it is over', async () => {
    await home().lab.setMode(entry, 'setup_false');
    await home().lab.reload(entry);
    const opened = await eventually(() => {
      const found = watched.incidents.find(({ event }) => event === 'opened');
      assert.ok(found);
      return found;
    }, 10_000);
    assert.deepEqual(opened.root, { kind: 'config_entry', id: entry, name: 'Lab' });
    assert.equal(opened.instance_id, 'home');
    await home().lab.setMode(entry, 'ok');
    const answer = one(await heal({ incident_id: opened.incident_id }));
    assert.equal(answer.outcome, 'healed', JSON.stringify(answer));
    await eventually(() => assert.equal(watched.incidents.at(-1)?.event, 'resolved'), 10_000);
    assert.equal(new Set(watched.incidents.map(({ incident_id }) => incident_id)).size, 1);
    const stored: Incident[] = [...watched.instance().incidents.all()];
    assert.deepEqual(stored, []);
  });

  it('says what it would do, and does nothing', async () => {
    await down();
    const answer = one(await heal({ entry_id: entry, dry_run: true }));
    assert.deepEqual([answer.outcome, answer.reason], ['refused', 'dry_run']);
    assert.ok(answer.steps.some(({ action }) => action === 'reload'));
  });

  it('refuses what is not down', async () => {
    assert.equal(one(await heal({ entry_id: entry })).reason, 'already_available');
    assert.equal(one(await heal({ entity_id: 'sensor.nobody' })).reason, 'no_target');
  });
});
