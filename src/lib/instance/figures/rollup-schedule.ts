import type { Household } from '../../core/figures/household';
import { describe } from '../../error';
import type { Namespace } from '../../store/store';
import { Alarm } from '../alarm';
import { shareOf } from '../backup-schedule';
import { rollUp } from './roll-up';
import { DAY_MS, rollupBefore } from './rollups';

/** What is confirmed later than this after an instant makes its rollup be made anew, ms. */
const SETTLE_MS = 15 * 60_000;
/** Homes that share a Node-RED are not rolled up in one moment: each has its own in this time, ms. */
const SPREAD_MS = 10 * 60_000;
/** After a failure, ms. */
const RETRY_MS = 15 * 60_000;
/** The clock may be set meanwhile, ms. */
const MOST_SLEEP_MS = 3_600_000;
/** As long as nothing is known of the home yet, ms. */
const LOOK_MS = 2_000;

interface Scheduled {
  readonly instance_id: string;
  readonly namespace: Namespace;
  /** Who belongs to whom; null while the home has not been seen. */
  household(): Household | null;
  /** Its own. */
  timeZone(): string;
  readonly trouble: (what: string) => void;
}

/** Rolls a home up, a day after another, until it is stopped. What was missed meanwhile is made up for. */
export class RollupSchedule {
  readonly #of: Scheduled;
  readonly #alarm: Alarm;
  readonly #stopped = new AbortController();
  #due = Number.POSITIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(of: Scheduled) {
    this.#of = of;
    this.#alarm = new Alarm(
      () => this.#due,
      () => {
        this.#due = Number.POSITIVE_INFINITY;
        this.#running = this.#run();
      },
    );
  }

  start(): void {
    this.#wait(Date.now());
  }

  /** Waits for what is being written: nothing is, once it is answered. */
  async stop(): Promise<void> {
    this.#alarm.stop();
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { instance_id, namespace, trouble } = this.#of;
    const household = this.#of.household();
    const now = Date.now();
    const settled = now - SETTLE_MS;
    try {
      if (!household) return this.#wait(now + LOOK_MS);
      const home = { namespace, household, time_zone: this.#of.timeZone() };
      const isBegun = await rollUp(home, rollupBefore(settled), this.#stopped.signal);
      const moment = SETTLE_MS + Math.floor(shareOf(instance_id) * SPREAD_MS);
      this.#wait(isBegun ? rollupBefore(settled) + DAY_MS + moment : now + LOOK_MS);
    } catch (thrown) {
      if (this.#stopped.signal.aborted) return;
      trouble(`The sums of the last days were not made: ${describe(thrown)} It is tried again in 15 minutes.`);
      this.#wait(now + RETRY_MS);
    }
  }

  #wait(until: number): void {
    this.#due = Math.min(until, Date.now() + MOST_SLEEP_MS);
    this.#alarm.set();
  }
}
