import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { catcher, NodeRed, type Told } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode } from './flows';

const LONG = 20_000;

describe('caretaker-heal by itself in Node-RED', function () {
  this.timeout(60_000);
  let home: SimulatedHome;
  let cabin: SimulatedHome;
  let entry: string;
  const nodeRed = new NodeRed();

  before(async () => {
    [home, cabin] = await Promise.all([
      startSimulatedHome({ seed: 4, language: 'de' }),
      startSimulatedHome({ seed: 5 }),
    ]);
    entry = await home.lab.add('Lab', 2, 2);
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.dispose();
    await Promise.all([home.stop(), cabin.stop()]);
  });

  const deploy = (fields: object = {}, wires = [['healed'], ['not_healed']]) => {
    const quick = { verify_seconds: 1, cooldown_seconds: 1, incident_window_seconds: 1, max_attempts: 1 };
    const admin = (one: SimulatedHome) => ({ ...quick, credentials: { token: one.tokens.admin } });
    const auto = { auto: true, notify: true, instances: ['node-home'], levels: ['integration'] };
    return nodeRed.deploy([
      { id: 'tab', type: 'tab' },
      instanceNode('home', home, admin(home)),
      instanceNode('cabin', cabin, admin(cabin)),
      { id: 'heal', type: 'caretaker-heal', z: 'tab', ...auto, ...fields, wires },
      { id: 's', type: 'status', z: 'tab', scope: ['heal'], wires: [['status']] },
      ...['healed', 'not_healed', 'status'].map((ear) => catcher(ear, 'tab')),
    ]);
  };
  const heard = (ear: string): Told[] => nodeRed.told.filter(({ caught_by }) => caught_by === ear);
  const acts = (one: SimulatedHome) =>
    one.calls.filter(({ via, type }) => (via === 'rest' ? type.startsWith('POST') : type === 'call_service'));
  const watched = () => eventually(() => assert.ok(home.subscriptions > 5 && cabin.subscriptions > 5), LONG);

  it('heals what fell, tells it at output 1 and touches no other home', async () => {
    await deploy();
    await watched();
    await sleep(1_500);
    await home.lab.setMode(entry, 'dead_until_reload');
    const told = await eventually(() => {
      const [found] = heard('healed');
      assert.ok(found, JSON.stringify(nodeRed.told));
      return found;
    }, LONG);
    assert.deepEqual([told.instance_id, told.payload['outcome'], told.payload['reason']], ['home', 'healed', null]);
    assert.ok(heard('status').some((one) => /Lab/.test(JSON.stringify(one))));
    await sleep(1_500);
    assert.deepEqual([heard('healed').length, heard('not_healed').length], [1, 0]);
    assert.deepEqual([acts(home).length, acts(cabin).length], [1, 0]);
  });

  it('tells a person once what it could not heal, over a restart of Node-RED, and when it is over', async () => {
    nodeRed.told.length = 0;
    await home.lab.setMode(entry, 'dead');
    const events = () => heard('not_healed').flatMap(({ payload }) => payload['event'] ?? []);
    await eventually(() => assert.deepEqual(events(), ['escalated']), LONG);
    await eventually(async () => assert.equal((await home.lab.notifications()).length, 1), LONG);
    assert.match(String((await home.lab.notifications())[0]?.title), /braucht Hilfe$/);
    const before = acts(home).length;
    await nodeRed.stop();
    nodeRed.told.length = 0;
    await nodeRed.start();
    await watched();
    await sleep(4_000);
    assert.deepEqual([heard('not_healed').length, acts(home).length], [0, before]);
    await home.lab.setMode(entry, 'ok');
    await eventually(() => assert.deepEqual(events(), ['settled']), LONG);
    await eventually(async () => assert.equal((await home.lab.notifications()).length, 0), LONG);
    assert.equal(acts(cabin).length, 0);
  });
});
