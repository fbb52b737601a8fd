import assert from 'node:assert/strict';
import { Connection } from '../../../src/lib/hass/connection';
import { defaultLinkTimes } from '../../../src/lib/hass/link';
import { request } from '../../../src/lib/hass/rest';
import { type TlsOptions, target } from '../../../src/lib/hass/target';
import { forAnother, forLoopback } from '../../hardening/certificate';
import { Door } from '../../hardening/door';
import { LyingHome } from '../../hardening/lying-home';
import { nothingUnhandled } from '../../hardening/quiet';

describe('https and wss', () => {
  nothingUnhandled();
  let home: LyingHome;
  let doors: Door[];

  beforeEach(async () => {
    home = await new LyingHome().start();
    doors = [];
  });
  afterEach(async () => {
    for (const door of doors) await door.close();
    await home.stop();
  });

  async function doorWith(certificate: typeof forLoopback): Promise<Door> {
    const door = await new Door(home.url, certificate).open();
    doors.push(door);
    return door;
  }

  /** What became of a socket and of a REST call. */
  async function tries(url: string, tls?: TlsOptions): Promise<string[]> {
    const to = target(url, 'token', tls);
    const code = (thrown: { code?: unknown }) => String(thrown.code);
    const silent = { ended() {}, trouble() {} };
    const socket = Connection.connect(to, defaultLinkTimes, silent, new AbortController().signal);
    return Promise.all([
      socket.then((connection) => connection.ping().then(() => connection.end('tried'))).then(() => 'works', code),
      request(to, 'GET', '/api/', 1_000).then(({ status }) => String(status), code),
    ]);
  }

  it('refuses a certificate that nobody vouches for', async () => {
    const { url } = await doorWith(forLoopback);
    assert.deepEqual(await tries(url), ['tls', 'tls']);
    assert.deepEqual(await tries(url, { rejectUnauthorized: true }), ['tls', 'tls']);
    assert.deepEqual(await tries(url, { ca: forAnother.cert }), ['tls', 'tls']);
    assert.equal(home.opened, 0);
  });

  it('accepts it when it is named as an authority', async () => {
    const { url } = await doorWith(forLoopback);
    assert.deepEqual(await tries(url, { ca: forLoopback.cert }), ['works', '200']);
  });

  it('accepts it when the user wants no check', async () => {
    const { url } = await doorWith(forLoopback);
    assert.deepEqual(await tries(url, { rejectUnauthorized: false }), ['works', '200']);
  });

  it('refuses a certificate for another name, and accepts it under that name', async () => {
    const { url } = await doorWith(forAnother);
    assert.deepEqual(await tries(url, { ca: forAnother.cert }), ['tls', 'tls']);
    assert.deepEqual(await tries(url, { ca: forAnother.cert, servername: 'other.test' }), ['works', '200']);
  });

  it('says so when the other side speaks no TLS', async () => {
    assert.deepEqual(await tries(home.url.replace('http:', 'https:')), ['tls', 'tls']);
  });

  it('says that there is no connection when only the other side speaks TLS', async () => {
    const { url } = await doorWith(forLoopback);
    assert.deepEqual(await tries(url.replace('https:', 'http:')), ['cannot_connect', 'cannot_connect']);
  });
});
