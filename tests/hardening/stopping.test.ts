import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quick, Watched } from '../lib/instance/watched';
import { eventually } from '../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { LyingHome } from './lying-home';
import { nothingUnhandled } from './quiet';
import { synced } from './synced';

const NEVER = Number.POSITIVE_INFINITY;
/** Far longer than any test: only what ends at once passes. */
const slow = { ...quick, handshake: 60_000, auth: 60_000, command: 60_000, ping: 60_000, firstRetry: 60_000 };

describe('redeployed while connecting', () => {
  nothingUnhandled();
  let home: SimulatedHome;
  let watched: Watched;

  beforeEach(async () => {
    home = await startSimulatedHome({ home: 'small', seed: 7 });
    watched = new Watched();
  });
  afterEach(async () => {
    await watched.dispose();
    await home.stop();
  });

  /** Stops it, now in the phase a test brought it to; nothing may be left, and nothing may come after. */
  async function stopsAtOnce(): Promise<void> {
    const started = Date.now();
    await watched.remove();
    const took = Date.now() - started;
    assert.ok(took < 1_000, `took ${took} ms`);
    await eventually(() => assert.deepEqual([home.sockets, home.sessions], [0, 0]));
    const { opened } = home;
    home.faults.clear();
    await sleep(150);
    assert.deepEqual([home.opened, home.sockets], [opened, 0]);
  }

  const add = (times = slow) => watched.add({ url: home.url, token: home.tokens.admin, times });

  it('in the turn it was deployed', async () => {
    add();
    await stopsAtOnce();
    assert.equal(home.opened, 0);
  });

  it('while the TCP connection is made', async () => {
    // An address that swallows every packet.
    watched.add({ url: 'http://192.0.2.1:8123', token: 'token', times: slow });
    await sleep(200);
    await stopsAtOnce();
  });

  it('while the upgrade is awaited', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).resume();
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    watched.add({
      url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
      token: 'token',
      times: slow,
    });
    await eventually(() => assert.equal(sockets.size, 1));
    await stopsAtOnce();
    await eventually(() => assert.equal(sockets.size, 0));
    await new Promise((done) => server.close(done));
  });

  it('while the login is awaited', async () => {
    home.faults.authStall();
    add();
    await eventually(() => assert.equal(home.sessions, 1));
    await sleep(30);
    await stopsAtOnce();
  });

  for (const command of synced) {
    it(`while ${command} is awaited`, async () => {
      home.faults.delay(command, NEVER);
      add();
      await eventually(() => assert.ok(home.calls.some(({ type }) => type === command)));
      await stopsAtOnce();
    });
  }

  for (const command of ['config_entries/subscribe', 'subscribe_entities']) {
    it(`while the first event of ${command} is awaited`, async () => {
      const lying = await new LyingHome().start();
      lying.reply(command, null);
      watched.add({ url: lying.url, token: 'token', times: slow });
      await eventually(() => assert.ok(lying.idOf(command)));
      await sleep(50);
      await stopsAtOnce();
      await eventually(() => assert.equal(lying.sockets.size, 0));
      await lying.stop();
    });
  }

  it('while it waits for the next try', async () => {
    home.faults.refuseUpgrade(500);
    add();
    await eventually(() => assert.ok(watched.instance().reason));
    await stopsAtOnce();
  });

  it('while a health check is awaited', async () => {
    // The first one, so that none is under way by then.
    home.faults.delay('ping', NEVER);
    home.faults.delay('GET /api/', NEVER);
    add({ ...slow, healthCheck: 50 } as typeof slow);
    await watched.live();
    await eventually(() => assert.ok(home.calls.some(({ type }) => type === 'ping')));
    await stopsAtOnce();
  });

  it('ten times in a row, and then it works', async () => {
    for (let round = 0; round < 10; round += 1) {
      add(quick as typeof slow);
      await sleep(round * 7);
      await watched.remove();
    }
    add(quick as typeof slow);
    await watched.live();
    assert.deepEqual([home.sockets, home.sessions], [1, 1]);
    await stopsAtOnce();
  });

  it('leaves no timer behind that holds the process', async () => {
    home.faults.delay('get_config', 400);
    const child = spawn(
      process.execPath,
      [join(__dirname, 'leaver.js'), home.url, home.tokens.admin, '20,60,150,300,700'],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const code = await new Promise((done) => child.once('exit', done));
    assert.equal(code, 0);
    await eventually(() => assert.equal(home.sockets, 0));
  });
});
