import type { Fact } from '../../core/transition';
import { seqRange } from '../../store/seq';
import type { Namespace, TransitionQuery } from '../../store/store';

/** More than these are read anew each time, rather than fill the memory. */
const MOST = 5_000;
/** So long they are kept for who may ask again, ms. */
const KEPT_MS = 60_000;
/** Read at once. */
const PAGE = 500;

interface Tail {
  /** All that was confirmed from then on, epoch ms; oldest first. */
  readonly from: number;
  readonly facts: Fact[];
  /** As it was before the first of them was read. */
  readonly rewritten: number;
}

/**
 * The latest facts of a home that is watched. Whoever draws figures of them asks for the same over and over: only what
 * came since is read.
 */
export class RecentFacts {
  readonly #namespace: Pick<Namespace, 'transitions'>;
  readonly #rewritten: () => number;
  #tail: Tail | undefined;
  #reading = Promise.resolve();
  /** From then on there were too many, epoch ms. */
  #tooMany = Number.NEGATIVE_INFINITY;
  #forgetting: NodeJS.Timeout | undefined;

  /** @param rewritten grows with whatever makes facts of old others, such as a subject that was renamed */
  constructor(namespace: Pick<Namespace, 'transitions'>, rewritten: () => number) {
    this.#namespace = namespace;
    this.#rewritten = rewritten;
  }

  /** As the namespace answers it. */
  async transitions(query: TransitionQuery): Promise<Fact[]> {
    const { from, kind = 'entity', id, after, newest_first } = query;
    const isOfTail = from !== undefined && kind === 'entity' && id === undefined && !newest_first;
    if (!isOfTail || from <= this.#tooMany) return this.#namespace.transitions(query);
    if (after === undefined) await this.#refresh(from);
    return this.#tail && this.#tail.from <= from ? within(this.#tail.facts, query) : this.#namespace.transitions(query);
  }

  /** One after the other; what fails is the trouble of who asked. */
  #refresh(from: number): Promise<void> {
    const read = this.#reading.then(() => this.#read(from));
    this.#reading = read.catch(() => undefined);
    return read;
  }

  async #read(from: number): Promise<void> {
    let tail = this.#tailFrom(from);
    for (let isAll = false; !isAll; ) {
      const page = await this.#namespace.transitions({ from: tail.from, after: tail.facts.at(-1)?.seq, limit: PAGE });
      for (const fact of page) tail.facts.push(fact);
      isAll = page.length < PAGE;
      // What was asked for at first may be long ago.
      if (tail.facts.length > MOST && tail.from < from) tail = since(tail, from);
      if (tail.facts.length > MOST) return this.#keep(tail === this.#tail ? undefined : this.#tail, tail.from);
    }
    this.#keep(tail, this.#tooMany);
  }

  #tailFrom(from: number): Tail {
    const rewritten = this.#rewritten();
    const known = this.#tail;
    return known && known.from <= from && known.rewritten === rewritten ? known : { from, facts: [], rewritten };
  }

  #keep(tail: Tail | undefined, tooMany: number): void {
    this.#tail = tail;
    this.#tooMany = tooMany;
    this.#forgetting ??= setTimeout(() => this.#forget(), KEPT_MS).unref();
    this.#forgetting.refresh();
  }

  #forget(): void {
    this.#tail = undefined;
    this.#tooMany = Number.NEGATIVE_INFINITY;
  }
}

function since(tail: Tail, from: number): Tail {
  return { ...tail, from, facts: within(tail.facts, { from, limit: tail.facts.length }) };
}

/** @param facts in the order of `seq` */
function within(facts: readonly Fact[], query: TransitionQuery): Fact[] {
  const { low, high, limit } = seqRange(query);
  const found: Fact[] = [];
  for (let at = placeOf(facts, low); at < facts.length && found.length < limit; at += 1) {
    const fact = facts[at] as Fact;
    if (fact.seq >= high) break;
    if (query.kind === undefined || fact.subject.kind === query.kind) found.push(fact);
  }
  return found;
}

/** The first that does not come before. */
function placeOf(facts: readonly Fact[], seq: number): number {
  let [first, end] = [0, facts.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((facts[middle] as Fact).seq < seq) first = middle + 1;
    else end = middle;
  }
  return first;
}
