/** What waits for an instant, epoch ms. */
export interface Waiting {
  /** When it wants to be looked at; Infinity when it does not. */
  due: number;
  /** When the queue looks at it next; at or before `due`. */
  queued: number;
}

/**
 * A lazy binary heap: putting a deadline off only writes `due`; the old place in the queue finds out when its turn
 * comes. So an entity that reports every second costs one number a report, not a reordering.
 */
export class Deadlines<T extends Waiting> {
  readonly #keys: number[] = [];
  readonly #items: T[] = [];

  /** The next instant at which `pop` may have something; Infinity when nothing waits. */
  get next(): number {
    return this.#keys[0] ?? Number.POSITIVE_INFINITY;
  }

  arm(item: T, due: number): void {
    item.due = due;
    if (due >= item.queued) return;
    item.queued = due;
    this.#push(due, item);
  }

  /** The next item that is due, no longer waiting; undefined when none is. */
  pop(now: number): T | undefined {
    while (this.next <= now) {
      const key = this.next;
      const item = this.#shift();
      if (key !== item.queued) continue;
      item.queued = Number.POSITIVE_INFINITY;
      if (item.due > now) {
        this.arm(item, item.due);
        continue;
      }
      item.due = Number.POSITIVE_INFINITY;
      return item;
    }
    return undefined;
  }

  #push(key: number, item: T): void {
    let at = this.#keys.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((this.#keys[parent] as number) <= key) break;
      this.#set(at, this.#keys[parent] as number, this.#items[parent] as T);
      at = parent;
    }
    this.#set(at, key, item);
  }

  #shift(): T {
    const first = this.#items[0] as T;
    const key = this.#keys.pop() as number;
    const item = this.#items.pop() as T;
    const size = this.#keys.length;
    if (size === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && (this.#keys[child + 1] as number) < (this.#keys[child] as number)) child += 1;
      if ((this.#keys[child] as number) >= key) break;
      this.#set(at, this.#keys[child] as number, this.#items[child] as T);
      at = child;
    }
    this.#set(at, key, item);
    return first;
  }

  #set(at: number, key: number, item: T): void {
    this.#keys[at] = key;
    this.#items[at] = item;
  }
}
