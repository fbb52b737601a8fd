import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActionSite, act } from '../../../src/lib/hass/actions';
import { siteOf, stepOf } from '../../contract/site';
import { nothingUnhandled } from '../../hardening/quiet';
import { eventually } from '../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../support/simulator/simulated-home';

/** Radios are nowhere but in the simulator, which has these from Home Assistant's source. */
for (const version of ['2026.11.0', '2024.3.3'] as const) {
  describe(`an action by radio, ${version}`, () => {
    nothingUnhandled();
    let home: SimulatedHome;
    let site: ActionSite;
    beforeEach(async () => {
      home = await startSimulatedHome({ version, home: 'house' });
      site = await siteOf(home);
    });
    afterEach(async () => {
      site.connection.end('the test is over');
      await home.stop();
    });

    function deviceOf(domain: string) {
      const devices = [...home.core.devices.values()].filter(
        ({ config_entry_id, via_device_id }) =>
          home.core.entries.get(config_entry_id)?.domain === domain && via_device_id !== null,
      );
      const [device] = devices;
      assert.ok(device);
      return device;
    }
    const statesOf = (deviceId: string) =>
      [...home.core.entities.values()]
        .filter(({ device_id }) => device_id === deviceId)
        .map(({ entity_id }) => home.core.states.all.get(entity_id)?.state);
    const isBack = (deviceId: string) => !statesOf(deviceId).includes('unavailable');

    it('ZHA reconfigures a device by its address', async () => {
      const { id, identifiers } = deviceOf('zha');
      home.breakDevice(id, 'reconfigure');
      assert.ok(statesOf(id).every((state) => state === 'unavailable'));
      const ieee = identifiers[0]?.[1];
      assert.deepEqual(await act(stepOf('zha_reconfigure', id, { ieee }), site), { context_id: null });
      await eventually(() => assert.ok(isBack(id)));
    });

    it('ZHA that says nothing has been asked', async () => {
      home.faults.delay('zha/devices/reconfigure', Number.POSITIVE_INFINITY);
      const begun = Date.now();
      await act(stepOf('zha_reconfigure', 'x', { ieee: '00:11:22:33:44:55:66:77' }), site);
      assert.ok(Date.now() - begun < 5_000);
    }).timeout(10_000);

    it('ZHA refuses addresses that are none or nobody’s, and whoever is no administrator', async () => {
      for (const ieee of ['00:11:22:33:44:55:66:77', 'nonsense', null, undefined]) {
        await assert.rejects(act(stepOf('zha_reconfigure', 'x', { ieee }), site), { code: 'command_failed' });
      }
      const other = await siteOf(home, 'user');
      await assert.rejects(act(stepOf('zha_reconfigure', 'x', { ieee: '00' }), other), { code: 'not_admin' });
      other.connection.end('the test is over');
    });

    it('Z-Wave pings a device', async () => {
      const { id } = deviceOf('zwave_js');
      home.breakDevice(id, 'ping');
      const { context_id } = await act(stepOf('zwave_ping', id, { device_id: id }), site);
      assert.equal(typeof context_id, 'string');
      assert.ok(isBack(id));
    });

    it('a ping button lives while its device is dead, and brings it back', async () => {
      const { id } = deviceOf('zwave_js');
      const button = [...home.core.entities.values()].find(
        ({ device_id, translation_key }) => device_id === id && translation_key === 'ping',
      );
      assert.ok(button);
      assert.match(button.unique_id, /\.ping$/);
      home.breakDevice(id, 'ping');
      assert.deepEqual(home.core.states.all.get(button.entity_id)?.state, 'unknown');
      await act(stepOf('press_button', button.entity_id, { entity_id: button.entity_id }), site);
      assert.ok(isBack(id));
      assert.deepEqual(
        home.life.troubles.map(({ broken }) => broken),
        [true, false],
      );
    });

    it('what is not its cure changes nothing', async () => {
      const { id, identifiers } = deviceOf('zha');
      home.breakDevice(id, 'restart');
      await act(stepOf('zha_reconfigure', id, { ieee: identifiers[0]?.[1] }), site);
      await pause(60);
      assert.ok(!isBack(id));
    });

    it('faults hit one service or one REST call alone', async () => {
      home.faults.rejectSubscribe('button.press', 'home_assistant_error');
      home.faults.refuseRest('POST /api/config/core/check_config', 500);
      await assert.rejects(act(stepOf('press_button', 'x', { entity_id: 'button.x' }), site), {
        code: 'command_failed',
      });
      await act(stepOf('update_entity', 'x', { entity_id: 'sensor.x' }), site);
      await assert.rejects(act(stepOf('restart', 'x'), site), { code: 'command_failed', message: /500/ });
      await assert.rejects(act(stepOf('reload', 'nobody'), site), { code: 'command_failed', message: /404/ });
    });
  });
}
