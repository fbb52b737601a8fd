import { isSame, marksOf } from '../marks';
import type { Caller, Operation, Reply } from '../operation';
import { askedFor } from '../ready';

/**
 * How long a reply stays good at most while its homes have nothing new, ms: dashboards and scrapers ask the same over
 * and over. Some go sooner, by chance, so that not all homes are asked anew in one moment.
 */
const GOOD_MS = 5_000;
const MOST = 200;
/** A list that is longer is shared only by those who ask at once. */
const SHORT = 100;

interface Recent {
  /** Of the homes it is about, when it was asked for. */
  readonly marks: readonly unknown[];
  readonly reply: Promise<Reply>;
}

/** Replies that are long work: whoever asks the same of the same homes meanwhile, or a moment later, shares them. */
export class RecentReplies {
  readonly #recent = new Map<string, Recent>();

  async reply(operation: Operation, caller: Caller, fields: object): Promise<Reply> {
    const asked = askedFor(caller);
    // By their nodes: who sees other homes never shares.
    const key = JSON.stringify([operation.name, asked === caller.visible, asked.map(({ id }) => id), fields]);
    const marks = asked.flatMap((member) => [member, ...marksOf(member, false)]);
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
    const end = performance.now() + GOOD_MS * (1 - Math.random() / 2);
    const drop = () => {
      if (this.#recent.get(key) === recent) this.#recent.delete(key);
    };
    const told = ({ body }: Reply) => {
      if (Array.isArray(body) && body.length > SHORT) drop();
      else setTimeout(drop, end - performance.now()).unref();
    };
    this.#recent.set(key, recent);
    recent.reply.then(told, drop);
  }
}
