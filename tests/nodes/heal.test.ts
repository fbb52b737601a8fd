import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import { catcher, type FlowNode, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

const LONG = 20_000;
/** What each of these hears, by the place it hears it at. */
const EARS = ['seen', 'healed', 'not_healed', 'done', 'failed', 'status'];

describe('caretaker-heal in Node-RED', function () {
  this.timeout(60_000);
  let homes: SimulatedHome[];
  let entry: string;
  let count = 0;
  const nodeRed = new NodeRed();
  const [home, cabin] = [() => homes[0] as SimulatedHome, () => homes[1] as SimulatedHome];

  before(async () => {
    homes = await Promise.all([startSimulatedHome({ seed: 4 }), startSimulatedHome({ seed: 5 })]);
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.dispose();
    await Promise.all(homes.map((one) => one.stop()));
  });

  /** With an entry of its own, so that no try of another test is remembered. */
  async function deploy(fields: object = {}, ...more: FlowNode[]): Promise<void> {
    count += 1;
    entry = await home().lab.add(`Lab ${count}`, 1, 2);
    const quick = { verify_seconds: 1, cooldown_seconds: 0, incident_window_seconds: 1, reloads_per_hour: 100 };
    const admin = (one: SimulatedHome) => ({ ...quick, credentials: { token: one.tokens.admin } });
    const wires = [['healed'], ['not_healed']];
    nodeRed.told.length = 0;
    await nodeRed.deploy([
      { id: 'tab', type: 'tab' },
      instanceNode('home', home(), admin(home())),
      instanceNode('cabin', cabin(), admin(cabin())),
      { id: 'heal', type: 'caretaker-heal', z: 'tab', instances: [], levels: ['integration'], ...fields, wires },
      { id: 'ask', type: 'inject', z: 'tab', props: [], wires: [['heal']] },
      // Says beside it how things stand.
      { id: 'look', type: 'caretaker-heal', z: 'tab', instances: [], levels: ['integration'], wires: [['seen'], []] },
      { id: 'ask_look', type: 'inject', z: 'tab', props: [], wires: [['look']] },
      { id: 'c0', type: 'catch', z: 'tab', scope: ['look'], uncaught: false, wires: [['seen']] },
      { id: 'c1', type: 'complete', z: 'tab', scope: ['heal'], uncaught: false, wires: [['done']] },
      { id: 'c2', type: 'catch', z: 'tab', scope: ['heal'], uncaught: false, wires: [['failed']] },
      { id: 'c3', type: 'status', z: 'tab', scope: ['heal'], wires: [['status']] },
      ...EARS.map((ear) => catcher(ear, 'tab')),
      ...more,
    ]);
    await eventually(async () => assert.equal(await fallen(), 0), LONG);
    await eventually(async () => {
      const answer = await fetch(`${nodeRed.url}/caretaker/instances/node-home/diagnostics`);
      const { counts } = (await answer.json()) as { counts?: { subjects?: { config_entry: { available?: number } } } };
      assert.ok(counts?.subjects?.config_entry.available);
    }, LONG);
    nodeRed.told.length = 0;
  }

  /** How many of the entry's are seen to be down: what is not is not healed. Undefined while it is not known. */
  async function fallen(): Promise<number | undefined> {
    const before = heard('seen').length;
    await ask({ action: 'plan', entry_id: entry }, 'home', 'ask_look');
    const answer = await eventually(() => {
      const found = heard('seen')[before];
      assert.ok(found);
      return found;
    }, LONG);
    const { problem } = Object(answer.payload) as { problem?: { entities: unknown[] } };
    return problem?.entities.length;
  }

  async function ask(payload: object, instance_id = 'home', button = 'ask'): Promise<void> {
    const props = [
      { p: 'payload', v: JSON.stringify(payload), vt: 'json' },
      ...(instance_id ? [{ p: 'instance_id', v: instance_id, vt: 'str' }] : []),
    ];
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ __user_inject_props__: props }),
    };
    // A full deploy is answered before its nodes are there.
    await eventually(async () => assert.equal((await fetch(`${nodeRed.url}/inject/${button}`, options)).status, 200));
  }

  afterEach(() => home().lab.remove(entry));

  const heard = (ear: string): Told[] => nodeRed.told.filter(({ caught_by }) => caught_by === ear);
  const reloads = () => home().calls.filter(({ type }) => type.includes('/reload')).length;
  const statuses = () => heard('status').map((told) => (told as unknown as { status: { text: string } }).status.text);
  const errors = () => heard('failed').map((told) => (told as unknown as { error: Record<string, string> }).error);
  const fall = async () => {
    await home().lab.setMode(entry, 'dead_until_reload');
    await eventually(async () => assert.equal(await fallen(), 2), LONG);
    nodeRed.told.length = 0;
  };
  /** The one message that came there; nothing came elsewhere. */
  const only = async (ear: 'healed' | 'not_healed'): Promise<Told> => {
    await eventually(() => assert.equal(heard('done').length + heard('failed').length, 1), LONG);
    assert.deepEqual([heard('healed').length + heard('not_healed').length, errors()], [1, []]);
    const [told] = heard(ear);
    assert.ok(told, JSON.stringify(nodeRed.told));
    nodeRed.told.length = 0;
    return told;
  };
  const answered = async (payload: object, ear: 'healed' | 'not_healed' = 'healed') => {
    nodeRed.told.length = 0;
    await ask(payload);
    return only(ear);
  };

  it('heals by message: what came back goes to output 1, done once, with its progress in the status', async () => {
    await deploy();
    await fall();
    const before = reloads();
    await ask({ entry_id: entry });
    await eventually(() => assert.ok(statuses().includes(`Lab ${count}: healed`)), LONG);
    assert.ok(statuses().includes(`Lab ${count}: reloading …`), String(statuses()));
    const { payload, topic, instance_id } = await only('healed');
    assert.deepEqual([topic, instance_id, payload['outcome']], [entry, 'home', 'healed']);
    assert.match(String(payload['message']), /healed by reload in \d/);
    assert.equal((payload['recovered'] as unknown[]).length, 2);
    assert.equal(reloads(), before + 1);
    const refused = await answered({ entry_id: entry }, 'not_healed');
    assert.equal(refused.payload['reason'], 'already_available');
  });

  it('only rehearses where the node says so, whatever the message says', async () => {
    await deploy({ dry_run: true });
    await fall();
    const before = reloads();
    const { payload } = await answered({ entry_id: entry, dry_run: false }, 'not_healed');
    assert.deepEqual([payload['outcome'], payload['reason']], ['refused', 'dry_run']);
    assert.deepEqual(
      (payload['steps'] as { action: string }[]).map(({ action }) => action),
      ['reload'],
    );
    assert.equal(reloads(), before);
  });

  it('holds healing back and lets it go on, by message', async () => {
    await deploy();
    await fall();
    const before = reloads();
    const set = await answered({ action: 'suppress', entry_id: entry, reason: 'later' });
    assert.deepEqual([set.topic, set.instance_id, set.payload['action']], ['suppress', 'home', 'suppress']);
    assert.equal((await answered({ entry_id: entry }, 'not_healed')).payload['reason'], 'suppressed');
    const listed = await answered({ action: 'suppressions' });
    assert.equal((listed.payload['suppressions'] as { id: string }[])[0]?.id, entry);
    await answered({ action: 'unsuppress', entry_id: entry });

    assert.equal((await answered({ action: 'maintenance' })).payload['in_maintenance'], true);
    assert.equal((await answered({ entry_id: entry }, 'not_healed')).payload['reason'], 'maintenance');
    assert.equal(reloads(), before);
    assert.equal((await answered({ action: 'end_maintenance' })).payload['in_maintenance'], false);
    await eventually(async () => assert.equal(await fallen(), 2), LONG);
    assert.equal((await answered({ entry_id: entry })).payload['outcome'], 'healed');
  });

  it('gives what it does not understand to catch nodes, once, and nothing to its outputs', async () => {
    await deploy();
    for (const [payload, to, code, text] of [
      [{}, 'home', 'bad_input', /^entity_id: is missing/],
      [{ action: 'mend' }, 'home', 'bad_input', /^action: /],
      [{ action: 'suppress', entity_id: 'light.nobody' }, 'home', 'no_target', /^entity_id: /],
      [{ action: 'maintenance', for_minutes: -1 }, 'home', 'bad_input', /^for_minutes: /],
      [{ action: 'maintenance' }, '', 'instance_required', /several instances are configured/],
      [{ entry_id: entry }, 'attic', 'instance_not_found', /^Instance 'attic' not found/],
    ] as const) {
      nodeRed.told.length = 0;
      await ask(payload, to);
      await eventually(() => assert.equal(heard('failed').length, 1), LONG);
      const [error] = errors();
      assert.equal(error?.['code'], code);
      assert.match(String(error?.['message']).replace(/^CaretakerError: /, ''), text);
      assert.deepEqual([heard('healed'), heard('not_healed'), heard('done')], [[], [], []]);
    }
  });

  for (const [what, kinds] of [
    ['a transition', ['entity']],
    ['an incident', ['incident']],
  ] as const) {
    it(`heals ${what} that a monitor is wired straight in with`, async () => {
      await deploy({}, monitorNode('m', 'tab', [], ['heal'], { kinds, direction: 'down' }));
      const before = reloads();
      await home().lab.setMode(entry, 'dead_until_reload');
      const { payload, instance_id } = await eventually(() => {
        const [told] = heard('healed');
        assert.ok(told, JSON.stringify(nodeRed.told.slice(-3)));
        return told;
      }, LONG);
      assert.deepEqual([instance_id, payload['outcome']], ['home', 'healed']);
      if (kinds[0] === 'incident') assert.match(String(payload['incident_id']), /./);
      assert.equal(reloads(), before + 1);
      assert.deepEqual(errors(), []);
      assert.equal(cabin().calls.filter(({ type }) => type.includes('/reload')).length, 0);
    });
  }
});
