import { Before } from '../../core/figures/before';
import { beginning, type Checkpoint, recounted } from '../../core/figures/checkpoint';
import { FormerHousehold } from '../../core/figures/former';
import { beganAt, footprintOf, type Rollup, reachesBackTo, soundUntil } from '../../core/figures/rollup';
import type { MaintenanceWindow } from '../../core/heal/heal';
import type { Incident } from '../../core/incident/incident';
import type { Fact, Passage } from '../../core/transition';
import type { Namespace, Resumed, TransitionQuery } from '../../store/store';
import type { RecordKind } from '../../store/stored-record';
import { PRUNED_BEFORE } from '../past';
import { allRecords } from '../record-pages';
import { type Circumstances, circumstancesSince } from './circumstances';
import { factPages, passagesSince, pastPages } from './reading';
import { DAY_MS, putRollup, Rollups, rollupBefore, wholeDayFrom } from './rollups';
import { isUnreachable, ownFacts, type PastHome, sumUp } from './stretch';

/** A home that is rolled up. */
export interface RolledHome extends PastHome {
  readonly namespace: Namespace;
}

/**
 * Makes every rollup that is due, one after the other, and makes those anew that something came late for. Whoever is
 * killed in between has made those before, and goes on from there.
 * @param due the instant of the last one
 * @param signal ends it with its reason
 * @returns false while there is nothing to sum up yet
 */
export async function rollUp(home: RolledHome, due: number, signal: AbortSignal): Promise<boolean> {
  const rollups = new Rollups(home.namespace);
  const newest = await rollups.newest();
  if (newest && newest.at >= due) return true;
  const seq = await newestSeq(home.namespace);
  const factsFrom = Number((await home.namespace.note(PRUNED_BEFORE)) ?? 0);
  const base = newest ? await baseOf(home, newest, factsFrom, signal) : await firstOf(home, factsFrom);
  if (base === null) return false;
  const { passages, absences } = await passagesSince(home.namespace, base.at);
  const household = new FormerHousehold(home.household, absences);
  await new RollingUp({ ...home, household }, passages, seq, signal).run(base, due);
  return true;
}

/** `began` is when the first thing happened, as far as that is known. */
type Beginning = Pick<Checkpoint, 'at' | 'began'>;

/** One run. What comes after its `seq` is left to the next one. */
class RollingUp {
  readonly #home: RolledHome;
  readonly #passages: readonly Passage[];
  readonly #seq: number;
  readonly #signal: AbortSignal;
  #circumstances: Circumstances = { incidents: [], attempts: [], windows: [], unwatched: [] };
  #standing: readonly Resumed[] = [];
  /** When the last fact that began before an instant was confirmed, epoch ms. */
  readonly #late = new Map<number, number>();

  constructor(home: RolledHome, passages: readonly Passage[], seq: number, signal: AbortSignal) {
    this.#home = home;
    this.#passages = passages;
    this.#seq = seq;
    this.#signal = signal;
  }

  /** @param base what it goes on from, or where it begins */
  async run(base: Rollup | Beginning, due: number): Promise<void> {
    const from = base.at;
    this.#standing = await this.#home.namespace.resume();
    this.#circumstances = await circumstancesSince(this.#home.namespace, from, null);
    await this.#findLate(from, due);
    let checkpoint: Checkpoint = 'home' in base ? base : await this.#first(base);
    if (checkpoint !== base) await this.#keep(checkpoint);
    for (let at = from + DAY_MS; at <= due; at += DAY_MS) {
      checkpoint = await this.#dayAfter(checkpoint, at);
      // What is off by now, e.g. by an integration that has another name, is not carried on.
      if (at === due) checkpoint = await this.#counted(checkpoint);
      await this.#keep(checkpoint);
    }
  }

