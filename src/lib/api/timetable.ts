import { nextRun, type Schedule } from '../core/schedule';

/** The clock may be set and another zone may come to be known meanwhile, ms. */
const MOST_SLEEP_MS = 30_000;
/** So long after it began the zone of a home is waited for, ms. */
const ZONE_WAIT_MS = 60_000;
const ZONE_POLL_MS = 1_000;
/** What is later, after a sleep of the machine say, was missed, ms. */
const MOST_LATE_MS = 5 * 60_000;

interface Timed {
  readonly schedule: Schedule;
  /** Time zones of its homes, as far as they are known. Never rejects. */
  zones(): Promise<ReadonlySet<string>>;
  /** Never rejects. */
  ring(): Promise<void>;
  /** When it rings next, epoch ms. */
  planned(at: number, zone: string): void;
}

/** Rings by a schedule until it is stopped; what it missed while it was off is not made up for. */
export class Timetable {
  readonly #timed: Timed;
  readonly #began = Date.now();
  #due = Number.POSITIVE_INFINITY;
  #zone: string | null = null;
  #lookedAt = this.#began;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(timed: Timed) {
    this.#timed = timed;
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  readonly #look = async (): Promise<void> => {
    const zones = await this.#timed.zones();
    if (this.#stopped) return;
    const now = Date.now();
    const zone = this.#zoneNow(zones, now);
    if (zone === null) return this.#sleep(ZONE_POLL_MS);
    const isSetBack = now < this.#lookedAt - MOST_LATE_MS;
    this.#lookedAt = now;
    if (zone !== this.#zone || isSetBack) this.#plan(now, zone);
    else if (now >= this.#due) await this.#ring(now, zone);
    this.#sleep(this.#due - Date.now());
  };

  /** That of the homes if they have the same one, else that of the machine; null while the homes may still say theirs. */
  #zoneNow(zones: ReadonlySet<string>, now: number): string | null {
    const [zone, another] = zones;
    if (zone !== undefined && another === undefined) return zone;
    if (zone === undefined && this.#zone !== null) return this.#zone;
    if (zone === undefined && now - this.#began < ZONE_WAIT_MS) return null;
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }

  async #ring(now: number, zone: string): Promise<void> {
    const isMissed = now - this.#due > MOST_LATE_MS;
    // First the next one: how long this one takes does not matter.
    this.#plan(now, zone);
    if (!isMissed) await this.#timed.ring();
  }

  #plan(now: number, zone: string): void {
    this.#zone = zone;
    this.#due = nextRun(this.#timed.schedule, now, zone);
    this.#timed.planned(this.#due, zone);
  }

  #sleep(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#look(), Math.min(Math.max(ms, 0), MOST_SLEEP_MS)).unref();
  }
}
