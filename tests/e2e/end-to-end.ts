import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { instanceNode, monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { Home } from '../support/home';
import { catcher, type FlowNode, NodeRed } from '../support/node-red';

const STALE_SECONDS = 6;

/**
 * Two homes with the same names and the same ids, watched by the real nodes in a real Node-RED with a read-only user's
 * token. Whatever is done to the first one, the messages are right, once, and none is about the second.
 * @param pace how long everything takes; 1 is what a real Home Assistant needs
 */
export function endToEnd(name: string, open: () => Promise<Home>, pace = 1): void {
  /** Seconds: long enough to see that a grace is kept, short enough for a test. */
  const GRACES = {
    state_change_grace_period_seconds: 1.5 * pace,
    recovery_grace_period_seconds: 0.5 * pace,
    startup_grace_period_seconds: 4 * pace,
    health_check_interval_seconds: 5,
    entity_overrides: [{ match: 'sensor.quiet_*', stale_threshold_seconds: STALE_SECONDS }],
  };
  /** Longer than any of these graces: what has not been said by then will not be said. */
  const QUIET_MS = 2_500 * pace;

  describe(`two homes from end to end: ${name}`, function () {
    this.timeout(180_000);
    let home: Home;
    let cabin: Home;
    let entry: string;
    let cabinEntry: string;
    const nodeRed = new NodeRed();

    const flows = (): FlowNode[] => [
      { id: 'tab', type: 'tab', label: 'Flow' },
      instanceNode('home', home, GRACES),
      instanceNode('cabin', cabin, GRACES),
      monitorNode('m', 'tab', [], ['c']),
      catcher('c', 'tab'),
    ];

    /** Until so much was said and then nothing more for a while; the messages of the step. */
    async function said(count: number, within = 30_000): Promise<string[]> {
      await eventually(() => assert.ok(nodeRed.told.length >= count, `so far: ${lines().join('; ')}`), within);
      await sleep(QUIET_MS);
      const all = lines();
      nodeRed.told.length = 0;
      return all.sort();
    }
    const lines = () =>
      nodeRed.told.map(({ payload, instance_id }) => {
        const { kind, id, previous_status, status, state } = payload;
        const short = id === entry || id === cabinEntry ? 'lab' : kind === 'device' ? 'device' : id;
        return `${instance_id}: ${kind} ${short} ${previous_status} > ${status} (${state})`;
      });
    const unavailable = ['sensor.lab_1_sensor_1', 'sensor.lab_1_sensor_2'].map(
      (id) => `home: entity ${id} available > unavailable (unavailable)`,
    );
    const button = 'home: entity button.lab_1_restart available > unavailable (unavailable)';
    const device = 'home: device device available > unavailable (unavailable)';

    /** Everything of the entry went down, or came back. */
    function wholeEntry(state: string): string[] {
      return [`home: config_entry lab available > unavailable (${state})`, device, button, ...unavailable].sort();
    }
    function isBack(messages: readonly string[]): void {
      const subjects = messages.map((line) => line.replace(/ \(.*/, ''));
      assert.deepEqual(subjects, [
        'home: config_entry lab unavailable > available',
        'home: device device unavailable > available',
        'home: entity button.lab_1_restart unavailable > available',
        'home: entity sensor.lab_1_sensor_1 unavailable > available',
        'home: entity sensor.lab_1_sensor_2 unavailable > available',
      ]);
    }

    before(async function () {
      this.timeout(600_000);
      [home, cabin] = await Promise.all([open(), open()]);
      [entry, cabinEntry] = await Promise.all([home.lab.add('Lab', 1, 2), cabin.lab.add('Lab', 1, 2)]);
      await nodeRed.start();
      await nodeRed.deploy(flows());
      await eventually(async () => assert.ok(await isSynced(nodeRed, 2)), 20_000);
      assert.deepEqual(await said(0), []);
    });
    after(async () => {
      await nodeRed.dispose();
      await Promise.all([home?.stop(), cabin?.stop()]);
    });
    afterEach(() => {
      assert.deepEqual(
        nodeRed.output.filter((line) => /\[error\]|unhandled|TypeError/i.test(line)),
        [],
      );
    });

    it('entities that go dead and come back with a reload', async () => {
      await home.lab.setMode(entry, 'dead_until_reload');
      assert.deepEqual(await said(2), unavailable);
      await home.lab.reload(entry);
      assert.deepEqual(
        (await said(2)).map((line) => line.replace(/ \(.*/, '')),
        [
          'home: entity sensor.lab_1_sensor_1 unavailable > available',
          'home: entity sensor.lab_1_sensor_2 unavailable > available',
        ],
      );
    });

    it('a reload of what is healthy is no news', async () => {
      await home.lab.reload(entry);
      assert.deepEqual(await said(0), []);
    });

    for (const [mode, state] of [
      ['setup_not_ready', 'setup_retry'],
      ['setup_false', 'setup_error'],
      ['setup_auth_failed', 'setup_error'],
    ] as const) {
      it(`an entry whose set-up fails: ${mode}`, async () => {
        await home.lab.setMode(entry, mode);
        await home.lab.reload(entry);
        assert.deepEqual(await said(5), wholeEntry(state));
        await home.lab.setMode(entry, 'ok');
        await home.lab.reload(entry);
        isBack(await said(5));
      });
    }

    it('an entry that is disabled and enabled is no news', async () => {
      await home.lab.disable(entry);
      assert.deepEqual(await said(0), []);
      await home.lab.enable(entry);
      assert.deepEqual(await said(0), []);
    });

    it('a renamed entity keeps its history, a removed one is forgotten', async () => {
      const second = await home.lab.add('Other', 1, 2);
      assert.deepEqual(await said(0), []);
      await home.lab.renameEntity('sensor.other_1_sensor_1', 'sensor.renamed');
      await home.lab.removeEntity('sensor.other_1_sensor_2');
      assert.deepEqual(await said(0), []);
      await home.lab.setMode(second, 'dead');
      assert.deepEqual(await said(1), ['home: entity sensor.renamed available > unavailable (unavailable)']);
      await home.lab.remove(second);
      assert.deepEqual(await said(0), []);
    });

    it('what has not reported for its threshold is stale, and fine with its next report', async () => {
      const quiet = await home.lab.add('Quiet', 1, 1);
      const stale = await said(0, STALE_SECONDS * 1000);
      await sleep(STALE_SECONDS * 1000 + 3_000);
      const told = [...stale, ...(await said(0))];
      if (home.version.startsWith('2024.3')) assert.deepEqual(told, []);
      else {
        assert.deepEqual(told, ['home: entity sensor.quiet_1_sensor_1 available > stale (1)']);
        await home.lab.setValue('sensor.quiet_1_sensor_1', 7);
        assert.deepEqual(await said(1), ['home: entity sensor.quiet_1_sensor_1 stale > available (7)']);
      }
      await home.lab.remove(quiet);
      assert.deepEqual(await said(0), []);
    });

    it('a restart of Home Assistant is about the home alone', async () => {
      await home.restart();
      await sleep(GRACES.startup_grace_period_seconds * 1000);
      const messages = await said(0);
      assert.deepEqual(
        messages.filter((line) => !line.includes(': instance ')),
        [],
      );
      assertAwayAndBack(messages);
    });

    it('a restart after which an entry does not come back', async () => {
      await home.lab.setMode(entry, 'setup_not_ready');
      await home.restart();
      const messages = (await said(5, 60_000)).filter((line) => !line.includes(': instance '));
      assert.deepEqual(messages, wholeEntry('setup_retry'));
      await home.lab.setMode(entry, 'ok');
      await home.lab.reload(entry);
      const back = (await said(5)).filter((line) => !line.includes(': instance '));
      isBack(back);
    });

    it('killed and started: the home went away and came back, nothing in it did', async () => {
      await home.kill();
      assert.deepEqual(await said(1), ['home: instance home available > unavailable (disconnected)']);
      await home.start();
      assert.deepEqual(await said(1), ['home: instance home unavailable > available (connected)']);
      await sleep(GRACES.startup_grace_period_seconds * 1000);
      assert.deepEqual(await said(0), []);
    });

    it('a revoked token is an error of the home, mended by a redeploy', async () => {
      await home.setTokenValid('read_only', false);
      // Home Assistant lets an open connection live on; a login is what fails.
      if (lines().length === 0) await dropConnection(home);
      const messages = await said(1, 60_000);
      assert.match(messages.at(-1) ?? '', /^home: instance home available > unavailable \((error|disconnected)\)$/);
      await home.setTokenValid('read_only', true);
      await nodeRed.deploy(flows());
      const back = await said(1);
      assert.deepEqual(back, ['home: instance home unavailable > available (connected)']);
    });

    it('what changed while Node-RED was away is told once', async () => {
      await nodeRed.stop();
      await home.lab.setMode(entry, 'dead');
      await nodeRed.start();
      assert.deepEqual(await said(2), unavailable);
      await nodeRed.stop();
      await nodeRed.start();
      assert.deepEqual(await said(0), []);
    });
  });
}

/** Away for less than its grace is no news; away for longer is told both ways. */
function assertAwayAndBack(messages: readonly string[]): void {
  if (messages.length === 0) return;
  assert.deepEqual(
    messages.map((line) => line.replace(/ \(.*/, '')),
    ['home: instance home available > unavailable', 'home: instance home unavailable > available'],
  );
}

async function dropConnection(home: Home): Promise<void> {
  await home.kill();
  await home.start();
}

/** Whether so many instances have had their first snapshot: each says so once in the log. */
async function isSynced(nodeRed: NodeRed, count: number): Promise<boolean> {
  return nodeRed.output.filter((line) => /caretaker-instance.*connected to/.test(line)).length >= count;
}
