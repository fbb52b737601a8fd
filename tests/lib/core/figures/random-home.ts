import type { Replay, Standing } from '../../../../src/lib/core/figures/replay';
import { isDown } from '../../../../src/lib/core/health';
import type { Incident } from '../../../../src/lib/core/incident/incident';
import type { Kind, Status, Subject } from '../../../../src/lib/core/subject';
import type { Fact, Passage } from '../../../../src/lib/core/transition';
import { pick, type Random } from '../../../support/simulator/random';

const SECOND = 1_000;
const BAD: readonly Status[] = ['unavailable', 'unknown', 'stale', 'missing'];

/** A subject from its first sight to its last: what one knows who has seen everything. */
interface Lifetime {
  readonly subject: Subject;
  readonly facts: readonly Fact[];
  /** When it was removed, epoch ms; null when it was not. */
  readonly ended: number | null;
  /** When it was not judged in between, epoch ms; nothing was confirmed of it then. */
  readonly away: { readonly from: number; readonly to: number } | null;
}

/** What happened in a home between two instants, at random, and each thing it comes to by counting seconds. */
export class RandomHome {
  readonly lifetimes: Lifetime[] = [];
  readonly facts: readonly Fact[];
  /** Facts, and who left and came back. */
  readonly past: readonly (Fact | Passage)[];
  readonly #random: Random;

  constructor(
    random: Random,
    readonly from: number,
    readonly to: number,
    entities: number,
  ) {
    this.#random = random;
    for (let n = 0; n < entities; n += 1) this.#live(`sensor.s${n}`, 'entity', this.#integer(0, 2) === 0 ? 2 : 1);
    this.#live('home', 'instance', 1);
    const all = this.lifetimes.flatMap((one): (Fact | Passage)[] => [...one.facts, ...passagesOf(one)]);
    this.past = all.sort((one, other) => one.at - other.at).map((one, index) => ({ ...one, seq: index + 1 }));
    this.facts = this.past.filter((one): one is Fact => !('passage' in one));
  }

  /** What was confirmed in `[from, to)`. */
  between(from: number, to: number): (Fact | Passage)[] {
    return this.past.filter(({ at }) => at >= from && at < to);
  }

  /** Who was there at an instant, as it was confirmed by then. */
  standing(at: number): Standing[] {
    return this.lifetimes.flatMap(({ subject, facts, ended, away }) => {
      const last = facts.filter((fact) => fact.at < at).at(-1);
      if (!last || (ended !== null && ended < at)) return [];
      if (away && away.from < at && at <= away.to) return [];
      return [{ subject, status: last.status, state: last.state, since: last.since }];
    });
  }

  /** Whether it is there at a moment, and whether it is down. */
  at({ facts, ended, away }: Lifetime, moment: number): 'absent' | 'up' | 'down' {
    const [first] = facts;
    if (!first || moment < first.at || (ended !== null && moment >= ended)) return 'absent';
    if (away && moment >= away.from && moment < away.to) return 'absent';
    const begun = facts.filter((fact) => (fact === first ? fact.at : fact.since) <= moment).at(-1) ?? first;
    return isDown(begun.status) ? 'down' : 'up';
  }

  /** A home that is found away was away before. */
  unreachable(moment: number): boolean {
    const own = this.facts.filter(({ subject, since }) => subject.kind === 'instance' && since <= moment);
    return isDown(own.at(-1)?.status ?? 'available');
  }

