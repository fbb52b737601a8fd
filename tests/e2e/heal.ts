import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isModern } from '../contract/shape';
import { monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { Home } from '../support/home';
import { healNode, SENSORS, Stage } from './heal-stage';
import { ids, isHealed, isNot, Ward } from './ward';

const RELOAD = ['integration'];
/** Longer than graces and incident window: what has not been said or done by then will not be. */
const QUIET_MS = 1_500;

/**
 * Every way in which an entry breaks, healed by the real node: what the home was told to do, what came back, and that
 * nothing else in it, and nothing in the other home, changed.
 * @param pace how long slow things take; 1 is what is asked of a real Home Assistant
 */
export function heals(name: string, open: () => Promise<Home>, pace = 1): void {
  describe(`a home is healed from end to end: ${name}`, function () {
    this.timeout(90_000);
    const stage = new Stage(open, 2);
    const ward = new Ward(stage);
    let cabinBefore: Record<string, unknown>;
    let cabinLogged: number;
    /** Everything there was written anew. */
    let restarted = false;

    before(async function () {
      this.timeout(900_000);
      await stage.start();
      cabinLogged = (await stage.cabin.log()).length;
      cabinBefore = await stage.rest(stage.cabin);
    });
    after(async () => {
      console.log(ward.rows.map((row) => `      ${row}`).join('\n'));
      await stage.stop();
    });
    beforeEach(async () => {
      restarted = false;
      await ward.admit();
    });
    afterEach(async () => {
      if (!restarted) await ward.assertNothingElse();
      await ward.dismiss();
      assert.deepEqual(
        stage.nodeRed.output.filter((line) => /\[error\]|unhandled|TypeError/i.test(line)),
        [],
      );
    });

    const entry = (fields: object = {}) => ({ entry_id: ward.patient.entryId, ...fields });

    it('a device that its restart button brings back, and no reload', async () => {
      const [button = ''] = ward.patient.buttons;
      const own = ward.patient.sensors.slice(0, SENSORS);
      await ward.falls('device_dead_until_button', own);
      const answer = await stage.ask({ device_id: await stage.deviceOf(ward.patient, 1) });
      ward.show('device until its button', answer);
      isHealed(answer, own);
      assert.deepEqual(
        answer.steps.map(({ level, action }) => [level, action]),
        [
          ['entity', 'update_entity'],
          ['device', 'press_button'],
        ],
      );
      assert.deepEqual([ward.deeds().length, ward.deeds().at(-1)], [2, `button.press ${button}`]);
      await eventually(() => ward.areBack(own));
    });

    it('entities that a poll brings back, and nothing more is done', async () => {
      await ward.falls('dead_until_update');
      const answer = await stage.ask(entry());
      ward.show('dead until polled', answer);
      isHealed(answer, ward.patient.sensors);
      assert.equal(ward.deeds().length, 1);
      assert.deepEqual(
        ward.deeds()[0]?.split(/[ ,]+/).sort(),
        [...ward.patient.sensors, 'homeassistant.update_entity'].sort(),
      );
    });

    it('entities that are dead whatever is done: every rung, and what stayed down', async () => {
      await ward.falls('dead');
      const answer = await stage.ask(entry());
      ward.show('dead for good', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(
        answer.steps.map(({ action }) => action),
        ['update_entity', 'press_button', 'press_button', 'reload'],
      );
      assert.deepEqual([ward.deeds().length, ward.deeds().at(-1)], [4, 'reload']);
      assert.deepEqual(ids(answer.still_down), [...ward.patient.sensors].sort());
      assert.match(answer.message, /Still down: .*Sensor 1/);
      assert.equal(await stage.entryState(ward.patient), 'loaded');
    });

    it('entities that are dead until a reload, by message', async () => {
      await ward.falls('dead_until_reload');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      ward.show('dead until reload, by message', answer);
      isHealed(answer, ward.patient.sensors);
      assert.deepEqual(ward.deeds(), ['reload']);
      assert.match(answer.message, /healed by reload in .* 6 entities are back/);
      assert.ok(answer.duration_seconds < 10);
    });

    it('a reload that brings back half of them is not a heal', async () => {
      await ward.falls('dead_until_reload_but_one');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      ward.show('a reload brings back half', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(ids(answer.still_down), ward.patient.sensors.slice(0, SENSORS));
      assert.deepEqual(ids(answer.recovered), ward.patient.sensors.slice(SENSORS));
      assert.deepEqual(ward.deeds(), ['reload']);
    });

    it('the set-up is not ready: Home Assistant is trying by itself', async () => {
      await ward.failsSetUp('setup_not_ready', 'setup_retry');
      const answer = await stage.ask(entry());
      ward.show('set-up not ready', answer);
      isNot(answer, 'refused', 'ha_is_retrying');
      const left = Date.parse(String(answer['until'])) - Date.now();
      assert.ok(left > 0 && left <= 600_000, String(answer['until']));
      assert.deepEqual(ward.deeds(), []);
    });

    it('the set-up answers False: that a reload is answered proves nothing', async () => {
      await ward.failsSetUp('setup_false', 'setup_error');
      const answer = await stage.ask(entry());
      ward.show('set-up False', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(ward.deeds(), ['reload']);
      assert.equal(answer.still_down.length, 8);
      assert.equal(await stage.entryState(ward.patient), 'setup_error');
      await stage.home.lab.setMode(ward.patient.entryId, 'ok');
      const next = await stage.ask(entry());
      ward.show('set-up False, then mended', next);
      isHealed(next, [...ward.patient.sensors, ...ward.patient.buttons]);
    });

    it('the password has changed: nothing is called', async () => {
      await ward.failsSetUp('setup_auth_failed', 'setup_error');
      const answer = await stage.ask(entry());
      ward.show('password changed', answer);
      isNot(answer, 'refused', 'not_recoverable');
      assert.match(answer.message, /sign in again/);
      assert.deepEqual(ward.deeds(), []);
    });

    it('it cannot be unloaded, and is left alone from then on', async () => {
      await ward.falls('dead_unload_false');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      ward.show('unload fails', answer);
      assert.deepEqual(ward.deeds(), ['reload']);
      const again = await stage.ask(entry({ levels: RELOAD }));
      if (isModern(stage.home)) {
        isNot(answer, 'failed', 'not_recoverable');
        assert.equal(await stage.entryState(ward.patient), 'failed_unload');
        isNot(again, 'refused', 'not_recoverable');
        assert.deepEqual(ward.deeds(), ['reload']);
        stage.tap.deeds.length = 0;
        ward.show('failed_unload', again);
      } else {
        isNot(answer, 'failed', 'still_down');
        assert.equal(await stage.entryState(ward.patient), 'loaded');
        isNot(again, 'failed', 'still_down');
      }
      await stage.home.lab.setMode(ward.patient.entryId, 'ok');
    });

    it('an id nobody knows', async () => {
      const answer = await stage.ask({ entry_id: 'nobody' });
      ward.show('unknown id', answer);
      isNot(answer, 'refused', 'no_target');
      assert.deepEqual(ward.deeds(), []);
    });

    it('what is up is left alone', async () => {
      const answer = await stage.ask(entry());
      ward.show('nothing is down', answer);
      isNot(answer, 'refused', 'already_available');
      assert.deepEqual(ward.deeds(), []);
    });

    it('recovers by itself while a plan waits: nothing is called, and it says so', async () => {
      await ward.falls('recovers', ward.patient.sensors, 3);
      const answer = await stage.ask(entry({ plans: ['Patience'] }));
      ward.show('recovers while a plan waits', answer);
      isHealed(answer, ward.patient.sensors);
      assert.match(answer.message, /healed by wait in/);
      assert.deepEqual(ward.deeds(), []);
    });

    it('recovers by itself while the ladder waits: no rung after that is climbed', async () => {
      await ward.falls('recovers', ward.patient.sensors, 1.5);
      const answer = await stage.ask(entry());
      ward.show('recovers while the ladder waits', answer);
      isHealed(answer, ward.patient.sensors);
      assert.deepEqual([ward.deeds().length, ward.deeds()[0]?.split(' ')[0]], [1, 'homeassistant.update_entity']);
    });

    it('a reload that takes long: what it takes down itself is no news', async () => {
      await stage.deploy({ verifySeconds: 60 });
      await stage.isSeen(ward.patient);
      ward.forgetTold();
      await ward.falls('dead_until_slow_reload', ward.patient.sensors, 20 * pace);
      const answer = await stage.ask(entry({ levels: RELOAD }));
      ward.show(`a reload of ${20 * pace} s`, answer);
      isHealed(answer, ward.patient.sensors);
      assert.deepEqual(ward.deeds(), ['reload']);
      assert.ok(answer.duration_seconds >= 20 * pace && answer.duration_seconds < 20 * pace + 10);
      await sleep(QUIET_MS);
      ward.areBack();
      await stage.deploy();
    });

    it('by itself, when the monitor tells the incident', async () => {
      await stage.deploy({ more: [healNode('auto', { auto: true, levels: RELOAD })] });
      await ward.falls('dead_until_reload');
      const healed = await ward.healed();
      ward.show('dead until reload, by itself', healed);
      isHealed(healed, ward.patient.sensors);
      await ward.incidentEnds();
      await sleep(QUIET_MS);
      assert.deepEqual(ward.deeds(), ['reload']);
      assert.deepEqual(ward.outputs(), ['healed']);
      await stage.deploy();
    });

    for (const kind of ['entity', 'incident'] as const) {
      it(`wired straight from the monitor: ${kind}`, async () => {
        const include = kind === 'entity' ? { include: { entities: [ward.patient.sensors[0]] } } : {};
        const wired = monitorNode('wired', 'tab', [], ['by_wire'], { kinds: [kind], direction: 'down', ...include });
        await stage.deploy({ more: [wired, healNode('by_wire', { levels: RELOAD })] });
        await ward.falls('dead_until_reload');
        const healed = await ward.healed();
        ward.show(`${kind} wired from the monitor`, healed);
        assert.equal(healed.outcome, 'healed');
        if (kind === 'incident') isHealed(healed, ward.patient.sensors);
        await eventually(() => ward.areBack());
        await sleep(QUIET_MS);
        assert.deepEqual(ward.deeds(), ['reload']);
        await stage.deploy();
      });
    }

    it('killed in the middle: it failed, and the next one heals', async () => {
      restarted = true;
      await ward.falls('dead_until_slow_reload', ward.patient.sensors, 3);
      const asked = stage.ask(entry({ levels: RELOAD }));
      await eventually(() => assert.deepEqual(ward.deeds(), ['reload']));
      await stage.home.kill();
      const answer = await asked;
      ward.show('killed in the middle', answer);
      isNot(answer, 'failed', 'instance_not_ready');
      for (const id of ward.patient.sensors) assert.ok(ids(answer.still_down).includes(id));
      const away = await stage.ask(entry());
      isNot(away, 'refused', 'instance_not_ready');
      await stage.home.start();
      await stage.isSeen(ward.patient);
      await eventually(() => ward.homeIsBack(), 15_000);
      ward.forgetTold();
      await ward.falls('dead_until_reload');
      const next = await stage.ask(entry({ levels: RELOAD }));
      ward.show('after it has come back', next);
      isHealed(next, ward.patient.sensors);
      assert.deepEqual(ward.deeds(), ['reload', 'reload']);
    });

    it('a token that is no administrator’s is not even tried', async () => {
      await stage.deploy({ who: 'user' });
      await stage.isSeen(ward.patient);
      // 2024.3 complains of somebody who wants to be told of labels and is no administrator.
      ward.expected = /label_registry_updated|\(unauthorized\) user from/;
      ward.forgetTold();
      await ward.falls('dead_until_reload');
      const answer = await stage.ask(entry());
      ward.show('token of a user', answer);
      isNot(answer, 'refused', 'not_admin');
      assert.deepEqual(ward.deeds(), []);
      assert.ok(!(await stage.home.log()).some((line) => line.includes('Login attempt')));
      await stage.deploy();
    });

    it('nothing was done to the other home', async () => {
      assert.deepEqual(stage.cabinTap.deeds, []);
      assert.deepEqual(await stage.cabinCalls(), []);
      assert.ok(stage.cabinTap.heard > 10);
      assert.deepEqual(await stage.rest(stage.cabin), cabinBefore);
      assert.deepEqual((await stage.cabin.log()).slice(cabinLogged), []);
    });
  });
}
