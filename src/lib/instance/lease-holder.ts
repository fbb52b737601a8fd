import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { describe } from '../error';
import type { Claimant, Claimed, Store } from '../store/store';
import { inTurn } from '../store/turns';
import { ownerId } from './owner-id';

/** How long a claim lasts and how often it is renewed, ms. Who stands by asks as often as somebody may have stopped. */
export interface LeaseTimes {
  readonly lease: number;
  readonly renew: number;
}

/** A file is rarely shared, and mostly on a card that wears out: it is written less often. */
const TIMES: Readonly<Record<Store['kind'], LeaseTimes>> = {
  postgres: { lease: 15_000, renew: 5_000 },
  sqlite: { lease: 60_000, renew: 20_000 },
  memory: { lease: 60_000, renew: 20_000 },
};
const STANDING_BY_MS = 500;
/** What is stopped is free after this, unless a deploy puts it back. */
const FAREWELL_MS = 1_000;
/** A store that does not answer must not hold up a deploy. */
const PATIENCE_MS = 1_000;
/** After a failure of the store. */
const RETRY_MS = 2_000;

/** An instance that wants to be looked after by this Node-RED alone. */
export interface Applicant {
  readonly store: Store;
  readonly instance_id: string;
  /**
   * It is ours. Under another token than before, others may have looked after it meanwhile.
   * @param idle_ms for how long nobody did; null: nobody ever has
   */
  ours(token: number, idle_ms: number | null): void;
  /** @param label whose it is */
  theirs(label: string): void;
  trouble(what: string): void;
}

/** Claims instances for this Node-RED and keeps the claims alive: all of one store in one question. */
export class LeaseHolder {
  readonly #claimant: Claimant;
  readonly #times: LeaseTimes | undefined;
  readonly #rounds = new Map<unknown, Round>();

  /** @param times shorter ones make tests fast */
  constructor(owner: string, label: string, times?: LeaseTimes) {
    this.#times = times;
    this.#claimant = { owner, session: randomUUID(), label };
  }

  /** Its first answer has come, unless the store fails or does not answer: then it is asked again until it does. */
  async apply(applicant: Applicant): Promise<Lease> {
    const { store } = applicant;
    // Each memory is another one; all else is known by its place.
    const key = store.kind === 'memory' ? store : `${store.kind} ${store.place}`;
    const round = this.#rounds.get(key) ?? new Round(this.#claimant, this.#times ?? TIMES[store.kind]);
    this.#rounds.set(key, round);
    const lease = new Lease(applicant, async (left) => {
      await round.leave(left);
      if (round.isEmpty && this.#rounds.get(key) === round) this.#rounds.delete(key);
    });
    await round.join(lease);
    return lease;
  }
}

/** How the claim of one instance stands. */
export class Lease {
  readonly applicant: Applicant;
  readonly #leave: (lease: Lease) => Promise<void>;
  #token: number | null = null;
  /** Until when nobody else can have it, by both clocks: the one stands still while a machine sleeps, the other is set. */
  #sure = { monotonic: 0, wall: 0 };
  /** Whose it is when it is not ours; undefined before the first answer. */
  #theirs: string | null | undefined;

  constructor(applicant: Applicant, leave: (lease: Lease) => Promise<void>) {
    this.applicant = applicant;
    this.#leave = leave;
  }

  get isNew(): boolean {
    return this.#theirs === undefined;
  }

  get isOurs(): boolean {
    return this.#theirs === null;
  }

  /** Nobody else can have it. False also when the store could not be asked for so long that it may have run out. */
  get isSure(): boolean {
    return this.isOurs && performance.now() < this.#sure.monotonic && Date.now() < this.#sure.wall;
  }

  /** Gives it up: another may have it a moment later. */
  leave(): Promise<void> {
    return this.#leave(this);
  }

