import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isModern } from '../contract/shape';
import { monitorNode } from '../nodes/flows';
import { eventually } from '../support/eventually';
import type { Home, LabMode } from '../support/home';
import { type Answer, answerOf, healNode, type Patient, SENSORS, Stage } from './heal-stage';

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
    const rows: string[] = [];
    let patient: Patient;
    let cabinBefore: Record<string, unknown>;
    let earlier: Record<string, unknown>;
    /** How many lines each home had logged before. */
    let logged: number;
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
      console.log(rows.map((row) => `      ${row}`).join('\n'));
      await stage.stop();
    });
    beforeEach(async () => {
      restarted = false;
      patient = await stage.admit();
      earlier = await stage.rest(stage.home, patient);
      logged = (await stage.home.log()).length;
      stage.tap.deeds.length = 0;
      stage.nodeRed.told.length = 0;
    });
    afterEach(async () => {
      if (!restarted) await assertNothingElse();
      await stage.dismiss(patient);
      assert.deepEqual(
        stage.nodeRed.output.filter((line) => /\[error\]|unhandled|TypeError/i.test(line)),
        [],
      );
    });

    /** Since the test began, told short. */
    const deeds = () =>
      stage.tap.deeds.map(({ what }) =>
        what.replace(`POST /api/config/config_entries/entry/${patient.entryId}/reload`, 'reload'),
      );
    const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).sort();
    const show = (row: string, { outcome, reason, recovered, still_down, duration_seconds }: Answer) => {
      const calls = deeds().map((deed) => deed.replaceAll(/(\w+\.)lab_\d+x\d+_/g, '$1'));
      rows.push(
        `${row}: called ${calls.join('; ') || 'nothing'} -> ${outcome}${reason ? ` (${reason})` : ''}, ` +
          `${recovered.length} back, ${still_down.length} still down, ${duration_seconds.toFixed(1)} s`,
      );
    };
    /** Monitor's messages about this patient. */
    const told = () =>
      stage.nodeRed.told
        .filter(({ caught_by, payload }) => caught_by === 'told' && payload['event'] === 'transition')
        .map(({ instance_id, payload: { kind, id, status } }) => `${instance_id}: ${kind} ${id} ${status}`);
    const sensorsAre = (status: string, which = patient.sensors) =>
      which.map((id) => `home: entity ${id} ${status}`).sort();

    /** In this mode, and confirmed by the monitor. */
    async function falls(mode: LabMode, which = patient.sensors, seconds = 0): Promise<void> {
      await stage.home.lab.setMode(patient.entryId, mode, seconds);
      await eventually(() => assert.deepEqual(told().sort(), sensorsAre('unavailable', which)), 15_000);
    }
    async function failsSetUp(mode: LabMode, state: string): Promise<void> {
      await stage.home.lab.setMode(patient.entryId, mode);
      await stage.home.lab.reload(patient.entryId);
      assert.equal(await stage.entryState(patient), state);
      const line = `home: config_entry ${patient.entryId} unavailable`;
      await eventually(() => assert.ok(told().includes(line), told().join('\n')), 15_000);
    }
    function isHealed(answer: Answer, back: readonly string[]): void {
      assert.equal(answer.outcome, 'healed', JSON.stringify(answer));
      assert.deepEqual([answer.output, answer.instance_id, answer.reason], ['healed', 'home', null]);
      assert.deepEqual(ids(answer.recovered), [...back].sort());
      assert.deepEqual(answer.still_down, []);
    }
    function isNot(answer: Answer, outcome: 'failed' | 'refused', reason: string): void {
      assert.deepEqual([answer.output, answer.outcome, answer.reason], ['not_healed', outcome, reason], answer.message);
    }
    const entry = (fields: object = {}) => ({ entry_id: patient.entryId, ...fields });

    it('a device that its restart button brings back, and no reload', async () => {
      const [button = ''] = patient.buttons;
      const own = patient.sensors.slice(0, SENSORS);
      await falls('device_dead_until_button', own);
      const answer = await stage.ask({ device_id: await stage.deviceOf(patient, 1) });
      show('device until its button', answer);
      isHealed(answer, own);
      assert.deepEqual(
        answer.steps.map(({ level, action }) => [level, action]),
        [
          ['entity', 'update_entity'],
          ['device', 'press_button'],
        ],
      );
      assert.deepEqual([deeds().length, deeds().at(-1)], [2, `button.press ${button}`]);
      await eventually(() => assert.deepEqual(told().slice(SENSORS).sort(), sensorsAre('available', own)));
    });

    it('entities that a poll brings back, and nothing more is done', async () => {
      await falls('dead_until_update');
      const answer = await stage.ask(entry());
      show('dead until polled', answer);
      isHealed(answer, patient.sensors);
      assert.equal(deeds().length, 1);
      assert.deepEqual(deeds()[0]?.split(/[ ,]+/).sort(), [...patient.sensors, 'homeassistant.update_entity'].sort());
    });

    it('entities that are dead whatever is done: every rung, and what stayed down', async () => {
      await falls('dead');
      const answer = await stage.ask(entry());
      show('dead for good', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(
        answer.steps.map(({ action }) => action),
        ['update_entity', 'press_button', 'press_button', 'reload'],
      );
      assert.deepEqual([deeds().length, deeds().at(-1)], [4, 'reload']);
      assert.deepEqual(ids(answer.still_down), [...patient.sensors].sort());
      assert.match(answer.message, /Still down: .*Sensor 1/);
      assert.equal(await stage.entryState(patient), 'loaded');
    });

    it('entities that are dead until a reload, by message', async () => {
      await falls('dead_until_reload');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      show('dead until reload, by message', answer);
      isHealed(answer, patient.sensors);
      assert.deepEqual(deeds(), ['reload']);
      assert.match(answer.message, /healed by reload in .* 6 entities are back/);
      assert.ok(answer.duration_seconds < 10);
    });

    it('a reload that brings back half of them is not a heal', async () => {
      await falls('dead_until_reload_but_one');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      show('a reload brings back half', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(ids(answer.still_down), patient.sensors.slice(0, SENSORS));
      assert.deepEqual(ids(answer.recovered), patient.sensors.slice(SENSORS));
      assert.deepEqual(deeds(), ['reload']);
    });

    it('the set-up is not ready: Home Assistant is trying by itself', async () => {
      await failsSetUp('setup_not_ready', 'setup_retry');
      const answer = await stage.ask(entry());
      show('set-up not ready', answer);
      isNot(answer, 'refused', 'ha_is_retrying');
      const left = Date.parse(String(answer['until'])) - Date.now();
      assert.ok(left > 0 && left <= 600_000, String(answer['until']));
      assert.deepEqual(deeds(), []);
    });

    it('the set-up answers False: that a reload is answered proves nothing', async () => {
      await failsSetUp('setup_false', 'setup_error');
      const answer = await stage.ask(entry());
      show('set-up False', answer);
      isNot(answer, 'failed', 'still_down');
      assert.deepEqual(deeds(), ['reload']);
      assert.equal(answer.still_down.length, 8);
      assert.equal(await stage.entryState(patient), 'setup_error');
      await stage.home.lab.setMode(patient.entryId, 'ok');
      const next = await stage.ask(entry());
      show('set-up False, then mended', next);
      isHealed(next, [...patient.sensors, ...patient.buttons]);
    });

    it('the password has changed: nothing is called', async () => {
      await failsSetUp('setup_auth_failed', 'setup_error');
      const answer = await stage.ask(entry());
      show('password changed', answer);
      isNot(answer, 'refused', 'not_recoverable');
      assert.match(answer.message, /sign in again/);
      assert.deepEqual(deeds(), []);
    });

    it('it cannot be unloaded, and is left alone from then on', async () => {
      await falls('dead_unload_false');
      const answer = await stage.ask(entry({ levels: RELOAD }));
      show('unload fails', answer);
      assert.deepEqual(deeds(), ['reload']);
      const again = await stage.ask(entry({ levels: RELOAD }));
      if (isModern(stage.home)) {
        isNot(answer, 'failed', 'not_recoverable');
        assert.equal(await stage.entryState(patient), 'failed_unload');
        isNot(again, 'refused', 'not_recoverable');
        assert.deepEqual(deeds(), ['reload']);
        stage.tap.deeds.length = 0;
        show('failed_unload', again);
      } else {
        isNot(answer, 'failed', 'still_down');
        assert.equal(await stage.entryState(patient), 'loaded');
        isNot(again, 'failed', 'still_down');
      }
      await stage.home.lab.setMode(patient.entryId, 'ok');
    });

    it('an id nobody knows', async () => {
      const answer = await stage.ask({ entry_id: 'nobody' });
      show('unknown id', answer);
      isNot(answer, 'refused', 'no_target');
      assert.deepEqual(deeds(), []);
    });

    it('what is up is left alone', async () => {
      const answer = await stage.ask(entry());
      show('nothing is down', answer);
      isNot(answer, 'refused', 'already_available');
      assert.deepEqual(deeds(), []);
    });

    it('recovers by itself while a plan waits: nothing is called, and it says so', async () => {
      await falls('recovers', patient.sensors, 3);
      const answer = await stage.ask(entry({ plans: ['Patience'] }));
      show('recovers while a plan waits', answer);
      isHealed(answer, patient.sensors);
      assert.match(answer.message, /healed by wait in/);
      assert.deepEqual(deeds(), []);
    });

    it('recovers by itself while the ladder waits: no rung after that is climbed', async () => {
      await falls('recovers', patient.sensors, 1.5);
      const answer = await stage.ask(entry());
      show('recovers while the ladder waits', answer);
      isHealed(answer, patient.sensors);
      assert.deepEqual([deeds().length, deeds()[0]?.split(' ')[0]], [1, 'homeassistant.update_entity']);
    });

    it('a reload that takes long: what it takes down itself is no news', async () => {
      await stage.deploy({ verifySeconds: 60 });
      await stage.isSeen(patient);
      stage.nodeRed.told.length = 0;
      await falls('dead_until_slow_reload', patient.sensors, 20 * pace);
      const answer = await stage.ask(entry({ levels: RELOAD }));
      show(`a reload of ${20 * pace} s`, answer);
      isHealed(answer, patient.sensors);
      assert.deepEqual(deeds(), ['reload']);
      assert.ok(answer.duration_seconds >= 20 * pace && answer.duration_seconds < 20 * pace + 10);
      await sleep(QUIET_MS);
      assert.deepEqual(told().slice(patient.sensors.length).sort(), sensorsAre('available'));
      await stage.deploy();
    });

    it('by itself, when the monitor tells the incident', async () => {
      await stage.deploy({ more: [healNode('auto', { auto: true, levels: RELOAD })] });
      await falls('dead_until_reload');
      const healed = await heard('healed');
      show('dead until reload, by itself', healed);
      isHealed(healed, patient.sensors);
      await incidentEnds();
      await sleep(QUIET_MS);
      assert.deepEqual(deeds(), ['reload']);
      assert.deepEqual(
        answers().map(({ caught_by }) => caught_by),
        ['healed'],
      );
      await stage.deploy();
    });

    for (const kind of ['entity', 'incident'] as const) {
      it(`wired straight from the monitor: ${kind}`, async () => {
        const include = kind === 'entity' ? { include: { entities: [patient.sensors[0]] } } : {};
        const wired = monitorNode('wired', 'tab', [], ['by_wire'], { kinds: [kind], direction: 'down', ...include });
        await stage.deploy({ more: [wired, healNode('by_wire', { levels: RELOAD })] });
        await falls('dead_until_reload');
        const healed = await heard('healed');
        show(`${kind} wired from the monitor`, healed);
        assert.equal(healed.outcome, 'healed');
        if (kind === 'incident') isHealed(healed, patient.sensors);
        await eventually(() => assert.deepEqual(told().slice(patient.sensors.length).sort(), sensorsAre('available')));
        await sleep(QUIET_MS);
        assert.deepEqual(deeds(), ['reload']);
        await stage.deploy();
      });
    }

    it('killed in the middle: it failed, and the next one heals', async () => {
      restarted = true;
      await falls('dead_until_slow_reload', patient.sensors, 3);
      const asked = stage.ask(entry({ levels: RELOAD }));
      await eventually(() => assert.deepEqual(deeds(), ['reload']));
      await stage.home.kill();
      const answer = await asked;
      show('killed in the middle', answer);
      isNot(answer, 'failed', 'instance_not_ready');
      for (const id of patient.sensors) assert.ok(ids(answer.still_down).includes(id));
      const away = await stage.ask(entry());
      isNot(away, 'refused', 'instance_not_ready');
      await stage.home.start();
      await stage.isSeen(patient);
      stage.nodeRed.told.length = 0;
      await falls('dead_until_reload');
      const next = await stage.ask(entry({ levels: RELOAD }));
      show('after it has come back', next);
      isHealed(next, patient.sensors);
      assert.deepEqual(deeds(), ['reload', 'reload']);
    });

    it('a token that is no administrator’s is not even tried', async () => {
      await stage.deploy({ who: 'user' });
      await stage.isSeen(patient);
      // 2024.3 complains of somebody who wants to be told of labels and is no administrator.
      logged = (await stage.home.log()).length;
      stage.nodeRed.told.length = 0;
      await falls('dead_until_reload');
      const answer = await stage.ask(entry());
      show('token of a user', answer);
      isNot(answer, 'refused', 'not_admin');
      assert.deepEqual(deeds(), []);
      assert.ok(!(await stage.home.log()).some((line) => line.includes('Login attempt')));
      await stage.deploy();
    });

    it('nothing was done to the other home', async () => {
      assert.deepEqual(stage.cabinTap.deeds, []);
      assert.ok(stage.cabinTap.heard > 10);
      assert.deepEqual(await stage.rest(stage.cabin), cabinBefore);
      assert.deepEqual((await stage.cabin.log()).slice(cabinLogged), []);
    });

    /** In its home nothing changed but the patient, and nobody complained of anything else. */
    async function assertNothingElse(): Promise<void> {
      assert.deepEqual(await stage.rest(stage.home, patient), earlier);
      const lines = (await stage.home.log()).slice(logged);
      assert.deepEqual(
        lines.filter((line) => !line.includes(patient.title) && !line.includes('caretaker_lab')),
        [],
      );
    }
    const answers = () =>
      stage.nodeRed.told.filter(({ caught_by }) => caught_by === 'healed' || caught_by === 'not_healed');
    async function heard(output: string): Promise<Answer> {
      return eventually(() => {
        const found = answers().find(({ caught_by }) => caught_by === output);
        assert.ok(found, JSON.stringify(answers()));
        return answerOf(found);
      }, 20_000);
    }
    async function incidentEnds(): Promise<void> {
      await eventually(() => {
        const events = stage.nodeRed.told.filter(({ caught_by }) => caught_by === 'told');
        assert.ok(events.some(({ payload }) => payload['event'] === 'resolved'));
      }, 20_000);
    }
  });
}
