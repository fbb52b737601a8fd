import type { Grant } from './keys';
import type { LiveEvent } from './live-event';

/** What somebody wants to be told of. */
export interface Wish {
  readonly grant: Grant;
  /** The one home he asked for; null is all he may see. */
  readonly only: string | null;
  /** Empty is all. */
  readonly kinds: readonly string[];
}

export interface Listener {
  readonly wish: Wish;
  tell(event: LiveEvent): void;
  /** A sign of life, where the way it is told needs one. */
  beat?(): void;
  /** @param why in a sentence, where there is somebody left to be told */
  end(why: string): void;
}

const MOST = 1000;
/** Less than what proxies wait for a word, ms. */
const BEAT_MS = 15_000;

/** Who is told what changes as it changes. */
export class Live {
  readonly #listeners = new Map<string, Listener>();
  #timer: NodeJS.Timeout | undefined;
  #stopped: string | null = null;

  join(id: string, listener: Listener): void {
    // A request that was on its way when this was taken down.
    if (this.#stopped !== null) {
      listener.end(this.#stopped);
      return;
    }
    this.#listeners.delete(id);
    this.#listeners.set(id, listener);
    this.#timer ??= setInterval(() => this.#beat(), BEAT_MS);
  }

  leave(id: string): void {
    this.#listeners.delete(id);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Whether one more may listen. When all places are taken, the key that holds most of them gives up its oldest; to its
   * own newcomer only a session's, which may have ended without a word.
   */
  makeRoom(id: string, key: Grant['key']): boolean {
    if (this.#listeners.size < MOST) return true;
    const greedy = this.#greediest();
    const mayGo = (other: string) => greedy !== key || (isSession(id) && isSession(other));
    const oldest = [...this.#listeners].find(([other, { wish }]) => wish.grant.key === greedy && mayGo(other));
    if (!oldest) return false;
    this.leave(oldest[0]);
    oldest[1].end('Too many listen. Who came later took this place.');
    return true;
  }

  tell(event: LiveEvent): void {
    // Somebody may leave while others are told.
    for (const listener of [...this.#listeners.values()]) if (wants(listener.wish, event)) listener.tell(event);
  }

  stop(why: string): void {
    this.#stopped = why;
    for (const [id, listener] of [...this.#listeners]) {
      this.leave(id);
      listener.end(why);
    }
  }

  /** Whose key holds the most places. */
  #greediest(): Grant['key'] | undefined {
    const held = new Map<Grant['key'], number>();
    for (const { wish } of this.#listeners.values()) held.set(wish.grant.key, (held.get(wish.grant.key) ?? 0) + 1);
    return [...held].sort(([, one], [, other]) => other - one)[0]?.[0];
  }

  #beat(): void {
    for (const listener of [...this.#listeners.values()]) listener.beat?.();
  }
}

/** Each key hears only of the homes it is for, whatever was asked. */
function wants({ grant, only, kinds }: Wish, { instance_id, kind }: LiveEvent): boolean {
  if (grant.instances.length > 0 && !grant.instances.includes(instance_id)) return false;
  if (only !== null && only !== instance_id) return false;
  return kinds.length === 0 || kinds.includes(kind);
}

/** By how they are called: those over WebSocket, and streams of events. */
function isSession(id: string): boolean {
  return id.startsWith('ws:');
}
