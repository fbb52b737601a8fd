import { isSame, marksOf } from '../marks';
import type { Caller, Operation, Reply } from '../operation';

/** How long a reply stays good while its homes have nothing new, ms: dashboards and scrapers ask the same over and over. */
const GOOD_MS = 1_000;
/** Each may be a long page. */
const MOST = 32;

interface Recent {
  /** Of the homes it is about, when it was asked for. */
  readonly marks: readonly unknown[];
  readonly reply: Promise<Reply>;
}

/** Replies that are long work: whoever asks the same of the same homes meanwhile, or a moment later, shares them. */
export class RecentReplies {
  readonly #recent = new Map<string, Recent>();

  async reply(operation: Operation, caller: Caller, fields: object): Promise<Reply> {
    const key = keyOf(operation, caller, fields);
    const marks = [...caller.visible, ...caller.commanded].flatMap((member) => [member, ...marksOf(member, false)]);
    const known = this.#recent.get(key);
    if (known && isSame(known.marks, marks)) return known.reply;
    const recent = { marks, reply: operation.run(caller, fields) };
    if (known || this.#recent.size < MOST) this.#keep(key, recent);
    return recent.reply;
  }

  clear(): void {
    this.#recent.clear();
  }

  /** Until it is told, and then for the rest of the moment; what failed is asked again. */
  #keep(key: string, recent: Recent): void {
    const began = performance.now();
    const drop = () => {
      if (this.#recent.get(key) === recent) this.#recent.delete(key);
    };
    this.#recent.set(key, recent);
    recent.reply.then(() => setTimeout(drop, GOOD_MS - (performance.now() - began)).unref(), drop);
  }
}

/** Who sees other homes never shares. */
function keyOf({ name }: Operation, { visible, commanded, reference }: Caller, fields: object): string {
  const ids = [visible, commanded].map((members) => members.map(({ id }) => id));
  return JSON.stringify([name, ids, reference, fields]);
}
