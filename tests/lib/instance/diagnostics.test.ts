import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostics, diagnostics } from '../../../src/lib/instance/diagnostics';
import type { HostedConfig } from '../../../src/lib/instance/hosted-config';
import { type Hosted, host } from '../../../src/lib/instance/hosting';
import { Monitor } from '../../../src/lib/instance/monitor';
import { parseMonitorOptions } from '../../../src/lib/instance/parse';
import { type Member, Roster } from '../../../src/lib/instance/roster';
import { versions } from '../../../src/lib/instance/versions';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import { quick } from './watched';

const NOW = Date.UTC(2026, 10, 23);
const TOKEN = 'token-that-nobody-may-see';

describe('diagnostics of an instance', () => {
  let home: SimulatedHome;
  let folder: string;
  let roster: Roster;
  let hosted: Hosted[];

  before(async () => {
    home = await startSimulatedHome({ seed: 6, name: 'Our home' });
  });
  after(() => home.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-diagnostics-'));
    roster = new Roster();
    hosted = [];
  });
  afterEach(async () => {
    await Promise.all(hosted.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (id: string, fields: object = {}, more: Partial<HostedConfig> = {}) => {
    const config: HostedConfig = {
      nodeId: `node-${id}`,
      fields: { instance_id: id, name: `The ${id}`, url: home.url, state_change_grace_period_seconds: 60, ...fields },
      token: home.tokens.read_only,
      tls: undefined,
      supervisorToken: undefined,
      storage: { fields: {}, url: '' },
      userDir: folder,
      times: { ...quick, healthCheck: 100 },
      log: () => {},
      info: () => {},
      ...more,
    };
    hosted.push(host(config, roster));
  };
  const member = (id: string) => roster.get(`node-${id}`) as Member;
  const diagnose = (one: Member, patience?: number) =>
    diagnostics(one, { versions: versions('5.0.7'), now: NOW, ...(patience === undefined ? {} : { patience }) });
  const live = (id: string) => eventually(() => assert.ok(member(id)?.instance?.live), 10_000);
  /** A part that must be there. */
  const had = <T extends object>(part: T): Exclude<T, { readonly error: unknown }> => {
    assert.ok(!('error' in part), JSON.stringify(part));
    return part as Exclude<T, { readonly error: unknown }>;
  };
  const errorOf = (part: object) => (part as { error: { code: string; message: string } }).error;

  it('of one that runs: what, where, how much, since when, with what', async () => {
    start('home');
    start('cabin');
    const monitor = new Monitor('m', parseMonitorOptions({ instances: ['node-home'] }), roster, {
      send() {},
      show() {},
    });
    await Promise.all([live('home'), live('cabin')]);
    await member('home').keeping?.backups.create('trial');
    const seen = await eventually(async () => {
      const seen = await diagnose(member('home'));
      assert.ok(had(seen.connection).last_health_check && had(seen.store).size.transitions > 5);
      return seen;
    });
    monitor.stop(true);

    assert.equal(JSON.stringify(JSON.parse(JSON.stringify(seen))), JSON.stringify(seen));
    assert.deepEqual(
      [seen.at, seen.instance_id, seen.instance_name, seen.namespace, seen.running, seen.refusal, seen.is_admin],
      ['2026-11-23T00:00:00.000Z', 'home', 'The home', 'caretaker_home', true, null, false],
    );
    assert.deepEqual(seen.versions, {
      caretaker: '0.1.0',
      node_red: '5.0.7',
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      home_assistant: home.version,
    });
    assert.equal(seen.home?.location_name, 'Our home');
    const connection = had(seen.connection);
    assert.deepEqual([connection.state, connection.reason], ['connected', null]);
    assert.deepEqual(
      connection.history.map(({ state, reason }) => [state, reason]),
      [['connected', null]],
    );
    const store = had(seen.store);
    assert.deepEqual([store.kind, store.place], ['sqlite', join(folder, 'caretaker', 'caretaker.sqlite')]);
    assert.ok(Number(store.bytes) > store.size.bytes && store.size.bytes > 0 && store.newest);
    const { subjects, entities, monitors_listening } = had(seen.counts);
    assert.ok(entities > 0 && (subjects.entity.available ?? 0) > 0 && (subjects.config_entry.available ?? 0) > 0);
    assert.equal(subjects.instance.available, 1);
    assert.equal(monitors_listening, 1);
    assert.deepEqual(had(seen.queues), { journal: 0, pending_graces: 0 });
    const backups = had(seen.backups);
    assert.equal(backups.count, 1);
    assert.match(backups.newest?.backup ?? '', /^caretaker_home_.*_trial\.ndjson\.gz$/);
    assert.ok(!JSON.stringify(seen).includes('cabin'), 'nothing of another home');
  });

  it('counts a grace that has not run out, and tells the settings with their defaults', async () => {
    start('home', { exclude: { domains: ['light'] } });
    await live('home');
    const [id] = [...(member('home').instance?.tracker.entities.keys() ?? [])].filter((one) =>
      one.startsWith('sensor.'),
    );
    home.setState(id as string, 'unavailable');
    await eventually(async () => assert.equal(had((await diagnose(member('home'))).queues).pending_graces, 1));
    home.setState(id as string, '1');
    const settings = had((await diagnose(member('home'))).settings);
    const { state_change_grace_period_seconds, recovery_grace_period_seconds, exclude } = had(settings.options);
    assert.deepEqual(
      [state_change_grace_period_seconds, recovery_grace_period_seconds, exclude],
      [60, 10, { domains: ['light'] }],
    );
    assert.deepEqual([settings.addon, settings.url, settings.token, settings.tls], [false, home.url, 'set', 'not set']);
    const store = had(settings.store);
    assert.deepEqual(
      [store.kind, store.file, store.url, store.retention_days, store.backup_keep],
      ['sqlite', join(folder, 'caretaker', 'caretaker.sqlite'), 'not set', 90, 5],
    );
  });

  const codesOf = ({ connection }: Diagnostics) => had(connection).history.map(({ reason }) => reason?.code ?? null);

  it('remembers how it lost the connection, newest first, and what went wrong', async () => {
    start('home');
    await live('home');
    home.faults.refuseUpgrade(403);
    home.faults.dropSockets();
    const lost = await eventually(async () => {
      const seen = await diagnose(member('home'));
      // A health check may say so before the next try has failed.
      assert.ok(codesOf(seen).includes('cannot_connect'));
      return seen;
    });
    home.faults.refuseUpgrade(undefined);
    assert.deepEqual(codesOf(lost).slice(-2), ['connection_lost', null]);
    assert.ok(lost.last_errors.some(({ message }) => message.includes('HTTP 403')));
    await live('home');
  });

  const refused: readonly (readonly [string, object, Partial<HostedConfig>, RegExp])[] = [
    ['a bad id', { instance_id: 'My Home' }, {}, /^instance_id: must be/],
    ['user info in the address', { url: `http://me:${TOKEN}@home.test` }, {}, /^url: must look like/],
    ['a token in place of the address', { url: TOKEN }, {}, /^url: must look like/],
    ['a bad option', { startup_grace_period_seconds: 'soon' }, {}, /^startup_grace_period_seconds/],
    ['a bad store', {}, { storage: { fields: { kind: 'postgres' }, url: TOKEN } }, /^url: must look like postgres/],
  ];
  for (const [what, fields, more, why] of refused) {
    it(`of one that was refused for ${what} say why, without a secret`, async () => {
      start('home', fields, { token: TOKEN, ...more });
      await eventually(() => assert.ok(member('home')?.refusal));
      const seen = await diagnose(member('home'));
      assert.equal(seen.running, false);
      assert.match(seen.refusal ?? '', why);
      assert.match(seen.last_errors[0]?.message ?? '', why);
      for (const part of [seen.store, seen.counts, seen.queues, seen.backups]) {
        assert.equal(errorOf(part).code, 'instance_not_ready');
        assert.match(errorOf(part).message, why);
      }
      assert.equal(had(seen.settings).token, 'set');
      assert.ok(!JSON.stringify(seen).includes(TOKEN), JSON.stringify(seen));
    });
  }

  it('of one whose store did not open say that, and have all the rest', async () => {
    writeFileSync(join(folder, 'file'), 'in the way');
    start('home', {}, { storage: { fields: { file: join('file', 'caretaker.sqlite') }, url: '' } });
    await live('home');
    const seen = await diagnose(member('home'));
    assert.equal(had(seen.store).kind, 'memory');
    assert.ok(seen.last_errors.some(({ message }) => message.includes('memory only')));
    assert.ok(had(seen.counts).entities > 0);
  });

  it('of one that another Node-RED looks after say so', async () => {
    start('home');
    await live('home');
    const seen = await diagnose({ ...member('home'), instance: null, standby: 'Looked after by another.' });
    assert.deepEqual(
      [seen.standby, seen.running, had(seen.connection).state],
      ['Looked after by another.', false, null],
    );
    assert.equal(errorOf(seen.counts).message, 'Looked after by another.');
    assert.equal(had(seen.store).kind, 'sqlite');
  });

  const broken: readonly (readonly [string, () => never | Promise<never>, string])[] = [
    ['rejects', () => Promise.reject(new Error(`no disk ${TOKEN}`)), 'no disk ***'],
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
      'no disk',
    ],
    ['hangs', () => new Promise<never>(() => {}), 'No answer within 1 s.'],
  ];
  for (const [how, fail, message] of broken) {
    it(`of a store that ${how} have all the rest`, async () => {
      start('home', {}, { supervisorToken: TOKEN });
      await live('home');
      const { keeping } = member('home');
      assert.ok(keeping);
      const store = { ...keeping.store, kind: 'sqlite' as const, place: 'x', sizes: fail, bytes: fail };
      const seen: Diagnostics = await diagnose({ ...member('home'), keeping: { ...keeping, store } as never }, 1_000);
      assert.equal(errorOf(seen.store).message, message);
      assert.ok(had(seen.counts).entities > 0);
      assert.equal(had(seen.connection).state, 'connected');
      assert.equal(had(seen.backups).count, 0);
    });
  }

  it('blank every secret that got into them, and name the home even where a password is its name', async () => {
    const url = 'postgres://u:p%40ss%2Fword@127.0.0.1:9/x';
    const lines: string[] = [];
    start(
      'cabin',
      { name: `Cabin ${TOKEN} p@ss/word` },
      {
        token: TOKEN,
        supervisorToken: 'cabin',
        storage: { fields: { kind: 'postgres' }, url },
        log: (line) => lines.push(line),
      },
    );
    await eventually(() => assert.ok(member('cabin')?.instance));
    const { dossier } = member('cabin');
    const escaped = JSON.stringify({ url, token: Buffer.from(TOKEN).toString('base64') });
    dossier?.hearing((line) => lines.push(line))(`it said ${escaped} and p%40ss%2Fword`);
    const seen = await diagnose(member('cabin'));
    const text = JSON.stringify(seen) + lines.join();
    for (const secret of [TOKEN, Buffer.from(TOKEN).toString('base64'), 'p@ss/word', 'p%40ss%2Fword', url]) {
      assert.ok(!text.includes(secret), secret);
    }
    assert.deepEqual(
      [seen.instance_id, seen.namespace, seen.instance_name],
      ['cabin', 'caretaker_cabin', 'Cabin *** ***'],
    );
  });

  it('keep the last fifty errors and no more', async () => {
    start('home', { url: '' });
    await eventually(() => assert.ok(member('home')?.refusal));
    const hear = member('home').dossier?.hearing(() => {});
    for (let count = 1; count <= 120; count += 1) hear?.(`trouble ${count}`);
    const { last_errors } = await diagnose(member('home'));
    assert.deepEqual(
      [last_errors.length, last_errors[0]?.message, last_errors.at(-1)?.message],
      [50, 'trouble 120', 'trouble 71'],
    );
  });
});
