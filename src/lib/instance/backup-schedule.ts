import { createHash } from 'node:crypto';
import { describe } from '../error';
import type { Backups } from '../store/backups';
import { inTurn } from '../store/turns';

/** The tag of backups made by the clock: they are counted and kept apart from all others. */
const TAG = 'scheduled';
const HOUR_MS = 3_600_000;
/** More often than this it would do little else, ms. */
const LEAST_MS = HOUR_MS / 4;
/** Those that are late, after a restart say, share this time: each has its own moment in it, ms. */
const SPREAD_MS = 10 * 60_000;
/** After the first failure; then twice as long each time, ms. */
const RETRY_MS = 15 * 60_000;
/** The clock may be set meanwhile, and a timer takes no more than 24 days, ms. */
const MOST_SLEEP_MS = 60 * 60_000;

/**
 * When the next backup of an instance is due. It follows from what lies in the folder, so that no restart and no deploy
 * skips or repeats one.
 * @param made when those made by the clock were begun, epoch ms
 */
export function nextBackup(instanceId: string, intervalMs: number, made: readonly number[], now: number): number {
  // One of the future was made before the clock was set back: it says nothing.
  const newest = made.reduce((latest, at) => (at <= now ? Math.max(latest, at) : latest), Number.NEGATIVE_INFINITY);
  if (newest + intervalMs > now) return newest + intervalMs;
  const spread = Math.min(intervalMs, SPREAD_MS);
  const moment = Math.floor(shareOf(instanceId) * spread);
  return now + ((((moment - now) % spread) + spread) % spread);
}

/** When a backup that failed so many times in a row is tried again. */
export function nextTry(intervalMs: number, failures: number, now: number): number {
  return now + Math.min(intervalMs, RETRY_MS * 2 ** (failures - 1));
}

/** From 0 to below 1, for an id always the same. */
export function shareOf(instanceId: string): number {
  return createHash('sha256').update(instanceId).digest().readUInt32BE() / 2 ** 32;
}

interface ScheduledBackups {
  readonly instance_id: string;
  readonly intervalHours: number;
  /** Of its store: what hangs there holds up nobody elsewhere. */
  readonly place: string;
  readonly backups: Pick<Backups, 'list' | 'create'>;
  /** Told in a sentence what the user should know. */
  readonly log: (message: string) => void;
}

/** Backs an instance up by the clock until it is stopped; of one store one at a time. */
export class BackupSchedule {
  readonly #of: ScheduledBackups;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;

  constructor(of: ScheduledBackups) {
    this.#of = of;
    this.#intervalMs = Math.max(of.intervalHours * HOUR_MS, LEAST_MS);
    void this.#plan();
  }

  /** What is being made meanwhile ends with its store. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  readonly #plan = async (): Promise<void> => {
    const { instance_id, backups } = this.#of;
    try {
      const made = (await backups.list()).filter(({ tag }) => tag === TAG).map(({ created_at }) => created_at);
      this.#failures = 0;
      this.#sleep(nextBackup(instance_id, this.#intervalMs, made, Date.now()), this.#plan, this.#make);
    } catch (thrown) {
      this.#fail(thrown, this.#plan);
    }
  };

  readonly #make = (): Promise<void> => {
    return inTurn(`${TAG} ${this.#of.place}`, async () => {
      if (this.#stopped) return;
      await this.#of.backups.create(TAG).then(this.#plan, (thrown) => this.#fail(thrown, this.#make));
    });
  };

  #fail(thrown: unknown, again: () => Promise<void>): void {
    if (this.#stopped) return;
    this.#failures += 1;
    const at = nextTry(this.#intervalMs, this.#failures, Date.now());
    const minutes = Math.round((at - Date.now()) / 60_000);
    this.#of.log(`The scheduled backup was not made: ${describe(thrown)} It is tried again in ${minutes} minutes.`);
    const wait = async () => this.#sleep(at, wait, again);
    void wait();
  }

  /** `early` comes where the sleep had to end before the time. */
  #sleep(until: number, early: () => Promise<void>, then: () => Promise<void>): void {
    if (this.#stopped) return;
    const wake = () => void (Date.now() < until ? early() : then());
    this.#timer = setTimeout(wake, Math.min(Math.max(until - Date.now(), 0), MOST_SLEEP_MS)).unref();
  }
}
