import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

const LONG = 20_000;
const ALL = ['entity', 'device', 'config_entry', 'instance', 'incident'];

/** Monitors of the same home, each with an ear of its own: what they are told differs by their fields alone. */
const MONITORS: Readonly<Record<string, Record<string, unknown>>> = {
  incidents: { kinds: ['incident'] },
  mixed: { kinds: ALL },
  subjects: {},
  down: { kinds: ['incident'], direction: 'down' },
  back: { kinds: ['incident'], direction: 'back' },
  lab: { kinds: ['incident'], include: { entities: ['sensor.lab_2_*'] } },
  other: { kinds: ['incident'], include: { entities: ['sensor.other_*'] } },
  without: { kinds: ['incident'], exclude: { integrations: ['caretaker_lab'] } },
};

for (const version of [5, 4] as const) {
  describe(`the incidents of a home in Node-RED ${version}`, function () {
    this.timeout(90_000);
    let home: SimulatedHome;
    let entry: string;
    /** Where in all that was told the present fault begins. */
    let since = 0;
    const nodeRed = new NodeRed({ version });

    before(async () => {
      home = await startSimulatedHome({ seed: 8, startSeconds: 0.2 });
      entry = await home.lab.add('Lab', 2, 3);
      await nodeRed.start();
      await deploy();
    });
    after(async () => {
      await nodeRed.dispose();
      await home.stop();
    });

    async function deploy(
      fields: Record<string, unknown> = {},
      type: 'full' | 'nodes' = 'full',
      more: FlowNode[] = [],
    ) {
      const monitors = Object.entries(MONITORS).flatMap(([name, own]) => [
        // An id that is some property's value would be taken for a reference.
        monitorNode(`monitor_${name}`, 'tab', [], [`to_${name}`], own),
        catcher(`to_${name}`, 'tab'),
      ]);
      const status = { id: 'beside', type: 'status', z: 'tab', scope: ['monitor_incidents'], wires: [['shown']] };
      const instance = instanceNode('home', home, { incident_window_seconds: 1, ...fields });
      nodeRed.output.length = 0;
      await nodeRed.deploy(
        [{ id: 'tab', type: 'tab' }, instance, ...monitors, status, catcher('shown', 'tab'), ...more],
        type,
      );
      await watched();
    }

    const watched = () =>
      eventually(() => assert.ok(nodeRed.output.some((line) => line.includes('connected to'))), LONG);
    const heard = (monitor: string) => nodeRed.told.slice(since).filter((one) => one.caught_by === `to_${monitor}`);
    const events = (monitor: string, event: string) =>
      heard(monitor).filter(({ payload }) => payload['incident_id'] !== undefined && payload['event'] === event);

    async function told(event: string, monitor = 'incidents', fits: (one: Told) => boolean = () => true) {
      return eventually(() => {
        const found = events(monitor, event).find(fits);
        assert.ok(
          found,
          `${monitor} was not told ${event}: ${JSON.stringify(heard(monitor))} ${nodeRed.output.slice(-5).join('\n')}`,
        );
        return found;
      }, LONG);
    }

    /** Everything of the lab goes down. @returns what was told of it */
    async function fault(): Promise<Told> {
      since = nodeRed.told.length;
      await home.lab.setMode(entry, 'dead');
      return told('opened');
    }

    async function over(): Promise<Told> {
      await home.lab.setMode(entry, 'ok');
      return told('resolved');
    }

    /** Each event once, and nothing of anything else. */
    function assertOnce(monitor: string, id: string, ...once: string[]): void {
      const all = heard(monitor).filter(({ payload }) => payload['event'] !== 'updated');
      assert.deepEqual(
        all.map(({ topic, payload }) => [topic, payload['event']]),
        once.map((event) => [id, event]),
      );
    }

    const shows = (text: RegExp) =>
      eventually(() => {
        const last = nodeRed.told.filter((one) => one.caught_by === 'shown').at(-1) as unknown as Shown;
        assert.match(last.status.text, text);
        return last.status;
      }, LONG);

    it('are told once each: opened with its root and what it explains, updated, resolved', async () => {
      const { topic, instance_id, payload } = await fault();
      const { incident_id, root, explained, resolution, since: from } = payload;
      assert.equal(topic, incident_id);
      assert.equal(instance_id, 'home');
      assert.deepEqual(root, { kind: 'config_entry', id: entry, name: 'Lab' });
      const ids = (explained as { id: string }[]).map(({ id }) => id);
      assert.equal(ids.filter((id) => /^sensor\.lab_[12]_sensor_[123]$/.test(id)).length, 6);
      assert.equal(resolution, null);
      assert.equal(new Date(String(from)).toISOString(), from);
      assert.equal(payload['instance_name'], 'The home');
      const { fill, shape } = await shows(/The home: 1 down/);
      assert.deepEqual([fill, shape], ['red', 'dot']);

      await home.lab.setMode(entry, 'dead_until_reload_but_one');
      await home.lab.reload(entry);
      const updated = await told('updated');
      assert.equal(updated.topic, topic);
      const back = updated.payload['recovered'] as { id: string }[];
      assert.ok(
        back.some(({ id }) => id === 'sensor.lab_2_sensor_1'),
        JSON.stringify(updated),
      );

      const resolved = await over();
      assert.equal(resolved.payload['resolution'], 'recovered');
      assertOnce('incidents', topic, 'opened', 'resolved');
      await shows(/all well/);
    });

    it('go to whoever asked for them, for their direction and for what they explain', async () => {
      const { topic } = await fault();
      await over();
      for (const monitor of ['mixed', 'lab', 'back']) await told('resolved', monitor);
      assertOnce('lab', topic, 'opened', 'resolved');
      assertOnce('down', topic, 'opened');
      assertOnce('back', topic, 'resolved');
      for (const monitor of ['other', 'without']) assert.deepEqual(heard(monitor), []);
      const kinds = new Set(heard('subjects').map(({ payload }) => payload['kind']));
      assert.deepEqual([...kinds], ['entity']);
    });

    it('are named by transitions from the moment on they explain them', async () => {
      const { topic } = await fault();
      await over();
      const all = heard('mixed').filter(({ payload }) => payload['kind'] === 'entity');
      const named = (status: string) =>
        all.filter(({ payload }) => payload['status'] === status).map(({ payload }) => payload['incident_id']);
      assert.deepEqual(named('unavailable'), Array(6).fill(null));
      assert.deepEqual(named('available'), Array(6).fill(topic));
      const order = heard('mixed').map(({ payload }) => String(payload['incident_id'] && payload['event']));
      assert.equal(order.at(-1), 'resolved');
    });

    it('are not told again to a flow that is deployed anew, or after a restart in order', async () => {
      const { topic } = await fault();
      await deploy({ startup_grace_period_seconds: 1.1 }, 'nodes');
      await deploy();
      await nodeRed.stop();
      await nodeRed.start();
      await watched();
      await over();
      assertOnce('incidents', topic, 'opened', 'resolved');
    });

    it('are told what became of them while nobody was there', async () => {
      const { topic } = await fault();
      await nodeRed.stop();
      await home.lab.setMode(entry, 'ok');
      await nodeRed.start();
      await told('resolved');
      assertOnce('incidents', topic, 'opened', 'resolved');
    });

    it('are told once more at most, and by the same name, after a kill', async () => {
      const { topic } = await fault();
      await nodeRed.kill();
      await nodeRed.start();
      await watched();
      await over();
      assert.deepEqual(new Set(heard('incidents').map((one) => one.topic)), new Set([topic]));
      assert.ok(events('incidents', 'opened').length <= 2);
      assert.equal(events('incidents', 'resolved').length, 1);
    });

    it('are announced to who asks for what there is', async () => {
      const { topic } = await fault();
      const fields = { kinds: ['incident'], announce: true };
      await deploy({ startup_grace_period_seconds: 1.2 }, 'nodes', [
        monitorNode('monitor_new', 'tab', [], ['to_new'], fields),
        catcher('to_new', 'tab'),
      ]);
      const { payload } = await told('present', 'new');
      assert.equal(payload['incident_id'], topic);
      await over();
      await told('resolved', 'new');
      assertOnce('new', topic, 'present', 'resolved');
      assertOnce('incidents', topic, 'opened', 'resolved');
    });

    it('are one of kind instance when a home is away, and nothing in it goes down', async () => {
      since = nodeRed.told.length;
      await home.kill();
      const { topic, payload } = await told('opened');
      assert.deepEqual(payload['root'], { kind: 'instance', id: 'home', name: 'The home' });
      await home.start();
      await told('resolved');
      assertOnce('incidents', topic, 'opened', 'resolved');
      const told_of = heard('subjects').map((one) => one.payload['kind']);
      assert.deepEqual(told_of, ['instance', 'instance']);
    });
  });
}

interface Shown {
  readonly status: { readonly fill: string; readonly shape: string; readonly text: string };
}