  async #first({ at, began }: Beginning): Promise<Checkpoint> {
    return this.#counted(beginning(at, began, await this.#wasUnreachable(at)));
  }

  async #dayAfter(from: Checkpoint, at: number): Promise<Checkpoint> {
    const to = this.#lateUntil(at) + 1;
    const own = await ownFacts(this.#home, from.at, to);
    const past = this.#past({ from: from.at, to });
    return sumUp(this.#home, { from, to: at, past, own, circumstances: this.#circumstances });
  }

  /** Who was there at an instant is known by what happened since, and by who is there now. */
  async #counted(checkpoint: Checkpoint): Promise<Checkpoint> {
    const before = new Before(checkpoint.at);
    for await (const page of this.#past({ from: checkpoint.at })) {
      for (const one of page) {
        if ('passage' in one) before.pass(one);
        else before.take(one);
      }
    }
    return recounted(checkpoint, before, this.#standing, this.#home.household);
  }

  async #wasUnreachable(at: number): Promise<boolean> {
    const present = this.#standing.find(({ subject }) => subject.kind === 'instance') ?? null;
    return isUnreachable(at, await ownFacts(this.#home, at), present);
  }

  async #findLate(from: number, due: number): Promise<void> {
    for await (const page of factPages(this.#home.namespace, { from })) {
      this.#signal.throwIfAborted();
      for (const fact of page) this.#noteLate(fact, from, due);
    }
  }

  #noteLate(fact: Fact, from: number, due: number): void {
    const since = Math.max(from - 1, reachesBackTo(fact));
    for (let instant = rollupBefore(Math.min(fact.at, due)); instant > since; instant -= DAY_MS) {
      this.#late.set(instant, Math.max(fact.at, this.#lateUntil(instant)));
    }
  }

  #lateUntil(at: number): number {
    return this.#late.get(at) ?? at;
  }

  async #keep(checkpoint: Checkpoint): Promise<void> {
    this.#signal.throwIfAborted();
    const { at } = checkpoint;
    const { incidents, windows } = this.#circumstances;
    await putRollup(this.#home.namespace, {
      ...checkpoint,
      seq: this.#seq,
      late_until: this.#lateUntil(at),
      incidents: incidents.filter(({ open, body }) => open && body.since < at).map(({ body }) => footprintOf(body)),
      windows: windows.filter(({ open, body }) => open && beganAt(body) < at).map(({ body }) => body.window_id),
    });
  }

  /** Of its entities. */
  async *#past(query: Pick<TransitionQuery, 'from' | 'to'>): AsyncGenerator<readonly (Fact | Passage)[]> {
    for await (const page of pastPages(this.#home.namespace, { ...query, kind: 'entity' }, this.#passages)) {
      this.#signal.throwIfAborted();
      yield page;
    }
  }
}

/** The newest rollup that still says what is known now, as far as facts are there to go on from it. */
async function baseOf(
  { namespace }: RolledHome,
  newest: Rollup,
  factsFrom: number,
  signal: AbortSignal,
): Promise<Rollup> {
  const late: Fact[] = [];
  for await (const page of factPages(namespace, { after: newest.seq })) {
    signal.throwIfAborted();
    for (const fact of page) if (reachesBackTo(fact) < newest.at) late.push(fact);
  }
  const news = async <Body>(kind: RecordKind) => {
    return (await allRecords(namespace, { kind, after: newest.seq })).map(({ body }) => body as Body);
  };
  const sound = soundUntil(newest, {
    facts: late,
    incidents: await news<Incident>('incident'),
    windows: await news<MaintenanceWindow>('window'),
  });
  if (sound === newest.at) return newest;
  const rollups = new Rollups(namespace);
  const oldest = (await rollups.oldest())?.at ?? newest.at;
  return (await rollups.at(Math.max(rollupBefore(sound), oldest, wholeDayFrom(factsFrom)))) ?? newest;
}

/** Where summing up begins; null while there is nothing to sum up. */
async function firstOf({ namespace }: RolledHome, factsFrom: number): Promise<Beginning | null> {
  const [oldest] = await namespace.transitions({ limit: 1 });
  if (!oldest) return null;
  const whole = wholeDayFrom(factsFrom);
  return oldest.at < factsFrom ? { at: whole, began: whole } : { at: rollupBefore(oldest.at), began: oldest.at };
}

async function newestSeq(namespace: Namespace): Promise<number> {
  const newest = { newest_first: true, limit: 1 } as const;
  const found = await Promise.all([
    namespace.transitions(newest),
    namespace.records({ kind: 'incident', ...newest }),
    namespace.records({ kind: 'attempt', ...newest }),
    namespace.records({ kind: 'window', ...newest }),
  ]);
  return Math.max(0, ...found.flat().map(({ seq }) => seq));
}
