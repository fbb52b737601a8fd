import assert from 'node:assert/strict';
import { eventually } from '../support/eventually';
import type { LabMode } from '../support/home';
import { type Answer, answerOf, type Patient, type Stage } from './heal-stage';

/** One patient at a time, and all that was said and done since it was admitted. */
export class Ward {
  /** What was called and what came of it, a line each. */
  readonly rows: string[] = [];
  patient!: Patient;
  /** What its home may complain of besides. */
  expected: RegExp | null = null;
  readonly #stage: Stage;
  #others: Record<string, unknown> = {};
  #logged = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async admit(): Promise<void> {
    this.patient = await this.#stage.admit();
    this.#others = await this.#stage.rest(this.#stage.home, this.patient);
    this.#logged = (await this.#stage.home.log()).length;
    this.expected = null;
    this.#stage.tap.deeds.length = 0;
    this.forgetTold();
  }

  dismiss(): Promise<void> {
    return this.#stage.dismiss(this.patient);
  }

  forgetTold(): void {
    this.#stage.nodeRed.told.length = 0;
  }

  /** In its home nothing changed but the patient, and nobody complained of anything else. */
  async assertNothingElse(): Promise<void> {
    assert.deepEqual(await this.#stage.rest(this.#stage.home, this.patient), this.#others);
    const { title } = this.patient;
    const lines = (await this.#stage.home.log()).slice(this.#logged);
    assert.deepEqual(
      lines.filter((line) => !line.includes(title) && !line.includes('caretaker_lab') && !this.expected?.test(line)),
      [],
    );
  }

  /** Told short. */
  deeds(): string[] {
    const reload = `POST /api/config/config_entries/entry/${this.patient.entryId}/reload`;
    return this.#stage.tap.deeds.map(({ what }) => what.replace(reload, 'reload'));
  }

  show(row: string, { outcome, reason, recovered, still_down, duration_seconds }: Answer): void {
    const calls = this.deeds().map((deed) => deed.replaceAll(/(\w+\.)lab_\d+x\d+_/g, '$1'));
    this.rows.push(
      `${row}: called ${calls.join('; ') || 'nothing'} -> ${outcome}${reason ? ` (${reason})` : ''}, ` +
        `${recovered.length} back, ${still_down.length} still down, ${duration_seconds.toFixed(1)} s`,
    );
  }

  /** The transitions the monitor has told. */
  told(): string[] {
    return this.#stage.nodeRed.told
      .filter(({ caught_by, payload }) => caught_by === 'told' && payload['event'] === 'transition')
      .map(({ instance_id, payload: { kind, id, status } }) => `${instance_id}: ${kind} ${id} ${status}`);
  }

  /** As `told` tells it. */
  sensorsAre(status: string, which = this.patient.sensors): string[] {
    return which.map((id) => `home: entity ${id} ${status}`).sort();
  }

  /** In this mode, and confirmed by the monitor. */
  async falls(mode: LabMode, which = this.patient.sensors, seconds = 0): Promise<void> {
    await this.#stage.home.lab.setMode(this.patient.entryId, mode, seconds);
    await eventually(() => assert.deepEqual(this.told().sort(), this.sensorsAre('unavailable', which)), 15_000);
  }

  /** Those that fell are back, as the monitor tells it, and nothing else was told. */
  areBack(which = this.patient.sensors): void {
    assert.deepEqual(this.told().slice(which.length).sort(), this.sensorsAre('available', which));
  }

  /** As the monitor tells it: as often as it was told to be away. */
  homeIsBack(): void {
    const times = (status: string) => this.told().filter((line) => line === `home: instance home ${status}`).length;
    assert.equal(times('available'), times('unavailable'));
  }

  async failsSetUp(mode: LabMode, state: string): Promise<void> {
    const { entryId } = this.patient;
    await this.#stage.home.lab.setMode(entryId, mode);
    await this.#stage.home.lab.reload(entryId);
    assert.equal(await this.#stage.entryState(this.patient), state);
    const line = `home: config_entry ${entryId} unavailable`;
    await eventually(() => assert.ok(this.told().includes(line), this.told().join('\n')), 15_000);
  }

  /** Where those nobody asked for have come out. */
  outputs(): string[] {
    return this.#answers().map(({ caught_by }) => caught_by);
  }

  async healed(): Promise<Answer> {
    return eventually(() => {
      const found = this.#answers().find(({ caught_by }) => caught_by === 'healed');
      assert.ok(found, JSON.stringify(this.#answers()));
      return answerOf(found);
    }, 20_000);
  }

  async incidentEnds(): Promise<void> {
    await eventually(() => {
      const events = this.#stage.nodeRed.told.filter(({ caught_by }) => caught_by === 'told');
      assert.ok(events.some(({ payload }) => payload['event'] === 'resolved'));
    }, 20_000);
  }

  #answers() {
    return this.#stage.nodeRed.told.filter(({ caught_by }) => caught_by === 'healed' || caught_by === 'not_healed');
  }
}

export function ids(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id).sort();
}

export function isHealed(answer: Answer, back: readonly string[]): void {
  assert.equal(answer.outcome, 'healed', JSON.stringify(answer));
  assert.deepEqual([answer.output, answer.instance_id, answer.reason], ['healed', 'home', null]);
  assert.deepEqual(ids(answer.recovered), [...back].sort());
  assert.deepEqual(answer.still_down, []);
}

export function isNot(answer: Answer, outcome: 'failed' | 'refused', reason: string): void {
  assert.deepEqual([answer.output, answer.outcome, answer.reason], ['not_healed', outcome, reason], answer.message);
}
