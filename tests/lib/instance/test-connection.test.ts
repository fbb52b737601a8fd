import assert from 'node:assert/strict';
import type { Instance } from '../../../src/lib/instance/instance';
import { Roster } from '../../../src/lib/instance/roster';
import { type TestRequest, testConnection } from '../../../src/lib/instance/test-connection';
import { freePort } from '../../support/real-home/free-port';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';

describe('testing a connection', () => {
  let home: SimulatedHome;
  let roster: Roster;

  before(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 3, name: 'Under test' });
  });
  after(() => home.stop());
  beforeEach(() => {
    roster = new Roster();
  });

  const ask = (fields: object, more: Partial<TestRequest> = {}) =>
    testConnection({
      nodeId: 'n1',
      fields: { url: home.url, ...fields },
      savedToken: undefined,
      environment: () => undefined,
      tls: () => undefined,
      supervisorToken: undefined,
      roster,
      ...more,
    });
  /** What is deployed at this address. */
  const deployed = (url: string, state: Instance['state'] = 'connected', isHome = true) => {
    const retried: string[] = [];
    const instance = { url, state, isHome: () => isHome, retryNow: () => retried.push(url) } as unknown as Instance;
    roster.put({ id: 'n1', instance_id: 'home', name: 'Home', instance, refusal: null, keeping: null, moved: null });
    return retried;
  };

  it('says what it found and what the token may do', async () => {
    const admin = await ask({ token: home.tokens.admin });
    const watcher = await ask({ token: home.tokens.read_only });
    assert.ok(admin.ok && watcher.ok, JSON.stringify([admin, watcher]));
    assert.deepEqual([admin.is_admin, watcher.is_admin], [true, false]);
    assert.equal(admin.version, home.version);
    assert.equal(admin.location_name, 'Under test');
    assert.ok(admin.entity_count > 0);
    assert.equal('entry_ids' in admin, false);
  });

  it('reads the address and the token from the environment', async () => {
    const environment = (name: string) => ({ HA_URL: home.url, HA_TOKEN: home.tokens.admin })[name];
    const answer = await ask({ url: '$' + '{HA_URL}', token: '$' + '{HA_TOKEN}' }, { environment });
    assert.equal(answer.ok, true);
  });

  const wrong: readonly (readonly [string, (port: number) => object, string])[] = [
    ['a bad token', () => ({ token: 'nonsense' }), 'invalid_auth'],
    ['no token', () => ({}), 'bad_input'],
    ['no address', () => ({ url: '', token: 't' }), 'bad_input'],
    ['nobody there', (port) => ({ url: `http://127.0.0.1:${port}`, token: 't' }), 'cannot_connect'],
    ['no add-on', () => ({ addon: true }), 'bad_input'],
    ['fields that are none', () => ({ url: {}, token: [] }), 'bad_input'],
  ];
  for (const [what, fields, code] of wrong) {
    it(`says what is wrong: ${what}`, async () => {
      const answer = await ask(fields(await freePort()));
      assert.ok(!answer.ok);
      assert.equal(answer.code, code);
      assert.ok(answer.message);
    });
  }

  it('says what is wrong with a certificate that cannot be read', async () => {
    const tls = () => {
      throw new Error('no such file');
    };
    assert.deepEqual(await ask({ token: 't' }, { tls }), {
      ok: false,
      code: 'cannot_connect',
      message: 'no such file',
    });
  });

  it('sends a saved token only to the address it was deployed with', async () => {
    const savedToken = home.tokens.admin;
    deployed(home.url);
    assert.equal((await ask({ token: '' }, { savedToken })).ok, true);
    for (const url of ['http://127.0.0.1:1', `${home.url}/elsewhere`, home.url.replace('http', 'https')]) {
      const answer = await ask({ url }, { savedToken });
      assert.ok(
        !answer.ok && answer.code === 'bad_input' && answer.message.startsWith('token: the address was changed'),
      );
    }
    assert.equal((await ask({}, { savedToken, nodeId: '' })).ok, false, 'nothing is deployed under this id');
  });

  it('wakes an instance that waits, and only that', async () => {
    assert.deepEqual([(await ask({ token: home.tokens.admin })).ok, deployed(home.url)], [true, []]);
    const waiting = deployed(home.url, 'error');
    await ask({ token: home.tokens.admin });
    assert.equal(waiting.length, 1);
    const elsewhere = deployed('http://127.0.0.1:1', 'error');
    await ask({ token: home.tokens.admin });
    assert.equal(elsewhere.length, 0);
  });

  it('says that it is another home than before', async () => {
    const retried = deployed(home.url, 'error', false);
    const answer = await ask({ token: home.tokens.admin });
    assert.ok(!answer.ok && answer.code === 'wrong_home');
    assert.equal(retried.length, 0);
  });
});