  /** One that explains some of what went down, or two of which the first became part of the second. */
  incidents(): Incident[] {
    const falls = this.facts.filter(({ subject, status }) => subject.kind === 'entity' && isDown(status));
    return falls
      .filter(() => this.#integer(0, 2) === 0)
      .map((fact, index, all) => {
        const explained = falls.filter(
          (one) => one.since >= fact.since && one.since < fact.since + 60 * SECOND && this.#integer(0, 1) === 0,
        );
        const roots = [
          { kind: 'config_entry', id: 'e0', name: 'e0' },
          { kind: 'integration', id: 'i1', name: 'i1' },
          { kind: 'area', id: 'attic', name: 'attic' },
          { kind: 'entity', id: fact.subject.id, name: '' },
        ] as const;
        const merged = index + 1 < all.length && this.#integer(0, 5) === 0;
        return {
          incident_id: `i${index}`,
          root: pick(this.#random, roots),
          explained: explained.map(({ subject, status, since }) => ({ ...subject, status, since })),
          recovered: [],
          since: fact.since,
          resolved_at: fact.since + 120 * SECOND,
          resolution: merged ? 'merged' : 'recovered',
          merged_into: merged ? `i${index + 1}` : null,
        } as unknown as Incident;
      });
  }

  #live(id: string, kind: Kind, lives: number): void {
    let now = this.from + this.#integer(-200, 200) * SECOND;
    for (let n = 0; n < lives; n += 1) {
      const facts = this.#facts({ kind, id, name: id }, now, kind === 'instance' ? 6 : 12);
      const ends = n + 1 < lives || (kind === 'entity' && this.#integer(0, 3) === 0);
      const end = (facts.at(-1)?.at ?? now) + this.#integer(1, 300) * SECOND;
      const ended = ends && end < this.to ? end : null;
      this.lifetimes.push({
        subject: { kind, id, name: id },
        facts,
        ended,
        away: kind === 'entity' ? this.#away(facts) : null,
      });
      if (ends && ended === null) return;
      now = end + this.#integer(1, 100) * SECOND;
    }
  }

  /** Between two facts, for some of the time. */
  #away(facts: readonly Fact[]): Lifetime['away'] {
    const after = this.#integer(0, facts.length * 2);
    const [before, next] = [facts[after], facts[after + 1]];
    if (!before || !next) return null;
    const free = (Math.min(next.since, next.at) - before.at) / SECOND;
    const from = before.at + this.#integer(1, free) * SECOND;
    const to = from + this.#integer(1, free) * SECOND;
    return to < next.since ? { from, to } : null;
  }

  #facts(subject: Subject, began: number, most: number): Fact[] {
    const facts: Fact[] = [];
    let at = began;
    for (let n = this.#integer(1, most); n > 0 && at < this.to; n -= 1) {
      const previous = facts.at(-1);
      const since = (previous?.at ?? at - 400 * SECOND) + this.#integer(0, 200) * SECOND;
      at = Math.max(since, previous?.at ?? at) + this.#integer(0, 40) * SECOND;
      const fresh: Status = this.#integer(0, 3) > 0 ? 'available' : pick(this.#random, BAD);
      const status = previous ? this.#next(previous.status) : fresh;
      facts.push({
        subject,
        status,
        previous_status: previous?.status ?? null,
        state: status,
        at,
        since: Math.min(since, at),
        seconds: previous ? (since - previous.since) / SECOND : null,
        seq: 0,
      });
    }
    return facts.filter((fact) => fact.at < this.to);
  }

  #next(status: Status): Status {
    if (status === 'available') return pick(this.#random, BAD);
    const others = BAD.filter((bad) => bad !== status);
    return this.#integer(0, 2) > 0 ? 'available' : pick(this.#random, others);
  }

  #integer(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }
}

function passagesOf({ subject, facts, ended, away }: Lifetime): Passage[] {
  const passage = (passage: 'left' | 'back', at: number): Passage[] => {
    const last = facts.findLast((fact) => fact.at < at);
    return last ? [{ passage, subject, status: last.status, since: last.since, at, seq: 0 }] : [];
  };
  const gone = ended === null ? [] : passage('left', ended);
  return away ? [...passage('left', away.from), ...passage('back', away.to), ...gone] : gone;
}

/** Facts of entities, and who of them left and came back. */
export function tell(replay: Pick<Replay, 'take' | 'pass'>, past: Iterable<Fact | Passage>): void {
  for (const one of past) {
    if (one.subject.kind !== 'entity') continue;
    if ('passage' in one) replay.pass(one);
    else replay.take(one);
  }
}
