import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attempt, Suppression } from '../../../src/lib/core/heal/heal';
import type { Absence } from '../../../src/lib/core/transition';
import { type ImportAsk, importHaBoss } from '../../../src/lib/migrate/import-ha-boss';
import { openStore } from '../../../src/lib/store/open';
import type { Namespace, Store } from '../../../src/lib/store/store';
import { eventually } from '../../support/eventually';
import { entity, settled } from '../store/contract';
import { HaBossFile, naive } from './ha-boss-file';

const MINUTE = 60_000;
/** Long before now, and within what is kept. */
const T0 = Date.UTC(2026, 9, 1, 12);
const NOW = T0 + 10 * 24 * 60 * MINUTE;

const TWO = `instances:
  - {id: home, url: 'http://home:8123', token: '\${T}'}
  - {id: Cabin-2, url: 'http://cabin:8123', token: '\${T}'}
`;

describe('the history of HA Boss', () => {
  let folder: string;
  let database: string;
  let config: string;
  let source: HaBossFile;
  let store: Store | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-ha-boss-test-'));
    mkdirSync(join(folder, 'user'));
    database = join(folder, 'ha_boss.db');
    config = join(folder, 'config.yaml');
    writeFileSync(config, TWO);
    source = new HaBossFile(database);
  });

  afterEach(async () => {
    await store?.close();
    store = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (more: Partial<ImportAsk> = {}): ImportAsk => {
    return { config, database, userDir: join(folder, 'user'), dryRun: false, ...more };
  };
  const run = async (more: Partial<ImportAsk> = {}, now = NOW) => (await importHaBoss(ask(more), now)).lines.join('\n');
  const open = async (): Promise<Store> => {
    const file = join(folder, 'user', 'caretaker', 'caretaker.sqlite');
    store ??= await openStore({ file, log: () => undefined });
    return store;
  };
  const namespace = async (id: string): Promise<Namespace> => (await open()).namespace(id);
  const closed = async () => {
    await store?.close();
    store = undefined;
  };
  const factsOf = async (id: string) => {
    const facts = await (await namespace(id)).transitions({ limit: 1000 });
    return facts.map(({ subject, status, previous_status, state, at, since, seconds }) => {
      return { id: subject.id, status, previous_status, state, at: at - T0, since: since - T0, seconds };
    });
  };
  const attemptsOf = async (id: string) =>
    (await (await namespace(id)).records({ kind: 'attempt', limit: 1000 })).map(({ body }) => body as Attempt);
  const absencesOf = async (id: string) =>
    (await (await namespace(id)).records({ kind: 'absence' })).map(({ body, at }) => {
      const { subject, status } = body as Absence;
      return [subject.id, status, at - T0];
    });
  const rejected = (more: Partial<ImportAsk>, message: RegExp, code = 'bad_input') =>
    assert.rejects(importHaBoss(ask(more), NOW), (error: { code: string; message: string }) => {
      assert.deepEqual([error.code, message.test(error.message)], [code, true], error.message);
      return true;
    });

  it('becomes facts and heals of the home it was of', async () => {
    source.entity('home', 'light.kitchen', { friendly_name: 'Kitchen', device_id: 'dev1', integration_id: 'entry1' });
    source.integration('home', 'entry1', 'hue', 'Hue bridge');
    source.event('home', 'light.kitchen', 'unavailable', T0, { state: 'unavailable', grace_period_seconds: 300 });
    source.event('home', 'light.kitchen', 'recovered', T0 + MINUTE, {
      previous_issue: 'unavailable',
      current_state: 'on',
    });
    source.event('home', 'sensor.attic', 'unknown', T0 + 2 * MINUTE);
    source.event('cabin_2', 'light.kitchen', 'stale', T0 + 3 * MINUTE, { state: '21.5' });
    source.action('home', 'light.kitchen', T0 + 30_000, false, {
      integration_id: 'entry1',
      error: '500',
      duration_seconds: 2,
    });
    source.action('home', 'sensor.attic', T0 + 4 * MINUTE, true, { integration_id: 'domain_sensor' });
    source.close();

    const said = await run();

    assert.match(said, /home: took over 3 transitions, 2 heals and 0 suppressions/);
    assert.match(said, /cabin_2: took over 1 transitions/);
    assert.deepEqual(await factsOf('home'), [
      {
        id: 'light.kitchen',
        status: 'unavailable',
        previous_status: 'available',
        state: 'unavailable',
        at: 0,
        since: 0,
        seconds: null,
      },
      {
        ...{ id: 'light.kitchen', status: 'available', previous_status: 'unavailable', state: 'on' },
        ...{ at: MINUTE, since: MINUTE, seconds: 60 },
      },
      {
        ...{ id: 'sensor.attic', status: 'unknown', previous_status: 'available', state: 'unknown' },
        ...{ at: 2 * MINUTE, since: 2 * MINUTE, seconds: null },
      },
    ]);
    assert.deepEqual(
      (await factsOf('cabin_2')).map(({ id, status, state }) => [id, status, state]),
      [['light.kitchen', 'stale', '21.5']],
    );
    const [fact] = await (await namespace('home')).transitions({ limit: 1 });
    assert.deepEqual(fact?.subject, {
      ...{ kind: 'entity', id: 'light.kitchen', name: 'Kitchen', domain: 'light' },
      ...{ device_id: 'dev1', config_entry_id: 'entry1' },
    });
    const [failed, healed] = await attemptsOf('home');
    assert.deepEqual(failed, {
      ...{ attempt_id: failed?.attempt_id, incident_id: null, plan: null, because: null, by: 'ha_boss' },
      ...{ target: { kind: 'entity', id: 'light.kitchen', name: 'Kitchen' }, entry_id: 'entry1', integration: 'hue' },
      ...{ began: T0 + 28_000, ended: T0 + 30_000, outcome: 'failed', reason: 'command_failed' },
      message: 'Kitchen: HA Boss tried "reload integration", which failed (500).',
      steps: [
        {
          ...{
            level: 'integration',
            action: 'reload',
            target: { kind: 'config_entry', id: 'entry1', name: 'Hue bridge' },
          },
          ...{ at: T0 + 28_000, duration_seconds: 2, error: '500', context_id: null },
        },
      ],
      ...{ before: [], recovered: [], still_down: [] },
    });
    assert.deepEqual(
      [healed?.outcome, healed?.reason, healed?.entry_id, healed?.integration, healed?.steps[0]?.target.id],
      ['healed', null, null, null, 'domain_sensor'],
    );
    assert.deepEqual(await attemptsOf('cabin_2'), []);
  });

  it('says of the time before what its first event says', async () => {
    source.event('home', 'light.a', 'recovered', T0, { previous_issue: 'stale' });
    source.event('home', 'light.b', 'recovered', T0);
    source.event('home', 'light.c', 'unknown', T0);
    source.close();
    await run();
    assert.deepEqual(
      (await factsOf('home')).map(({ id, previous_status, seconds }) => [id, previous_status, seconds]),
      [
        ['light.a', 'stale', null],
        ['light.b', null, null],
        ['light.c', 'available', null],
      ],
    );
  });

  it('brings nobody back who may be gone by now', async () => {
    source.event('home', 'light.sold', 'unavailable', T0);
    source.close();
    await run();
    assert.deepEqual(await (await namespace('home')).resume(), []);
  });

  it('of entities and devices that were healed by themselves comes too', async () => {
    const times = { created_at: naive(T0), duration_seconds: 1 };
    const entityAction = { instance_id: 'home', entity_id: 'light.a', action_type: 'retry_service_call', ...times };
    source.add('entity_healing_actions', { ...entityAction, success: 1 });
    source.add('device_healing_actions', {
      ...{ instance_id: 'home', device_id: 'dev1', action_type: 'reboot', error_message: 'gone', success: null },
      ...{ created_at: naive(T0 + 1) },
    });
    source.close();
    await run();
    const [first, second] = await attemptsOf('home');
    assert.deepEqual([first?.target.id, first?.outcome, first?.steps], ['light.a', 'healed', []]);
    assert.match(first?.message ?? '', /did "retry service call" and took that for healed/);
    assert.deepEqual([second?.target.kind, second?.outcome, second?.reason], ['device', 'failed', 'interrupted']);
  });

  it('leaves alone what people had it leave alone', async () => {
    source.entity('home', 'light.porch', { healing_suppressed: 1 });
    source.close();
    await run();
    const home = await namespace('home');
    const [record] = await home.records({ kind: 'suppression', open: true });
    assert.ok(record);
    const { kind, id, until } = record.body as Suppression;
    assert.deepEqual([kind, id, until], ['entity', 'light.porch', null]);
    // Lifted since, it stays so. The import gives the home up a second after it.
    await eventually(() => home.put({ ...record, open: false }));
    await closed();
    assert.match(await run(), /home: nothing to take over that is not there yet/);
    assert.deepEqual(await (await namespace('home')).records({ kind: 'suppression', open: true }), []);
  });

  it('comes once, however often it is asked for, and then what is new', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.event('home', 'light.b', 'unavailable', T0);
    source.action('home', 'light.a', T0, true);
    await run();
    const before = [await factsOf('home'), await attemptsOf('home')];
    await closed();
    assert.match(await run(), /home: 3 were taken over before/);
    assert.deepEqual([await factsOf('home'), await attemptsOf('home')], before);
    assert.equal(readdirSync(join(folder, 'user/caretaker/backups/home')).length, 1);
    await closed();

    assert.deepEqual(await absencesOf('home'), [
      ['light.a', 'unavailable', 0],
      ['light.b', 'unavailable', 0],
    ]);
    await closed();

    source.event('home', 'light.a', 'recovered', T0 + MINUTE);
    source.close();
    assert.match(await run(), /home: took over 1 transitions, 0 heals/);
    // Each once: up to what is known of it now.
    assert.deepEqual(await absencesOf('home'), [
      ['light.b', 'unavailable', 0],
      ['light.a', 'available', MINUTE],
    ]);
    assert.deepEqual(
      (await factsOf('home')).map(({ id, status, seconds }) => [id, status, seconds]),
      [
        ['light.a', 'unavailable', null],
        ['light.b', 'unavailable', null],
        ['light.a', 'available', 60],
      ],
    );
  });

  it('ends where ours begins, and changes nothing of it', async () => {
    const home = await namespace('home');
    const mine = settled(entity('light.a', { name: 'A' }), 'unavailable', T0 + 10 * MINUTE);
    const [own] = await home.append([mine]);
    await home.put({ kind: 'attempt', id: 'mine', at: T0 + 11 * MINUTE, open: false, body: { attempt_id: 'mine' } });
    await home.setNote('entry_ids', '["e"]');
    await home.tell('monitor', own?.seq ?? 0);
    await closed();
    source.event('home', 'light.a', 'unavailable', T0);
    source.event('home', 'light.a', 'recovered', T0 + MINUTE);
    source.event('home', 'light.a', 'unavailable', T0 + 12 * MINUTE);
    source.action('home', 'light.a', T0 + 12 * MINUTE, true);
    source.close();

    assert.match(await run(), /home: 1 of a time when Caretaker was watching itself are left out/);

    const after = await namespace('home');
    assert.deepEqual(
      (await factsOf('home')).map(({ at, status }) => [at, status]),
      [
        [0, 'unavailable'],
        [MINUTE, 'available'],
        [10 * MINUTE, 'unavailable'],
      ],
    );
    assert.equal((await after.transitions({ newest_first: true, limit: 1 }))[0]?.seq, own?.seq);
    assert.deepEqual(
      (await attemptsOf('home')).map(({ by }) => by),
      [undefined, 'ha_boss'],
    );
    assert.equal(await after.note('entry_ids'), '["e"]');
    assert.equal(await after.told('monitor'), own?.seq);
    // Whoever lived there before lives there still.
    assert.deepEqual(
      (await after.resume()).map(({ subject }) => subject.id),
      ['light.a'],
    );
    // Once more, after HA Boss has gone on: still nothing that we saw ourselves.
    await closed();
    assert.match(await run(), /home: nothing to take over/);
  });

  it('keeps those of one instant apart, in their order', async () => {
    for (let n = 0; n < 12; n += 1) source.event('home', `light.l${n}`, n % 2 ? 'unknown' : 'unavailable', T0);
    source.close();
    await run();
    assert.deepEqual(
      (await factsOf('home')).map(({ id, at }) => [id, at]),
      Array.from({ length: 12 }, (_, n) => [`light.l${n}`, 0]),
    );
  });

  it('says twice what it says twice once', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.event('home', 'light.a', 'unavailable', T0 + MINUTE);
    source.close();
    assert.match(await run(), /home: 1 events that only said again/);
    assert.equal((await factsOf('home')).length, 1);
  });

  it('is read past what means nothing', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.event('home', 'light.b', 'exploded', T0);
    source.event('home', 'no entity', 'unavailable', T0);
    source.event('home', 'light.c', 'unavailable', NOW + 365 * 24 * 60 * MINUTE);
    source.add('health_events', {
      instance_id: 'home',
      entity_id: 'light.d',
      event_type: 'stale',
      timestamp: 'yesterday',
    });
    source.add('health_events', { instance_id: 'home', entity_id: 'light.e', event_type: 'stale', timestamp: 9e18 });
    source.event('home', 'light.f', 'unavailable', T0 + 1, { state: 7 });
    source.add('health_events', {
      ...{ instance_id: 'home', entity_id: 'light.g', event_type: 'unknown', timestamp: naive(T0 + 2), details: '{' },
    });
    source.close();
    const said = await run();
    const counts = '1 of an unknown event, 1 without an entity, 1 of the future, 2 without an instant';
    assert.ok(said.includes(`home: rows that mean nothing are left out: ${counts}.`), said);
    assert.deepEqual(
      (await factsOf('home')).map(({ id, state }) => [id, state]),
      [
        ['light.a', 'unavailable'],
        ['light.f', 'unavailable'],
        ['light.g', 'unknown'],
      ],
    );
  });

  it('that is longer ago than facts are kept is told of', async () => {
    source.event('home', 'light.a', 'unavailable', NOW - 91 * 24 * 60 * MINUTE);
    source.close();
    assert.match(await run(), /home: 1 are older than 90 days/);
  });

  it('of the first version is that of the only home', async () => {
    source.close();
    rmSync(database);
    const old = new HaBossFile(database, 1);
    old.entity(null, 'light.a', { friendly_name: 'Old' });
    old.event(null, 'light.a', 'unavailable', T0);
    old.action(null, 'light.a', T0, true);
    old.close();
    writeFileSync(config, 'home_assistant: {url: "http://ha:8123", token: "${T}"}');
    assert.match(await run(), /default: took over 1 transitions, 1 heals/);
  });

  it('without a home goes to who is said, else who is called default, else the only one', async () => {
    source.event('default', 'light.a', 'unavailable', T0);
    await rejected({}, /rows that name no Home Assistant.*one of: home, cabin_2/);
    await rejected({ default: 'attic' }, /There is no "attic"/);
    assert.deepEqual(readdirSync(join(folder, 'user')), []);
    source.event('elsewhere', 'light.x', 'unavailable', T0);
    source.close();
    const said = await run({ default: 'cabin_2' });
    assert.match(said, /cabin_2: took over 1 transitions/);
    assert.match(said, /"elsewhere": 1 rows stay there/);
    assert.deepEqual(await factsOf('home'), []);
  });

  it('names the homes that were added in its dashboard, where the configuration names none', async () => {
    const times = { created_at: naive(T0), updated_at: naive(T0), encrypted_token: 'gAAAA-secret' };
    source.add('stored_instances', { instance_id: 'attic', url: 'http://attic:8123', ...times });
    source.add('stored_instances', { instance_id: 'gone', url: 'http://gone:8123', is_active: 0, ...times });
    source.event('attic', 'light.a', 'unavailable', T0);
    source.close();
    writeFileSync(config, 'healing: {max_attempts: 2}\n');
    const { flow, lines } = await importHaBoss(ask(), NOW);
    assert.match(lines.join('\n'), /ha_boss\.db: stored_instances\[0\]\.token: is missing\. Set .* HA_TOKEN_ATTIC/);
    assert.match(lines.join('\n'), /attic: took over 1 transitions/);
    assert.match(flow ?? '', /"url": "http:\/\/attic:8123"/);
    assert.doesNotMatch(flow ?? '', /gone|gAAAA/);
  });

  it('is only counted in a rehearsal', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.add('state_history', { instance_id: 'home', entity_id: 'light.a', new_state: 'on', timestamp: naive(T0) });
    source.close();
    const { flow, lines } = await importHaBoss(ask({ dryRun: true }), NOW);
    assert.equal(flow, null);
    assert.match(lines.join('\n'), /home: would take over 1 transitions, 0 heals and 0 suppressions/);
    assert.match(lines.join('\n'), /state_history \(1\): stay there/);
    assert.deepEqual(readdirSync(join(folder, 'user')), []);
  });

  it('is refused while a Node-RED looks after the home, and nothing has changed', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.close();
    const claimant = { owner: 'node-red', session: randomUUID(), label: 'the kitchen server' };
    await (await open()).claim({ claimant, instance_ids: ['home'], lease_ms: MINUTE, resumes: true });
    await rejected({}, /the kitchen server\) looks after home.*Stop that Node-RED/, 'lease_lost');
    assert.deepEqual(await factsOf('home'), []);
  });

  it('leaves its own database byte for byte as it was, also one that was being written', async () => {
    source.db.exec('PRAGMA journal_mode = WAL');
    source.event('home', 'light.a', 'unavailable', T0);
    const bytes = () => {
      const all = readdirSync(folder).filter((name) => name.startsWith('ha_boss.db'));
      return all.map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]);
    };
    const before = bytes();
    assert.equal(before.length, 3);
    await run();
    assert.deepEqual(bytes(), before);
    assert.equal((await factsOf('home')).length, 1);
    assert.deepEqual(
      readdirSync(tmpdir()).filter((name) => name.startsWith('caretaker-ha-boss-') && !name.includes('test')),
      [],
    );
    source.close();
  });

  it('is what it was before a write that was cut short', async () => {
    source.event('home', 'light.a', 'unavailable', T0);
    source.db.exec('PRAGMA cache_size = 1; BEGIN');
    source.db.exec("UPDATE health_events SET entity_id = 'light.half'");
    for (let n = 0; n < 300; n += 1)
      source.event('home', 'light.half', 'unavailable', T0, { padding: 'x'.repeat(200) });
    // As a program leaves them that is killed now.
    const cut = join(folder, 'cut.db');
    for (const part of ['', '-journal']) copyFileSync(database + part, cut + part);
    source.close();
    const before = [readFileSync(cut), readFileSync(`${cut}-journal`)];
    assert.ok(before[0]?.includes('light.half'));
    await run({ database: cut });
    assert.deepEqual([readFileSync(cut), readFileSync(`${cut}-journal`)], before);
    assert.deepEqual(
      (await factsOf('home')).map(({ id }) => id),
      ['light.a'],
    );
  });

  it('is refused where it is none', async () => {
    source.close();
    writeFileSync(join(folder, 'text'), 'no database at all, but long enough to look like one');
    await rejected({ database: join(folder, 'text') }, /cannot be read as the database of HA Boss/);
    await rejected({ database: join(folder, 'absent') }, /cannot be read as the database of HA Boss: ENOENT/);
    await rejected({ userDir: join(folder, 'absent') }, /--user-dir: .* is no folder/);
    await closed();
    await run({ userDir: join(folder, 'user') });
    await rejected(
      { database: join(folder, 'user/caretaker/caretaker.sqlite') },
      /neither health_events nor healing_actions/,
    );
  });
});
