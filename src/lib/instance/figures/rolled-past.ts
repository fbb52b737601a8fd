import type { Checkpoint } from '../../core/figures/checkpoint';
import { FormerHousehold } from '../../core/figures/former';
import { type Rollup, soundUntil } from '../../core/figures/rollup';
import type { Fact } from '../../core/transition';
import { PRUNED_BEFORE } from '../past';
import { type Circumstances, circumstancesSince } from './circumstances';
import { factPages, inOrder, type Passages, passagesSince, pastPages } from './reading';
import { DAY_MS, Rollups, rollupBefore, wholeDayFrom } from './rollups';
import { ownFacts, type PastHome, sumUp } from './stretch';

/** What a home came to in a time: the difference of two checkpoints. */
export interface Rolled {
  /** Later than asked for where neither rollups nor facts reach back so far. */
  readonly from: Checkpoint;
  readonly to: Checkpoint;
}

/** The past of a home by its rollups, and by its facts at both ends: as much work for a year as for a week. */
export class RolledPast {
  readonly #home: PastHome;
  readonly #rollups: Rollups;
  readonly #newest: Rollup;
  /** Of the time since the newest rollup. */
  readonly #facts: readonly (readonly Fact[])[];
  readonly #passages: Passages;
  readonly #circumstances: Circumstances;
  /** Up to when rollups say what is known now, or what can be known, epoch ms. */
  readonly #sound: number;
  /** From when on all facts are there, epoch ms. */
  readonly #factsFrom: number;

  private constructor(home: PastHome, rollups: Rollups, newest: Rollup, recent: Recent) {
    this.#home = home;
    this.#rollups = rollups;
    this.#newest = newest;
    this.#facts = recent.facts;
    this.#passages = recent.passages;
    this.#circumstances = recent.circumstances;
    this.#factsFrom = recent.factsFrom;
    const isNew = ({ seq }: { readonly seq: number }) => seq > newest.seq;
    const sound = soundUntil(newest, {
      facts: recent.facts.flat(),
      incidents: recent.circumstances.incidents.filter(isNew).map(({ body }) => body),
      windows: recent.circumstances.windows.filter(isNew).map(({ body }) => body),
    });
    // What came late for a time whose facts are gone changes nothing any more.
    this.#sound = Math.min(newest.at, Math.max(sound, wholeDayFrom(recent.factsFrom)));
  }

  /** Null where nothing was rolled up yet. */
  static async of(home: PastHome): Promise<RolledPast | null> {
    const rollups = new Rollups(home.namespace);
    const newest = await rollups.newest();
    return newest && new RolledPast(home, rollups, newest, await recentOf(home, newest));
  }

  /** Null where nothing of that time is known. */
  async between(from: number, to: number): Promise<Rolled | null> {
    const [first, last] = await Promise.all([this.#at(from, 'later'), this.#at(to, 'earlier')]);
    return first && last && first.at < last.at ? { from: first, to: last } : null;
  }

  /** @param otherwise the nearest it may be where nothing is known of that very instant */
  async #at(instant: number, otherwise: 'later' | 'earlier'): Promise<Checkpoint | null> {
    const at = rollupBefore(Math.min(instant, this.#sound));
    const next = async () => (at + DAY_MS <= this.#sound ? this.#rollupAt(at + DAY_MS) : null);
    const isGone = at < this.#factsFrom && at < instant;
    // The next whole day is as near as it comes.
    const later = isGone && otherwise === 'later' ? await next() : null;
    const found = later ?? (await this.#rollupAt(at));
    if (!found) return otherwise === 'later' ? this.#rollups.oldest() : null;
    return isGone || at === instant ? found : this.#goOn(found, instant, await next());
  }

  async #rollupAt(at: number): Promise<Rollup | null> {
    return at === this.#newest.at ? this.#newest : this.#rollups.at(at);
  }

  async #goOn(base: Rollup, to: number, next: Rollup | null): Promise<Checkpoint> {
    const isNewest = base === this.#newest;
    const { passages, absences } = isNewest ? this.#passages : await passagesSince(this.#home.namespace, base.at);
    const home = { ...this.#home, household: new FormerHousehold(this.#home.household, absences) };
    if (isNewest) {
      const own = this.#facts.flat().filter(({ subject }) => subject.kind === 'instance');
      const past = inOrder(this.#facts, passages);
      return sumUp(home, { from: base, to, past, own, circumstances: this.#circumstances });
    }
    const query = { from: base.at, to: next ? next.late_until + 1 : undefined };
    const [own, circumstances] = await Promise.all([
      ownFacts(home, query.from, query.to),
      circumstancesSince(home.namespace, base.at, next),
    ]);
    const past = pastPages(home.namespace, { ...query, kind: 'entity' }, passages);
    return sumUp(home, { from: base, to, past, own, circumstances });
  }
}

interface Recent {
  readonly facts: readonly (readonly Fact[])[];
  readonly passages: Passages;
  readonly circumstances: Circumstances;
  readonly factsFrom: number;
}

async function recentOf({ namespace }: PastHome, { at }: Rollup): Promise<Recent> {
  const pages = async () => {
    const all: (readonly Fact[])[] = [];
    for await (const page of factPages(namespace, { from: at })) {
      all.push(page.filter(({ subject: { kind } }) => kind === 'entity' || kind === 'instance'));
    }
    return all;
  };
  const [facts, passages, circumstances, noted] = await Promise.all([
    pages(),
    passagesSince(namespace, at),
    circumstancesSince(namespace, at, null),
    namespace.note(PRUNED_BEFORE),
  ]);
  return { facts, passages, circumstances, factsFrom: Number(noted ?? 0) };
}
