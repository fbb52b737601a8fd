import { describe } from '../error';
import type { Instance } from '../instance/instance';
import type { Member } from '../instance/roster';
import type { Answer } from './asking';
import { digest } from './digest';
import { isSame, marksOf } from './marks';
import type { Operation } from './operation';

/** So long a home that has just been deployed is waited for: until then it seems to be away, ms. */
const FIRST_SIGHT_MS = 15_000;
/** What changes with time alone, or where nothing can be seen to move, is found so often, ms. */
const ANYWAY_MS = 30_000;

interface LiveOptions {
  readonly operation: Pick<Operation, 'followsStates' | 'volatile'>;
  /** Between two looks, ms. */
  readonly everyMs: number;
  members(): readonly Member[];
  ask(): Promise<Answer>;
  /** It is another one than before. */
  changed(answer: Answer): void;
  /** Once for each failure in a row. */
  failed(thrown: Error): void;
}

/**
 * An answer that is told whenever it changes. Looks at what is cheap to see, each so often, and asks only when that has
 * moved: however much happens in a home, nobody is asked more often.
 */
export class LiveAnswer {
  readonly #options: LiveOptions;
  readonly #seen = new WeakSet<Instance>();
  readonly #began = Date.now();
  #unseenSince: number | null = this.#began;
  #marks: readonly unknown[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #digest = '';
  #failure = '';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    // Homes that are deployed with it are there after this turn.
    this.#sleep(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const now = Date.now();
    const members = this.#options.members();
    const followsStates = this.#options.operation.followsStates === true;
    const marks = members.flatMap((member) => marksOf(member, followsStates));
    if (!this.#awaits(members, now) && this.#isDue(marks, now)) {
      this.#marks = marks;
      this.#askedAt = now;
      await this.#ask();
    }
    this.#sleep(this.#options.everyMs);
  }

  async #ask(): Promise<void> {
    try {
      const answer = await this.#options.ask();
      const seen = await digest(answer.body, this.#options.operation.volatile);
      if (this.#stopped) return;
      this.#failure = '';
      if (seen === this.#digest) return;
      this.#digest = seen;
      this.#options.changed(answer);
    } catch (thrown) {
      if (this.#stopped || this.#failure === describe(thrown)) return;
      this.#failure = describe(thrown);
      // What comes after it is news, even if it is what was told before.
      this.#digest = '';
      this.#options.failed(thrown as Error);
    }
  }

  /** Somebody was not seen yet, as far as anybody waits for that. */
  #awaits(members: readonly Member[], now: number): boolean {
    const isSeen = members.map((member) => this.#isSeen(member)).every(Boolean);
    this.#unseenSince = isSeen ? null : (this.#unseenSince ?? now);
    return this.#unseenSince !== null && now - this.#unseenSince < FIRST_SIGHT_MS;
  }

  /** Once seen it is seen, also while it is away. */
  #isSeen({ instance, refusal, standby }: Member): boolean {
    if (!instance) return refusal !== null || Boolean(standby);
    if (instance.live || instance.reason !== null) this.#seen.add(instance);
    return this.#seen.has(instance);
  }

  #isDue(marks: readonly unknown[], now: number): boolean {
    // A clock that was set back must not hold it up.
    return !isSame(marks, this.#marks) || Math.abs(now - this.#askedAt) >= ANYWAY_MS;
  }

  #sleep(ms: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#look(), ms);
  }
}