  /** @param asked when the claim set out: it cannot end earlier than counted from there */
  answered(answer: Claimed, asked: { readonly monotonic: number; readonly wall: number }, lease_ms: number): void {
    if (!answer.ok) {
      const isNews = this.#theirs !== answer.label;
      this.#theirs = answer.label;
      if (isNews) this.applicant.theirs(answer.label);
      return;
    }
    const isNews = !this.isOurs || this.#token !== answer.token;
    this.#theirs = null;
    this.#token = answer.token;
    this.#sure = { monotonic: asked.monotonic + lease_ms, wall: asked.wall + lease_ms };
    if (isNews) this.applicant.ours(answer.token, answer.idle_ms);
  }
}

/** The claims on one store. */
class Round {
  readonly #claimant: Claimant;
  readonly #times: LeaseTimes;
  readonly #leases = new Set<Lease>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  /** When the next renewal is due, and before when nothing is asked, on the monotonic clock. */
  #due = 0;
  #notBefore = 0;

  constructor(claimant: Claimant, times: LeaseTimes) {
    this.#claimant = claimant;
    this.#times = times;
  }

  get isEmpty(): boolean {
    return this.#leases.size === 0;
  }

  async join(lease: Lease): Promise<void> {
    this.#leases.add(lease);
    this.#timer ??= setInterval(() => this.#tick(), STANDING_BY_MS).unref();
    // Who joins in the same turn is asked for along with it.
    const answered = inTurn(this, () => this.#claim([...this.#leases].filter(({ isNew }) => isNew)));
    await orAfter(this.#times.lease, answered);
  }

  async leave(lease: Lease): Promise<void> {
    this.#leases.delete(lease);
    if (this.isEmpty) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    const { instance_id } = lease.applicant;
    const isBack = () => [...this.#leases].some(({ applicant }) => applicant.instance_id === instance_id);
    // Also behind what is being asked by way of the store that is closed next.
    const farewell = inTurn(this, () => this.#claim(isBack() || !lease.isSure ? [] : [lease], FAREWELL_MS));
    await orAfter(PATIENCE_MS, farewell);
  }

  #tick(): void {
    const now = performance.now();
    if (this.#isAsking || now < this.#notBefore) return;
    const isDue = now >= this.#due;
    const asks = (lease: Lease) => isDue || !lease.isOurs;
    if (![...this.#leases].some(asks)) return;
    if (isDue) this.#due = now + this.#times.renew;
    this.#isAsking = true;
    void inTurn(this, () => this.#claim([...this.#leases].filter(asks))).finally(() => {
      this.#isAsking = false;
    });
  }

  /** Never rejects: who has it goes on, and knows how long that is sure. */
  async #claim(leases: readonly Lease[], lease_ms = this.#times.lease): Promise<void> {
    const [first] = leases;
    if (!first) return;
    const asked = { monotonic: performance.now(), wall: Date.now() };
    try {
      const answers = await first.applicant.store.claim({
        claimant: this.#claimant,
        instance_ids: leases.map(({ applicant }) => applicant.instance_id),
        lease_ms,
        // What an earlier life of ours still has is ours; what a second one took from us later is not.
        resumes: leases.every(({ isNew }) => isNew),
      });
      // Who left meanwhile is told nothing any more.
      for (const [index, answer] of answers.entries()) {
        const lease = leases[index];
        if (lease && this.#leases.has(lease)) lease.answered(answer, asked, lease_ms);
      }
    } catch (thrown) {
      this.#notBefore = performance.now() + RETRY_MS;
      this.#due = 0;
      if (this.#leases.has(first)) first.applicant.trouble(describe(thrown));
    }
  }
}

/** Waits for work that never rejects, but no longer than so many ms. */
async function orAfter(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((done) => {
    timer = setTimeout(done, ms).unref();
  });
  await Promise.race([work, patience]);
  clearTimeout(timer);
}

const holders = new Map<string, LeaseHolder>();

/** The one of this Node-RED. */
export function leaseHolder(userDir: string, times?: LeaseTimes): LeaseHolder {
  const holder = holders.get(userDir) ?? new LeaseHolder(ownerId(userDir), `${hostname()} ${userDir}`, times);
  holders.set(userDir, holder);
  return holder;
}
