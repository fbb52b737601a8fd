import type { Attempt } from '../heal/heal';
import type { Incident } from '../incident/incident';
import type { Fact, Passage } from '../transition';
import { Before } from './before';
import { Causes } from './causes';
import {
  type Checkpoint,
  type Headcount,
  headcounts,
  NO_TOTAL,
  type RolledBy,
  type Total,
  totalsOf,
} from './checkpoint';
import { failuresOf, type Look } from './failures';
import { type Group, Groups } from './groups';
import type { Household } from './household';
import { type Period, Replay, type Standing } from './replay';
import { NOTHING, plus } from './sums';
import type { ValidTime } from './valid-time';

const BYS: readonly RolledBy[] = ['integration', 'instance'];
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

  /**
   * @param from counts everybody who was there then
   * @param valid how time counts, from the checkpoint on
   */
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

  /** Who has left or come back, in one order with the facts. */
  pass(passage: Passage): void {
    const { subject, status, since } = passage;
    if (subject.kind !== 'entity') return;
    this.#replay.pass(passage);
    this.#before.pass(passage);
    if (passage.passage === 'left') this.#last.delete(subject.id);
    else this.#last.set(subject.id, { subject, status, since, state: status });
  }

  /**
   * After all facts, a slice at a time.
   * @param incidents each once, as it was last told, with those they became part of
   * @param attempts each once, as it ended
   */
  *finish(incidents: readonly Incident[], attempts: Iterable<Attempt>): Generator<undefined, Checkpoint> {
    const causes = new Causes();
    yield* sliced(incidents, (incident) => causes.add(incident));
    const { from, to } = this.#period;
    for (const standing of this.#last.values()) this.#replay.living(standing);
    const looks = BYS.map((by) => ({ by, household: this.#household, period: this.#period }));
    const [integrations, home] = looks.map((look) => new Groups(look)) as [Groups, Groups];
    yield* sliced(this.#replay.tallies(), (tally) => {
      for (const groups of [integrations, home]) groups.tally(tally);
    });
    for (const [index, groups] of [integrations, home].entries()) {
      yield* sliced(this.#replay.outages, (outage) => groups.outage(outage));
      const failures = failuresOf(looks[index] as Look, this.#replay.outages, causes);
      yield* sliced(failures, (failure) => groups.failure(failure));
      for (const attempt of attempts) groups.heal(attempt);
    }
    const { began, unreachable_ms, maintenance_ms, incidents_opened, incidents_resolved } = this.#from;
    // Before the first thing happened nothing was left out.
    const counted = Math.min(Math.max(from, began), to);
    const within = (at: number | null) => at !== null && at >= from && at < to;
    return {
      at: to,
      began,
      unreachable_ms: unreachable_ms + this.#valid.unreachable(counted, to),
      maintenance_ms: maintenance_ms + this.#valid.maintenance(counted, to),
      incidents_opened: incidents_opened + incidents.filter((one) => within(one.opened_at)).length,
      incidents_resolved: incidents_resolved + incidents.filter((one) => isOver(one) && within(one.resolved_at)).length,
      is_unreachable: this.#valid.isAway(to),
      home: this.#totals('instance', home).get(this.#household.instance_id) ?? NO_TOTAL,
      integrations: [...this.#totals('integration', integrations)].map(([integration, total]) => {
        return { integration, ...total };
      }),
    };
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

/** What became part of another is not over by that. */
function isOver({ resolution }: Incident): boolean {
  return resolution !== 'merged';
}

function* sliced<T>(all: Iterable<T>, take: (one: T) => void): Generator<undefined> {
  let count = 0;
  for (const one of all) {
    take(one);
    count += 1;
    if (count % SLICE === 0) yield undefined;
  }
}
