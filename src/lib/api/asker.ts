import type { Reference } from '../core/resolve';
import { TIME_ZONE } from '../instance/past';
import type { Member, Roster } from '../instance/roster';
import { type Answer, type AskingOptions, ask, type Offered, operationOf } from './asking';
import { LiveAnswer } from './live-answer';
import { Timetable } from './timetable';

interface AskerOutputs {
  /** Nobody asked for this one: it changed, or it was time. */
  answered(answer: Answer): void;
  failed(thrown: Error): void;
  /** When the clock asks next, epoch ms. */
  planned(at: number, timeZone: string): void;
}

/** Asks what a node is set up to ask: when a message comes, when the answer changes, and by the clock. */
export class Asker {
  readonly #offered: Offered;
  readonly #roster: Roster;
  readonly #options: AskingOptions;
  readonly #outputs: AskerOutputs;
  readonly #live: LiveAnswer | null;
  readonly #timetable: Timetable | null;
  #stopped = false;

  /** @throws CaretakerError bad_input: what it is to ask by itself it cannot ask */
  constructor(offered: Offered, roster: Roster, options: AskingOptions, outputs: AskerOutputs) {
    this.#offered = offered;
    this.#roster = roster;
    this.#options = options;
    this.#outputs = outputs;
    this.#live = options.live ? this.#watch() : null;
    this.#timetable = this.#plan();
  }

  get isLive(): boolean {
    return this.#live !== null;
  }

  /** @throws CaretakerError @see ask */
  ask(reference: Reference, payload: unknown): Promise<Answer> {
    return ask(this.#offered, this.#roster, this.#options, reference, payload);
  }

  stop(): void {
    this.#stopped = true;
    this.#live?.stop();
    this.#timetable?.stop();
  }

  /** What is answered after the node was closed is told to nobody. */
  async #ring(): Promise<void> {
    try {
      const answer = await this.ask({}, {});
      if (!this.#stopped) this.#outputs.answered(answer);
    } catch (thrown) {
      if (!this.#stopped) this.#outputs.failed(thrown as Error);
    }
  }

  #members(): readonly Member[] {
    return this.#roster.chosen(this.#options.instances);
  }

  #watch(): LiveAnswer {
    const { query, live_seconds } = this.#options;
    return new LiveAnswer({
      operation: operationOf(this.#offered, query),
      everyMs: live_seconds * 1_000,
      members: () => this.#members(),
      ask: () => this.ask({}, {}),
      changed: (answer) => this.#outputs.answered(answer),
      failed: (thrown) => this.#outputs.failed(thrown),
    });
  }

  #plan(): Timetable | null {
    const { query, schedule } = this.#options;
    if (!schedule) return null;
    operationOf(this.#offered, query);
    return new Timetable({
      schedule,
      zones: async () => new Set((await Promise.all(this.#members().map(zonesOf))).flat()),
      ring: () => this.#ring(),
      planned: (at, timeZone) => this.#outputs.planned(at, timeZone),
    });
  }
}

/** The one it is in, or was last seen in; none while nobody knows. */
async function zonesOf({ instance_id, instance, keeping }: Member): Promise<string[]> {
  if (instance?.info) return [instance.info.time_zone];
  try {
    const noted = await (await keeping?.store.namespace(instance_id))?.note(TIME_ZONE);
    return noted == null ? [] : [noted];
  } catch {
    return [];
  }
}
