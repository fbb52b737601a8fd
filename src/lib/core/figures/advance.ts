import type { Attempt } from '../heal/heal';
import type { Fact } from '../transition';
import { Before } from './before';
import type { Causes } from './causes';
import {
  type Checkpoint,
  type Headcount,
  headcounts,
  NO_TOTAL,
  type RolledBy,
  type Total,
  totalsOf,
} from './checkpoint';
import { type Group, Groups } from './groups';
import type { Household } from './household';
import { type Period, Replay, type Standing } from './replay';
import { NOTHING, plus } from './sums';
import type { ValidTime } from './valid-time';

/** Lives or outages looked at in one go: about a millisecond. */
const SLICE = 500;

/**
 * Goes on from a checkpoint to a later instant, by what happened since: whom nothing happened to is only counted, so
 * the work is that of the facts, not that of the entities.
 */
export class Advance {
  readonly #from: Checkpoint;
  readonly #period: Period;
  readonly #valid: ValidTime;
  readonly #household: Household;
  readonly #replay: Replay;
  readonly #before: Before;
  readonly #last = new Map<string, Standing>();

  /** @param valid how time counts, from the checkpoint on */
  constructor(from: Checkpoint, to: number, valid: ValidTime, household: Household) {
    this.#from = from;
    this.#period = { from: from.at, to };
    this.#valid = valid;
    this.#household = household;
    this.#replay = new Replay(this.#period, valid);
    this.#before = new Before(from.at);
  }

  /** All facts confirmed since the checkpoint, oldest first; also what was confirmed after the end but began before. */
  take(fact: Fact): void {
    if (fact.subject.kind !== 'entity') return;
    this.#replay.take(fact);
    this.#before.take(fact);
    this.#last.set(fact.subject.id, fact);
  }

  /**
   * After all facts, a slice at a time.
   * @param attempts each once, as it ended
   */
  *finish(causes: Causes, attempts: Iterable<Attempt>): Generator<undefined, Checkpoint> {
    const { from, to } = this.#period;
    const all = { integration: this.#groups('integration'), instance: this.#groups('instance') };
    const both = [all.integration, all.instance] as const;
    const each = (add: (groups: Groups) => void) => {
      for (const groups of both) add(groups);
    };
    // Who was removed left no fact: it counts until it is not there any more when the entities are counted anew.
    for (const standing of this.#last.values()) this.#replay.living(standing);
    yield* sliced(this.#replay.tallies(), (tally) => each((groups) => groups.tally(tally)));
    yield* sliced(this.#replay.outages, (outage) => each((groups) => groups.outage(outage, causes)));
    each((groups) => groups.incidents(causes));
    for (const attempt of attempts) each((groups) => groups.heal(attempt));
    const { home: _, integrations: __, ...before } = this.#from;
    return {
      ...before,
      at: to,
      unreachable_ms: before.unreachable_ms + this.#valid.unreachable(from, to),
      maintenance_ms: before.maintenance_ms + this.#valid.maintenance(from, to),
      is_unreachable: this.#valid.unreachable(to, to + 1) > 0,
      home: this.#totals('instance', all.instance).get(this.#household.instance_id) ?? NO_TOTAL,
      integrations: [...this.#totals('integration', all.integration)].map(([integration, total]) => {
        return { integration, ...total };
      }),
    };
  }

  #groups(by: RolledBy): Groups {
    return new Groups(by, this.#household, this.#period);
  }

  #totals(by: RolledBy, groups: Groups): Map<string, Total> {
    const before = totalsOf(this.#from, by, this.#household);
    const moved = headcounts(this.#before.all(), by, this.#household);
    const news = new Map(groups.all().map((group) => [group.key, group]));
    const keys = [...new Set([...before.keys(), ...news.keys()])];
    return new Map(keys.map((key) => [key, this.#total(before.get(key) ?? NO_TOTAL, moved.get(key), news.get(key))]));
  }

  /** Whom nothing happened to was as it is, all the time. */
  #total(before: Total, moved: Headcount | undefined, news: Group | undefined): Total {
    const entities = Math.max(0, before.entities - (moved?.entities ?? 0));
    const down = Math.max(0, before.down - (moved?.down ?? 0));
    const time = this.#valid.between(this.#period.from, this.#period.to);
    const quiet = { ...NOTHING, valid_ms: entities * time, down_ms: down * time };
    return {
      ...plus(plus(before, quiet), news?.sums ?? NOTHING),
      entities: entities + (news?.entities ?? 0),
      down: down + (news?.down ?? 0),
    };
  }
}

function* sliced<T>(all: Iterable<T>, take: (one: T) => void): Generator<undefined> {
  let count = 0;
  for (const one of all) {
    take(one);
    count += 1;
    if (count % SLICE === 0) yield undefined;
  }
}
