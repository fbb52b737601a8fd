import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostedConfig, targetOf } from '../../../src/lib/instance/hosted-config';
import { type Hosted, host } from '../../../src/lib/instance/hosting';
import { Roster } from '../../../src/lib/instance/roster';
import { eventually } from '../../support/eventually';
import { freePort } from '../../support/real-home/free-port';

describe('hosting an instance', () => {
  let folder: string;
  let roster: Roster;
  let hosted: Hosted[];
  let log: string[];
  let url: string;

  const start = (nodeId: string, fields: object, more: Partial<HostedConfig> = {}) => {
    const one = host(
      {
        nodeId,
        fields: { instance_id: nodeId, url, ...fields },
        token: 'token',
        tls: undefined,
        supervisorToken: undefined,
        storage: { fields: {}, url: '' },
        userDir: folder,
        log: (what) => log.push(what),
        info: () => {},
        ...more,
      },
      roster,
    );
    hosted.push(one);
    return one;
  };
  const running = (id: string) => eventually(() => assert.ok(roster.get(id)?.instance, roster.get(id)?.refusal ?? id));
  const refused = (id: string, why: RegExp) => eventually(() => assert.match(roster.get(id)?.refusal ?? '', why));

  before(async () => {
    url = `http://127.0.0.1:${await freePort()}`;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caretaker-hosting-'));
    roster = new Roster();
    hosted = [];
    log = [];
  });
  afterEach(async () => {
    await Promise.all(hosted.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('runs it under its title, or its id where it has none', async () => {
    start('home', { name: 'Our home' });
    start('cabin', { name: '' });
    await running('home');
    await running('cabin');
    assert.deepEqual(
      ['home', 'cabin'].map((id) => [roster.get(id)?.name, roster.get(id)?.instance?.name]),
      [
        ['Our home', 'Our home'],
        ['cabin', 'cabin'],
      ],
    );
  });

  const bad: readonly (readonly [string, object, Partial<HostedConfig>, RegExp])[] = [
    ['a bad id', { instance_id: 'My Home' }, {}, /^instance_id: must be lower-case/],
    ['no id', { instance_id: '' }, {}, /^instance_id: must be/],
    ['no url', { url: '' }, {}, /^url: must look like/],
    ['a url that is none', { url: 'javascript:alert(1)' }, {}, /^url: must look like/],
    ['no token', {}, { token: '' }, /^token: is empty/],
    ['a bad option', { startup_grace_period_seconds: 'soon' }, {}, /^startup_grace_period_seconds: must be number/],
    ['an add-on that is none', { addon: true }, {}, /^addon: this Node-RED does not run/],
  ];
  for (const [what, fields, more, why] of bad) {
    it(`refuses ${what}, with what to do, and never throws`, async () => {
      start('home', fields, more);
      await refused('home', why);
      assert.equal(roster.get('home')?.instance, null);
      assert.equal(log.length, 1);
      assert.match(log[0] ?? '', why);
    });
  }

  it('refuses the second of two with one id, names the first, and the first can be redeployed', async () => {
    const first = start('n1', { instance_id: 'home', name: 'First' });
    await running('n1');
    start('n2', { instance_id: 'home', name: 'Second' });
    await refused('n2', /"home" is already used by "First"\. Give one of the two another instance_id/);
    assert.ok(roster.get('n1')?.instance);
    await first.stop();
    assert.equal(roster.get('n1'), undefined);
    const again = start('n1', { instance_id: 'home', name: 'First again' });
    await running('n1');
    await again.stop();
    await eventually(() => assert.ok(roster.get('n2')?.instance), 8_000);
  });

  it('stays one of the homes a command may be for while it is deployed anew', async () => {
    const first = start('n1', { instance_id: 'home' });
    await running('n1');
    await first.stop(false);
    assert.deepEqual(
      roster.commanded([]).map(({ id, instance, keeping }) => [id, instance, keeping]),
      [['n1', null, null]],
    );
    start('n2', { instance_id: 'home' });
    await refused('n2', /already used by/);
    assert.deepEqual(
      roster.commanded([]).map(({ id }) => id),
      ['n1'],
    );
    const again = start('n1', { instance_id: 'home' });
    await running('n1');
    await again.stop();
  });

  it('watches without a store that does not open, and says so', async () => {
    writeFileSync(join(folder, 'file'), 'in the way');
    start('home', {}, { storage: { fields: { file: join('file', 'caretaker.sqlite') }, url: '' } });
    await running('home');
    assert.equal(roster.get('home')?.instance?.storeKind, 'memory');
    // What must not be healed stands in the store that did not open.
    assert.equal(roster.get('home')?.lease?.isSure(), false);
    assert.ok(log.some((line) => line.endsWith('until that deploy facts are kept in memory only.')));
  });

  describe('two Node-REDs with one file', () => {
    const others = new Roster();
    const storage = () => ({ fields: { file: join(folder, 'shared.sqlite') }, url: '' });
    const startOther = () => {
      const one = host(
        {
          nodeId: 'home',
          fields: { instance_id: 'home', url },
          token: 'token',
          tls: undefined,
          supervisorToken: undefined,
          storage: storage(),
          userDir: join(folder, 'other'),
          log: (what) => log.push(what),
          info: () => {},
        },
        others,
      );
      hosted.push(one);
      return one;
    };

    it('the second stands by: it reads and backs up, but restores nothing, and takes over when the first stops', async () => {
      const first = start('home', {}, { storage: storage() });
      await running('home');
      startOther();
      await eventually(() => assert.match(others.get('home')?.standby ?? '', /looks after this home: standing by/));
      const member = others.get('home');
      assert.deepEqual([member?.instance, member?.refusal, member?.lease?.isSure()], [null, null, false]);
      assert.equal(roster.get('home')?.lease?.isSure(), true);
      const { backups, withoutWatching, store } = member?.keeping ?? assert.fail('no keeping');
      const { name } = await backups.create('manual');
      await assert.rejects(backups.restore(name), { code: 'lease_lost' });
      await assert.rejects(
        withoutWatching(() => backups.restore(name)),
        { code: 'lease_lost', message: /looks after this home.*Do it there\./ },
      );
      await assert.rejects(async () => (await store.namespace('home')).setNote('n', 'x'), { code: 'lease_lost' });
      await first.stop();
      await eventually(() => assert.ok(others.get('home')?.instance));
      assert.deepEqual([others.get('home')?.standby, others.get('home')?.lease?.isSure()], [null, true]);
      await withoutWatching(() => backups.restore(name));
      assert.ok(others.get('home')?.instance);
    });

    it('the first deployed again has it at once', async () => {
      const first = start('home', {}, { storage: storage() });
      await running('home');
      startOther();
      await eventually(() => assert.ok(others.get('home')?.standby));
      await first.stop();
      start('home', {}, { storage: storage() });
      await running('home');
      assert.equal(others.get('home')?.instance, null);
      assert.match(others.get('home')?.standby ?? '', /standing by/);
    });

    it('stopped while it stands by leaves the other alone', async () => {
      start('home', {}, { storage: storage() });
      await running('home');
      const second = startOther();
      await eventually(() => assert.ok(others.get('home')?.standby));
      await second.stop();
      assert.equal(others.get('home'), undefined);
      assert.equal(roster.get('home')?.lease?.isSure(), true);
    });
  });

  it('stopped while it is starting leaves nothing behind', async () => {
    const one = start('home', {});
    await one.stop();
    await one.stop();
    assert.equal(roster.get('home'), undefined);
    start('home', {});
    await running('home');
  });

  it('deployed anew in the midst of a restore begins when that has ended', async () => {
    const first = start('home', {});
    await running('home');
    const { withoutWatching } = roster.get('home')?.keeping ?? assert.fail('no keeping');
    let end = () => {};
    const restoring = withoutWatching(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    // Node-RED waits for a close only so long.
    const stopped = first.stop(false);
    start('home', {});
    start('cabin', {});
    await running('cabin');
    assert.equal(roster.get('home')?.instance, null);
    end();
    await Promise.all([restoring, stopped]);
    await running('home');
  });

  it('as an add-on goes to the Supervisor with its token, whatever is in the fields', () => {
    const asked = { fields: { addon: true, url: 'http://elsewhere' }, token: 'typed', tls: undefined };
    assert.deepEqual(targetOf({ ...asked, supervisorToken: 'given' }), {
      url: 'http://supervisor/core',
      socketUrl: 'ws://supervisor/core/websocket',
      token: 'given',
    });
  });
});
