import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually';
import { describeOnPostgres, queryPostgres, startPostgres } from '../../support/postgres';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';
import type { WatcherOrders, WatcherWord } from './watcher';

/** As in `watcher.ts`. */
const LEASE_MS = 3_000;
/** Until who stands by has asked, connected and resumed, on a machine that is busy. */
const SLACK_MS = 4_000;

class Watcher {
  readonly told: string[] = [];
  readonly log: string[] = [];
  state = 'resting';
  standby: string | null = null;
  readonly #process: ChildProcess;

  constructor(orders: WatcherOrders) {
    this.#process = spawn(process.execPath, [join(__dirname, 'watcher.js'), JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const word = JSON.parse(line) as WatcherWord;
      if ('told' in word) this.told.push(word.told);
      else if ('log' in word) this.log.push(word.log);
      else Object.assign(this, word);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill(signal);
    await gone;
  }
}

describeOnPostgres('two Node-REDs with the same home in one store', function (this: Mocha.Suite) {
  this.timeout(60_000);
  let home: SimulatedHome;
  let entry: string;
  let url: string;
  let folder: string;
  let watchers: Watcher[];

  beforeEach(async () => {
    home = await startSimulatedHome({ seed: 7 });
    entry = await home.lab.add('Lab', 1, 2);
    url = await (await startPostgres()).createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'caretaker-lease-'));
    watchers = [];
  });

  afterEach(async () => {
    await Promise.all(watchers.map((watcher) => watcher.end()));
    await home.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (name: string, more: Partial<WatcherOrders> = {}) => {
    const orders = { url: home.url, token: home.tokens.read_only, monitor: `monitor-${name}` };
    const store = { fields: { kind: 'postgres' }, url };
    const watcher = new Watcher({ ...orders, store, userDir: join(folder, name), ...more });
    watchers.push(watcher);
    return watcher;
  };
  const watching = (watcher: Watcher, within = 10_000) =>
    eventually(() => assert.deepEqual([watcher.state, watcher.standby], ['watching', null]), within);
  const standing = (watcher: Watcher, by: string) =>
    eventually(() => {
      assert.equal(watcher.state, 'resting');
      assert.match(watcher.standby ?? '', new RegExp(`^Another Node-RED \\(.* .*${by}\\) looks after this home`));
    }, 10_000);
  const subscribed = (count: number) =>
    eventually(
      () => assert.equal(home.calls.filter(({ type }) => type === 'subscribe_entities').length, count),
      10_000,
    );
  const flip = (mode: 'dead' | 'ok') => home.lab.setMode(entry, mode);
  const statuses = (watcher: Watcher) => watcher.told.map((line) => line.split(' ').slice(0, 2).join(' ')).sort();
  const each = (status: string) => ['sensor.lab_1_sensor_1', 'sensor.lab_1_sensor_2'].map((id) => `${id} ${status}`);
  const hears = (watcher: Watcher, expected: readonly string[]) =>
    eventually(() => assert.deepEqual(statuses(watcher), [...expected].sort()), 10_000);
  /** What is stored of each subject, in order: nothing twice. */
  const stored = async () => {
    const rows = await queryPostgres(
      url,
      `SELECT s.id, string_agg(t.status::text, '' ORDER BY t.seq) AS statuses FROM caretaker.transitions t
        JOIN caretaker.subjects s USING (instance_key, subject_key) WHERE s.kind = 'entity' AND s.id LIKE 'sensor.lab_1%'
        GROUP BY s.id ORDER BY s.id`,
    );
    return rows.map(({ id, statuses }) => `${id} ${statuses}`);
  };

  /** One watches, the other stands by, and the first has told that all is down. */
  async function firstAndSecond(more: Partial<WatcherOrders> = {}): Promise<[Watcher, Watcher]> {
    const first = start('first', more);
    await watching(first);
    await subscribed(1);
    const second = start('second', more);
    await standing(second, 'first');
    await sleep(500);
    await flip('dead');
    await hears(first, each('unavailable'));
    assert.equal(home.sessions, 1);
    // Until its place among the facts is saved too.
    await sleep(800);
    return [first, second];
  }

  for (const [which, more] of [
    ['with monitors of their own', {}],
    ['with the same monitor, as in a copied flow', { monitor: 'same' }],
  ] as const) {
    it(`${which}: one killed, the other takes over within the lease and tells nothing twice`, async () => {
      const [first, second] = await firstAndSecond(more);
      const killed = performance.now();
      await first.end();
      await watching(second, LEASE_MS + SLACK_MS);
      assert.ok(performance.now() - killed < LEASE_MS + SLACK_MS);
      await subscribed(2);
      await sleep(500);
      assert.deepEqual(second.told, []);
      await flip('ok');
      await hears(second, each('available'));
      assert.deepEqual(await stored(), each('010'));
      assert.equal(home.sessions, 1);
    });
  }

  it('one frozen for longer than its lease writes and tells nothing any more, and stands by', async () => {
    const [first, second] = await firstAndSecond();
    first.signal('SIGSTOP');
    await watching(second, LEASE_MS + SLACK_MS);
    await subscribed(2);
    await flip('ok');
    await hears(second, each('available'));
    await flip('dead');
    await hears(second, [...each('available'), ...each('unavailable')]);
    first.signal('SIGCONT');
    await standing(first, 'second');
    await eventually(() => assert.equal(home.sessions, 1));
    await sleep(1_000);
    await flip('ok');
    await hears(second, [...each('available'), ...each('unavailable'), ...each('available')]);
    assert.deepEqual(statuses(first), each('unavailable'));
    assert.deepEqual(await stored(), each('01010'));
    assert.equal(second.state, 'watching');
  });

  it('one frozen for less than its lease goes on', async () => {
    const [first, second] = await firstAndSecond();
    first.signal('SIGSTOP');
    await sleep(LEASE_MS / 3);
    await flip('ok');
    first.signal('SIGCONT');
    await hears(first, [...each('unavailable'), ...each('available')]);
    assert.match(second.standby ?? '', /first/);
  });

  it('in one SQLite file likewise: frozen, it is fenced off; killed, the other takes over', async () => {
    const [first, second] = await firstAndSecond({
      store: { fields: { file: join(folder, 'shared.sqlite') }, url: '' },
    });
    first.signal('SIGSTOP');
    await watching(second, LEASE_MS + SLACK_MS);
    await subscribed(2);
    await flip('ok');
    await hears(second, each('available'));
    first.signal('SIGCONT');
    await standing(first, 'second');
    await eventually(() => assert.equal(home.sessions, 1));
    await second.end();
    await watching(first, LEASE_MS + SLACK_MS);
    await subscribed(3);
    // What the other wrote and told while this one stood still, this one's own monitor has not heard yet.
    await hears(first, [...each('unavailable'), ...each('available')]);
    await flip('dead');
    await hears(first, [...each('unavailable'), ...each('available'), ...each('unavailable')]);
  });

  it('one stopped in order hands over within 2 s, and back', async () => {
    const [first, second] = await firstAndSecond();
    const stopped = performance.now();
    await first.end('SIGTERM');
    const ended = performance.now();
    await watching(second);
    const taken = performance.now();
    assert.ok(
      taken - stopped < 2_000 + (ended - stopped),
      `${taken - stopped} ms, of which ${ended - stopped} to stop`,
    );
    await flip('ok');
    await hears(second, each('available'));
    const again = start('first');
    await standing(again, 'second');
    await second.end('SIGTERM');
    await watching(again, 3_000);
  });

  it('one killed and started again gets back at once what was its own', async () => {
    // Long enough for a process to start in on a machine that is busy.
    const lease = 40_000;
    const first = start('first', { lease });
    await watching(first);
    await first.end();
    const begun = performance.now();
    const again = start('first', { lease });
    await watching(again, lease / 2);
    assert.equal(again.standby, null);
    assert.ok(performance.now() - begun < lease / 2);
  });

  it('two with one user directory: the later one has it, and keeps it', async () => {
    const first = start('first');
    await watching(first);
    const copy = start('first');
    await watching(copy);
    await standing(first, 'first');
    await sleep(LEASE_MS * 1.5);
    assert.deepEqual([first.state, copy.state], ['resting', 'watching']);
    assert.equal(home.sessions, 1);
  });
});
