import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEEPING_OPERATIONS } from '../../../src/lib/api/keeping';
import { FAMILIES, homeSamples } from '../../../src/lib/api/keeping/home-samples';
import type { Caller } from '../../../src/lib/api/operation';
import { healCommand } from '../../../src/lib/instance/heal-command';
import { HealTally } from '../../../src/lib/instance/heal-tally';
import { HomeTally } from '../../../src/lib/instance/home-tally';
import type { Instance } from '../../../src/lib/instance/instance';
import type { Roster } from '../../../src/lib/instance/roster';
import { suppressCommand } from '../../../src/lib/instance/suppress-command';
import { eventually } from '../../support/eventually';
import { root } from '../../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { configEntry, registered, T0, TestHome } from '../core/test-home';
import { quick, Watched } from '../instance/watched';
import { asker, callerOf } from './asked';
import { Scrape } from './scrape';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

async function scrape(roster: Roster, reference: object = {}): Promise<Scrape> {
  const { body, type } = await asker(KEEPING_OPERATIONS, roster)<string>('metrics', reference);
  assert.equal(type, 'text/plain; version=0.0.4; charset=utf-8');
  return new Scrape(body);
}

describe('what Prometheus is told', function () {
  this.timeout(20_000);
  let homes: SimulatedHome[];
  let watched: Watched;
  const heal = async (entry_id: string) => {
    const allowed = { levels: ['integration'] as const, dry_run: false, plans: [] };
    await healCommand(watched.roster.commanded([]), { instance_id: 'home' }, { entry_id }, { by: 'api', ...allowed });
  };

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 9 }), startSimulatedHome({ seed: 9 })]);
    const [lab = ''] = await Promise.all(homes.map((home) => home.lab.add('Lab', 1, 2)));
    watched = new Watched();
    for (const [index, instance_id] of ['home', 'cabin'].entries()) {
      const { url, tokens } = homes[index] as SimulatedHome;
      const fields = { verify_seconds: 1, name: `The "${instance_id}"\n\\` };
      watched.add({ url, token: tokens.admin, instance_id, fields, times: { ...quick, healthCheck: 100 } });
    }
    watched.add({ url: 'nonsense', token: 'x', instance_id: 'attic' });
    await Promise.all([watched.live('home'), watched.live('cabin')]);
    const lamp = () => watched.instance().tracker.entities.get('sensor.lab_1_sensor_1');
    await eventually(() => assert.equal(lamp()?.status, 'available'));
    await homes[0]?.lab.setMode(lab, 'dead_until_reload');
    await eventually(() => assert.equal(lamp()?.status, 'unavailable'));
    await eventually(() => assert.equal(watched.instance().incidents.all().length, 1), 10_000);
    await heal(lab);
    await eventually(() => assert.equal(lamp()?.status, 'available'));
    await heal(lab);
    await homes[0]?.lab.setMode(lab, 'dead');
    await eventually(() => assert.equal(lamp()?.status, 'unavailable'));
    suppressCommand(watched.roster.commanded([]), { instance_id: 'home' }, { integration: 'hue' }, Date.now());
    await eventually(() => assert.ok(watched.instance('cabin').healthCheck.lastGood));
  });
  after(async () => {
    await watched.dispose();
    await Promise.all(homes.map((home) => home.stop()));
  });

  it('is what each home is like, and what happened in it', async () => {
    const said = await scrape(watched.roster);
    const value = (name: string, more = '', id = 'home') => said.value(`${name}{instance_id="${id}"${more}}`);
    const { tracker } = watched.instance();
    const ofStatus = (status: string) =>
      [...tracker.entities.values()].filter((one) => one.judged && one.status === status);
    for (const status of ['available', 'unavailable', 'unknown'])
      assert.equal(value('caretaker_entities', `,status="${status}"`), ofStatus(status).length, status);
    assert.ok((value('caretaker_entities', ',status="unavailable"') ?? 0) >= 2);
    const sum = [...said.series].filter(([key]) => key.startsWith('caretaker_entities{instance_id="home"'));
    assert.equal(
      sum.reduce((all, [, one]) => all + one, 0),
      value('caretaker_entities_monitored'),
    );
    assert.equal(value('caretaker_entities_down', ',integration="caretaker_lab"'), 2);
    assert.equal(value('caretaker_entities_down', ',integration="caretaker_lab"', 'cabin'), 0);
    const pairs = (id: string) =>
      ['up', 'instance_connected', 'suppressions', 'in_maintenance'].map((name) => value(`caretaker_${name}`, '', id));
    assert.deepEqual(
      [pairs('home'), pairs('cabin')],
      [
        [1, 1, 1, 0],
        [1, 1, 0, 0],
      ],
    );
    assert.deepEqual(
      said.of('attic').map((key) => key.replace(/\{.*/, '')),
      [
        'caretaker_up',
        'caretaker_instance_info',
        'caretaker_component_healthy',
        'caretaker_component_healthy',
        'caretaker_component_healthy',
      ],
    );
    assert.equal(value('caretaker_up', '', 'attic'), 0);
    const service = ',tier="critical",component="service_state"';
    assert.deepEqual(
      ['home', 'attic'].map((id) => value('caretaker_component_healthy', service, id)),
      [1, 0],
    );
    assert.ok((value('caretaker_probe_seconds', ',probe="rest"') ?? 0) > 0);
    assert.equal(value('caretaker_heals_total', ',outcome="healed"'), 1);
    assert.equal(value('caretaker_heals_total', ',outcome="refused"'), 1);
    assert.equal(value('caretaker_heal_refusals_total', ',reason="already_available"'), 1);
    assert.equal(value('caretaker_heals_total', ',outcome="healed"', 'cabin'), 0);
    assert.ok((value('caretaker_transitions_total', ',kind="entity",direction="down"') ?? 0) >= 4);
    assert.equal(value('caretaker_transitions_total', ',kind="entity",direction="down"', 'cabin'), 0);
    assert.ok((value('caretaker_health_checks_total', '', 'cabin') ?? 0) >= 1);
    const checked = value('caretaker_last_health_check_timestamp_seconds', '', 'cabin') ?? 0;
    assert.ok(Math.abs(checked - Date.now() / 1000) < 20);
    assert.deepEqual(
      [said.types.get('caretaker_heals_total'), said.types.get('caretaker_entities')],
      ['counter', 'gauge'],
    );
    assert.ok(
      [...said.series.keys()].includes(
        'caretaker_instance_info{instance_id="home",instance_name="The \\"home\\"\\n\\\\",home_assistant_version="2026.11.0"}',
      ),
    );
  });

  it('is of those homes alone that may be seen, or are asked for', async () => {
    const only = await scrape(watched.roster, { instance_id: 'home' });
    assert.equal(only.of('home').length, only.series.size);
    const metrics = KEEPING_OPERATIONS.find(({ name }) => name === 'metrics');
    const caller = callerOf(watched.roster);
    const seen: Caller = {
      ...caller,
      visible: caller.visible.filter(({ instance_id }) => instance_id === 'cabin'),
      commanded: caller.commanded.filter(({ instance_id }) => instance_id === 'cabin'),
    };
    const cabin = new Scrape((await metrics?.run(seen, {}))?.body as string);
    assert.ok(cabin.series.size > 20);
    assert.equal(cabin.of('cabin').length, cabin.series.size);
  });

  it('has every metric and label that the Grafana dashboard asks for, which shows all but two of them', async () => {
    const board = JSON.parse(readFileSync(join(root, 'docs/grafana.json'), 'utf8')) as {
      panels: Panel[];
      templating: object;
    };
    assert.equal(new Set(board.panels.map(({ id }) => id)).size, board.panels.length);
    const said = await scrape(watched.roster);
    const asked = new Set<string>();
    for (const { title, type, targets = [] } of board.panels) {
      assert.equal(type === 'row', targets.length === 0, title);
      for (const { expr } of targets) {
        const names = expr.match(/caretaker_\w+/g) ?? [];
        assert.ok(names.length > 0 && expr.includes('instance_id=~"$instance_id"'), expr);
        for (const name of names) {
          asked.add(name);
          assert.ok(said.names().has(name), `${title}: ${name}`);
        }
        for (const label of [...expr.matchAll(/[{,](\w+)(?:=~|!~|!=|=)"/g)].map(([, one]) => one as string))
          assert.ok(
            names.some((name) => isLabelOf(name, label)),
            `${title}: ${label}`,
          );
      }
    }
    assert.match(JSON.stringify(board.templating), /label_values\(caretaker_up, instance_id\)/);
    const unused = FAMILIES.map(({ name }) => name).filter((name) => !asked.has(name));
    assert.deepEqual(unused, ['caretaker_instance_state', 'caretaker_devices_down']);
  });

  function isLabelOf(name: string, label: string): boolean {
    return FAMILIES.some((family) => family.name === name && family.labels.includes(label));
  }
});

describe('a home of very many integrations', () => {
  const COUNT = 150;

  it('has a bounded number of series, and loses none that is down', () => {
    const home = new TestHome();
    const ids = Array.from({ length: COUNT }, (_, index) => String(index).padStart(3, '0'));
    home.entries(...ids.map((id) => configEntry(id, 'loaded', { domain: `d${id}` })));
    home.registry(ids.map((id) => registered(`sensor.s${id}`, { platform: `d${id}`, config_entry_id: id })));
    home.snapshot(Object.fromEntries([...ids.map((id) => [`sensor.s${id}`, '1']), ['sensor.free', '1']])).live();
    home.set({ 'sensor.s000': 'unavailable', 'sensor.s120': 'unavailable', 'sensor.s149': 'unavailable' });
    home.set({ 'sensor.free': 'unavailable' }).until(60);
    const holds = { expire: () => {}, suppressions: new Map() };
    const instance = {
      ...{
        tracker: home.tracker,
        state: 'connected',
        healthCheck: { lastGood: null, count: 0 },
        info: null,
        journal: { queued: 0 },
      },
      ...{ incidents: { open: 0 }, healing: { tally: new HealTally(), holds }, tally: new HomeTally() },
      isInMaintenance: () => false,
    } as unknown as Instance;
    const of = { id: 'large', instance_id: 'large', name: 'Large' };
    const member = { ...of, instance, refusal: null, keeping: null, moved: null };
    const tiers = { critical: {}, essential: {}, operational: {}, healing: {} };
    const samples = [...homeSamples(member, { tiers, signs: { rest: null, socket: null, store: null } }, T0)];
    const down = samples.filter(({ name }) => name === 'caretaker_entities_down');
    const by = Object.fromEntries(down.map(({ labels, value }) => [labels?.['integration'], value]));
    assert.equal(down.length, 102);
    assert.deepEqual([by['d000'], by['d001'], by['other'], by['none']], [1, 0, 2, 1]);
  });
});
