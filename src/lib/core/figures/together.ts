/** What goes down no further apart than this goes down together. */
const TOGETHER_MS = 300_000;
/** So often they must have. */
const COMMON = 3;
/** The least share of times that one of two went down in which both did. */
const JACCARD = 0.5;
/** So many before one are looked at: where more go down at once, pairs say nothing. */
const NEIGHBOURS = 50;
const PAIRS = 20_000;

/** An entity went down, for no cause that is known. */
export interface Fall {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Entities that fail together, though nothing says why. */
export interface Companions {
  readonly entities: readonly string[];
  /** How often those two did that did it least. */
  readonly common: number;
  /** The least share of two of them. */
  readonly jaccard: number;
}

interface Pair {
  readonly one: string;
  readonly other: string;
  common: number;
  last: number;
}

/** First `count` all falls in the order of time, then `pair` them in the same order. */
export class Together {
  /** There were more of them than were looked at. */
  capped = false;
  readonly #isTrivial: (one: string, other: string) => boolean;
  readonly #times = new Map<string, { count: number; last: number }>();
  readonly #recent: Fall[] = [];
  readonly #pairs = new Map<string, Map<string, Pair>>();
  #size = 0;

  /** @param isTrivial that these two do is no news, e.g. of one device */
  constructor(isTrivial: (one: string, other: string) => boolean) {
    this.#isTrivial = isTrivial;
  }

  /** One that went up and down for a while did so once. */
  count({ id, at }: Fall): void {
    const known = this.#times.get(id);
    if (!known) this.#times.set(id, { count: 1, last: at });
    else if (at - known.last > TOGETHER_MS) Object.assign(known, { count: known.count + 1, last: at });
  }

  pair(fall: Fall): void {
    const { id, at } = fall;
    if (!this.#isFrequent(id)) return;
    while (this.#recent[0] && at - this.#recent[0].at > TOGETHER_MS) this.#recent.shift();
    for (const other of this.#recent) if (other.id !== id) this.#meet(id, other.id, at);
    this.#recent.push(fall);
    if (this.#recent.length <= NEIGHBOURS) return;
    this.#recent.shift();
    this.capped = true;
  }

  found(): Companions[] {
    const clusters = new Map<string, Pair[]>();
    const leaders = new Map<string, string>();
    const strong = this.#strong();
    for (const { one, other } of strong) join(leaders, one, other);
    for (const pair of strong) {
      const leader = leaderOf(leaders, pair.one);
      const cluster = clusters.get(leader);
      if (cluster) cluster.push(pair);
      else clusters.set(leader, [pair]);
    }
    return [...clusters.values()].map((pairs) => ({
      entities: [...new Set(pairs.flatMap(({ one, other }) => [one, other]))].sort(),
      common: Math.min(...pairs.map(({ common }) => common)),
      jaccard: Math.min(...pairs.map((pair) => this.#jaccard(pair))),
    }));
  }

  #strong(): Pair[] {
    const all = [...this.#pairs.values()].flatMap((pairs) => [...pairs.values()]);
    return all.filter((pair) => pair.common >= COMMON && this.#jaccard(pair) >= JACCARD);
  }

  #meet(id: string, otherId: string, at: number): void {
    const [one, other] = id < otherId ? [id, otherId] : [otherId, id];
    const pairs = this.#pairs.get(one) ?? new Map<string, Pair>();
    const known = pairs.get(other);
    if (known) {
      if (at - known.last > TOGETHER_MS) Object.assign(known, { common: known.common + 1, last: at });
      return;
    }
    if (this.#isTrivial(one, other)) return;
    if (this.#size >= PAIRS) {
      this.capped = true;
      return;
    }
    this.#size += 1;
    pairs.set(other, { one, other, common: 1, last: at });
    this.#pairs.set(one, pairs);
  }

  #jaccard({ one, other, common }: Pair): number {
    return common / Math.max(1, this.#countOf(one) + this.#countOf(other) - common);
  }

  #isFrequent(id: string): boolean {
    return this.#countOf(id) >= COMMON;
  }

  #countOf(id: string): number {
    return this.#times.get(id)?.count ?? 0;
  }
}

function leaderOf(leaders: Map<string, string>, id: string): string {
  let found = id;
  for (let next = leaders.get(found); next !== undefined && next !== found; next = leaders.get(found)) found = next;
  return found;
}

function join(leaders: Map<string, string>, one: string, other: string): void {
  const [leader, follower] = [leaderOf(leaders, one), leaderOf(leaders, other)];
  if (leader !== follower) leaders.set(follower, leader);
}
