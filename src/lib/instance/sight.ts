import type { Tracker } from '../core/tracker';
import type { ConnectionState } from '../hass/link';
import type { Past } from './past';

export interface SightHost {
  readonly tracker: Pick<Tracker, 'goLive' | 'goDark'>;
  isInMaintenance(now: number): boolean;
  /** Until then nothing is called down, epoch ms. */
  graced(until: number): void;
  /** What is seen counts from now on, or no more. */
  turned(): void;
}

/** What keeps us from a Home Assistant that is away; a refused token or another home is something else. */
const AWAY = new Set(['cannot_connect', 'connection_lost', 'command_timeout']);

/** Whether a home can be seen, since when, and whether what is seen of it counts. */
export class Sight {
  /** Connected and running. */
  live = false;
  /** Since when it is live or not, epoch ms. */
  since = Date.now();
  readonly #host: SightHost;
  /** After Home Assistant was away, ms. */
  readonly #grace: number;
  #graceUntil: number;
  /** Home Assistant was away or not running since we last saw it running. */
  #away = false;
  /** It is live and nobody works on it. */
  #counts = false;

  constructor(host: SightHost, startupGraceSeconds: number, { graceUntil }: Pick<Past, 'graceUntil'>) {
    this.#host = host;
    this.#grace = startupGraceSeconds * 1000;
    this.#graceUntil = graceUntil;
  }

  /** It was away when we last ran. @param since epoch ms */
  resumeAway(since: number): void {
    this.#away = true;
    this.since = since;
  }

  /**
   * After something that decides it may have changed. Answers whether it has come to be live.
   * @param running what Home Assistant said of itself last; null if it never did
   * @param reason why it is not connected, by its code
   */
  look(state: ConnectionState, running: boolean | null, reason: string | undefined): boolean {
    if (state !== 'connected' || !running) {
      this.#goDark(running, reason);
      return false;
    }
    const isNew = !this.live;
    if (isNew) this.#goLive();
    return isNew;
  }

  /** What is seen counts while the home is live and nobody works on it. */
  judge(now: number): void {
    const counts = this.live && !this.#host.isInMaintenance(now);
    if (counts === this.#counts) return;
    this.#counts = counts;
    if (counts) this.#host.tracker.goLive(now, Math.min(this.#graceUntil, now + this.#grace));
    else this.#host.tracker.goDark();
    this.#host.turned();
  }

  #goLive(): void {
    const now = Date.now();
    if (this.#away) {
      this.#graceUntil = now + this.#grace;
      this.#host.graced(this.#graceUntil);
    }
    this.live = true;
    this.since = now;
    this.#away = false;
    this.judge(now);
  }

  #goDark(running: boolean | null, reason = ''): void {
    // One that is found running with the first try was not away.
    this.#away ||= this.live || AWAY.has(reason) || running === false;
    if (!this.live) return;
    this.live = false;
    this.since = Date.now();
    this.judge(this.since);
  }
}
