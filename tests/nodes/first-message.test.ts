import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually';
import { catcher, NodeRed } from '../support/node-red';
import { type SimulatedHome, startSimulatedHome } from '../support/simulator/simulated-home';
import { instanceNode, monitorNode } from './flows';

for (const version of [4, 5] as const) {
  describe(`the nodes in Node-RED ${version}`, () => {
    let home: SimulatedHome;
    let cabin: SimulatedHome;
    let nodeRed: NodeRed;

    before(async () => {
      home = await startSimulatedHome({ home: 'small', seed: 1, name: 'Home' });
      cabin = await startSimulatedHome({ home: 'small', seed: 1, name: 'Home' });
      nodeRed = new NodeRed({ version });
      await nodeRed.start();
    });
    after(async () => {
      await nodeRed.dispose();
      await home.stop();
      await cabin.stop();
    });

    it('send one true message, tagged with the home it is from', async () => {
      await nodeRed.deploy([
        { id: 'tab', type: 'tab', label: 'Flow' },
        instanceNode('home', home),
        instanceNode('cabin', cabin),
        monitorNode('m', 'tab', [], ['c']),
        catcher('c', 'tab'),
      ]);
      const entries = [await home.lab.add('Lab', 1, 2), await cabin.lab.add('Lab', 1, 2)];
      await eventually(() => {
        const connected = nodeRed.output.filter((line) => line.includes('connected to')).length;
        assert.equal(connected, 2, nodeRed.output.join('\n'));
      }, 10_000);
      // Until the registries with the new entries are in.
      await sleep(1_000);
      const callsBefore = cabin.calls.length;
      await home.lab.setMode(entries[0] as string, 'dead');
      await eventually(() => assert.equal(nodeRed.told.length, 2), 10_000);
      for (const { instance_id, topic, payload } of nodeRed.told) {
        assert.equal(instance_id, 'home');
        assert.equal(payload['instance_id'], 'home');
        assert.equal(payload['id'], topic);
        assert.equal(payload['status'], 'unavailable');
      }
      assert.deepEqual(
        cabin.calls
          .slice(callsBefore)
          .filter(({ type }) => type !== 'ping' && type !== 'GET /api/')
          .map(({ type }) => type),
        [],
      );
      assert.deepEqual(
        nodeRed.output.filter((line) => /error|unhandled/i.test(line)),
        [],
      );
    });
  });
}
