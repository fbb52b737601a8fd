import { heldUntil } from './hold';

/** Alarms that nobody can follow any more: the figures of ISA-18.2 and EEMUA 191. */
const WINDOW_MS = 600_000;
const STARTS_ABOVE = 10;
const ENDS_BELOW = 5;

/** Tells when single messages become a digest, and when they are single again. Knows no clock. */
export class Flood {
  #recent: number[] = [];
  #held = 0;
  #isOn = false;
  #digestDue = Number.POSITIVE_INFINITY;

  get isOn(): boolean {
    return this.#isOn;
  }

  /** When `digest` next has something to tell, epoch ms. */
  get due(): number {
    return this.#digestDue;
  }

  /** Something is to be told. @returns whether it is to be told by itself; else it waits for the digest */
  take(now: number): boolean {
    this.#recent = [...this.#since(now), now];
    if (this.#isOn && this.#recent.length < ENDS_BELOW && this.#held === 0) this.#isOn = false;
    if (!this.#isOn && this.#recent.length > STARTS_ABOVE) this.#isOn = true;
    if (!this.#isOn) return true;
    this.#held += 1;
    this.#digestDue = Math.min(this.#digestDue, now + WINDOW_MS);
    return false;
  }

  /** The digest goes out. @returns how many it stands for */
  digest(now: number): number {
    const held = this.#held;
    this.#held = 0;
    this.#digestDue = Number.POSITIVE_INFINITY;
    this.#recent = this.#since(now);
    if (this.#recent.length < ENDS_BELOW) this.#isOn = false;
    return held;
  }

  #since(now: number): number[] {
    return this.#recent.filter((at) => heldUntil(at, WINDOW_MS, now) > 0);
  }
}
