import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../src/lib/migrate/config-file';
import { flowOf } from '../../../src/lib/migrate/flow';
import { homesOf } from '../../../src/lib/migrate/homes';
import { Remarks } from '../../../src/lib/migrate/remarks';
import { settingsOf } from '../../../src/lib/migrate/settings';
import { root } from '../../support/node-red';

const HOMES = `
instances:
  - {id: home, url: 'http://home:8123', token: '\${HOME_TOKEN}'}
  - id: cabin
    url: http://cabin:8123
    token: \${CABIN_TOKEN}
`;

function moved(yaml: string) {
  const remarks = new Remarks();
  const config = parseConfig('config.yaml', Buffer.from(yaml));
  const homes = homesOf(config, remarks);
  const settings = settingsOf(config, homes, remarks);
  return {
    homes,
    settings,
    of: (id: string) => settings.optionsOf.get(id),
    said: remarks.lines(),
    flow: flowOf(homes, settings),
  };
}

describe('the settings of HA Boss', () => {
  it('go to each home, unless it has its own', () => {
    const { of, said } = moved(`
monitoring: {grace_period_seconds: 300, health_check_interval_seconds: 60}
healing: {enabled: true, max_attempts: 4, cooldown_seconds: 200, circuit_breaker_threshold: 10, circuit_breaker_reset_seconds: 3600}
${HOMES}    monitoring: {state_change_grace_period_seconds: 30}
    healing: {enabled: false}
`);
    const common = {
      health_check_interval_seconds: 60,
      max_attempts: 4,
      cooldown_seconds: 200,
      circuit_breaker_threshold: 10,
      circuit_breaker_reset_seconds: 3600,
    };
    assert.deepEqual(of('home'), { ...common, state_change_grace_period_seconds: 300, healing_enabled: true });
    assert.deepEqual(of('cabin'), { ...common, state_change_grace_period_seconds: 30, healing_enabled: false });
    assert.deepEqual(said, []);
  });

  it('have the store their history was put into, if it is not the usual one', () => {
    const { flow, homes, settings } = moved(HOMES);
    const stores = (nodes: typeof flow) => nodes.filter(({ type }) => type === 'caretaker-store');
    const chosen = (nodes: typeof flow) =>
      nodes.filter(({ type }) => type === 'caretaker-instance').map(({ store }) => store);
    assert.deepEqual([stores(flow), chosen(flow)], [[], ['', '']]);
    const elsewhere = flowOf(homes, settings, '/data/x.sqlite');
    const [store] = stores(elsewhere);
    assert.deepEqual([store?.['kind'], store?.['file']], ['sqlite', '/data/x.sqlite']);
    assert.deepEqual(chosen(elsewhere), [store?.id, store?.id]);
  });

  it('keep their patterns and exceptions', () => {
    const { of, said } = moved(`
monitoring:
  include: ['light.*']
  exclude: ['sensor.time*', sun.sun, 'sensor.[ab]*']
  entity_overrides:
    sensor.critical: {grace_period_seconds: 60}
    sensor.odd: {colour: red}
${HOMES}`);
    assert.deepEqual(of('home'), {
      include: { entities: ['light.*'] },
      exclude: { entities: ['sensor.time*', 'sun.sun'] },
      entity_overrides: [{ match: 'sensor.critical', state_change_grace_period_seconds: 60 }],
    });
    const [include, glob, odd] = said;
    assert.match(include ?? '', /monitoring\.include \(line 3\): narrows what is watched/);
    assert.match(glob ?? '', /monitoring\.exclude\[2\] \(line 4\): is left out/);
    assert.match(odd ?? '', /entity_overrides\."sensor\.odd"\.colour \(line 7\): is left out/);
    assert.equal(said.length, 3);
  });

  it('take the words for true and false of an older YAML, and what the environment says', () => {
    const { of } = moved(`healing: {enabled: "no", cooldown_seconds: "\${COOL}"}\nmode: dry_run\n${HOMES}`);
    assert.deepEqual(of('home'), { healing_enabled: false, cooldown_seconds: '${COOL}', healing_dry_run: true });
  });

  it('that cannot be are said, and leave our default', () => {
    const { of, said } = moved(`
monitoring: {grace_period_seconds: soon, health_check_interval_seconds: -1}
healing: {max_attempts: 1.5}
${HOMES}`);
    assert.deepEqual(of('home'), {});
    assert.match(said.join('\n'), /monitoring\.grace_period_seconds \(line 2\): is left out: must be number/);
    assert.match(said.join('\n'), /monitoring\.health_check_interval_seconds \(line 2\): is left out: must be >= 0/);
    assert.match(said.join('\n'), /healing\.max_attempts \(line 3\): is left out: must be integer/);
  });

  it('that have no place here are each said, with what to do', () => {
    const yaml = `
monitoring: {stale_threshold_seconds: 3600, snapshot_interval_seconds: 300, auto_discovery: {enabled: true}}
healing: {healing_plans_directory: /plans, entity_healing_base_delay: 1.0}
notifications: {weekly_summary: true, ai_enhanced: true, ha_service: persistent_notification.create}
intelligence: {claude_api_key: sk-secret}
websocket: {heartbeat_interval_seconds: 30}
rest: {retry_attempts: 3}
logging: {level: INFO}
database: {path: /data/ha_boss.db, retention_days: 30}
api: {enabled: true, port: 8000, auth_enabled: true, api_keys: [abc123secret]}
outcome_validation: {enabled: true}
mode: testing
colour: red
__proto__: {polluted: true}
constructor: {prototype: {polluted: true}}
${HOMES}    bridge_enabled: true
`;
    const { said } = moved(yaml);
    const paths = [
      ...['monitoring.stale_threshold_seconds', 'monitoring.snapshot_interval_seconds'],
      ...['monitoring.auto_discovery', 'healing.healing_plans_directory', 'healing.entity_healing_base_delay'],
      ...['notifications.weekly_summary', 'notifications.ai_enhanced', 'intelligence'],
      ...['websocket', 'rest', 'logging', 'database.path'],
      ...['database.retention_days', 'api.enabled', 'api.port', 'api.auth_enabled', 'api.api_keys'],
      ...['outcome_validation', 'mode', 'colour', '__proto__.polluted', 'constructor.prototype'],
      'instances[1].bridge_enabled',
    ];
    for (const path of paths) {
      assert.ok(
        said.some((line) => line.includes(` ${path} (line`)),
        `${path}\n${said.join('\n')}`,
      );
    }
    assert.doesNotMatch(said.join('\n'), /secret|ha_service/);
    assert.equal(new Set(said).size, said.length);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

describe('the flow that HA Boss becomes', () => {
  const of = (yaml: string, type: string) => moved(yaml).flow.filter((node) => node.type === type);

  it('has each home with the name of its token, and no token', () => {
    const nodes = of(HOMES.replace('${CABIN_TOKEN}', 'eyJ-secret'), 'caretaker-instance');
    assert.deepEqual(
      nodes.map((node) => [node['instance_id'], node['url'], node['credentials']]),
      [
        ['home', 'http://home:8123', { token: '${HOME_TOKEN}' }],
        ['cabin', 'http://cabin:8123', { token: '${HA_TOKEN_CABIN}' }],
      ],
    );
    assert.doesNotMatch(JSON.stringify(nodes), /eyJ/);
  });

  it('heals by itself, and tells in that home, as HA Boss did', () => {
    const [heal] = of(HOMES, 'caretaker-heal');
    assert.deepEqual([heal?.['auto'], heal?.['notify'], heal?.['instances']], [true, true, []]);
    const [quiet] = of(`notifications: {on_healing_failure: false}\n${HOMES}`, 'caretaker-heal');
    assert.equal(quiet?.['notify'], false);
  });

  it('heals only where it may', () => {
    const yaml = `${HOMES}    healing: {enabled: false}\n`;
    const [home] = of(yaml, 'caretaker-instance');
    assert.deepEqual(of(yaml, 'caretaker-heal')[0]?.['instances'], [home?.id]);
    assert.deepEqual(of(`healing: {enabled: false}\n${HOMES}`, 'caretaker-heal'), []);
  });

  it('serves the API under the old paths, to nobody yet', () => {
    const { flow } = moved(HOMES);
    const api = flow.find(({ type }) => type === 'caretaker-api');
    assert.deepEqual([api?.['anonymous'], api?.['keys']], ['none', []]);
    const entrances = flow.filter(({ type }) => type === 'http in');
    assert.deepEqual(
      entrances.map((node) => [node['method'], node['url'], node['wires']]),
      ['get', 'post', 'delete'].map((method) => [method, '/api/*', [[api?.id]]]),
    );
  });

  it('has every wire and every home it names, and each id once', () => {
    const { flow } = moved(HOMES);
    const ids = flow.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { wires = [] } of flow as { wires?: string[][] }[]) {
      for (const id of wires.flat()) assert.ok(ids.includes(id), id);
    }
  });

  it('has the fields that the editor gives its nodes', () => {
    const { flow } = moved(HOMES);
    const examples = ['01 - Tell me what went down', '07 - Heal by itself, tell me what failed', '12 - The whole API'];
    const nodes = examples.flatMap((name) => {
      return JSON.parse(readFileSync(join(root, 'examples', `${name}.json`), 'utf8')) as { type: string }[];
    });
    for (const type of ['instance', 'monitor', 'heal', 'api'].map((name) => `caretaker-${name}`)) {
      const fields = (all: readonly { type: string }[]) =>
        Object.keys(all.find((node) => node.type === type) ?? {}).filter((field) => field !== 'credentials');
      assert.deepEqual(fields(flow).sort(), fields(nodes).sort(), type);
    }
  });

  it('is the same each time', () => assert.deepEqual(moved(HOMES).flow, moved(HOMES).flow));
});
